//! `deskconn doctor` on a machine whose daemon runs, and on one whose does not.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use deskconn_tests::{Output, TempHome};

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
    let component = about(&all, "component")[0];
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
