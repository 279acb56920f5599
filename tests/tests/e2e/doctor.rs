//! `deskconn doctor` on a machine whose daemon runs, and on one whose does not.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use deskconn_netns::Lab;
use deskconn_tests::{Daemon, Desktop, Output, TempHome, deskconn, deskconnd};

use crate::scene;

/// The findings about one thing.
fn about<'a>(findings: &'a [Value], check: &str) -> Vec<&'a Value> {
    let about = findings.iter().filter(|finding| finding["check"] == check);
    about.collect()
}

fn findings(output: &Output) -> Vec<Value> {
    let lines = output.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a finding"))
        .collect()
}

#[tokio::test]
async fn what_is_well_is_ok_and_what_is_wrong_says_what_mends_it() {
    let daemon = scene::start().await;
    let looked = daemon.cli(&["doctor", "--json"]).await;
    let all = findings(&looked);
    assert_eq!(about(&all, "daemon")[0]["level"], "ok", "{looked:?}");
    assert_eq!(about(&all, "configuration")[0]["level"], "ok", "{looked:?}");
    assert_eq!(about(&all, "state")[0]["level"], "ok", "{looked:?}");
    let components = about(&all, "component").into_iter();
    let mut slides = components.filter(|finding| finding["message"].to_string().contains("slides"));
    let component = slides.next().expect("a finding about slides");
    assert_eq!(component["level"], "warning", "{looked:?}");
    assert!(
        component["mend"]
            .as_str()
            .expect("a mend")
            .contains("modprobe"),
        "{looked:?}"
    );

    let identity = daemon.home().paths().state_dir.join("identity.toml");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(identity, open).expect("our file");
    let looked = daemon.cli(&["doctor"]).await;
    let stderr = looked.failure(1);
    assert!(stderr.contains("fail"), "{looked:?}");
    assert!(looked.stdout.contains("mend: chmod go= "), "{looked:?}");
}

#[tokio::test]
async fn a_machine_without_a_daemon_and_with_a_wrong_configuration_fails() {
    let home = TempHome::new();
    home.configure("[device]\nnom = 'study'\n");
    let looked = home.cli(&["doctor", "--json"]).await;
    assert_eq!(looked.code, Some(1), "{looked:?}");
    let all = findings(&looked);
    assert_eq!(about(&all, "daemon")[0]["level"], "failing", "{looked:?}");
    let config = about(&all, "configuration")[0];
    assert_eq!(config["level"], "failing", "{looked:?}");
    assert!(
        config["message"]
            .as_str()
            .expect("a message")
            .contains("nom"),
        "{looked:?}"
    );
}

#[tokio::test]
async fn logind_is_asked_whose_screen_it_is() {
    let home = TempHome::new();
    let desktop = Desktop::start(&home, &["logind"]).await;
    let mut command = Command::new(deskconn());
    desktop.adopt(&mut command);
    let looked = home.run(command, &["doctor", "--json"]).await;
    let all = findings(&looked);
    let [bus, logind] = about(&all, "bus")[..] else {
        panic!("{looked:?}");
    };
    assert_eq!(bus["level"], "ok", "{looked:?}");
    assert_eq!(
        logind["message"], "logind knows that the screen of seat0 is this user's",
        "{looked:?}"
    );
}

#[tokio::test]
async fn a_firewall_and_an_avahi_in_the_way_are_found_with_what_mends_them() {
    let lab = Lab::new();
    let host = lab.a();
    let home = TempHome::new();
    home.configure("[device]\nname = 'study'\n[components.slides]\nenabled = false\n");
    // It has the port before the daemon is there.
    let _bus = host.start_bus();
    let conf = home_file(&home, "avahi.conf", "[server]\ndisallow-other-stacks=yes\n");
    let in_place = "/etc/avahi/avahi-daemon.conf";
    host.run("mount", &["--bind", &conf, in_place]);
    let _avahi = host.start_avahi("disallow-other-stacks=yes");
    let mut command = host.command(deskconnd());
    command.args(["--listen", "[::]:0"]);
    let daemon = Daemon::start_as(command, home).await;
    let port = daemon.address().port();
    let look = async || {
        let looked = daemon.home();
        let looked = looked.run(host.command(deskconn()), &["doctor", "--json"]);
        findings(&looked.await)
    };
    let all = look().await;
    assert_eq!(about(&all, "firewall")[0]["level"], "ok", "{all:?}");
    let avahi = about(&all, "announcement")[0];
    assert_eq!(avahi["level"], "warning", "{all:?}");
    let mend = avahi["mend"].as_str().expect("a mend");
    assert!(mend.contains("disallow-other-stacks=no"), "{all:?}");

    let chain = "{ type filter hook input priority 0; policy drop; iif lo accept; }";
    host.run("nft", &["add table inet filter"]);
    host.run("nft", &[&format!("add chain inet filter input {chain}")]);
    let all = look().await;
    let firewall = about(&all, "firewall")[0];
    let mend = firewall["mend"].as_str().expect("a mend");
    assert!(
        mend.contains(&format!("tcp dport {port} accept")),
        "{all:?}"
    );

    let rule = format!("add rule inet filter input tcp dport {port} accept");
    host.run("nft", &[&rule]);
    let all = look().await;
    assert_eq!(about(&all, "firewall")[0]["level"], "ok", "{all:?}");
}

/// Writes a file into a home. Returns where it is.
fn home_file(home: &TempHome, name: &str, text: &str) -> String {
    let path = home.path().join(name);
    std::fs::write(&path, text).expect("a writable home");
    path.display().to_string()
}
