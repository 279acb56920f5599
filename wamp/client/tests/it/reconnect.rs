//! A client that lasts: it comes back after a loss, with everything it had.

use crate::harness::{Router, soon};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use wamp_client::{
    Backoff, CallError, Client, CloseCause, Disconnect, JoinOptions, RequestError, State,
};
use wamp_transport::{ConnectError, Link};

/// Decides what becomes of a client's attempts to connect.
struct Gate(mpsc::UnboundedReceiver<oneshot::Sender<Result<Link, ConnectError>>>);

impl Gate {
    /// Waits for an attempt and lets it through to a router.
    async fn open(&mut self) -> Router {
        let attempt = self.attempt().await;
        let (mut router, link) = Router::new();
        attempt.send(Ok(link)).unwrap();
        router.welcome().await;
        router
    }

    /// Waits for an attempt and has it fail.
    async fn refuse(&mut self) {
        let attempt = self.attempt().await;
        let error = ConnectError::Timeout {
            address: "nowhere".to_owned(),
            after: Duration::from_secs(1),
        };
        attempt.send(Err(error)).unwrap();
    }

    /// Waits for an attempt and has the router abort it.
    async fn abort(&mut self, reason: &str) {
        let attempt = self.attempt().await;
        let (mut router, link) = Router::new();
        attempt.send(Ok(link)).unwrap();
        router.receive().await;
        router
            .send(&format!(r#"[3,{{"message":"no"}},"{reason}"]"#))
            .await;
    }

    async fn attempt(&mut self) -> oneshot::Sender<Result<Link, ConnectError>> {
        let attempt = tokio::time::timeout(Duration::from_secs(3600), self.0.recv());
        attempt.await.expect("an attempt").expect("a client")
    }
}

/// A client whose attempts end at a gate. It waits one second at first and eight at most; a session
/// of a minute counts.
fn client() -> (Client, Gate) {
    let (attempts, gate) = mpsc::unbounded_channel();
    let connector = move || {
        let (attempt, link) = oneshot::channel();
        attempts.send(attempt).unwrap();
        async move { link.await.unwrap() }
    };
    let backoff = Backoff::new(fastrand::Rng::with_seed(7))
        .first(Duration::from_secs(1))
        .longest(Duration::from_secs(8))
        .stable(Duration::from_secs(60));
    let client = Client::new(connector, JoinOptions::new("realm1"), backoff);
    (client, Gate(gate))
}

async fn online() -> (Client, Gate, Router) {
    let (client, mut gate) = client();
    let router = gate.open().await;
    soon(client.online()).await.unwrap();
    (client, gate, router)
}

#[tokio::test(start_paused = true)]
async fn registrations_and_subscriptions_come_back_in_order() {
    let (client, mut gate, mut router) = online().await;
    let register = client.register("a.procedure", |_| async { Ok(()) });
    let script = r#"
        > [64,1,{},"a.procedure"]
        < [65,1,11]
    "#;
    let (registration, ()) = tokio::join!(register, router.plays(script));
    registration.unwrap();
    let events = client.events("a.topic");
    let script = r#"
        > [32,2,{},"a.topic"]
        < [33,2,21]
        < [36,21,1001,{},["before"]]
    "#;
    let (events, ()) = tokio::join!(events, router.plays(script));
    let mut events = events.unwrap();
    router.sees_silence().await;

    drop(router);
    let mut router = gate.open().await;
    router
        .plays(
            r#"
            > [64,1,{},"a.procedure"]
            > [32,2,{},"a.topic"]
            < [65,1,12]
            < [33,2,22]
            < [68,1,12,{}]
            > [70,1,{}]
            < [36,22,1002,{},["after"]]
            "#,
        )
        .await;
    let mut words = Vec::new();
    for _ in 0..2 {
        let event = soon(events.next()).await.unwrap();
        words.push(event.read::<String>().unwrap());
    }
    assert_eq!(words, ["before", "after"]);
}

#[tokio::test(start_paused = true)]
async fn waits_grow_with_failures_up_to_the_longest() {
    let (client, mut gate) = client();
    let mut waits = Vec::new();
    let mut last = Instant::now();
    for _ in 0..7 {
        gate.refuse().await;
        waits.push(last.elapsed());
        last = Instant::now();
    }
    assert_eq!(waits[0], Duration::ZERO);
    for (wait, longest) in waits[1..].iter().zip([1, 2, 4, 8, 8, 8]) {
        let longest = Duration::from_secs(longest);
        // The clock of tests ticks in milliseconds.
        let tick = Duration::from_millis(1);
        assert!(*wait >= longest / 2 && *wait <= longest + tick, "{waits:?}");
    }
    gate.attempt().await;
    let State::Connecting {
        attempt,
        next_in,
        last_error: Some(error),
    } = client.state()
    else {
        panic!("{:?}", client.state());
    };
    assert_eq!((attempt, next_in), (8, Duration::ZERO));
    assert_eq!(error.to_string(), "can not connect");
}

#[tokio::test(start_paused = true)]
async fn only_a_session_that_lasted_starts_the_waits_anew() {
    let (client, mut gate, router) = online().await;
    drop(router);
    for _ in 0..3 {
        drop(gate.open().await);
    }
    let router = gate.open().await;
    soon(client.online()).await.unwrap();
    let lost = Instant::now();
    drop(router);
    let router = gate.open().await;
    assert!(lost.elapsed() >= Duration::from_secs(4), "short sessions");
    soon(client.online()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let lost = Instant::now();
    drop(router);
    gate.open().await;
    assert!(lost.elapsed() <= Duration::from_secs(2), "a long session");
}

#[tokio::test(start_paused = true)]
async fn somebody_in_a_hurry_cuts_the_wait_short() {
    let (client, mut gate) = client();
    for _ in 0..4 {
        gate.refuse().await;
    }
    let mut states = client.states();
    while !matches!(
        soon(states.next()).await,
        Some(State::Connecting { next_in, .. }) if !next_in.is_zero()
    ) {}
    let now = Instant::now();
    client.retry_now();
    gate.open().await;
    assert_eq!(now.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn without_a_session_calls_fail_at_once_and_requests_to_last_wait() {
    let (client, mut gate) = client();
    let call = client.call("a.b").await;
    assert!(matches!(call, Err(CallError::Closed(CloseCause::Offline))));
    let publish = client.publish("a.topic").await;
    assert!(matches!(
        publish,
        Err(RequestError::Closed(CloseCause::Offline))
    ));
    let register = client.register("a.b", |_| async { Ok(()) });
    let (registered, ()) = tokio::join!(register, async {
        gate.refuse().await;
        let mut router = gate.open().await;
        router
            .plays(
                r#"
                > [64,1,{},"a.b"]
                < [65,1,11]
                "#,
            )
            .await;
        soon(client.online()).await.unwrap();
        let (called, ()) = tokio::join!(
            client.call("a.c"),
            router.plays(
                r#"
                > [48,2,{},"a.c"]
                < [50,2,{}]
                "#
            )
        );
        called.unwrap();
    });
    registered.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_ends_the_client_with_its_reason() {
    let (client, mut gate) = client();
    gate.abort("wamp.close.system_shutdown").await;
    let registering = client.register("a.b", |_| async { Ok(()) });
    let ((), registered) = tokio::join!(
        gate.abort("wamp.error.authentication_denied"),
        registering.into_future()
    );
    let reason = soon(client.closed()).await;
    assert_eq!(
        reason.to_string(),
        "the router refused the session: wamp.error.authentication_denied (no)"
    );
    for error in [
        registered.unwrap_err().to_string(),
        client.call("a.b").await.unwrap_err().to_string(),
        client.online().await.unwrap_err().to_string(),
    ] {
        assert!(error.contains("authentication_denied"), "{error}");
    }
    assert!(gate.0.recv().await.is_none(), "the client is gone");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_killed_is_not_replaced() {
    let (client, _gate, mut router) = online().await;
    router
        .plays(
            r#"
            < [6,{"message":"access was taken back"},"wamp.close.killed"]
            > [6,{},"wamp.close.goodbye_and_out"]
            "#,
        )
        .await;
    assert!(matches!(
        soon(client.closed()).await,
        Disconnect::Session(CloseCause::Goodbye { reason, .. }) if reason == "wamp.close.killed"
    ));
}

#[tokio::test(start_paused = true)]
async fn a_first_refusal_is_an_error_and_a_later_one_is_shown_and_tried_again() {
    let (client, mut gate, mut router) = online().await;
    let (refused, ()) = tokio::join!(
        client.register("a.never", |_| async { Ok(()) }),
        router.plays(
            r#"
            > [64,1,{},"a.never"]
            < [8,64,1,{},"wamp.error.not_authorized"]
            "#
        )
    );
    assert!(matches!(refused, Err(RequestError::Refused(_))));
    let (registered, ()) = tokio::join!(
        client.register("a.b", |_| async { Ok(()) }),
        router.plays(
            r#"
            > [64,2,{},"a.b"]
            < [65,2,11]
            "#
        )
    );
    registered.unwrap();

    drop(router);
    let mut router = gate.open().await;
    router
        .plays(
            r#"
            > [64,1,{},"a.b"]
            < [8,64,1,{},"wamp.error.procedure_already_exists"]
            "#,
        )
        .await;
    let mut states = client.states();
    let missing = loop {
        match soon(states.next()).await {
            Some(State::Online { missing, .. }) if !missing.is_empty() => break missing,
            _ => {}
        }
    };
    assert_eq!(missing[0].uri, "a.b");
    let error = missing[0].error.remote_error().unwrap();
    assert_eq!(*error.uri(), "wamp.error.procedure_already_exists");
    router
        .plays(
            r#"
            > [64,2,{},"a.b"]
            < [65,2,12]
            "#,
        )
        .await;
    while !matches!(
        soon(states.next()).await,
        Some(State::Online { missing, .. }) if missing.is_empty()
    ) {}
}

#[tokio::test(start_paused = true)]
async fn what_the_router_takes_back_is_missing_and_asked_for_again() {
    let (client, _gate, mut router) = online().await;
    let (registered, ()) = tokio::join!(
        client.register("a.b", |_| async { Ok(()) }),
        router.plays(
            r#"
            > [64,1,{},"a.b"]
            < [65,1,11]
            "#
        )
    );
    registered.unwrap();
    let (events, ()) = tokio::join!(
        client.events("a.topic"),
        router.plays(
            r#"
            > [32,2,{},"a.topic"]
            < [33,2,21]
            "#
        )
    );
    let mut events = events.unwrap();
    let mut states = client.states();
    for (revoked, uri, restored) in [
        (
            r#"[67,0,{"registration":11}]"#,
            "a.b",
            r#"
            > [64,3,{},"a.b"]
            < [65,3,12]
            "#,
        ),
        (
            r#"[35,0,{"subscription":21}]"#,
            "a.topic",
            r#"
            > [32,4,{},"a.topic"]
            < [33,4,22]
            < [36,22,1001,{},["again"]]
            "#,
        ),
    ] {
        router.send(revoked).await;
        let missing = loop {
            match soon(states.next()).await {
                Some(State::Online { missing, .. }) if !missing.is_empty() => break missing,
                _ => {}
            }
        };
        assert_eq!(missing[0].uri, uri);
        assert!(matches!(*missing[0].error, RequestError::Revoked));
        router.plays(restored).await;
        while !matches!(
            soon(states.next()).await,
            Some(State::Online { missing, .. }) if missing.is_empty()
        ) {}
    }
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.read::<String>().unwrap(), "again");
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_back_does_not_come_back() {
    let (client, mut gate, mut router) = online().await;
    let (registration, ()) = tokio::join!(
        client.register("a.b", |_| async { Ok(()) }),
        router.plays(
            r#"
            > [64,1,{},"a.b"]
            < [65,1,11]
            "#
        )
    );
    let (events, ()) = tokio::join!(
        client.events("a.topic"),
        router.plays(
            r#"
            > [32,2,{},"a.topic"]
            < [33,2,21]
            "#
        )
    );
    drop(events);
    router
        .plays(
            r#"
            > [34,3,21]
            < [35,3]
            "#,
        )
        .await;
    let registration = registration.unwrap();
    let (unregistered, ()) = tokio::join!(
        registration.unregister(),
        router.plays(
            r#"
            > [66,4,11]
            < [67,4]
            "#
        )
    );
    unregistered.unwrap();
    drop(router);
    let mut router = gate.open().await;
    soon(client.online()).await.unwrap();
    router.sees_silence().await;
}

#[tokio::test(start_paused = true)]
async fn a_registration_nobody_waits_for_is_given_up() {
    let (client, mut gate) = client();
    let register = tokio::spawn({
        let client = client.clone();
        async move { client.register("a.b", |_| async { Ok(()) }).await }
    });
    tokio::task::yield_now().await;
    register.abort();
    assert!(soon(register).await.is_err());
    let mut router = gate.open().await;
    soon(client.online()).await.unwrap();
    router.sees_silence().await;
}

#[tokio::test(start_paused = true)]
async fn closing_leaves_and_ends_streams() {
    let (client, _gate, mut router) = online().await;
    let (events, ()) = tokio::join!(
        client.events("a.topic"),
        router.plays(
            r#"
            > [32,1,{},"a.topic"]
            < [33,1,21]
            "#
        )
    );
    let mut events = events.unwrap();
    let (reason, ()) = tokio::join!(client.close(), router.says_goodbye());
    assert!(matches!(reason, Disconnect::Session(CloseCause::Left)));
    assert!(soon(events.next()).await.is_none());
    assert!(matches!(
        client.call("a.b").await,
        Err(CallError::Closed(CloseCause::Left))
    ));
    assert!(matches!(
        client.register("a.b", |_| async { Ok(()) }).await,
        Err(RequestError::Closed(CloseCause::Left))
    ));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_leaves() {
    let (client, mut gate, mut router) = online().await;
    drop(client);
    router.says_goodbye().await;
    assert!(gate.0.recv().await.is_none(), "the client is gone");
}
