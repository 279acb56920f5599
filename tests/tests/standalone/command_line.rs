//! What the program says about routers without starting one, and how one ends.

use std::io::Write;
use std::process::{Command, Stdio};

use deskconn_tests::{TempHome, deskconnd};
use rustix::process::Signal;
use wamp_client::Credentials;

use crate::scene::{Router, run, scram, write};

const LEAST: &str = "[[listener]]\ntcp = \"127.0.0.1:0\"\n[[realm]]\nname = \"realm1\"\n\
    [[realm.role]]\nname = \"user\"\n";

#[tokio::test]
async fn a_configuration_is_checked_without_being_run() {
    let home = TempHome::new();
    let file = write(&home, LEAST).display().to_string();
    let right = run(&home, &["--check-config", "--config", &file]).await;
    assert_eq!(
        (right.code, right.stdout.as_str()),
        (Some(0), "The configuration is right.\n")
    );
    write(
        &home,
        &format!("{LEAST}[realm.anonymous]\nrole = \"guest\"\n"),
    );
    let wrong = run(&home, &["--check-config", "--config", &file]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(
        wrong
            .stderr
            .contains("line 8: this realm has no role `guest`"),
        "{}",
        wrong.stderr
    );
    assert!(wrong.stderr.contains("hint: "), "{}", wrong.stderr);
}

#[tokio::test]
async fn a_router_is_not_started_without_a_configuration() {
    let said = run(&TempHome::new(), &[]).await;
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr.contains("--router-only needs --config"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn what_is_printed_for_a_password_lets_its_owner_in() {
    let mut child = Command::new(deskconnd())
        .arg("--scram-verifier")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"correct horse\n").expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("our child");
    let lines = String::from_utf8(output.stdout).expect("text");
    let config = format!("{LEAST}[[realm.user]]\nauthid = \"erin\"\nrole = \"user\"\n{lines}");
    let router = Router::start(&config).await;
    assert!(router.join(scram("erin", "correct horse")).await.is_ok());
    let denied = router.refusal(scram("erin", "wrong horse")).await;
    assert_eq!(denied, "wamp.error.authentication_denied");
}

#[tokio::test]
async fn sessions_are_told_when_a_router_stops() {
    let config = format!("{LEAST}[realm.anonymous]\nrole = \"user\"\n");
    let router = Router::start(&config).await;
    let session = router.join(Credentials::Anonymous).await.expect("a guest");
    router.program.signal(Signal::TERM);
    let cause = session.closed().await.to_string();
    assert!(cause.contains("wamp.close.system_shutdown"), "{cause}");
    assert_eq!(router.program.ended().await.0, Some(0));
}
