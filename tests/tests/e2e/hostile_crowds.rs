//! Too many of everything: connections that never become sessions, and subscriptions without end.

use std::net::{IpAddr, Ipv4Addr};

use deskconn_protocol::uris;
use deskconn_tests::{Daemon, eventually};
use wamp_client::JoinOptions;
use wamp_proto::Serializer;

use crate::doors::{Wire, rawsocket_frame};
use crate::scene;
use crate::siege::{withstand, withstand_leaving};

/// How far connections get that go no further.
const HALVES: [&[u8]; 6] = [
    b"",
    b"\x7F",
    b"\x7F\xF1\0\0",
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: web",
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
      Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
      Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n",
    b"\x7F\xF9\0\0",
];

#[tokio::test]
async fn half_open_handshakes_in_numbers_run_out_of_time_and_leave_nothing() {
    let daemon = scene::start().await;
    withstand(&daemon, async {
        let mut open = Vec::new();
        // More than there are places for strangers, from more addresses than may fill them.
        for host in 2..12 {
            let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, host));
            for half in HALVES.iter().cycle().take(24) {
                let mut wire = Wire::network_from(&daemon, address).await;
                wire.send(half).await;
                open.push(wire);
            }
        }
        // The owner's programs have places of their own.
        for half in HALVES.iter().cycle().take(120) {
            let mut wire = Wire::local(&daemon).await;
            wire.send(half).await;
            open.push(wire);
        }
        for mut wire in open {
            wire.until_closed().await;
        }
    })
    .await;
    eventually("a stranger may enter again", async || {
        let url = format!("tcp://{}", daemon.address());
        let options = JoinOptions::new(uris::REALM_PAIRING);
        wamp_client::connect(&url, options).await.ok()
    })
    .await;
}

#[tokio::test]
async fn a_head_that_comes_octet_by_octet_runs_out_of_time() {
    let daemon = scene::start().await;
    let owner = daemon.owner().await;
    withstand(&daemon, async {
        let mut slow = Vec::new();
        for _ in 0..4 {
            let mut wire = Wire::network(&daemon).await;
            wire.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").await;
            slow.push(wire);
        }
        // As slow as calls are answered; each wire ends when its time is over.
        eventually("the daemon closes", async || {
            let answered = owner.call(uris::DAEMON_STATUS).await;
            answered.expect("the owner is served");
            for wire in &mut slow {
                wire.send(b"x").await;
            }
            slow.iter_mut().all(Wire::is_closed).then_some(())
        })
        .await;
    })
    .await;
}

/// Sessions that take all the subscriptions they can get; together a hundred thousand.
const SESSIONS: usize = 98;

/// What the daemon lets one session have.
const EACH: usize = 1024;

/// What a hundred thousand subscriptions may cost, in octets: 300 each and their URIs, twice for
/// tables that have just grown, and as much again for what the allocator keeps.
const COST: usize = 160 << 20;

#[tokio::test]
async fn a_hundred_thousand_subscriptions_have_limits_and_go_with_their_sessions() {
    let daemon = scene::start().await;
    let before = daemon.memory();
    // The allocator keeps the small blocks that each was made of for the next: of three times as
    // many, it must not have kept three times as much.
    for _ in 0..3 {
        withstand_leaving(&daemon, COST, come_and_go(&daemon)).await;
    }
    let cost = daemon.memory().saturating_sub(before);
    assert!(cost < COST, "{cost} octets");
}

/// A hundred thousand subscriptions, and all at once the end of their sessions.
async fn come_and_go(daemon: &Daemon) {
    let owner = daemon.owner().await;
    let before = subscriptions(&owner).await;
    let mut greedy = Vec::new();
    for session in 0..SESSIONS {
        greedy.push(subscribed_to_the_limit(daemon, session).await);
    }
    assert_eq!(subscriptions(&owner).await, before + SESSIONS * EACH);
    drop(greedy);
    eventually("the subscriptions are gone", async || {
        (subscriptions(&owner).await == before).then_some(())
    })
    .await;
}

/// A session of the owner that has as many subscriptions as it can have, of every policy, none of
/// them shared with another session.
async fn subscribed_to_the_limit(daemon: &Daemon, session: usize) -> Wire {
    let mut wire = Wire::owner(daemon, Serializer::Json).await;
    let mut requests = Vec::new();
    for request in 1..=EACH + 1 {
        let policy = ["exact", "prefix", "wildcard"][request % 3];
        let subscribe = format!(
            r#"[32,{request},{{"match":"{policy}"}},"com.example.of{session}.to{request}.thing"]"#
        );
        requests.extend(rawsocket_frame(0, subscribe.as_bytes()));
    }
    wire.send(&requests).await;
    for request in 1..=EACH {
        let answer = wire.receive_frame().await;
        assert!(answer.starts_with(&format!("[33,{request},")), "{answer}");
    }
    let refused = wire.receive_frame().await;
    let expected = format!(r#"[8,32,{},{{}},"wamp.error.limit_exceeded","#, EACH + 1);
    assert!(refused.starts_with(&expected), "{refused}");
    wire
}

/// How many subscriptions there are in the realm.
async fn subscriptions(owner: &wamp_client::Session) -> usize {
    #[derive(serde::Deserialize)]
    struct Lists {
        exact: Vec<u64>,
        prefix: Vec<u64>,
        wildcard: Vec<u64>,
    }
    let listed = owner.call("wamp.subscription.list").await;
    let (lists,): (Lists,) = listed.expect("the owner may ask").args().expect("lists");
    lists.exact.len() + lists.prefix.len() + lists.wildcard.len()
}
