//! What a procedure of the realm decides, since no rule speaks of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use wamp_client::{CallError, Invocation, InvocationError, Reply, Session};

use crate::scene::Router;

const CONFIG: &str = r#"
[[listener]]
tcp = "127.0.0.1:0"

[[realm]]
name = "realm1"

[[realm.role]]
name = "backend"
allow = [{ uri = "com.example.", match = "prefix", allow = ["register", "subscribe"] }]

[[realm.role]]
name = "app"
allow = [{ uri = "com.example.open", allow = ["call"] }]
authorizer = "com.example.authorize"

[[realm.user]]
authid = "server"
role = "backend"
ticket = "s"

[[realm.user]]
authid = "alice"
role = "app"
ticket = "a"
"#;

/// A backend whose authorizer answers what `decide` says, and a procedure that says who called it.
async fn backend<F>(router: &Router, decide: F) -> Session
where
    F: Fn(&Value, &str, &str) -> Result<Value, InvocationError> + Send + Sync + 'static,
{
    let server = router.user("server", "s").await;
    let decide = Arc::new(decide);
    let authorize = move |invocation: Invocation| {
        let decide = Arc::clone(&decide);
        async move {
            let (session, uri, action, options): (Value, String, String, Value) =
                invocation.args()?;
            assert_eq!(
                (&session["realm"], &session["authrole"]),
                (&json!("realm1"), &json!("app"))
            );
            assert!(options["match"].is_string(), "{options}");
            decide(&session, &uri, &action).map(Reply::value)
        }
    };
    let registered = server.register("com.example.authorize", authorize).await;
    registered.expect("the backend may register");
    let who = |invocation: Invocation| {
        let caller = invocation.caller_authid().unwrap_or("nobody").to_owned();
        async move { Ok(Reply::value(caller)) }
    };
    for procedure in ["com.example.open", "com.example.asked", "com.example.known"] {
        let registered = server.register(procedure, who).await;
        registered.expect("the backend may register");
    }
    server
}

async fn call(session: &Session, procedure: &'static str) -> String {
    match session.call(procedure).await {
        Ok(result) => result.args::<(String,)>().expect("a text").0,
        Err(CallError::Application(error)) => error.uri().to_string(),
        Err(error) => panic!("{procedure}: {error}"),
    }
}

#[tokio::test]
async fn the_procedure_decides_what_no_rule_speaks_of() {
    let router = Router::start(CONFIG).await;
    let _server = backend(&router, |session, uri, action| match (action, uri) {
        ("call", "com.example.asked") => Ok(json!(session["authid"] == "alice")),
        ("call", "com.example.known") => Ok(json!({"allow": true, "disclose": true})),
        ("call", "com.example.odd") => Ok(json!("yes")),
        ("call", "com.example.broken") => Err(InvocationError::new("com.example.no", "broken")),
        ("call", "com.example.open") => panic!("a rule speaks of it"),
        _ => Ok(json!(false)),
    })
    .await;
    let alice = router.user("alice", "a").await;
    for (procedure, expected) in [
        ("com.example.open", "nobody"),
        ("com.example.asked", "nobody"),
        ("com.example.known", "alice"),
        ("com.example.odd", "wamp.error.authorization_failed"),
        ("com.example.broken", "wamp.error.authorization_failed"),
        ("com.example.other", "wamp.error.not_authorized"),
        ("wamp.session.kill", "wamp.error.not_authorized"),
    ] {
        assert_eq!(call(&alice, procedure).await, expected, "{procedure}");
    }
    let refused = alice.subscribe("com.example.news", |_| async {}).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn without_anybody_to_ask_nothing_is_allowed() {
    let router = Router::start(CONFIG).await;
    let alice = router.user("alice", "a").await;
    let failed = "wamp.error.authorization_failed";
    assert_eq!(call(&alice, "com.example.asked").await, failed);
    let none = "wamp.error.no_such_procedure";
    assert_eq!(call(&alice, "com.example.open").await, none);
}

#[tokio::test]
async fn messages_keep_their_order_while_each_is_decided_about() {
    let router = Router::start(CONFIG).await;
    let server = backend(&router, |_, uri, _| Ok(json!(uri != "com.example.t.3"))).await;
    let (sender, mut events) = unbounded_channel();
    let handler = move |event: wamp_client::Event| {
        let sent = sender.send(event.args::<(u64,)>().expect("a number").0);
        async move { sent.expect("the test waits") }
    };
    let subscribed = server
        .subscribe("com.example.t.", handler)
        .matching(wamp_proto::MatchPolicy::Prefix)
        .await;
    subscribed.expect("the backend may subscribe");
    let alice = router.user("alice", "a").await;
    let topics = [
        "com.example.t.1",
        "com.example.t.2",
        "com.example.t.3",
        "com.example.t.4",
    ];
    for number in 0..40_u64 {
        let topic = topics[number as usize % topics.len()];
        alice
            .publish(topic)
            .args((number,))
            .await
            .expect("it is sent");
    }
    for number in (0..40).filter(|number| number % 4 != 2) {
        assert_eq!(events.recv().await, Some(number));
    }
}

#[tokio::test]
async fn what_is_to_be_remembered_is_asked_once_until_the_file_is_read_anew() {
    let mut router = Router::start(CONFIG).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let _server = backend(&router, move |_, uri, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(json!({"allow": true, "cache": uri == "com.example.known"}))
    })
    .await;
    let alice = router.user("alice", "a").await;
    for _ in 0..3 {
        assert_eq!(call(&alice, "com.example.known").await, "nobody");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for _ in 0..2 {
        assert_eq!(call(&alice, "com.example.asked").await, "nobody");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    router.reload(CONFIG, "reloaded").await;
    assert_eq!(call(&alice, "com.example.known").await, "nobody");
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}
