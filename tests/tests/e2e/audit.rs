//! The audit log: who did what is there to be read, what they sent is not.

use std::os::unix::fs::PermissionsExt;

use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::uris;
use deskconn_tests::Daemon;

use crate::scene;

/// The log, entry by entry.
async fn log(daemon: &Daemon, options: &[&str]) -> Vec<Entry> {
    let arguments: Vec<_> = ["log", "--json"].iter().chain(options).copied().collect();
    let shown = daemon.cli(&arguments).await;
    let lines = shown.success().lines();
    lines
        .map(|line| serde_json::from_str(line).expect("an entry"))
        .collect()
}

#[tokio::test]
async fn what_a_device_did_and_what_was_done_about_it_is_in_the_log_and_nothing_it_sent() {
    let mut daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    let secret = "a-secret-argument";
    let call = ["--on", "study", "call", uris::SLIDES_STATUS, secret];
    guest.cli(&call).await;
    let denied = ["--on", "study", "publish", "com.example.t", secret];
    guest.cli(&denied).await.failure(4);
    daemon
        .cli(&["grant", id.as_str(), "register:com.example."])
        .await
        .success();
    daemon
        .cli(&["revoke", id.as_str(), "slides"])
        .await
        .success();
    daemon.cli(&["unpair", id.as_str()]).await.success();

    let before = log(&daemon, &[]).await;
    let story: Vec<_> = before
        .iter()
        .filter(|entry| entry.who == id.as_str() && entry.what != What::Joined)
        .map(|entry| (entry.what, entry.allowed))
        .collect();
    let expected = [
        (What::Paired, None),
        (What::Call, Some(true)),
        (What::Publish, Some(false)),
        (What::Granted, None),
        (What::Revoked, None),
        (What::Unpaired, None),
    ];
    assert_eq!(story, expected);
    let called = before.iter().find(|entry| entry.what == What::Call);
    let called = called.expect("a call");
    assert_eq!(called.uri.as_deref(), Some(uris::SLIDES_STATUS));
    assert_eq!(called.from.as_deref(), Some("127.0.0.1"));
    assert!(
        !before.iter().any(|entry| entry.who == "owner"),
        "{before:?}"
    );

    let folder = daemon.home().paths().state_dir.join("audit");
    for file in std::fs::read_dir(&folder).expect("the log") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
        let text = std::fs::read_to_string(file.path()).expect("text");
        assert!(!text.contains(secret), "{text}");
    }
    // It is all there after a restart.
    let (address, home) = (daemon.address().to_string(), daemon.home().clone());
    assert!(daemon.stop().await.success());
    let daemon = scene::start_at(home, &address).await;
    assert_eq!(log(&daemon, &[]).await, before);
}

#[tokio::test]
async fn the_owner_follows_the_log_of_one_device() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    let mut following =
        daemon
            .home()
            .start_cli(&["log", "-f", "--device", id.as_str(), "--since", "1h"]);
    following.expect("was paired, from 127.0.0.1").await;
    guest.cli(&["--on", "study", "status"]).await.success();
    following
        .expect(&format!("called {}", uris::DAEMON_STATUS))
        .await;
    guest.cli(&["--on", "study", "devices"]).await.failure(4);
    following
        .expect(&format!("may not call {}", uris::DAEMON_DEVICES))
        .await;
    // It is the owner's to read.
    guest.cli(&["--on", "study", "log"]).await.failure(4);
}

#[tokio::test]
async fn wrong_codes_and_strangers_who_are_refused_are_in_the_log() {
    let daemon = scene::start().await;
    let window = scene::Window::open(&daemon, &[]).await;
    let stranger = deskconn_tests::TempHome::new();
    let wrong = match window.code.as_str() {
        "0000 0000" => "1111 1111",
        _ => "0000 0000",
    };
    let address = daemon.address().to_string();
    let joined = stranger.cli(&["join", &address, "--code", wrong]).await;
    assert_ne!(joined.code, Some(0));
    let door = format!("ws://{address}/ws");
    let refused = wamp_client::connect(&door, wamp_client::JoinOptions::new(uris::REALM)).await;
    refused.expect_err("a stranger");
    let all = log(&daemon, &[]).await;
    let of = |what| all.iter().filter(move |entry| entry.what == what);
    assert_eq!(of(What::WrongCode).count(), 1, "{all:?}");
    let wrong = of(What::WrongCode).next().expect("a wrong code");
    assert_eq!(wrong.detail.as_deref(), Some("1/10"));
    assert_eq!(wrong.from.as_deref(), Some("127.0.0.1"));
    let refused = of(What::Refused).next().expect("a refusal");
    assert_eq!(refused.detail.as_deref(), Some("wamp.error.not_authorized"));
}

#[tokio::test]
async fn a_stranger_who_comes_while_no_window_is_open_is_in_the_log() {
    let daemon = scene::start().await;
    let address = daemon.address().to_string();
    let stranger = deskconn_tests::TempHome::new();
    let join = ["join", &address, "--code", "00000000"];
    stranger.cli(&join).await.failure(1);
    let all = log(&daemon, &[]).await;
    let mut refused = all.iter().filter(|entry| entry.what == What::Refused);
    let refused = refused.next().expect("a refusal");
    let closed = uris::PAIRING_ERROR_NOT_PAIRING;
    assert_eq!(refused.detail.as_deref(), Some(closed));
    assert_eq!(refused.from.as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn nothing_is_kept_if_the_owner_wants_no_log() {
    let home = scene::home();
    home.configure(&format!("{}[audit]\nenabled = false\n", scene::CONFIG));
    let daemon = scene::start_in(home).await;
    scene::pair(&daemon).await;
    assert_eq!(log(&daemon, &[]).await, []);
}
