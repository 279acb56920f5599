//! What many clients together can not go beyond.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use wamp_client::Credentials::Anonymous;
use wamp_client::{Reply, Session};

use crate::scene::{Router, for_everybody};

const REFUSED: &str =
    "deskconn_requests_refused_total{error=\"wamp.error.limit_exceeded\",realm=\"realm1\"}";

async fn guest(router: &Router) -> Session {
    router.join(Anonymous).await.expect("everybody may join")
}

async fn register(session: &Session, procedure: &'static str) -> Result<(), String> {
    let handler = |_| async { Ok(Reply::value(())) };
    let registered = session.register(procedure, handler).await;
    registered.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_realm_takes_no_more_than_it_may_hold() {
    let totals = "[realm.limits.totals]\nsessions = 2\nregistrations = 1\n";
    let router = Router::start(&for_everybody("", "", totals)).await;
    let (ana, bob) = (guest(&router).await, guest(&router).await);
    assert_eq!(router.refusal(Anonymous).await, "wamp.error.limit_exceeded");
    register(&ana, "com.example.a").await.expect("the first");
    let error = register(&bob, "com.example.b")
        .await
        .expect_err("one too many");
    assert!(error.contains("limit_exceeded"), "{error}");
    assert_eq!(router.metric(REFUSED).await, 1);
    let refused = "deskconn_joins_refused_total{error=\"wamp.error.limit_exceeded\"}";
    assert_eq!(router.metric(refused).await, 1);
    // Who leaves makes room.
    bob.leave().await;
    router
        .metric_becomes("deskconn_sessions{realm=\"realm1\"}", |sessions| {
            sessions == 1
        })
        .await;
    guest(&router).await;
}

#[tokio::test]
async fn connections_that_come_too_fast_are_closed_at_once() {
    let rate = "connect_rate = { each = { per_second = 1, burst = 2 }, all = { per_second = 9, burst = 9 } }";
    let router = Router::start(&for_everybody(rate, "", "")).await;
    let host = router.urls[0].split('/').nth(2).expect("ws://host:port/ws");
    let mut connections = Vec::new();
    let refused = "deskconn_connections_refused_total{reason=\"too_fast\"}";
    while router.metric(refused).await == 0 {
        connections.push(TcpStream::connect(host).await.expect("it listens"));
    }
    assert!(connections.len() > 2, "a burst of two may come");
    let mut last = connections.pop().expect("one was refused");
    // Nothing is said: what it speaks is not known yet.
    let mut said = Vec::new();
    drop(last.read_to_end(&mut said).await);
    assert!(said.is_empty());
}
