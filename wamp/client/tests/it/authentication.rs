//! Joining with a proof: keys are derived on the way, and a router that asks too much is told so.

use crate::harness::Router;
use bytes::Bytes;
use wamp_client::{Credentials, JoinError, JoinOptions, Session};
use wamp_proto::auth::kdf::Kdf;
use wamp_proto::auth::scram::{Credential, Dialect};
use wamp_proto::auth::{Verification, scram};
use wamp_proto::handshake::RouterHandshake;
use wamp_proto::handshake::client::HandshakeError;
use wamp_proto::handshake::router::{Decision, Principal, Step};
use wamp_proto::message::Welcome;
use wamp_proto::options::WelcomeDetails;
use wamp_proto::{Message, Serializer, SessionId, decode};

fn options(credentials: Credentials) -> JoinOptions {
    JoinOptions::new("realm1").credentials(credentials)
}

fn password() -> Credentials {
    Credentials::Scram {
        authid: "ann".to_owned(),
        password: "pencil".into(),
    }
}

/// The next message from the client.
async fn receive(router: &mut Router) -> Message {
    let json = Bytes::from(router.receive().await);
    decode(Serializer::Json, &json).expect("what the client says is WAMP")
}

/// The example of the specification, "Password Salting".
#[tokio::test]
async fn a_salted_secret_signs_the_challenge() {
    let (mut router, link) = Router::new();
    let credentials = Credentials::WampCra {
        authid: "peter".to_owned(),
        secret: "secret1".into(),
    };
    let script = async {
        let hello = router.receive().await;
        let offer = r#""authid":"peter","authmethods":["wampcra"]"#;
        assert!(hello.contains(offer), "{hello}");
        router.plays(
            r#"
            < [4,"wampcra",{"challenge":"{\"nonce\": \"LHRTC9zeOIrt_9U3\", \"authprovider\": \"userdb\", \"authid\": \"peter\", \"timestamp\": \"2014-06-22T16:36:25.448Z\", \"authrole\": \"user\", \"authmethod\": \"wampcra\", \"session\": 3251278072152162}","salt":"salt123","keylen":32,"iterations":1000}]
            > [5,"gir1mSx+deCDUV7wRM5SGIn/+R/ClqLZuH4m7FJeBVI=",{}]
            < [2,3251278072152162,{"authid":"peter","authrole":"user","authmethod":"wampcra"}]
            "#,
        )
        .await;
    };
    let (session, ()) = tokio::join!(Session::join(link, options(credentials)), script);
    let session = session.expect("the signature is right");
    assert_eq!(session.details().authid.as_deref(), Some("peter"));
}

/// Lets a client in by its password, and says in WELCOME what `answer` makes of the router's answer.
async fn let_in_by_password(router: &mut Router, answer: impl Fn(&mut WelcomeDetails)) {
    let mut handshake = RouterHandshake::new();
    let Step::Decide { details, .. } = handshake.receive(receive(router).await) else {
        panic!("HELLO leads to a decision");
    };
    let kdf = Kdf::Pbkdf2 { iterations: 4096 };
    let credential = Credential::enrol(Dialect::Spec, kdf, &"pencil".into(), &[5; 16]);
    let credential = credential.expect("within limits");
    let asked = scram::Verification::new(&details, credential, [1; 18], None);
    let step = handshake.decide(Decision::Challenge {
        principal: Principal {
            authid: "ann".into(),
            authrole: "owner".into(),
            authmethod: "wamp-scram".into(),
            authprovider: "test".into(),
            authextra: None,
        },
        verification: Verification::Scram(asked.expect("HELLO makes sense")),
    });
    let Step::Send(challenge) = step else {
        panic!("not a challenge: {step:?}");
    };
    router.send_message(challenge).await;
    let step = handshake.receive(receive(router).await);
    let Step::Join { principal, .. } = step else {
        panic!("the password is right: {step:?}");
    };
    let mut details = WelcomeDetails {
        authid: Some(principal.authid),
        authextra: principal.authextra,
        ..WelcomeDetails::default()
    };
    answer(&mut details);
    let welcome = Welcome {
        session: SessionId::new(7).expect("an id"),
        details: Box::new(details),
    };
    router.send_message(welcome.into()).await;
}

#[tokio::test]
async fn a_password_opens_where_the_router_answers_for_it() {
    let (mut router, link) = Router::new();
    let join = Session::join(link, options(password()));
    let (session, ()) = tokio::join!(join, let_in_by_password(&mut router, |_| ()));
    let session = session.expect("both are right");
    assert_eq!(session.details().authid.as_deref(), Some("ann"));
}

#[tokio::test]
async fn a_router_that_does_not_prove_itself_is_left_with_an_abort() {
    let (mut router, link) = Router::new();
    let join = Session::join(link, options(password()));
    let script = async {
        let_in_by_password(&mut router, |details| details.authextra = None).await;
        router.plays(
            r#"
            > [3,{"message":"the router did not prove that it is the right one"},"wamp.error.authentication_failed"]
            "#,
        )
        .await;
        router.sees_the_end().await;
    };
    let (error, ()) = tokio::join!(async { join.await.err() }, script);
    let unproved = matches!(error, Some(JoinError::Handshake(HandshakeError::Unproved)));
    assert!(unproved, "{error:?}");
}

#[tokio::test]
async fn a_router_that_asks_for_too_much_is_left_with_an_abort() {
    let (mut router, link) = Router::new();
    let credentials = Credentials::WampCra {
        authid: "ann".to_owned(),
        secret: "secret1".into(),
    };
    let join = Session::join(link, options(credentials));
    let script = async {
        router.receive().await;
        router.plays(
            r#"
            < [4,"wampcra",{"challenge":"{}","salt":"salt123","keylen":32,"iterations":4000000000}]
            > [3,{"message":"the router's challenge can not be answered: the key derivation would take more than 2000000 iterations"},"wamp.error.authentication_failed"]
            "#,
        )
        .await;
        router.sees_the_end().await;
    };
    let (error, ()) = tokio::join!(async { join.await.err() }, script);
    let error = error.expect("no session");
    assert!(error.is_final(), "{error:?}");
}

#[tokio::test]
async fn every_attempt_has_a_nonce_of_its_own() {
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let (mut router, link) = Router::new();
        let join = Session::join(link, options(password()));
        let script = async {
            let Message::Hello(hello) = receive(&mut router).await else {
                panic!("not a HELLO");
            };
            let extra = hello.details.authextra.expect("a nonce");
            nonces.push(extra["nonce"].as_str().expect("a text").to_owned());
            drop(router);
        };
        let (session, ()) = tokio::join!(join, script);
        assert!(session.is_err());
    }
    assert_ne!(nonces[0], nonces[1]);
    assert_eq!(nonces[0].len(), 32);
}
