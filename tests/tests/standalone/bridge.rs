//! HTTP requests that become publications and calls.

use std::sync::Arc;

use deskconn_tests::{DEADLINE, TempHome, python};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::timeout;
use wamp_client::{Invocation, InvocationError, Reply, Session};

use crate::http::{address, ask, begin, post};
use crate::scene::{Router, keep_private};

const CONFIG: &str = r#"
[[listener]]
tcp = "127.0.0.1:0"

[[listener.bridge]]
path = "/publish"
type = "publisher"
realm = "realm1"
role = "web"
unsigned = true

[[listener.bridge]]
path = "/call"
type = "caller"
realm = "realm1"
role = "web"
unsigned = true
body = 1000
timeout = 2

[[listener.bridge]]
path = "/signed"
type = "publisher"
realm = "realm1"
role = "web"
keys = [
    { key = "shop", secret = "an example, not a secret" },
    { key = "depot", secret_file = "depot.secret" },
]

[[realm]]
name = "realm1"

[[realm.role]]
name = "web"
allow = [
    { uri = "com.example.", match = "prefix", allow = ["call", "publish"], disclose = "always" },
    { uri = "com.example.secret", allow = [] },
]

[[realm.role]]
name = "backend"
allow = [{ uri = "com.example.", match = "prefix", allow = ["register", "subscribe"] }]

[[realm.user]]
authid = "server"
role = "backend"
ticket = "s"
"#;

async fn start() -> Router {
    let home = TempHome::new();
    let secret = home.path().join("depot.secret");
    std::fs::write(&secret, "another example\n").expect("a writable home");
    keep_private(&secret);
    Router::start_in(home, CONFIG).await
}

async fn register<F, Fut>(server: &Session, procedure: &'static str, handler: F)
where
    F: Fn(Invocation) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, InvocationError>> + Send + 'static,
{
    let registered = server.register(procedure, handler).await;
    registered.expect("a backend registers");
}

#[tokio::test]
async fn a_request_becomes_an_event() {
    let router = start().await;
    let server = router.user("server", "s").await;
    let mut events = server.events("com.example.hello").await.expect("allowed");
    let body = r#"{"topic":"com.example.hello","args":["Grüße",9007199254740993],"kwargs":{"a":[null]},"options":{"acknowledge":true}}"#;
    let answer = post(&router.urls[0], "/publish", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let event = events.next().await.expect("an event");
    assert_eq!(answer.json(), json!({"id": event.publication()}));
    let args: (String, u64) = event.args().expect("two arguments");
    assert_eq!(args, ("Grüße".to_owned(), 9_007_199_254_740_993));
    let kwargs: serde_json::Value = event.kwargs().expect("an object");
    assert_eq!(kwargs, json!({"a": [null]}));
    let publisher = event.details().publisher_authid.as_deref();
    assert_eq!(publisher, Some("bridge /publish"));
}

#[tokio::test]
async fn a_request_becomes_a_call() {
    let router = start().await;
    let url = &router.urls[0];
    let server = router.user("server", "s").await;
    register(&server, "com.example.add", async |call: Invocation| {
        let (a, b): (i64, i64) = call.args()?;
        Ok(Reply::new((a + b,), json!({"by": "server"})))
    })
    .await;
    register(&server, "com.example.fail", async |_| {
        Err(InvocationError::new("com.example.error.broken", "it is broken").hint("mend it"))
    })
    .await;
    register(&server, "com.example.slow", async |call: Invocation| {
        call.cancelled().await;
        Err(InvocationError::canceled())
    })
    .await;
    let answer = post(
        url,
        "/call",
        r#"{"procedure":"com.example.add","args":[1,2]}"#,
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.json(),
        json!({"args": [3], "kwargs": {"by": "server"}})
    );
    assert!(
        answer.head.contains("content-type: application/json"),
        "{answer:?}"
    );

    let broken = json!({
        "error": "com.example.error.broken",
        "args": ["it is broken"],
        "kwargs": {"hint": "mend it"},
    });
    let answer = post(url, "/call", r#"{"procedure":"com.example.fail"}"#).await;
    assert_eq!((answer.status, answer.json()), (500, broken));
    for (procedure, status, error) in [
        ("com.example.add", 400, "wamp.error.invalid_argument"),
        ("com.example.none", 404, "wamp.error.no_such_procedure"),
        ("com.example.secret", 403, "wamp.error.not_authorized"),
        ("wamp.session.list", 403, "wamp.error.not_authorized"),
        ("no uri", 400, "wamp.error.invalid_uri"),
        ("com.example.slow", 504, "wamp.error.timeout"),
    ] {
        let body = json!({"procedure": procedure}).to_string();
        let answer = post(url, "/call", &body).await;
        assert_eq!(
            (answer.status, &*answer.error()),
            (status, error),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_before_anything_is_done() {
    let router = start().await;
    let url = &router.urls[0];
    let json = "content-type: application/json";
    let good = r#"{"topic":"com.example.hello"}"#;
    let deep = format!(
        r#"{{"topic":"com.example.hello","args":{}{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let long = format!(
        r#"{{"procedure":"com.example.x","args":["{}"]}}"#,
        "x".repeat(1000)
    );
    for (method, path, header, body, status) in [
        ("GET", "/publish", json, good, 405),
        ("PUT", "/publish", json, good, 405),
        ("OPTIONS", "/publish", json, "", 405),
        ("POST", "/publish", "content-type: text/plain", good, 415),
        ("POST", "/publish", "accept: */*", good, 415),
        (
            "POST",
            "/publish",
            "origin: http://evil.example\r\ncontent-type: application/json",
            good,
            403,
        ),
        ("POST", "/publish", json, "", 400),
        ("POST", "/publish", json, "[]", 400),
        ("POST", "/publish", json, "{} {}", 400),
        ("POST", "/publish", json, &deep, 400),
        (
            "POST",
            "/publish",
            json,
            r#"{"topic":"com.example.hello","arg":[1]}"#,
            400,
        ),
        (
            "POST",
            "/publish",
            json,
            r#"{"topic":"com.example.hello","args":[1e400]}"#,
            400,
        ),
        (
            "POST",
            "/publish",
            json,
            r#"{"topic":"com.example.hello","options":{"ppt_scheme":"wamp"}}"#,
            400,
        ),
        (
            "POST",
            "/publish",
            json,
            r#"{"procedure":"com.example.hello"}"#,
            400,
        ),
        ("POST", "/call", json, &long, 413),
        ("POST", "/nothing", json, good, 404),
    ] {
        let answer = ask(url, method, path, &[header], body).await;
        assert_eq!(
            answer.status, status,
            "{method} {path} {header} {body}: {answer:?}"
        );
        assert!(!answer.head.contains("access-control"), "{answer:?}");
    }
    // None of it has hurt the bridge.
    assert_eq!(post(url, "/publish", good).await.status, 200);
}

#[tokio::test]
async fn a_signed_request_is_taken_once() {
    let router = start().await;
    let address = address(&router.urls[0]);
    let server = router.user("server", "s").await;
    let mut events = server.events("com.example.hello").await.expect("allowed");
    let body = r#"{"topic":"com.example.hello","args":["signed"]}"#;
    let url = format!("http://{address}/signed");
    let program = "tests/interop/bridge.py";
    for (key, secret, status) in [
        ("shop", "an example, not a secret", "200"),
        ("depot", "another example", "200"),
        ("depot", "an example, not a secret", "401"),
        ("nobody", "an example, not a secret", "401"),
    ] {
        let posted = python(program, &["post", &url, key, secret, body]).await;
        let said = posted.success();
        assert_eq!(said.lines().next(), Some(status), "{key}: {said}");
    }
    let secret = "an example, not a secret";
    let signed = python(program, &["sign", "shop", secret, body]).await;
    let path = format!("/signed?{}", signed.success().trim());
    let first = post(&router.urls[0], &path, body).await;
    assert_eq!(first.status, 200, "{first:?}");
    for (path, body) in [
        (&*path, body),                               // again
        (&*path, r#"{"topic":"com.example.hello"}"#), // with another body
        ("/signed", body),
    ] {
        let answer = post(&router.urls[0], path, body).await;
        assert_eq!(
            (answer.status, &*answer.error()),
            (401, "wamp.error.not_authorized")
        );
    }
    let mut publications = Vec::new();
    for _ in 0..3 {
        publications.push(events.next().await.expect("an event").publication());
    }
    assert_eq!(first.json(), json!({"id": publications[2]}));
}

#[tokio::test]
async fn a_client_that_hangs_up_cancels_its_call() {
    let router = start().await;
    let server = router.user("server", "s").await;
    let [began, ended] = [Arc::new(Notify::new()), Arc::new(Notify::new())];
    let (begins, ends) = (Arc::clone(&began), Arc::clone(&ended));
    register(&server, "com.example.long", move |call: Invocation| {
        let (begins, ends) = (Arc::clone(&begins), Arc::clone(&ends));
        async move {
            begins.notify_one();
            call.cancelled().await;
            ends.notify_one();
            Err(InvocationError::canceled())
        }
    })
    .await;
    let headers = ["content-type: application/json"];
    let body = r#"{"procedure":"com.example.long"}"#;
    let client = begin(&router.urls[0], "POST", "/call", &headers, body).await;
    timeout(DEADLINE, began.notified())
        .await
        .expect("the call is made");
    drop(client);
    timeout(DEADLINE, ended.notified())
        .await
        .expect("the call is cancelled");
}

#[tokio::test]
async fn bridges_come_and_go_with_the_configuration() {
    let mut router = start().await;
    let url = router.urls[0].clone();
    let body = r#"{"topic":"com.example.hello"}"#;
    let without = CONFIG.replace("/publish", "/announce");
    router.reload(&without, "reloaded").await;
    assert_eq!(post(&url, "/publish", body).await.status, 404);
    assert_eq!(post(&url, "/announce", body).await.status, 200);
    // What its role may not do any more, it may not.
    let silent = without.replace(r#"["call", "publish"]"#, r#"["call"]"#);
    router.reload(&silent, "reloaded").await;
    assert_eq!(post(&url, "/announce", body).await.status, 403);
}
