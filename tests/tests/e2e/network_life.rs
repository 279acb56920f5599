//! Networks that come, go and change while the programs run: announced anew, found again, connected again.

use std::pin::pin;
use std::time::Duration;

use deskconn_netns::{Host, Lab};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Running, TempHome, deskconnd, eventually};
use rustix::process::Signal;
use tokio::time::timeout;

use crate::scene::{self, Window};
use crate::two_hosts::Guest;

/// A daemon that is announced as `study`.
pub(crate) const STUDY: &str = "[device]\nname = 'study'\n[components.slides]\nenabled = false\n";

/// After what time an event is published once more.
const AGAIN: Duration = Duration::from_millis(50);

/// Starts a daemon with these settings on a host.
pub(crate) async fn start(host: Host<'_>, config: &str) -> Daemon {
    let home = TempHome::new();
    home.configure(config);
    let mut command = host.command(deskconnd());
    command.args(["--listen", "[::]:0"]);
    Daemon::start_as(command, home).await
}

/// Somebody at a host, paired with the daemon that `target` leads to.
pub(crate) async fn pair<'lab>(daemon: &Daemon, host: Host<'lab>, target: &str) -> Guest<'lab> {
    let guest = Guest::at(host);
    let window = Window::open(daemon, &[]).await;
    guest.run(&["join", target, "--code", &window.code]).await;
    guest
}

/// Has the owner publish an event again and again until the subscriber has printed it.
async fn hears(following: &mut Running, daemon: &Daemon, word: &str) {
    let owner = daemon.owner().await;
    let mut heard = pin!(following.expect(word));
    loop {
        let event = owner.publish(uris::SLIDES_ON_ACTION).args((word,));
        event.acknowledge().await.expect("the owner may");
        if timeout(AGAIN, &mut heard).await.is_ok() {
            return;
        }
    }
}

/// Longer than a peer may be silent: forty seconds.
#[tokio::test]
async fn a_dead_peer_is_noticed_on_both_sides_and_the_connection_comes_back() {
    let lab = Lab::new();
    let (a, b) = (lab.a(), lab.b());
    let daemon = start(a, STUDY).await;
    // One whose cable is pulled, and one who sleeps.
    let address = |ip: &str| format!("{ip}:{}", daemon.address().port());
    let away = pair(&daemon, b, &address("10.77.0.1")).await;
    let asleep = pair(&daemon, a, &address("10.77.0.1")).await;
    let follow = ["--on", "study", "subscribe", uris::SLIDES_ON_ACTION];
    let mut following = [away.start(&follow), asleep.start(&follow)];
    for following in &mut following {
        following.expect("subscribed to").await;
        hears(following, &daemon, "before").await;
    }
    assert_eq!(connected(&daemon).await, 2);

    lab.switch().run("ip", &["link", "set", "port-b", "down"]);
    following[1].signal(Signal::STOP);
    following[0]
        .expect("connection lost, trying again: the link broke")
        .await;
    eventually("the daemon has given both up", async || {
        (connected(&daemon).await == 0).then_some(())
    })
    .await;

    lab.switch().run("ip", &["link", "set", "port-b", "up"]);
    following[1].signal(Signal::CONT);
    following[1].expect("connection lost, trying again").await;
    for following in &mut following {
        following.expect("connected again").await;
        hears(following, &daemon, "after").await;
    }
}

/// How many devices the daemon has sessions with.
async fn connected(daemon: &Daemon) -> usize {
    let devices = scene::devices(daemon).await;
    devices.iter().filter(|device| device.connected).count()
}

#[tokio::test]
async fn a_restarted_daemon_has_its_subscribers_and_callees_again() {
    let lab = Lab::new();
    let mut daemon = start(lab.a(), STUDY).await;
    let guest = pair(&daemon, lab.b(), "study").await;
    let id = scene::devices(&daemon).await[0].id;
    let grant = ["grant", id.as_str(), "register:com.example."];
    daemon.cli(&grant).await.success();
    let follow = ["--on", "study", "subscribe", uris::SLIDES_ON_ACTION];
    let mut following = guest.start(&follow);
    let disk = "com.example.disk";
    let mut serving = guest.start(&["--on", "study", "register", disk, "--", "echo", "42 %"]);
    following.expect("subscribed to").await;
    serving.expect("registered").await;

    // It comes back at another port, which only its announcement tells.
    let home = daemon.home().clone();
    assert!(daemon.stop().await.success());
    for program in [&mut following, &mut serving] {
        program.expect("connection lost, trying again").await;
    }
    let mut command = lab.a().command(deskconnd());
    command.args(["--listen", "[::]:0"]);
    let daemon = Daemon::start_as(command, home).await;
    for program in [&mut following, &mut serving] {
        program.expect("connected again").await;
    }
    hears(&mut following, &daemon, "after").await;
    eventually("the procedure is there again", async || {
        let called = daemon.cli(&["call", disk]).await;
        called.stdout.contains("42 %").then_some(())
    })
    .await;

    // Removed while it is away, it is told so when it comes back.
    following.signal(Signal::STOP);
    daemon.cli(&["unpair", id.as_str()]).await.success();
    following.signal(Signal::CONT);
    for program in [following, serving] {
        let (code, said) = program.ended().await;
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("pair again: run `deskconn pair`"), "{said}");
    }
}

#[tokio::test]
async fn a_computer_whose_addresses_change_is_announced_and_found_again() {
    let lab = Lab::new();
    let a = lab.a();
    let daemon = start(a, STUDY).await;
    let guest = pair(&daemon, lab.b(), "study").await;

    for (old, new) in [
        ("10.77.0.1/24", "10.77.0.9/24"),
        ("fd77::1/64", "fd77::9/64"),
    ] {
        a.run("ip", &["addr", "del", old, "dev", "eth0"]);
        let nodad = if new.contains(':') {
            &["nodad"][..]
        } else {
            &[]
        };
        let add = [&["addr", "add", new, "dev", "eth0"][..], nodad].concat();
        a.run("ip", &add);
    }
    multicast(a);
    guest.hears("study", "\"10.77.0.9:").await;
    let status = guest.run(&["--on", "study", "status"]).await;
    assert!(status.contains("study"), "{status}");
}

#[tokio::test]
async fn an_interface_that_goes_and_comes_back_is_announced_on_again() {
    let lab = Lab::new();
    let (a, b) = (lab.a(), lab.b());
    let daemon = start(a, STUDY).await;
    let guest = pair(&daemon, b, "study").await;
    let mut following = guest.start(&["--on", "study", "subscribe", uris::SLIDES_ON_ACTION]);
    following.expect("subscribed to").await;

    lab.unplug("a");
    let gone = guest.try_run(&["--on", "study", "status"]).await;
    assert_eq!(gone.code, Some(3), "{gone:?}");
    lab.plug("a");
    guest.hears("study", "\"10.77.0.1:").await;
    assert!(
        guest
            .run(&["--on", "study", "status"])
            .await
            .contains("study")
    );
    hears(&mut following, &daemon, "after").await;
}

#[tokio::test]
async fn with_two_networks_the_one_that_is_left_leads_there() {
    let lab = Lab::new();
    let (a, b) = (lab.a(), lab.b());
    let to_b = ["peer", "name", "eth1", "netns", &b.pid()];
    let link = ["link", "add", "eth1", "type", "veth"];
    a.run("ip", &[&link[..], &to_b].concat());
    for (host, address) in [(a, "10.78.0.1/24"), (b, "10.78.0.2/24")] {
        host.run("ip", &["addr", "add", address, "dev", "eth1"]);
        host.run("ip", &["link", "set", "eth1", "up"]);
    }
    let daemon = start(a, STUDY).await;
    let guest = pair(
        &daemon,
        b,
        &format!("10.77.0.1:{}", daemon.address().port()),
    )
    .await;
    // Each look asks anew: a host need not answer by both networks when it is asked by both at once.
    eventually("the second network leads there, too", async || {
        let found = guest.run(&["discover", "--json"]).await;
        found.contains("\"10.78.0.1:").then_some(())
    })
    .await;

    lab.switch().run("ip", &["link", "set", "port-a", "down"]);
    let status = guest.run(&["--on", "study", "status"]).await;
    assert!(status.contains("study"), "{status}");
}

#[tokio::test]
async fn a_network_without_ipv4_is_as_good() {
    let lab = Lab::new();
    for host in [lab.a(), lab.b()] {
        host.run("ip", &["-4", "addr", "flush", "dev", "eth0"]);
    }
    let daemon = start(lab.a(), STUDY).await;
    let guest = Guest::at(lab.b());
    guest.hears("study", "[\"[fd77::1]:").await;
    let window = Window::open(&daemon, &[]).await;
    assert!(window.link.contains("[fd77::1]"), "{}", window.link);
    guest.run(&["join", "study", "--code", &window.code]).await;
    let status = guest.run(&["--on", "study", "status"]).await;
    assert!(status.contains("study"), "{status}");
}

#[tokio::test]
async fn a_cable_between_two_computers_is_a_network_too() {
    let lab = Lab::new();
    for host in [lab.a(), lab.b()] {
        host.run("ip", &["-4", "addr", "flush", "dev", "eth0"]);
        host.run("ip", &["addr", "flush", "dev", "eth0", "scope", "global"]);
    }
    let daemon = start(lab.a(), STUDY).await;
    let guest = Guest::at(lab.b());
    guest.hears("study", "[\"[fe80::1%").await;
    let window = Window::open(&daemon, &[]).await;
    guest.run(&["join", "study", "--code", &window.code]).await;
    // Such an address is not kept: it is found by the announcement each time.
    let status = guest.run(&["--on", "study", "status"]).await;
    assert!(status.contains("study"), "{status}");
}

#[tokio::test]
async fn of_two_computers_of_one_name_each_is_meant_by_its_id() {
    let lab = Lab::new();
    let daemons = [start(lab.a(), STUDY).await, start(lab.b(), STUDY).await];
    let ids = daemons.each_ref().map(|daemon| daemon.status().id);
    let guest = Guest::at(lab.b());
    for id in &ids {
        guest.hears("study", &format!("\"{}\"", id.hint())).await;
    }

    let window = Window::open(&daemons[0], &[]).await;
    let ambiguous = guest
        .try_run(&["join", "study", "--code", &window.code])
        .await;
    let told = ambiguous.failure(2);
    assert!(told.contains("several computers are `study`"), "{told}");
    for id in &ids {
        assert!(told.contains(&format!("{} study at ", id.hint())), "{told}");
    }
    drop(window);
    for (daemon, id) in daemons.iter().zip(&ids) {
        let window = Window::open(daemon, &[]).await;
        guest
            .run(&["join", id.hint(), "--code", &window.code])
            .await;
    }

    let ambiguous = guest.try_run(&["--on", "study", "status"]).await;
    let told = ambiguous.failure(1);
    assert!(told.contains("`study` could be 2 computers"), "{told}");
    for id in &ids {
        assert!(told.contains(id.hint()), "{told}");
        let status = guest.run(&["--on", id.hint(), "status", "--json"]).await;
        assert!(status.contains(id.as_str()), "{status}");
    }
}

#[tokio::test]
async fn the_daemon_is_announced_whether_avahi_runs_or_comes_or_goes() {
    let lab = Lab::new();
    let a = lab.a();
    let daemon = start(a, STUDY).await;
    let guest = Guest::at(lab.b());
    guest.hears("study", "\"pairing\":false").await;
    let bus = a.start_bus();
    let avahi = a.start_avahi("");
    eventually("Avahi announces it", async || {
        let said = daemon.said();
        said.contains("backend=Avahi").then_some(())
    })
    .await;
    let window = Window::open(&daemon, &[]).await;
    guest.hears("study", "\"pairing\":true").await;
    avahi.kill();
    bus.kill();
    // Of the announcement by Avahi nobody said goodbye: what is told now is new.
    window.screen.signal(Signal::INT);
    guest.hears("study", "\"pairing\":false").await;
}

/// Has multicast leave by eth0, as a default route would.
fn multicast(host: Host<'_>) {
    host.run("ip", &["route", "replace", "224.0.0.0/4", "dev", "eth0"]);
}
