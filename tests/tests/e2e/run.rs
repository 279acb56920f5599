//! Commands by name, of real processes: what is printed and how it ends, who may start them, and that they end
//! with whoever has.

use deskconn_protocol::api::run::{Command, Ended, Why};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Running, TempHome, eventually};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use wamp_client::Session;
use wamp_proto::Uri;

use crate::scene;

/// Commands of the shell: what it is given, and how it ends.
const COMMANDS: &str = r#"
    device.name = "study"
    discovery.announce = false
    [components]
    input.enabled = false
    media.enabled = false
    screen.enabled = false
    slides.enabled = false
    volume.enabled = false
    [components.run.commands]
    greet = { title = "Say hello", command = ["sh", "-c", "echo hello $# $WHO; echo oh >&2; exit 7"], environment = { WHO = "ana" } }
    wait = { command = ["sh", "-c", "echo pid $$; exec sleep 1000"] }
    stay = { command = ["sh", "-c", "echo pid $$; exec sleep 1000"], keep_running = true }
    flood = { command = ["sh", "-c", "yes | head -c 3000000"], max_output_kb = 100, output_kb_per_second = 100000 }
    lost = { command = ["/nonexistent/tool"] }
"#;

async fn start() -> Daemon {
    start_with("").await
}

/// A daemon with the commands and these further settings.
async fn start_with(more: &str) -> Daemon {
    let home = TempHome::new();
    home.configure(&format!("{COMMANDS}\n{more}"));
    Daemon::start_in(home).await
}

/// The process that the command has become, by what it says first.
async fn process(running: &mut Running) -> Pid {
    let pid = running.expect("pid ").await;
    Pid::from_raw(pid.parse().expect("a process id")).expect("a process id")
}

async fn gone(process: Pid) {
    eventually("the command is gone", async || {
        test_kill_process(process).err()
    })
    .await;
}

/// Waits until the component answers that so many run.
async fn runs(owner: &Session, name: &str, times: u32) -> Command {
    let status = Uri::from(uris::of_name(uris::RUN_STATUS, name));
    eventually("so many run", async || {
        let status = owner.call(status.clone()).await;
        let command: Command = status.ok()?.kwargs().expect("a status");
        (command.running == times).then_some(command)
    })
    .await
}

/// Pairs somebody who may run this command.
async fn guest(daemon: &Daemon, name: &str) -> (TempHome, String) {
    let guest = scene::pair(daemon).await;
    let id = scene::devices(daemon).await[0].id.as_str().to_owned();
    let grant = format!("run:{name}");
    daemon.cli(&["grant", &id, &grant]).await.success();
    (guest, id)
}

#[tokio::test]
async fn it_prints_what_the_command_writes_and_ends_as_it_ends() {
    let daemon = start().await;
    let ran = daemon.cli(&["run", "greet"]).await;
    assert_eq!(ran.failure(7), "oh\n");
    assert_eq!(ran.stdout, "hello 0 ana\n");
    let listed = daemon.cli(&["run"]).await;
    let listed = listed.success();
    assert!(
        listed.contains("greet  ended with 7  Say hello"),
        "{listed}"
    );
    assert!(listed.contains("lost: there is no program"), "{listed}");

    let unknown = daemon.cli(&["run", "rm"]).await;
    assert!(unknown.failure(1).contains("there is no command `rm`"));
    let lost = daemon.cli(&["run", "lost"]).await;
    let said = lost.failure(1);
    assert!(said.contains("there is no program `/nonexistent/tool`"));
    assert!(said.contains("\nhint: install it"), "{said}");
}

#[tokio::test]
async fn nothing_that_is_sent_reaches_a_command() {
    let daemon = start().await;
    let owner = daemon.owner().await;
    let call = owner.call("org.deskconn.run.greet.start").progress();
    let call = call.args(("; touch pwned", "$(id)"));
    let call = call.kwargs(serde_json::json!({"command": ["id"], "WHO": "eve"}));
    let mut running = call.start().await.expect("called");
    let mut said = String::new();
    while let Some(part) = running.next().await {
        let part = part.expect("it runs");
        let part: serde_json::Value = part.kwargs().expect("a part");
        said.push_str(part["text"].as_str().unwrap_or_default());
    }
    assert!(said.contains("hello 0 ana\n"), "{said}");
}

#[tokio::test]
async fn of_a_flood_the_first_is_printed_and_the_rest_is_counted() {
    let daemon = start().await;
    let ran = daemon.cli(&["run", "flood"]).await;
    assert_eq!(ran.success().len(), 100 * 1024);
    assert!(ran.stderr.contains("2897600 octets"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_device_runs_what_it_was_granted_and_that_is_in_the_log() {
    let daemon = start().await;
    let (guest, _) = guest(&daemon, "greet").await;
    let ran = guest.cli(&["--on", "study", "run", "greet"]).await;
    ran.failure(7);
    assert_eq!(ran.stdout, "hello 0 ana\n");
    guest
        .cli(&["--on", "study", "run", "wait"])
        .await
        .failure(4);
    let log = eventually("it is in the log", async || {
        let log = daemon.cli(&["log"]).await.success().to_owned();
        log.contains("org.deskconn.run.greet.start").then_some(log)
    })
    .await;
    assert!(!log.contains("hello"), "{log}");
}

#[tokio::test]
async fn a_command_ends_with_whoever_started_it() {
    let daemon = start().await;
    let (guest, id) = guest(&daemon, "wait").await;
    let begin = || guest.start_cli(&["--on", "study", "run", "wait"]);

    // It vanishes.
    let mut running = begin();
    let command = process(&mut running).await;
    running.signal(Signal::KILL);
    gone(command).await;

    // Ctrl-C.
    let mut running = begin();
    let command = process(&mut running).await;
    running.signal(Signal::INT);
    assert_eq!(running.ended().await.0, Some(130));
    gone(command).await;

    // It may not any more.
    let mut running = begin();
    let command = process(&mut running).await;
    daemon.cli(&["revoke", &id, "run:wait"]).await.success();
    gone(command).await;
    let (code, said) = running.ended().await;
    assert_eq!(code, Some(4), "{said}");
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn one_that_is_to_stay_stays_until_somebody_stops_it() {
    let daemon = start().await;
    let owner = daemon.owner().await;
    let (guest, _) = guest(&daemon, "stay").await;
    let mut running = guest.start_cli(&["--on", "study", "run", "stay"]);
    let command = process(&mut running).await;
    running.signal(Signal::KILL);
    drop(running);
    eventually("the guest is gone", async || {
        let devices = scene::devices(&daemon).await;
        (!devices[0].connected).then_some(())
    })
    .await;
    runs(&owner, "stay", 1).await;
    test_kill_process(command).expect("it runs on");
    let again = daemon.cli(&["run", "stay"]).await;
    assert!(again.failure(1).contains("`stay` runs already"));
    let stopped = daemon.cli(&["run", "stay", "--stop"]).await;
    assert_eq!(stopped.success(), "stay does not run\n");
    let last = runs(&owner, "stay", 0).await.last.expect("it has run");
    let Ended { why, signal, .. } = last.ended;
    assert_eq!((why, signal), (Why::Stopped, Some(15)));
    gone(command).await;
}

#[tokio::test]
async fn it_ends_with_the_daemon_and_with_the_process_of_the_component() {
    let mut daemon = start().await;
    let mut running = daemon.home().start_cli(&["run", "stay"]);
    let command = process(&mut running).await;
    daemon.kill().await;
    gone(command).await;

    let daemon = start_with("[components.run]\nprocess = 'own'").await;
    let owner = daemon.owner().await;
    runs(&owner, "wait", 0).await;
    let mut running = daemon.home().start_cli(&["run", "wait"]);
    let command = process(&mut running).await;
    let components = owner.call(uris::DAEMON_COMPONENTS).await.expect("a list");
    let components: serde_json::Value = components.kwargs().expect("a list");
    let mut components = components["components"].as_array().expect("a list").iter();
    let run = components.find(|component| component["name"] == "run");
    let pid = run.expect("it is listed")["pid"].as_i64().expect("its id");
    let pid = Pid::from_raw(pid.try_into().expect("an id")).expect("an id");
    kill_process(pid, Signal::KILL).expect("it runs");
    gone(command).await;
    assert_ne!(running.ended().await.0, Some(0));
}
