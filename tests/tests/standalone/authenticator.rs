//! Users whom a procedure of the realm knows.

use serde_json::{Value, json};
use wamp_client::{Credentials, Invocation, InvocationError, Reply, Session};

use crate::scene::{Router, cryptosign, scram, ticket, wampcra};

const CONFIG: &str = r#"
[[listener]]
tcp = "127.0.0.1:0"

[[realm]]
name = "realm1"

[[realm.role]]
name = "app"
allow = [{ uri = "com.example.", match = "prefix", allow = ["call"] }]

[[realm.role]]
name = "backend"
allow = [{ uri = "com.example.", match = "prefix", allow = ["register"] }]

[[realm.user]]
authid = "server"
role = "backend"
ticket = "s"

[realm.authenticator]
procedure = "com.example.authenticate"
methods = ["anonymous", "ticket", "wampcra", "wamp-scram", "cryptosign"]
timeout = 2
"#;

/// Erin's key pair.
const SEED: [u8; 32] = [3; 32];

fn erins_public_key() -> String {
    let key = ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key();
    key.to_bytes()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// "pencil", with 4096 iterations of PBKDF2 and the salt "salt of erin 16.".
const ERINS_PASSWORD: [&str; 3] = [
    "73616c74206f66206572696e2031362e",
    "0ac269d60229707382a99bf5f77420cbb87a254b0db540fd2e941b1525a6a2b1",
    "adf57904d0e1f80c86eff694264ab234b49cc1c943a12334ed1ac9a68dfffad5",
];

/// Says who is known, as an authenticator of Crossbar.io's does.
fn authenticate(
    realm: &str,
    authid: Option<&str>,
    details: &Value,
) -> Result<Value, InvocationError> {
    assert_eq!(realm, "realm1");
    assert_eq!(details["transport"]["peer"], "127.0.0.1");
    let nobody = InvocationError::new("com.example.no_such_user", "nobody is called that");
    let method = details["authmethod"].as_str();
    match (method, authid) {
        (Some("anonymous"), None) => Ok(json!("app")),
        (Some("ticket"), Some("erin")) if details["ticket"] == "right" => {
            Ok(json!({"role": "app", "authid": "erin-of-sales"}))
        }
        (Some("wampcra"), Some("erin")) => Ok(json!({"role": "app", "secret": "right"})),
        (Some("wampcra"), Some("lost")) => Ok(json!({"role": "nowhere", "secret": "right"})),
        (Some("wampcra"), Some("odd")) => Ok(json!(7)),
        (Some("wampcra"), Some("thief")) => {
            Ok(json!({"role": "app", "secret": "right", "authid": "server"}))
        }
        (Some("cryptosign"), _) if details["authextra"]["pubkey"] == erins_public_key() => {
            Ok(json!({"role": "app", "authid": "erin", "pubkey": erins_public_key()}))
        }
        (Some("wamp-scram"), Some("erin")) => {
            let [salt, stored_key, server_key] = ERINS_PASSWORD;
            Ok(json!({
                "role": "app", "kdf": "pbkdf2", "iterations": 4096, "salt": salt,
                "stored-key": stored_key, "server-key": server_key,
            }))
        }
        _ => Err(nobody),
    }
}

async fn serve(server: &Session) {
    let handler = |invocation: Invocation| async move {
        let (realm, authid, details): (String, Option<String>, Value) = invocation.args()?;
        authenticate(&realm, authid.as_deref(), &details).map(Reply::value)
    };
    let registered = server.register("com.example.authenticate", handler).await;
    registered.expect("the backend may register");
}

fn who(session: &Session) -> String {
    let details = session.details();
    let [authid, authrole, provider] = [&details.authid, &details.authrole, &details.authprovider]
        .map(|text| text.as_deref().unwrap_or_default());
    format!("{authid} as {authrole} by {provider}")
}

#[tokio::test]
async fn users_log_in_whom_the_procedure_knows_and_nobody_else() {
    let router = Router::start(CONFIG).await;
    let server = router.user("server", "s").await;
    serve(&server).await;
    for (credentials, expected) in [
        (ticket("erin", "right"), "erin-of-sales as app by dynamic"),
        (wampcra("erin", "right"), "erin as app by dynamic"),
        (scram("erin", "pencil"), "erin as app by dynamic"),
        (cryptosign(Some("erin"), SEED), "erin as app by dynamic"),
        (cryptosign(None, SEED), "erin as app by dynamic"),
    ] {
        let what = format!("{credentials:?}");
        let session = router.join(credentials).await;
        assert_eq!(who(&session.expect(&what)), expected, "{what}");
    }
    let guest = router.join(Credentials::Anonymous).await.expect("a guest");
    assert!(
        who(&guest).ends_with(" as app by dynamic"),
        "{}",
        who(&guest)
    );
    for wrong in [
        ticket("erin", "wrong"),
        ticket("nobody", "right"),
        wampcra("erin", "wrong"),
        wampcra("nobody", "right"),
        scram("erin", "wrong"),
        scram("nobody", "pencil"),
        cryptosign(Some("erin"), [4; 32]),
        cryptosign(None, [4; 32]),
        // The configuration knows better.
        ticket("server", "right"),
    ] {
        let what = format!("{wrong:?}");
        assert_eq!(
            router.refusal(wrong).await,
            "wamp.error.authentication_denied",
            "{what}"
        );
    }
}

#[tokio::test]
async fn without_an_answer_that_makes_sense_nobody_gets_in() {
    let router = Router::start(CONFIG).await;
    // Nobody answers yet.
    let early = router.refusal(wampcra("erin", "right")).await;
    assert_eq!(early, "wamp.error.authentication_failed");
    let server = router.user("server", "s").await;
    serve(&server).await;
    for wrong in ["lost", "odd", "thief"] {
        let refusal = router.refusal(wampcra(wrong, "right")).await;
        assert_eq!(refusal, "wamp.error.authentication_failed", "{wrong}");
    }
    assert!(router.join(wampcra("erin", "right")).await.is_ok());
}

#[tokio::test]
async fn an_authenticator_that_does_not_answer_in_time_lets_nobody_in() {
    let router = Router::start(CONFIG).await;
    let server = router.user("server", "s").await;
    let never = |_: Invocation| std::future::pending::<Result<(), InvocationError>>();
    let registered = server.register("com.example.authenticate", never).await;
    registered.expect("the backend may register");
    let refusal = router.refusal(ticket("erin", "right")).await;
    assert_eq!(refusal, "wamp.error.authentication_failed");
}

#[tokio::test]
async fn those_the_procedure_let_in_go_when_it_is_not_asked_any_more() {
    let mut router = Router::start(CONFIG).await;
    let server = router.user("server", "s").await;
    serve(&server).await;
    let erin = router.join(wampcra("erin", "right")).await.expect("erin");
    let dear = CONFIG.replace("timeout = 2", "timeout = 3");
    router.reload(&dear, "reloaded").await;
    assert!(!erin.is_closed());
    let (without, _) = CONFIG
        .split_once("[realm.authenticator]")
        .expect("it is there");
    router.reload(without, "reloaded").await;
    let cause = erin.closed().await.to_string();
    assert!(cause.contains("wamp.close.killed"), "{cause}");
    assert!(!server.is_closed());
}
