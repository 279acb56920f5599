//! Every way into a realm, and that the others do not lead there.

use deskconn_tests::TempHome;
use ed25519_dalek::SigningKey;
use wamp_client::{Credentials, Session};

use crate::scene::{Router, cryptosign, keep_private, run, scram, ticket, wampcra};

/// Dave's, whose public key the example lists: RFC 8032's first test key.
const DAVE: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// The example that the program prints, on a free port.
async fn example(home: &TempHome) -> String {
    let printed = run(home, &["--print-default-config"]).await;
    printed.stdout.replace("127.0.0.1:8080", "127.0.0.1:0")
}

fn who(session: &Session) -> String {
    let details = session.details();
    let [authid, authrole, authmethod] = [&details.authid, &details.authrole, &details.authmethod]
        .map(|text| text.as_deref().unwrap_or_default());
    format!("{authid} as {authrole} by {authmethod}")
}

#[tokio::test]
async fn every_user_of_the_example_logs_in_and_nobody_else() {
    let home = TempHome::new();
    let config = example(&home).await;
    let router = Router::start_in(home, &config).await;
    for (credentials, expected) in [
        (
            ticket("alice", "a text drawn at random, not this one"),
            "alice as user by ticket",
        ),
        (
            wampcra("bob", "another text drawn at random"),
            "bob as user by wampcra",
        ),
        (scram("carol", "secret"), "carol as user by wamp-scram"),
        (cryptosign(Some("dave"), DAVE), "dave as user by cryptosign"),
        (cryptosign(None, DAVE), "dave as user by cryptosign"),
    ] {
        let session = router.join(credentials).await.expect(expected);
        assert_eq!(who(&session), expected);
    }
    for wrong in [
        ticket("alice", "wrong"),
        wampcra("bob", "wrong"),
        scram("carol", "wrong"),
        cryptosign(Some("dave"), [1; 32]),
        cryptosign(None, [1; 32]),
    ] {
        assert_eq!(
            router.refusal(wrong).await,
            "wamp.error.authentication_denied"
        );
    }
    let guest = router.join(Credentials::Anonymous).await.expect("a guest");
    assert!(
        who(&guest).ends_with(" as guest by anonymous"),
        "{}",
        who(&guest)
    );
    let elsewhere = router
        .join_by(&router.urls[0], "realm2", Credentials::Anonymous)
        .await;
    let error = elsewhere.expect_err("there is no such realm");
    assert_eq!(
        error.reason().expect("a refusal"),
        "wamp.error.no_such_realm"
    );
}

#[tokio::test]
async fn rawsocket_and_a_unix_socket_lead_to_the_same_realm() {
    let uid = rustix::process::geteuid().as_raw();
    let home = TempHome::new();
    let socket = home.path().join("router.sock");
    let config = format!(
        "[[listener]]\ntcp = \"127.0.0.1:0\"\n[[listener]]\nunix = \"{}\"\n\
         [[realm]]\nname = \"realm1\"\n[[realm.role]]\nname = \"here\"\n[[realm.role]]\nname = \"guest\"\n\
         [[realm.local]]\nuid = {uid}\nrole = \"here\"\n[realm.anonymous]\nrole = \"guest\"\n",
        socket.display()
    );
    let router = Router::start_in(home, &config).await;
    let [tcp, unix] = &router.urls[..] else {
        panic!("{:?}", router.urls);
    };
    let rawsocket = tcp.replace("ws://", "tcp://").replace("/ws", "");
    let enter = async |url: &str| {
        let joined = router.join_by(url, "realm1", Credentials::Anonymous).await;
        who(&joined.unwrap_or_else(|error| panic!("{url}: {error}")))
    };
    assert!(enter(&rawsocket).await.ends_with("as guest by anonymous"));
    assert_eq!(enter(unix).await, format!("uid-{uid} as here by local"));
}

#[tokio::test]
async fn a_router_proves_itself_with_the_key_in_its_file() {
    let home = TempHome::new();
    let seed = [7; 32];
    let file = home.path().join("router.key");
    std::fs::write(&file, "07".repeat(32)).expect("a writable home");
    keep_private(&file);
    let config = example(&home)
        .await
        .replace("# router_key_file", "router_key_file");
    let router = Router::start_in(home, &config).await;
    let Credentials::Cryptosign { authid, signer, .. } = cryptosign(Some("dave"), DAVE) else {
        panic!("cryptosign");
    };
    let expecting = |seed| Credentials::Cryptosign {
        authid: authid.clone(),
        signer: signer.clone(),
        router: Some(SigningKey::from_bytes(&seed).verifying_key().to_bytes()),
    };
    assert!(router.join(expecting(seed)).await.is_ok());
    assert!(router.join(expecting([8; 32])).await.is_err());
}
