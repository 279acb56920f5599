//! What somebody who is not paired can do: ask to be paired, and nothing else.

use deskconn_protocol::uris;
use deskconn_tests::{Daemon, TempHome};
use wamp_client::{CallError, JoinOptions, RequestError};
use wamp_proto::{MatchPolicy, uris as wamp};

use crate::doors::Wire;
use crate::scene;

#[tokio::test]
async fn a_stranger_can_not_join_the_realm_of_the_paired() {
    let daemon = scene::start().await;
    for door in doors(&daemon) {
        for (realm, reason) in [
            (uris::REALM, wamp::NOT_AUTHORIZED),
            ("realm1", wamp::NO_SUCH_REALM),
            ("org.deskconn.test", wamp::NO_SUCH_REALM),
        ] {
            let refused = wamp_client::connect(&door, JoinOptions::new(realm)).await;
            let error = refused.expect_err(realm);
            assert_eq!(error.reason(), Some(&reason), "{door}: {error}");
        }
    }
}

#[tokio::test]
async fn a_stranger_can_call_the_two_procedures_of_pairing_only() {
    let daemon = scene::start().await;
    for door in doors(&daemon) {
        let stranger = wamp_client::connect(&door, JoinOptions::new(uris::REALM_PAIRING)).await;
        let stranger = stranger.expect("anybody may join");
        for uri in [uris::PAIRING_BEGIN, uris::PAIRING_CONFIRM] {
            assert_eq!(
                refusal(stranger.call(uri).await.map(drop)),
                uris::PAIRING_ERROR_MALFORMED
            );
        }
        let own = uris::ALL.iter().copied();
        let meta = [
            "wamp.session.count",
            "wamp.session.list",
            "wamp.registration.list",
        ];
        let pairing = [uris::PAIRING_BEGIN, uris::PAIRING_CONFIRM];
        let others = own.chain(meta).filter(|uri| !pairing.contains(uri));
        for uri in others.chain(["org.deskconn.test.nothing"]) {
            let called = refusal(stranger.call(uri).await.map(drop));
            assert_eq!(called, wamp::NOT_AUTHORIZED.as_str(), "{uri}");
        }
    }
}

#[tokio::test]
async fn a_stranger_can_not_register_subscribe_or_publish() {
    let daemon = scene::start().await;
    for door in doors(&daemon) {
        let stranger = wamp_client::connect(&door, JoinOptions::new(uris::REALM_PAIRING)).await;
        let stranger = stranger.expect("anybody may join");
        for name in [
            uris::PAIRING_BEGIN,
            uris::DAEMON_STATUS,
            "com.example.thing",
        ] {
            let registered = stranger.register(name, |_| async { Ok(()) }).await;
            assert_denied(registered.map(drop), name);
            assert_denied(stranger.events(name).await.map(drop), name);
            assert_denied(stranger.publish(name).acknowledge().await.map(drop), name);
        }
        for pattern in ["", "org", "wamp.session"] {
            let all = stranger.events(pattern).matching(MatchPolicy::Prefix).await;
            assert_denied(all.map(drop), pattern);
        }
    }
}

#[tokio::test]
async fn a_key_that_was_never_paired_gets_no_sealed_link() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    // A thief who knows everything the guest knows of the daemon, but has another key.
    let thief = TempHome::new();
    let hosts = |home: &TempHome| home.paths().state_dir.join("client/hosts");
    std::fs::create_dir_all(hosts(&thief)).expect("a writable home");
    for entry in std::fs::read_dir(hosts(&guest)).expect("hosts") {
        let entry = entry.expect("a host");
        std::fs::copy(entry.path(), hosts(&thief).join(entry.file_name())).expect("a copy");
    }
    let refused = thief.cli(&["--on", "study", "status"]).await;
    let stderr = refused.failure(4);
    assert!(
        stderr.contains("study does not let this computer in"),
        "{stderr}"
    );
    guest.cli(&["--on", "study", "status"]).await.success();
}

#[tokio::test]
async fn strangers_who_say_nothing_do_not_lock_out_the_owner() {
    let daemon = scene::start().await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(Wire::network(&daemon).await);
    }
    scene::assert_alive(&daemon).await;
    // Those who came when the room was full were sent away at once.
    let mut last = idle.pop().expect("a hundred");
    assert_eq!(last.until_closed().await, "");
}

/// The ways in from the network, all plain.
fn doors(daemon: &Daemon) -> [String; 2] {
    let address = daemon.address();
    [format!("ws://{address}/ws"), format!("tcp://{address}")]
}

#[track_caller]
fn refusal(called: Result<(), CallError>) -> String {
    match called {
        Err(CallError::Application(error)) => error.uri().to_string(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_denied(asked: Result<(), RequestError>, what: &str) {
    match asked {
        Err(RequestError::Refused(error)) => assert_eq!(*error.uri(), wamp::NOT_AUTHORIZED),
        other => panic!("{what}: {other:?}"),
    }
}
