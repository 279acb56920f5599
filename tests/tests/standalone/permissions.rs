//! What the members of a role may do, and what not.

use wamp_client::CallError;

use crate::scene::Router;

const CONFIG: &str = r#"
[[listener]]
tcp = "127.0.0.1:0"

[[realm]]
name = "realm1"

[[realm.role]]
name = "backend"
allow = [{ uri = "com.example.", match = "prefix", allow = ["register", "publish"] }]

[[realm.role]]
name = "user"
allow = [
    { uri = "com.example.", match = "prefix", allow = ["call"], disclose = "always" },
    { uri = "com.example.secret", allow = [] },
    { uri = "wamp.session.count", allow = ["call"] },
]

[[realm.user]]
authid = "server"
role = "backend"
ticket = "s"

[[realm.user]]
authid = "alice"
role = "user"
ticket = "a"
"#;

/// How a call ends, as an error URI or what its result says.
async fn call(session: &wamp_client::Session, procedure: &'static str) -> String {
    match session.call(procedure).await {
        Ok(result) => {
            let (said,): (String,) = result.args().expect("a text");
            said
        }
        Err(CallError::Application(error)) => error.uri().to_string(),
        Err(error) => panic!("{procedure}: {error}"),
    }
}

#[tokio::test]
async fn members_of_a_role_do_what_its_rules_say_and_nothing_else() {
    let router = Router::start(CONFIG).await;
    let server = router.user("server", "s").await;
    for procedure in ["com.example.who", "com.example.secret"] {
        let who = |invocation: wamp_client::Invocation| {
            let caller = invocation.caller_authid().unwrap_or("nobody").to_owned();
            async move { Ok(wamp_client::Reply::value(caller)) }
        };
        server
            .register(procedure, who)
            .await
            .expect("a backend registers");
    }
    let alice = router.user("alice", "a").await;
    assert_eq!(call(&alice, "com.example.who").await, "alice");
    assert_eq!(
        call(&alice, "com.example.secret").await,
        "wamp.error.not_authorized"
    );
    assert_eq!(
        call(&alice, "wamp.session.list").await,
        "wamp.error.not_authorized"
    );
    let count = alice.call("wamp.session.count").await.expect("a count");
    assert_eq!(count.args::<(u64,)>().expect("a number"), (2,));
    assert_eq!(
        call(&server, "com.example.who").await,
        "wamp.error.not_authorized"
    );
    let refused = alice.subscribe("com.example.news", |_| async {}).await;
    assert!(refused.is_err(), "users may not subscribe");
}
