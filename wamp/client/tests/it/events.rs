//! Subscriptions and the events they bring.

use crate::harness::{Router, soon};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use wamp_client::{Event, EventStream, MatchPolicy, RequestError, Session};

/// Subscribes to `a.topic` as a stream, by request `request` and as subscription 21.
async fn listen(session: &Session, router: &mut Router, request: u64) -> EventStream {
    let script = format!(
        r#"
        > [32,{request},{{}},"a.topic"]
        < [33,{request},21]
        "#
    );
    let (stream, ()) = tokio::join!(session.events("a.topic"), router.plays(&script));
    stream.unwrap()
}

async fn number(stream: &mut EventStream) -> i64 {
    soon(stream.next()).await.unwrap().read().unwrap()
}

#[tokio::test]
async fn an_event_right_behind_subscribed_is_not_lost() {
    let (session, mut router) = Router::with_session().await;
    let script = r#"
        > [32,1,{"match":"wildcard","get_retained":true},"a..c"]
        < [33,1,21]
        < [36,21,1001,{"topic":"a.b.c","publisher":5,"retained":true},["first"]]
    "#;
    let events = session.events("a..c");
    let events = events.matching(MatchPolicy::Wildcard).retained();
    let (stream, ()) = tokio::join!(events, router.plays(script));
    let event = soon(stream.unwrap().next()).await.unwrap();
    assert_eq!(event.read::<String>().unwrap(), "first");
    assert_eq!(*event.topic(), "a.b.c");
    assert_eq!(event.publication().get(), 1001);
    assert_eq!(event.publisher().map(|id| id.get()), Some(5));
    assert!(event.details().retained);
    assert_eq!(event.missed(), 0);
}

#[tokio::test]
async fn a_handler_gets_events_one_at_a_time_in_order() {
    let (session, mut router) = Router::with_session().await;
    let (log, mut logged) = mpsc::unbounded_channel();
    let subscribe = session.subscribe("a.topic", move |event: Event| {
        let log = log.clone();
        async move {
            let number: u64 = event.read().unwrap();
            assert!(number != 3, "a panic costs one event");
            tokio::task::yield_now().await;
            log.send((number, event.topic().to_string())).unwrap();
        }
    });
    let script = r#"
        > [32,1,{},"a.topic"]
        < [33,1,21]
    "#;
    let (subscription, ()) = tokio::join!(subscribe, router.plays(script));
    for number in 1..=100 {
        router
            .send(&format!("[36,21,{},{{}},[{number}]]", 1000 + number))
            .await;
    }
    for number in (1..=100).filter(|number| *number != 3) {
        assert_eq!(
            soon(logged.recv()).await,
            Some((number, "a.topic".to_owned()))
        );
    }
    let (unsubscribed, ()) = tokio::join!(
        subscription.as_ref().unwrap().unsubscribe(),
        router.plays(
            r#"
            > [34,2,21]
            < [36,21,2001,{},[101]]
            < [35,2]
            < [36,21,2002,{},[102]]
            "#
        )
    );
    unsubscribed.unwrap();
    router.sees_silence().await;
    assert_eq!(soon(logged.recv()).await, None, "the handler is gone");
}

#[tokio::test]
async fn a_slow_taker_delays_nobody_and_learns_what_it_missed() {
    let (session, mut router) = Router::with_session().await;
    let script = r#"
        > [32,1,{},"a.topic"]
        < [33,1,21]
    "#;
    let events = session.events("a.topic").capacity(3);
    let (stream, ()) = tokio::join!(events, router.plays(script));
    let mut stream = stream.unwrap();
    for number in 1..=10 {
        router.send(&format!("[36,21,1001,{{}},[{number}]]")).await;
    }
    // The session goes on meanwhile.
    router.sees_silence().await;
    let first = soon(stream.next()).await.unwrap();
    assert_eq!((first.read::<i64>().unwrap(), first.missed()), (8, 7));
    let second = soon(stream.next()).await.unwrap();
    assert_eq!((second.read::<i64>().unwrap(), second.missed()), (9, 0));
}

#[tokio::test]
async fn a_handler_that_waits_for_a_call_does_not_block_its_session() {
    let (session, mut router) = Router::with_session().await;
    let (log, mut logged) = mpsc::unbounded_channel();
    let inside = session.clone();
    let subscribe = session.subscribe("a.topic", move |_| {
        let (session, log) = (inside.clone(), log.clone());
        async move {
            let answer = session.call("a.ask").await.unwrap();
            log.send(answer.read::<String>().unwrap()).unwrap();
        }
    });
    let script = r#"
        > [32,1,{},"a.topic"]
        < [33,1,21]
        < [36,21,1001,{}]
        > [48,2,{},"a.ask"]
        < [50,2,{},["yes"]]
    "#;
    let (subscription, ()) = tokio::join!(subscribe, router.plays(script));
    subscription.unwrap();
    assert_eq!(soon(logged.recv()).await.as_deref(), Some("yes"));
    tokio::join!(session.leave(), router.says_goodbye());
}

#[tokio::test]
async fn listeners_of_one_topic_share_its_subscription_until_the_last_goes() {
    let (session, mut router) = Router::with_session().await;
    let mut first = listen(&session, &mut router, 1).await;
    let mut second = listen(&session, &mut router, 2).await;
    router.send("[36,21,1001,{},[1]]").await;
    assert_eq!(number(&mut first).await, 1);
    assert_eq!(number(&mut second).await, 1);

    soon(first.unsubscribe()).await.unwrap();
    router.sees_silence().await;
    router.send("[36,21,1002,{},[2]]").await;
    assert_eq!(number(&mut second).await, 2);

    drop(second);
    router
        .plays(
            r#"
            > [34,3,21]
            < [35,3]
            "#,
        )
        .await;
}

#[tokio::test]
async fn a_listener_on_its_way_keeps_the_subscription() {
    let (session, mut router) = Router::with_session().await;
    let first = listen(&session, &mut router, 1).await;
    let second = session.events("a.topic");
    let script = async {
        router.plays(r#"> [32,2,{},"a.topic"]"#).await;
        // An UNSUBSCRIBE sent now would end what the SUBSCRIBE has just joined.
        soon(first.unsubscribe()).await.unwrap();
        router.sees_silence().await;
        router
            .plays(
                r#"
                < [33,2,21]
                < [36,21,1001,{},[1]]
                "#,
            )
            .await;
    };
    let (second, ()) = tokio::join!(second, script);
    assert_eq!(number(&mut second.unwrap()).await, 1);
}

#[tokio::test]
async fn an_unsubscribe_held_back_is_sent_when_the_other_listener_fails() {
    let (session, mut router) = Router::with_session().await;
    let first = listen(&session, &mut router, 1).await;
    let second = session.events("a.topic");
    let script = async {
        router.plays(r#"> [32,2,{},"a.topic"]"#).await;
        soon(first.unsubscribe()).await.unwrap();
        router
            .plays(
                r#"
                < [8,32,2,{},"wamp.error.not_authorized"]
                > [34,3,21]
                "#,
            )
            .await;
    };
    let (second, ()) = tokio::join!(second, script);
    assert!(matches!(second, Err(RequestError::Refused(_))));
}

#[tokio::test]
async fn a_subscription_nobody_waits_for_is_taken_back() {
    let (session, mut router) = Router::with_session().await;
    let waiting = session.clone();
    let subscribe = tokio::spawn(async move { waiting.subscribe("a.topic", |_| async {}).await });
    router.plays(r#"> [32,1,{},"a.topic"]"#).await;
    subscribe.abort();
    assert!(soon(subscribe).await.is_err());
    router
        .plays(
            r#"
            < [33,1,21]
            > [34,2,21]
            "#,
        )
        .await;
}

#[tokio::test]
async fn a_revoked_subscription_ends_its_stream() {
    let (session, mut router) = Router::with_session().await;
    let mut stream = listen(&session, &mut router, 1).await;
    router
        .plays(
            r#"
            < [36,21,1001,{},[1]]
            < [35,0,{"subscription":21,"reason":"a.reason"}]
            "#,
        )
        .await;
    assert_eq!(number(&mut stream).await, 1);
    assert!(soon(stream.next()).await.is_none());
    assert!(matches!(
        soon(stream.unsubscribe()).await,
        Err(RequestError::Refused(_))
    ));
}

#[tokio::test]
async fn unknown_events_are_ignored() {
    let (_session, mut router) = Router::with_session().await;
    router.send("[36,99,1001,{},[1]]").await;
    router.sees_silence().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let (session, mut router) = Router::with_session().await;
    let mut stream = listen(&session, &mut router, 1).await;
    router.send("[36,21,1001,{},[1]]").await;
    router.sees_silence().await;
    drop(router);
    assert_eq!(number(&mut stream).await, 1);
    assert!(soon(stream.next()).await.is_none());
}

#[tokio::test]
async fn a_stuck_handler_ends_with_its_session() {
    let (session, mut router) = Router::with_session().await;
    let inside = Arc::new(Semaphore::new(0));
    let entered = inside.clone();
    let (held, mut dropped) = mpsc::channel::<()>(1);
    let held = Arc::new(held);
    let subscribe = session.subscribe("a.topic", move |_| {
        let (entered, held) = (entered.clone(), held.clone());
        async move {
            entered.add_permits(1);
            std::future::pending::<()>().await;
            drop(held);
        }
    });
    let script = r#"
        > [32,1,{},"a.topic"]
        < [33,1,21]
        < [36,21,1001,{}]
    "#;
    let (subscription, ()) = tokio::join!(subscribe, router.plays(script));
    subscription.unwrap();
    drop(soon(inside.acquire()).await);
    drop(router);
    assert_eq!(soon(dropped.recv()).await, None);
}
