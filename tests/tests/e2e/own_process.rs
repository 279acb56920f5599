//! A component of the daemon's own in a process of its own: it is the same, and its end is not the daemon's.

use deskconn_protocol::api::components::{Components, Details, Origin};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, TempHome, eventually};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use wamp_client::Session;

const CONFIG: &str = "
    device.name = 'study'
    discovery.announce = false
    [components]
    screen.enabled = false
    slides = { process = 'own', profile = 'okular' }
";

async fn slides(owner: &Session) -> Details {
    let listed = owner.call(uris::DAEMON_COMPONENTS).await.expect("a list");
    let Components { components } = listed.kwargs().expect("a list");
    let mut components = components.into_iter();
    let slides = components.find(|component| component.component.name == "slides");
    slides.expect("it is listed")
}

/// Waits until it answers, in another process than `before`. Whether it can press keys depends on the machine.
async fn answers(owner: &Session, before: Option<u32>) -> u32 {
    eventually("slides answer", async || {
        let status = owner.call(uris::SLIDES_STATUS).await.ok()?;
        let status: Value = status.kwargs().expect("a status");
        assert_eq!(status["profile"], "okular", "its settings came with it");
        let pid = slides(owner).await.pid?;
        (Some(pid) != before).then_some(pid)
    })
    .await
}

#[tokio::test]
async fn a_crash_of_it_is_not_one_of_the_daemon_and_it_runs_again() {
    let home = TempHome::new();
    home.configure(CONFIG);
    let mut daemon = Daemon::start_in(home).await;
    let owner = daemon.owner().await;
    let first = answers(&owner, None).await;
    let details = slides(&owner).await;
    assert_eq!(details.origin, Origin::BuiltIn);
    assert_eq!(details.prefixes, ["org.deskconn.slides."]);

    let process = |pid: u32| Pid::from_raw(pid.cast_signed()).expect("a process id");
    kill_process(process(first), Signal::KILL).expect("it runs");
    let second = answers(&owner, Some(first)).await;
    assert_eq!(slides(&owner).await.restarts, 1);

    // What the kernel holds it to.
    let status = std::fs::read_to_string(format!("/proc/{second}/status")).expect("it runs");
    let line = |key: &str| status.lines().find_map(|line| line.strip_prefix(key));
    assert_eq!(line("NoNewPrivs:").map(str::trim), Some("1"));
    let limits = std::fs::read_to_string(format!("/proc/{second}/limits")).expect("it runs");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let core = core.expect("a limit");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");

    drop(owner);
    assert!(daemon.stop().await.success());
    eventually("it is gone", async || {
        test_kill_process(process(second)).err()
    })
    .await;
}
