//! Clients that do not read what they are sent, under each of the three policies.

use futures_util::{SinkExt, StreamExt};
use wamp_client::{Credentials, Session};
use wamp_proto::message::{Hello, Subscribe};
use wamp_proto::options::{HelloDetails, SubscribeOptions};
use wamp_proto::{Features, Message, RequestId, Roles, Uri};
use wamp_transport::{ConnectOptions, Link, connect};

use crate::scene::{Router, for_everybody};

const TOPIC: &str = "com.example.topic";

/// More than the kernel holds for both ends of a connection, in events of this many octets.
const EVENTS: u64 = 600;
const OCTETS: usize = 50_000;

const DROPPED: &str = "deskconn_events_dropped_total{realm=\"realm1\"}";
const OVERFLOWED: &str = "deskconn_sessions_closed_total{realm=\"realm1\",reason=\"overflow\"}";
const QUEUED: &str = "deskconn_queued_octets{realm=\"realm1\"}";

/// A router with queues for a few events, and a client of it that subscribes and reads when it is told.
async fn scene(policy: &str) -> (Router, Link, Session) {
    let queues = format!("[realm.queues]\nsession = 1_048_576\nslow_readers = {policy}\n");
    let router = Router::start(&for_everybody("", "", &queues)).await;
    let reader = subscriber(&router).await;
    let publisher = router.join(Credentials::Anonymous).await;
    (router, reader, publisher.expect("everybody may join"))
}

async fn subscriber(router: &Router) -> Link {
    let endpoint = router.urls[0].parse().expect("a URL");
    let mut link = connect(&endpoint, &ConnectOptions::default()).await;
    let link_ref = link.as_mut().expect("it listens");
    let details = HelloDetails {
        roles: Some(Roles {
            subscriber: Some(Features::NONE),
            ..Roles::default()
        }),
        ..HelloDetails::default()
    };
    let hello = Hello {
        realm: Uri::from_static("realm1"),
        details: Box::new(details),
    };
    let subscribe = Subscribe {
        request: RequestId::new(1).expect("an id"),
        options: SubscribeOptions::default(),
        topic: TOPIC.into(),
    };
    for (message, answer) in [
        (Message::from(hello), "WELCOME"),
        (Message::from(subscribe), "SUBSCRIBED"),
    ] {
        link_ref.send(message.into()).await.expect("it reads");
        assert_eq!(next(link_ref).await.name(), answer);
    }
    link.expect("it listens")
}

async fn next(link: &mut Link) -> Message {
    let message = link.next().await.expect("the link is open");
    message.expect("a message")
}

/// Reads one event: how many were left out before it.
async fn next_event(link: &mut Link) -> u64 {
    match next(link).await {
        Message::Event(event) => event.details.dropped.unwrap_or_default(),
        other => panic!("{} is no EVENT", other.name()),
    }
}

/// Publishes so many events; each is confirmed.
async fn publish(publisher: &Session, events: u64) {
    let text = "x".repeat(OCTETS);
    for _ in 0..events {
        let published = publisher.publish(TOPIC).arg(&text).acknowledge().await;
        published.expect("it may");
    }
}

#[tokio::test]
async fn who_is_to_go_on_without_some_events_learns_how_many() {
    let (router, mut reader, publisher) = scene("\"drop-events\"").await;
    publish(&publisher, EVENTS).await;
    let dropped = router.metric_becomes(DROPPED, |dropped| dropped > 0).await;
    // What was sent before the gap.
    let mut told = 0;
    for _ in 0..EVENTS - dropped {
        told += next_event(&mut reader).await;
    }
    router.metric_becomes(QUEUED, |octets| octets == 0).await;
    publish(&publisher, 1).await;
    told += next_event(&mut reader).await;
    assert_eq!(told, dropped);
    publish(&publisher, 1).await;
    assert_eq!(next_event(&mut reader).await, 0);
    assert_eq!(router.metric(OVERFLOWED).await, 0);
}

#[tokio::test]
async fn who_is_waited_for_gets_everything() {
    let (router, mut reader, publisher) = scene("\"backpressure\"\npatience = 3600").await;
    let publishing = tokio::spawn(async move { publish(&publisher, EVENTS).await });
    router
        .metric_becomes(QUEUED, |octets| octets > 1 << 19)
        .await;
    for _ in 0..EVENTS {
        assert_eq!(next_event(&mut reader).await, 0);
    }
    publishing.await.expect("all were published");
    assert_eq!(router.metric(DROPPED).await, 0);
    assert_eq!(router.metric(OVERFLOWED).await, 0);
}

#[tokio::test]
async fn nobody_is_waited_for_without_end_or_held_at_all_costs() {
    for policy in ["\"backpressure\"\npatience = 1", "\"close\""] {
        let (router, reader, publisher) = scene(policy).await;
        publish(&publisher, EVENTS).await;
        router
            .metric_becomes(OVERFLOWED, |closed| closed == 1)
            .await;
        router.metric_becomes(QUEUED, |octets| octets == 0).await;
        assert_eq!(router.metric(DROPPED).await, 0, "{policy}");
        drop(reader);
    }
}
