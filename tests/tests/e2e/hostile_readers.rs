//! Floods, and readers that are not up to them: what is promised arrives, and who does not read pays alone.

use deskconn_tests::Daemon;
use wamp_proto::Serializer;

use crate::doors::{Wire, message, rawsocket_frame};
use crate::scene;
use crate::siege::{withstand, withstand_leaving};

/// How many events a fast publisher publishes without waiting for anything.
const EVENTS: usize = 3000;

#[tokio::test]
async fn all_events_of_a_fast_publisher_arrive_in_order() {
    let daemon = scene::start().await;
    let mut subscribers = Vec::new();
    for _ in 0..3 {
        subscribers.push(subscribed(&daemon, "com.example.fast").await);
    }
    withstand(&daemon, async {
        let publisher = Wire::owner(&daemon, Serializer::Json).await;
        let flood = flood(publisher, "com.example.fast", "");
        let reading = async {
            for subscriber in &mut subscribers {
                all_in_order(subscriber).await;
            }
        };
        tokio::join!(flood, reading);
    })
    .await;
}

/// What one that stops reading may cost, in octets: the 16 MiB that may wait for it, and twice that
/// for what was on its way and what the allocator keeps. The flood carries 60 MB.
const COST: usize = 48 << 20;

#[tokio::test]
async fn a_subscriber_that_stops_reading_is_ended_and_the_others_get_everything() {
    let daemon = scene::start().await;
    let owner = daemon.owner().await;
    let mut leaving = owner
        .events("wamp.session.on_leave")
        .await
        .expect("allowed");
    let mut reader = subscribed(&daemon, "com.example.much").await;
    let sleeper = subscribed(&daemon, "com.example.much").await;
    let filler = "x".repeat(20_000);
    let before = daemon.memory();
    let most = withstand_leaving(&daemon, COST, async {
        let publisher = Wire::owner(&daemon, Serializer::Json).await;
        let flood = flood(publisher, "com.example.much", &filler);
        let (_publisher, ()) = tokio::join!(flood, all_in_order(&mut reader));
        let most = daemon.memory();
        // Before the publisher leaves, and without having asked for anything.
        leaving.next().await.expect("the sleeper is told of");
        most
    })
    .await;
    assert!(most < before + COST, "{most} octets");
    assert!(
        daemon.said().contains("the client reads too slowly"),
        "{}",
        daemon.said()
    );
    drop(sleeper);
}

#[tokio::test]
async fn five_megabytes_are_delivered_to_those_who_take_them() {
    let daemon = scene::start().await;
    let mut roomy = subscribed(&daemon, "com.example.large").await;
    let mut small = Wire::local(&daemon).await;
    // It takes 64 KiB.
    small.send(&[0x7F, 0x71, 0, 0]).await;
    let [_, _, 0, 0]: [u8; 4] = small.receive().await else {
        panic!("a handshake")
    };
    small
        .send_frame(0, br#"[1,"deskconn",{"roles":{"subscriber":{}}}]"#)
        .await;
    small.receive_frame().await;
    subscribe(&mut small, "com.example.large").await;
    withstand(&daemon, async {
        let mut publisher = Wire::owner(&daemon, Serializer::Json).await;
        for (request, length) in [(1, 5_000_000), (2, 10)] {
            let filler = "x".repeat(length);
            let publish = format!(
                r#"[16,{request},{{"acknowledge":true}},"com.example.large",["{filler}"]]"#
            );
            publisher.send_frame(0, publish.as_bytes()).await;
            let answer = publisher.receive_frame().await;
            assert!(answer.starts_with(&format!("[17,{request},")), "{answer}");
            let event = roomy.receive_frame().await;
            assert!(event.ends_with(&format!(r#"}},["{filler}"]]"#)));
        }
        // Its session goes on.
        let event = small.receive_frame().await;
        assert!(event.ends_with(r#"},["xxxxxxxxxx"]]"#), "{event}");
    })
    .await;
}

#[tokio::test]
async fn five_megabytes_of_a_stranger_are_not_taken() {
    let daemon = scene::start().await;
    withstand(&daemon, async {
        for _ in 0..10 {
            let mut stranger = Wire::network(&daemon).await.rawsocket().await;
            let hello = format!(
                r#"[1,"deskconn.pairing",{{"x":"{}"}}]"#,
                "x".repeat(5_000_000)
            );
            stranger.send_frame(0, hello.as_bytes()).await;
            let said = stranger.until_closed().await;
            assert!(!said.contains("[2,"), "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_asked_for_is_acknowledged_before_it_comes() {
    let daemon = scene::start().await;
    let mut wire = Wire::owner(&daemon, Serializer::Json).await;
    // All at once, so that it enters the realm as one.
    let requests = [
        r#"[32,1,{},"com.example.mine"]"#,
        r#"[16,2,{"exclude_me":false},"com.example.mine"]"#,
        r#"[64,3,{},"com.example.own"]"#,
        r#"[48,4,{},"com.example.own"]"#,
    ];
    let frames = requests.map(|request| rawsocket_frame(0, request.as_bytes()));
    wire.send(&frames.concat()).await;
    for answer in ["[33,1,", "[36,", "[65,3,", "[68,1,"] {
        let received = wire.receive_frame().await;
        assert!(received.starts_with(answer), "{answer}: {received}");
    }
}

#[tokio::test]
async fn numbers_beyond_those_of_javascript_are_kept_or_not_delivered() {
    let daemon = scene::start().await;
    let mut json = subscribed(&daemon, "com.example.numbers").await;
    let packed = daemon.owner().await;
    let packed = packed.events("com.example.numbers").await;
    let mut packed = packed.expect("allowed");
    let mut publisher = Wire::owner(&daemon, Serializer::Json).await;
    for (request, number) in [
        (1, "9007199254740993"),
        (2, "1e400"),
        (3, "-9223372036854775808"),
    ] {
        let publish = format!(r#"[16,{request},{{}},"com.example.numbers",[{number}]]"#);
        publisher.send_frame(0, publish.as_bytes()).await;
        // JSON to JSON, the octets pass unread.
        let event = json.receive_frame().await;
        assert!(event.ends_with(&format!("}},[{number}]]")), "{event}");
    }
    // The client speaks MessagePack, which has no such number as the second.
    for kept in [9_007_199_254_740_993, i64::MIN] {
        let event = packed.next().await.expect("an event");
        let (number,): (i64,) = event.args().expect("a number");
        assert_eq!(number, kept);
    }
}

/// A session of the owner that subscribes to `topic`.
async fn subscribed(daemon: &Daemon, topic: &str) -> Wire {
    let mut wire = Wire::owner(daemon, Serializer::Json).await;
    subscribe(&mut wire, topic).await;
    wire
}

async fn subscribe(wire: &mut Wire, topic: &str) {
    let subscribe = format!(r#"[32,1,{{}},"{topic}"]"#);
    wire.send_frame(0, &message(&subscribe, Serializer::Json))
        .await;
    let answer = wire.receive_frame().await;
    assert!(answer.starts_with("[33,1,"), "{answer}");
}

/// Publishes [`EVENTS`] events, each with its number and `filler`, as fast as the daemon takes them.
/// Gives the publisher back, whose session is still there.
async fn flood(mut publisher: Wire, topic: &str, filler: &str) -> Wire {
    for number in 1..=EVENTS {
        let publish = format!(r#"[16,{number},{{}},"{topic}",[{number},"{filler}"]]"#);
        publisher
            .send(&rawsocket_frame(0, publish.as_bytes()))
            .await;
    }
    publisher
}

/// Receives as many events and checks that none is missing.
async fn all_in_order(subscriber: &mut Wire) {
    for number in 1..=EVENTS {
        let event = subscriber.receive_frame().await;
        let brief = &event[..event.len().min(80)];
        assert!(event.contains(&format!(r#"}},[{number},""#)), "{brief}");
    }
}
