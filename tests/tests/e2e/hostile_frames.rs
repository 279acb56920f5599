//! Frames made to break a parser: turned away while everybody else is served, at no cost that stays.

use deskconn_tests::Daemon;
use fastrand::Rng;
use wamp_proto::Serializer;

use crate::doors::{Wire, message, websocket_frame};
use crate::scene;
use crate::siege::withstand;

/// How often each kind of nonsense comes. In all it takes fewer connections than one address may make at
/// once: those are what is tried here, not how fast they come.
const TIMES: usize = 10;

#[tokio::test]
async fn two_octets_before_hello_are_a_violation_and_no_more() {
    let daemon = scene::start().await;
    withstand(&daemon, async {
        for _ in 0..TIMES {
            for (serializer, empty) in [
                (Serializer::Json, &b"[]"[..]),
                (Serializer::MessagePack, b"\x90"),
                (Serializer::Cbor, b"\x80"),
            ] {
                for said in answers(&daemon, serializer, empty).await {
                    assert!(said.contains("wamp.error.protocol_violation"), "{said:?}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn lengths_of_containers_and_texts_are_not_believed() {
    let daemon = scene::start().await;
    // A container, text or octets of 2^32 - 1 or 2^64 - 1 elements, of which none follows.
    let msgpack = [0xDD, 0xDF, 0xDB, 0xC6, 0xC9].map(|kind| [&[kind], &[0xFF; 4][..]].concat());
    let cbor = [0x9B, 0xBB, 0x7B, 0x5B].map(|kind| [&[kind], &[0xFF; 8][..]].concat());
    let claims = msgpack
        .into_iter()
        .map(|claim| (Serializer::MessagePack, claim));
    let claims = claims.chain(cbor.into_iter().map(|claim| (Serializer::Cbor, claim)));
    let claims: Vec<_> = claims.collect();
    withstand(&daemon, async {
        for _ in 0..TIMES {
            for (serializer, claim) in &claims {
                // As the message, and as the realm of a HELLO.
                let list = if *serializer == Serializer::Cbor {
                    0x83
                } else {
                    0x93
                };
                for frame in [claim.clone(), [&[list, 0x01], &claim[..]].concat()] {
                    for said in answers(&daemon, *serializer, &frame).await {
                        assert!(said.contains("wamp.error.protocol_violation"), "{said:?}");
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_payload_nested_ten_thousand_deep_reaches_nobody() {
    let daemon = scene::start().await;
    let mut subscriber = Wire::owner(&daemon, Serializer::Json).await;
    subscriber
        .send_frame(0, br#"[32,1,{"match":"prefix"},"com.example."]"#)
        .await;
    assert!(subscriber.receive_frame().await.starts_with("[33,1,"));
    let event = r#"[16,1,{},"com.example.deep"]"#;
    withstand(&daemon, async {
        for serializer in Serializer::ALL {
            for _ in 0..TIMES {
                let mut publisher = Wire::owner(&daemon, serializer).await;
                publisher.send_frame(0, &nested(event, serializer)).await;
                let said = publisher.until_closed().await;
                assert!(said.contains("wamp.error.protocol_violation"), "{said:?}");
            }
        }
    })
    .await;
    let mut publisher = Wire::owner(&daemon, Serializer::Cbor).await;
    let shallow = message(r#"[16,1,{},"com.example.next",[[]]]"#, Serializer::Cbor);
    publisher.send_frame(0, &shallow).await;
    let event = subscriber.receive_frame().await;
    assert!(event.contains("com.example.next"), "{event}");
}

#[tokio::test]
async fn random_octets_are_turned_away_by_every_door() {
    let daemon = scene::start().await;
    let mut random = Rng::with_seed(7);
    withstand(&daemon, async {
        for _ in 0..TIMES * 5 {
            let octets: Vec<_> = (0..random.usize(1..300)).map(|_| random.u8(..)).collect();
            for mut wire in [Wire::network(&daemon).await, Wire::local(&daemon).await] {
                wire.send(&octets).await;
                wire.end().await;
                wire.until_closed().await;
            }
            for serializer in Serializer::ALL {
                answers(&daemon, serializer, &octets).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn messages_with_flipped_bits_cost_at_most_their_own_session() {
    let daemon = scene::start().await;
    let mut random = Rng::with_seed(8);
    let requests = [
        r#"[16,1,{"acknowledge":true,"exclude_me":false},"com.example.a",[1,"two",[3.5]],{"k":null}]"#,
        r#"[32,1,{"match":"wildcard"},"com..a"]"#,
        r#"[48,1,{"timeout":1000,"receive_progress":true},"com.example.none",[],{"a":{"b":[]}}]"#,
        r#"[64,1,{"invoke":"roundrobin"},"com.example.b"]"#,
        r#"[49,1,{"mode":"kill"}]"#,
    ];
    withstand(&daemon, async {
        for serializer in Serializer::ALL {
            for request in requests.iter().cycle().take(requests.len() * TIMES) {
                let mut frame = message(request, serializer);
                for _ in 0..random.usize(1..4) {
                    let at = random.usize(..frame.len());
                    frame[at] ^= 1 << random.u8(..8);
                }
                let mut wire = Wire::owner(&daemon, serializer).await;
                wire.send_frame(0, &frame).await;
                let goodbye = message(r#"[6,{},"wamp.close.normal"]"#, serializer);
                wire.send_frame(0, &goodbye).await;
                let said = wire.until_closed().await;
                // What is still a message is obeyed or refused; else the session is aborted.
                assert!(said.contains("wamp."), "{frame:?}: {said:?}");
            }
        }
    })
    .await;
}

/// What the daemon says to `frame` as the first message of a link, by every door and transport,
/// before it closes.
async fn answers(daemon: &Daemon, serializer: Serializer, frame: &[u8]) -> Vec<String> {
    let opcode = if serializer.is_binary() { 2 } else { 1 };
    let mut answers = Vec::new();
    for wire in [Wire::network(daemon).await, Wire::local(daemon).await] {
        let mut wire = wire.rawsocket_in(serializer).await;
        wire.send_frame(0, frame).await;
        answers.push(wire.until_closed().await);
    }
    for wire in [Wire::network(daemon).await, Wire::local(daemon).await] {
        let mut wire = wire.websocket(serializer.subprotocol()).await;
        wire.send(&websocket_frame(opcode, frame)).await;
        // Who answers the daemon's close with nothing is waited for.
        wire.end().await;
        answers.push(wire.until_closed().await);
    }
    answers
}

/// The message with lists in lists in lists for its arguments, all of them closed.
fn nested(message_without_arguments: &str, serializer: Serializer) -> Vec<u8> {
    const DEPTH: usize = 10_000;
    let mut frame = message(message_without_arguments, serializer);
    match serializer {
        Serializer::Json => {
            frame.pop();
            frame.push(b',');
            frame.extend([b'['; DEPTH]);
            frame.extend([b']'; DEPTH + 1]);
        }
        Serializer::MessagePack | Serializer::Cbor => {
            // One element more in the list of the message, then lists of one, and an empty one.
            let (list, empty) = match serializer {
                Serializer::Cbor => (0x81, 0x80),
                _ => (0x91, 0x90),
            };
            frame[0] += 1;
            frame.extend([list; DEPTH]);
            frame.push(empty);
        }
    }
    frame
}
