//! The client against the real router core, over real links.

use crate::harness::soon;
use crate::realm::RealRouter;
use serde::{Deserialize, Serialize};
use std::{future::IntoFuture, time::Duration};
use tokio::{
    net::{TcpListener, UnixListener},
    sync::mpsc,
};
use wamp_client::{
    ArgumentsError, CallError, CancelMode, Event, Invocation, InvocationError, InvokePolicy,
    JoinOptions, Lane, MatchPolicy, Reply, Session, connect_to,
};
use wamp_proto::{Serializer, Value};
use wamp_transport::{ConnectOptions, Endpoint, Link, LinkLimits, Opened, Subprotocol, rawsocket};

/// Every kind of value that crosses all serializers alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Values {
    text: String,
    small: i8,
    large: u64,
    real: f64,
    flag: bool,
    nothing: Option<String>,
    list: Vec<(u32, String)>,
}

fn values() -> Values {
    Values {
        text: "Grüße\n\"🙂\"".to_owned(),
        small: -7,
        large: 1 << 53,
        real: 0.25,
        flag: true,
        nothing: None,
        list: vec![(1, "one".to_owned()), (2, String::new())],
    }
}

/// Serves every connection to `listener` by RawSocket.
fn listen_tcp(router: RealRouter, listener: TcpListener) {
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let limits = LinkLimits::default();
            let opened = rawsocket::accept(stream, |_| true, peer.to_string(), limits).await;
            router.serve(plain(opened.expect("a RawSocket client")));
        }
    });
}

fn plain(opened: Opened) -> Link {
    match opened {
        Opened::Plain(link) => link,
        Opened::Sealed(_) => panic!("nobody asked for a sealed link"),
    }
}

async fn session_by(endpoint: &Endpoint, serializer: Serializer) -> Session {
    let connecting = ConnectOptions {
        serializers: vec![serializer],
        ..ConnectOptions::default()
    };
    let joined = connect_to(endpoint, &connecting, JoinOptions::new("realm1")).await;
    joined.expect("the router lets everybody in")
}

#[tokio::test]
async fn values_survive_every_pair_of_serializers() {
    let router = RealRouter::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let endpoint: Endpoint = url.parse().unwrap();
    listen_tcp(router.clone(), listener);
    let mut sessions = vec![router.session().await];
    for serializer in Serializer::ALL {
        sessions.push(session_by(&endpoint, serializer).await);
    }
    for (index, callee) in sessions.iter().enumerate() {
        let procedure = format!("a.echo.{index}");
        let echo = |call: Invocation| async move {
            let (values,): (Values,) = call.args()?;
            Ok(Reply::new((values,), call.kwargs::<Values>()?))
        };
        callee.register(procedure.as_str(), echo).await.unwrap();
        for caller in &sessions {
            let call = caller.call(procedure.as_str());
            let result = call.arg(&values()).kwargs(&values()).await.unwrap();
            assert_eq!(result.read::<Values>().unwrap(), values());
            assert_eq!(result.kwargs::<Values>().unwrap(), values());
        }
    }
    for session in sessions {
        session.leave().await;
    }
    assert!(router.is_empty());
}

#[tokio::test]
async fn a_unix_socket_leads_to_the_router_by_its_url() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("router.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let router = RealRouter::new();
    let accepting = async {
        let (stream, _) = listener.accept().await.unwrap();
        let limits = LinkLimits::default();
        let opened = rawsocket::accept(stream, |_| true, "unix".to_owned(), limits).await;
        router.serve(plain(opened.unwrap()));
    };
    let url = format!("unix://{}", socket.display());
    let connecting = wamp_client::connect(&url, JoinOptions::new("realm1"));
    let (session, ()) = tokio::join!(connecting, accepting);
    let session = session.unwrap();
    let count: u64 = session
        .call("wamp.session.count")
        .await
        .unwrap()
        .read()
        .unwrap();
    assert_eq!(count, 1);
    session.leave().await;
}

#[tokio::test]
async fn nothing_answers_where_no_router_listens() {
    let nowhere = wamp_client::connect("unix:///nowhere/at/all", JoinOptions::new("realm1")).await;
    let error = nowhere.unwrap_err();
    assert_eq!(error.to_string(), "can not connect");
    assert!(error.hint().is_some());
    assert!(!error.is_final());
    let nonsense = wamp_client::connect("gopher://x", JoinOptions::new("realm1")).await;
    assert!(nonsense.unwrap_err().is_final());
}

#[tokio::test]
async fn progress_flows_and_a_cancelled_call_stops_its_handler() {
    let router = RealRouter::new();
    let (callee, caller) = (router.session().await, router.session().await);
    let (stopped, mut stops) = mpsc::unbounded_channel();
    let count = move |call: Invocation| {
        let stopped = stopped.clone();
        async move {
            for number in 0_u32.. {
                call.progress(Reply::value(number)).await?;
                tokio::task::yield_now().await;
                if call.is_cancelled() {
                    break;
                }
            }
            stopped.send(call.cancelled().await.mode).unwrap();
            Err::<(), _>(InvocationError::canceled())
        }
    };
    callee.register("a.count", count).await.unwrap();
    let start = || caller.call("a.count").progress().start();

    let mut call = start().await.unwrap();
    for expected in 0..100 {
        let part = soon(call.next()).await.unwrap().unwrap();
        assert_eq!(part.read::<u32>().unwrap(), expected);
    }
    call.cancel(CancelMode::Kill).await.unwrap();
    assert!(matches!(
        soon(call.result()).await,
        Err(CallError::Canceled(_))
    ));
    assert_eq!(soon(stops.recv()).await, Some(Some(CancelMode::Kill)));

    let mut call = start().await.unwrap();
    soon(call.next()).await.unwrap().unwrap();
    drop(call);
    assert_eq!(soon(stops.recv()).await, Some(Some(CancelMode::KillNoWait)));
    let impatient = caller.call("a.count").timeout(Duration::from_millis(20));
    assert!(matches!(impatient.await, Err(CallError::Timeout)));
    assert!(soon(stops.recv()).await.is_some());
}

#[tokio::test]
async fn arguments_and_results_in_parts_flow_side_by_side() {
    let router = RealRouter::new();
    let (callee, caller) = (router.session().await, router.session().await);
    let echo = |mut call: Invocation| async move {
        let mut parts = 1;
        call.progress(Reply::value(call.read::<u32>()?)).await?;
        while let Some(part) = call.next().await? {
            parts += 1;
            call.progress(Reply::value(part.read::<u32>()?)).await?;
        }
        Ok(Reply::value(parts))
    };
    callee.register("a.echo", echo).await.unwrap();
    let call = caller.call("a.echo").arg(0).progress();
    let mut call = call.open().await.unwrap();
    for number in 1..=100 {
        let echoed = soon(call.next()).await.unwrap().unwrap();
        assert_eq!(echoed.read::<u32>().unwrap(), number - 1);
        if number == 100 {
            call.finish((number,), ()).await.unwrap();
        } else {
            call.send((number,), ()).await.unwrap();
        }
    }
    let parts: u32 = soon(call.result()).await.unwrap().read().unwrap();
    assert_eq!(parts, 101);

    let call = caller.call("a.echo").arg(0).open().await.unwrap();
    drop(call);
    callee.leave().await;
    caller.leave().await;
    assert!(router.is_empty());
}

#[tokio::test]
async fn shared_registrations_take_turns() {
    let router = RealRouter::new();
    let caller = router.session().await;
    let mut callees = Vec::new();
    for name in ["one", "two"] {
        let callee = router.session().await;
        callee
            .register("a.name", move |_| async move { Ok(Reply::value(name)) })
            .invoke(InvokePolicy::RoundRobin)
            .await
            .unwrap();
        callees.push(callee);
    }
    let mut names = Vec::new();
    for _ in 0..4 {
        let name: String = caller.call("a.name").await.unwrap().read().unwrap();
        names.push(name);
    }
    assert_eq!(names, ["one", "two", "one", "two"]);
}

#[tokio::test]
async fn events_reach_exact_and_pattern_subscribers_and_oneself_if_wanted() {
    let router = RealRouter::new();
    let (publisher, subscriber) = (router.session().await, router.session().await);
    let mut exact = subscriber.events("a.b").await.unwrap();
    let prefix = subscriber.events("a.").matching(MatchPolicy::Prefix);
    let mut prefix = prefix.await.unwrap();
    let mut own = publisher.events("a.b").await.unwrap();
    let publish = publisher.publish("a.b").arg(1).disclose_me();
    let id = publish.acknowledge().await.unwrap();
    for stream in [&mut exact, &mut prefix] {
        let event = soon(stream.next()).await.unwrap();
        assert_eq!(event.read::<i64>().unwrap(), 1);
        assert_eq!(*event.topic(), "a.b");
        assert_eq!(event.publisher(), Some(publisher.id()));
        assert_eq!(Some(event.publication()), id);
    }
    let publish = publisher.publish("a.b").arg(2).exclude_me(false);
    publish.await.unwrap();
    let event = soon(own.next()).await.unwrap();
    assert_eq!(event.read::<i64>().unwrap(), 2, "not the first one");
    drop(exact);
    drop(prefix);
    drop(own);
    publisher.leave().await;
    subscriber.leave().await;
    assert!(router.is_empty());
}

#[tokio::test]
async fn a_retained_event_awaits_the_subscriber() {
    let router = RealRouter::new();
    let (publisher, subscriber) = (router.session().await, router.session().await);
    let publish = publisher.publish("a.state").arg("on").retain();
    publish.acknowledge().await.unwrap();
    let mut events = subscriber.events("a.state").retained().await.unwrap();
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.read::<String>().unwrap(), "on");
    assert!(event.details().retained);
}

/// Two workers, so that what may overtake something does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_made_in_order_into_a_lane_are_served_in_order() {
    let router = RealRouter::new();
    let (callee, caller) = (router.session().await, router.session().await);
    let (log, mut logged) = mpsc::unbounded_channel();
    let handler = move |call: Invocation| {
        let log = log.clone();
        async move {
            log.send(call.read::<u32>()?).unwrap();
            Ok(())
        }
    };
    let lane = Lane::new();
    let register = callee.register("a.press", handler).lane(&lane);
    register.await.unwrap();
    let mut calls = Vec::new();
    for number in 0..500 {
        calls.push(caller.call("a.press").arg(number).start().await.unwrap());
    }
    for (number, call) in (0..).zip(calls) {
        call.result().await.unwrap();
        assert_eq!(soon(logged.recv()).await, Some(number));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sessions_call_and_publish_at_once_and_nothing_is_lost() {
    let router = RealRouter::new();
    let callee = router.session().await;
    let double = |call: Invocation| async move { Ok(Reply::value(2 * call.read::<u64>()?)) };
    callee.register("a.double", double).await.unwrap();
    let (log, mut logged) = mpsc::channel(64);
    let count = move |event: Event| {
        let log = log.clone();
        async move { log.send(event.missed()).await.unwrap() }
    };
    callee
        .subscribe("a.topic", count)
        .capacity(10_000)
        .await
        .unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let router = router.clone();
            tokio::spawn(async move {
                let session = router.session().await;
                for number in 0..100_u64 {
                    let call = session.call("a.double").arg(number).into_future();
                    let publish = session.publish("a.topic").into_future();
                    let (result, published) = tokio::join!(call, publish);
                    assert_eq!(result.unwrap().read::<u64>().unwrap(), 2 * number);
                    published.unwrap();
                }
                session.leave().await;
            })
        })
        .collect();
    for _ in 0..800 {
        assert_eq!(soon(logged.recv()).await, Some(0));
    }
    for task in tasks {
        soon(task).await.unwrap();
    }
}

/// A session whose router takes messages of at most 1024 octets.
async fn narrow_session(router: &RealRouter) -> Session {
    let (ours, theirs) = tokio::io::duplex(4096);
    let narrow = LinkLimits {
        max_message: 1024,
        ..LinkLimits::default()
    };
    let json = Subprotocol::plain(Serializer::Json);
    let (client, accepted) = tokio::join!(
        rawsocket::connect(ours, json, "router".to_owned(), LinkLimits::default()),
        rawsocket::accept(theirs, |_| true, "client".to_owned(), narrow)
    );
    router.serve(plain(accepted.unwrap()));
    let joined = Session::join(
        plain(client.unwrap()),
        JoinOptions::new("realm1").agent("t"),
    );
    joined.await.unwrap()
}

#[tokio::test]
async fn what_is_too_long_for_the_router_fails_by_itself() {
    let router = RealRouter::new();
    let narrow = narrow_session(&router).await;
    let long = "x".repeat(2000);
    let call = narrow.call("a.b").arg(&long).await;
    assert!(matches!(call, Err(CallError::Unsent(_))), "{call:?}");
    let publish = narrow.publish("a.b").arg(&long).acknowledge().await;
    assert!(publish.is_err());

    let answer = move |_| {
        let long = long.clone();
        async move { Ok(Reply::value(long)) }
    };
    narrow.register("a.long", answer).await.unwrap();
    let result = router.session().await.call("a.long").await;
    let error = result.unwrap_err();
    let remote = error.remote_error().unwrap();
    assert_eq!(*remote.uri(), "wamp.error.payload_size_exceeded");

    let part = |call: Invocation| async move {
        call.progress(Reply::value("short")).await?;
        call.progress(Reply::value("x".repeat(2000))).await?;
        Ok(Reply::value("done"))
    };
    narrow.register("a.parts", part).await.unwrap();
    let caller = router.session().await;
    let mut call = caller.call("a.parts").progress().start().await.unwrap();
    assert!(soon(call.next()).await.unwrap().is_ok());
    assert!(soon(call.next()).await.unwrap().is_err());
    // The router, which counts requests, has nothing to object to.
    narrow.call("wamp.session.count").await.unwrap();
    assert!(!narrow.is_closed());
}

#[tokio::test]
async fn not_a_number_can_not_be_sent_as_json() {
    let router = RealRouter::new();
    let session = narrow_session(&router).await;
    let call = session.call("a.b").arg(Value::Float(f64::NAN)).await;
    let Err(CallError::Arguments(ArgumentsError::Encode(_))) = call else {
        panic!("{call:?}");
    };
}
