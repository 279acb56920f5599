//! Event history that outlasts the program, and disks that fail it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use deskconn_tests::{TempHome, apart, deskconnd};
use rustix::process::Signal;
use serde_json::Value;
use wamp_client::{Credentials, Session};

use crate::scene::{Router, for_everybody};

const TOPIC: &str = "com.example.topic";

const WAITING: &str = "deskconn_history_waiting{realm=\"realm1\"}";
const WRITTEN: &str = "deskconn_history_written_total{realm=\"realm1\"}";
const FAILING: &str = "deskconn_history_failing{realm=\"realm1\"}";

/// A router that keeps so many events in this file.
fn config(file: &str, events: usize) -> String {
    let history =
        format!("[[realm.history]]\nuri = \"{TOPIC}\"\nevents = {events}\nlasting = true\n");
    for_everybody("", &format!("history_file = \"{file}\""), &history)
}

async fn guest(router: &Router) -> Session {
    let joined = router.join(Credentials::Anonymous).await;
    joined.expect("everybody may join")
}

async fn publish(session: &Session, arguments: impl IntoIterator<Item = String>) {
    for argument in arguments {
        let published = session.publish(TOPIC).arg(argument).acknowledge().await;
        published.expect("it may");
    }
}

/// The first characters of the events that the router remembers, as many as fit an answer.
async fn remembered(session: &Session) -> Vec<String> {
    ask(session, false).await
}

/// Those of the newest one.
async fn newest(session: &Session) -> Option<String> {
    ask(session, true).await.into_iter().next()
}

async fn ask(session: &Session, reverse: bool) -> Vec<String> {
    let found = session.call("wamp.subscription.lookup").args((TOPIC,));
    let (id,): (u64,) = found.await.expect("a subscription").args().expect("its id");
    let events = session.call("wamp.subscription.get_events").args((id,));
    let events = events.kwargs(HashMap::from([("reverse", reverse)]));
    let events: Vec<Value> = events.await.expect("a history").args().expect("events");
    let first = |event: &Value| {
        let text = event["args"][0].as_str().expect("a text");
        text.chars().take(3).collect()
    };
    events.iter().map(first).collect()
}

fn large(letters: impl IntoIterator<Item = char>) -> impl Iterator<Item = String> {
    letters
        .into_iter()
        .map(|letter| letter.to_string().repeat(900_000))
}

#[tokio::test]
async fn what_was_written_is_there_after_a_crash() {
    let (config, mut home) = (config("realm1.history", 5), TempHome::new());
    let mut expected: Vec<String> = Vec::new();
    for round in 0..3 {
        let router = Router::start_in(home, &config).await;
        let session = guest(&router).await;
        assert_eq!(remembered(&session).await, expected);
        let published = (0..3).map(|number| format!("{round}.{number}"));
        expected.extend(published.clone());
        expected.drain(..expected.len().saturating_sub(5));
        publish(&session, published).await;
        router.metric_becomes(WRITTEN, |written| written > 0).await;
        router.metric_becomes(WAITING, |waiting| waiting == 0).await;
        assert_eq!(router.metric(FAILING).await, 0);
        home = router.kill().await;
    }
}

#[tokio::test]
async fn what_happens_up_to_an_orderly_end_is_there_again() {
    let (config, home) = (config("realm1.history", 5), TempHome::new());
    let router = Router::start_in(home, &config).await;
    let session = guest(&router).await;
    let testament = session.call("wamp.session.add_testament");
    let testament = testament
        .args((TOPIC, ["end"], serde_json::Map::new()))
        .await;
    testament.expect("a testament");
    publish(&session, ["one".to_owned()]).await;
    let home = router.stop().await;
    let router = Router::start_in(home, &config).await;
    assert_eq!(remembered(&guest(&router).await).await, ["one", "end"]);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_stops_nothing() {
    let home = TempHome::new();
    let disk = home.path().join("disk");
    fs::create_dir(&disk).expect("a writable home");
    let small = format!(
        "mount -t tmpfs -o size=16m none '{0}' && head -c 13m /dev/zero > '{0}/others'",
        disk.display()
    );
    let mut command = apart(&small, deskconnd());
    command.arg("--router-only");
    let mut router = Router::start_as(command, home, &config("disk/realm1.history", 9)).await;
    let session = guest(&router).await;
    publish(&session, ["one".to_owned()]).await;
    router.metric_becomes(WRITTEN, |written| written == 1).await;

    publish(&session, large('a'..='d')).await;
    router.metric_becomes(FAILING, |failing| failing == 1).await;
    let hint = router.program.expect("hint=\"").await;
    assert!(hint.starts_with("free some space on that disk"), "{hint}");
    let full = seen_by(&router, "disk/realm1.history");
    let before = snapshot(&router, &full);
    // It goes on in memory: an answer has as many as fit.
    assert_eq!(remembered(&session).await, ["one", "aaa"]);

    fs::remove_file(seen_by(&router, "disk/others")).expect("that file");
    router.metric_becomes(FAILING, |failing| failing == 0).await;
    publish(&session, ["two".to_owned()]).await;
    router.metric_becomes(WAITING, |waiting| waiting == 0).await;
    let after = snapshot(&router, &full);
    drop(router);
    let (_router, session) = after_a_crash(&before).await;
    let first = remembered(&session).await.into_iter().next();
    assert_eq!(first.as_deref(), Some("one"), "what was there stays there");
    let (_router, session) = after_a_crash(&after).await;
    assert_eq!(remembered(&session).await, ["one", "aaa"]);
    assert_eq!(newest(&session).await.as_deref(), Some("two"));
}

#[tokio::test]
async fn a_file_that_is_no_history_keeps_nobody_from_joining() {
    let home = TempHome::new();
    let file = home.path().join("realm1.history");
    fs::write(&file, "my letters").expect("a writable home");
    let router = Router::start_in(home, &config("realm1.history", 5)).await;
    let session = guest(&router).await;
    publish(&session, ["one".to_owned()]).await;
    assert_eq!(remembered(&session).await, ["one"]);
    assert_eq!(router.metric(FAILING).await, 1);
    let said = router.said_after_stopping().await;
    assert!(said.contains("can not be read"), "{said}");
    assert!(said.contains("move it out of the way"), "{said}");
}

/// A file in its home, as the router sees it.
fn seen_by(router: &Router, file: &str) -> PathBuf {
    let path = router.path(file);
    let path = path.strip_prefix("/").expect("an absolute path");
    router.program.root().join(path)
}

/// The octets of a file at one moment, as a power cut would leave them.
fn snapshot(router: &Router, file: &Path) -> Vec<u8> {
    router.program.signal(Signal::STOP);
    let octets = fs::read(file).expect("its file");
    router.program.signal(Signal::CONT);
    octets
}

/// A router that finds these octets, and a session of it.
async fn after_a_crash(octets: &[u8]) -> (Router, Session) {
    let home = TempHome::new();
    fs::write(home.path().join("realm1.history"), octets).expect("a writable home");
    let router = Router::start_in(home, &config("realm1.history", 9)).await;
    assert_eq!(router.metric(FAILING).await, 0);
    let session = guest(&router).await;
    (router, session)
}
