//! Components of others, in Python: killed, hung, flooding, lying about what is theirs. The daemon contains
//! and reports it, and goes on.

use std::path::Path;

use deskconn_protocol::api::components::{Components, Details};
use deskconn_protocol::api::daemon::ComponentState;
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, TempHome, deskconn, eventually};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};
use wamp_client::Session;

use crate::scene;

/// Nothing but the component, on a machine with all its devices.
const CONFIG: &str = "[device]\nname = 'study'\n[discovery]\nannounce = false\n\
    [components.slides]\nenabled = false\n[components.screen]\nenabled = false\n";

const SAID: &str = "local.unruly.said";

/// A daemon with the component `unruly`, which is asked every second whether it lives.
async fn start() -> (Daemon, Session) {
    let home = TempHome::new();
    let interpreter = deskconn_netns::python();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("components/unruly.py");
    home.configure(&format!(
        "{CONFIG}[[component]]\nname = 'unruly'\ncommand = [{interpreter:?}, {program:?}]\n\
         health = {{ join_within = 60, every = 1, within = 2 }}\n\
         limits = {{ messages_per_second = 200 }}\n"
    ));
    let daemon = Daemon::start_in(home).await;
    let owner = daemon.owner().await;
    running(&owner).await;
    (daemon, owner)
}

/// What the owner sees of the component.
async fn details(owner: &Session) -> Details {
    let listed = owner.call(uris::DAEMON_COMPONENTS).await.expect("a list");
    let Components { components } = listed.kwargs().expect("a list");
    let mut components = components.into_iter();
    let unruly = components.find(|component| component.component.name == "unruly");
    unruly.expect("it is listed")
}

/// Waits until it runs and answers; gives its process id.
async fn running(owner: &Session) -> u32 {
    eventually("the component runs", async || {
        let component = details(owner).await;
        let answer = owner.call("local.unruly.pid").await.ok()?;
        let pid: u32 = answer.read().expect("a number");
        let runs = component.component.state == ComponentState::Running;
        (runs && component.pid == Some(pid)).then_some(pid)
    })
    .await
}

/// Waits until something that contains these words is on the component's record.
async fn recorded(owner: &Session, words: &str) {
    eventually(words, async || {
        let incidents = details(owner).await.incidents;
        let mut incidents = incidents.iter();
        incidents.find(|i| i.what.contains(words)).map(|_| ())
    })
    .await;
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed()).expect("a process id")
}

#[tokio::test]
async fn one_that_is_killed_runs_again() {
    let (daemon, owner) = start().await;
    let first = running(&owner).await;
    kill_process(process(first), Signal::KILL).expect("it runs");
    recorded(&owner, "it was ended by signal 9").await;
    let second = running(&owner).await;
    assert_ne!(first, second);
    assert_eq!(details(&owner).await.restarts, 1);
    let logs = daemon.cli(&["component", "logs", "unruly"]).await;
    let logs = logs.success();
    assert_eq!(
        logs.matches("joined as component:unruly").count(),
        2,
        "{logs}"
    );
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn one_that_hangs_is_killed_and_runs_again() {
    let (daemon, owner) = start().await;
    let first = running(&owner).await;
    // Nobody will answer that.
    let hanging = owner.call("local.unruly.hang").start().await;
    let _hanging = hanging.expect("called");
    recorded(&owner, "local.unruly.health did not answer within 2 s").await;
    assert_ne!(running(&owner).await, first);
    assert!(test_kill_process(process(first)).is_err(), "it is gone");
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn one_that_writes_without_end_waits_and_is_kept_to_a_thousand_lines() {
    let (daemon, owner) = start().await;
    let before = daemon.memory();
    // Longer than its health allows, since its output has to wait.
    let writing = owner.call("local.unruly.write").args((1000,)).start().await;
    let _writing = writing.expect("called");
    recorded(&owner, "writes more than it may").await;
    let arguments = json!({"name": "unruly", "limit": 100_000});
    let logs = owner.call(uris::DAEMON_COMPONENT_LOGS).kwargs(&arguments);
    let logs: Value = logs.await.expect("logs").kwargs().expect("logs");
    assert!(logs["lines"].as_array().expect("lines").len() <= 1000);
    let grown = daemon.memory().saturating_sub(before);
    assert!(grown < 64 << 20, "the daemon has grown by {grown} octets");
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn one_that_publishes_without_end_is_held_back_and_loses_nothing() {
    let (daemon, owner) = start().await;
    let mut said = owner.events(SAID).await.expect("subscribed");
    let asked = owner.call("local.unruly.say").args((SAID, 600)).await;
    asked.expect("it says so");
    recorded(&owner, "sent more messages than it may").await;
    for number in 0..600 {
        let event = said.next().await.expect("an event");
        assert_eq!(event.args::<(u32,)>().expect("a number"), (number,));
    }
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn one_that_takes_what_is_not_its_own_is_refused_and_reported() {
    let (daemon, owner) = start().await;
    for uri in [uris::SLIDES_NEXT, "local.other.thing", "wamp.session.get"] {
        let taken = owner.call("local.unruly.take").args((uri,)).await;
        let came_of_it: String = taken.expect("an answer").read().expect("a text");
        assert!(came_of_it.starts_with("wamp.error."), "{uri}: {came_of_it}");
    }
    recorded(&owner, "tried to register `org.deskconn.slides.next`").await;
    let listed = daemon.cli(&["component", "list"]).await;
    let listed = listed.success();
    assert!(listed.contains("local.unruly."), "{listed}");
    assert!(listed.contains("tried to register"), "{listed}");
    let own = owner.call("local.unruly.take").args(("local.unruly.own",));
    let own: String = own.await.expect("an answer").read().expect("a text");
    assert_eq!(own, "registered");
}

#[tokio::test]
async fn its_process_is_not_its_owner() {
    let home = TempHome::new();
    let program = deskconn();
    home.configure(&format!(
        "{CONFIG}[[component]]\nname = 'unruly'\ncommand = [{program:?}, 'status']\n"
    ));
    let daemon = Daemon::start_in(home).await;
    let owner = daemon.owner().await;
    recorded(&owner, "was not let in: wamp.error.not_authorized").await;
    recorded(&owner, "it ended with exit code 4").await;
}

#[tokio::test]
async fn the_owner_restarts_it_and_switches_it_off_for_good() {
    let (mut daemon, owner) = start().await;
    let first = running(&owner).await;
    daemon
        .cli(&["component", "restart", "unruly"])
        .await
        .success();
    let second = eventually("another process", async || {
        let pid = running(&owner).await;
        (pid != first).then_some(pid)
    })
    .await;
    assert_eq!(details(&owner).await.restarts, 0, "it did not fail");

    daemon
        .cli(&["component", "disable", "unruly"])
        .await
        .success();
    eventually("it is gone", async || {
        test_kill_process(process(second)).err()
    })
    .await;
    drop(owner);
    daemon.stop().await;
    let daemon = Daemon::start_in(daemon.home().clone()).await;
    let owner = daemon.owner().await;
    assert_eq!(
        details(&owner).await.component.state,
        ComponentState::Disabled
    );
    daemon
        .cli(&["component", "enable", "unruly"])
        .await
        .success();
    running(&owner).await;
}

#[tokio::test]
async fn it_ends_with_the_daemon() {
    let (mut daemon, owner) = start().await;
    let pid = running(&owner).await;
    drop(owner);
    daemon.kill().await;
    eventually("it is gone", async || test_kill_process(process(pid)).err()).await;
}

#[tokio::test]
async fn a_device_that_was_granted_it_calls_it() {
    let (daemon, _owner) = start().await;
    let guest = scene::pair(&daemon).await;
    let call = ["--on", "study", "call", "local.unruly.pid"];
    guest.cli(&call).await.failure(4);
    let id = scene::devices(&daemon).await[0].id;
    daemon
        .cli(&["grant", id.as_str(), "unruly"])
        .await
        .success();
    guest.cli(&call).await.success();
}
