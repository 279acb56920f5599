//! Client and router authenticate each other, by every method, honestly and not.

mod dialogue;
mod routers;

use dialogue::{Binding, Outcome, talk, talk_as};
use routers::{Router, alice, key};
use wamp_proto::auth::scram::Dialect;
use wamp_proto::auth::{AuthMethod, Secret};
use wamp_proto::handshake::RouterHandshake;
use wamp_proto::handshake::client::{Credentials, HandshakeError, Step};
use wamp_proto::handshake::router::{Decision, Step as RouterStep, abort_with};
use wamp_proto::message::{Authenticate, Challenge};
use wamp_proto::options::AnyDetails;
use wamp_proto::{Message, Value, uris};

fn ticket(authid: &str, ticket: &str) -> Credentials {
    Credentials::Ticket {
        authid: authid.to_owned(),
        ticket: ticket.into(),
    }
}

fn wampcra(authid: &str, secret: &str) -> Credentials {
    Credentials::WampCra {
        authid: authid.to_owned(),
        secret: secret.into(),
    }
}

fn scram(authid: &str, password: &str) -> Credentials {
    Credentials::Scram {
        authid: authid.to_owned(),
        password: password.into(),
    }
}

fn cryptosign(seed: u8, router: Option<[u8; 32]>) -> Credentials {
    Credentials::Cryptosign {
        authid: None,
        signer: key(seed),
        router,
    }
}

/// Every way in that a password or a secret opens: by name, and what the client has.
fn by_secret(authid: &str, secret: &str) -> Vec<(Router, Credentials)> {
    vec![
        (Router::Ticket, ticket(authid, secret)),
        (Router::WampCra, wampcra(authid, secret)),
        (Router::WampCraSalted, wampcra(authid, secret)),
        (Router::Scram(Dialect::Spec), scram(authid, secret)),
        (Router::Scram(Dialect::Autobahn), scram(authid, secret)),
    ]
}

#[test]
fn the_right_secret_opens() {
    for (router, credentials) in by_secret("alice", "swordfish") {
        let (outcome, _) = talk(&router, credentials);
        let Outcome::Joined(welcome) = outcome else {
            panic!("{router:?}: {outcome:?}");
        };
        assert_eq!(welcome.details.authid.as_deref(), Some("alice"));
        let method = welcome.details.authmethod.as_deref();
        assert_eq!(method, Some(router.method().name()));
    }
}

#[test]
fn a_wrong_secret_is_refused_in_the_same_words_by_every_method() {
    for (router, credentials) in by_secret("alice", "sardine") {
        let (outcome, _) = talk(&router, credentials);
        assert_eq!(outcome.refusal(), DENIED, "{router:?}");
    }
}

/// How a wrong proof is refused.
const DENIED: (&str, &str) = ("wamp.error.authentication_denied", "the proof is not right");

#[test]
fn who_is_not_known_sees_what_a_wrong_secret_sees() {
    let strangers = by_secret("mallo", "sardine");
    let sardines = by_secret("alice", "sardine");
    for ((router, stranger), (_, known)) in strangers.into_iter().zip(sardines) {
        let (outcome, unknown) = talk(&router, stranger.clone());
        assert_eq!(outcome.refusal(), DENIED, "{router:?}");
        let (_, wrong) = talk(&router, known);
        assert_eq!(unknown.shape(), wrong.shape(), "{router:?}");
        // Asking again shows another nonce, where there is one, and the same salt.
        let (_, again) = talk(&router, stranger);
        assert_eq!(unknown.salts(), again.salts(), "{router:?}");
        let has_nonce = router.method() != AuthMethod::Ticket;
        assert_eq!(unknown.frames != again.frames, has_nonce, "{router:?}");
    }
}

#[test]
fn even_the_password_of_somebody_else_is_of_no_use_to_who_is_not_known() {
    for (router, credentials) in by_secret("mallo", "swordfish") {
        let (outcome, _) = talk(&router, credentials);
        assert_eq!(outcome.refusal(), DENIED, "{router:?}");
    }
}

#[test]
fn a_proof_is_good_for_one_attempt() {
    let replayable = AuthMethod::Ticket;
    for (router, credentials) in by_secret("alice", "swordfish") {
        let (_, transcript) = talk(&router, credentials);
        let proof = transcript.proof();
        let mut second = RouterHandshake::new();
        let decision = router.ask(&mut second, transcript.hello());
        assert!(
            matches!(decision, Some(Message::Challenge(_))),
            "{router:?}"
        );
        let step = second.receive(proof);
        let joined = matches!(step, RouterStep::Join { .. });
        // "If the ticket value is reused, that might enable replay attacks."
        assert_eq!(joined, router.method() == replayable, "{router:?}");
    }
}

#[test]
fn a_key_opens_with_and_without_authid_and_binding() {
    for binding in [Binding::None, Binding::Link] {
        let (outcome, _) = talk_as(&Router::Cryptosign, cryptosign(1, None), binding);
        let welcome = outcome.joined();
        assert_eq!(welcome.details.authid.as_deref(), Some("alice"));
        let (outcome, _) = talk_as(&Router::Cryptosign, cryptosign(2, None), binding);
        assert_eq!(outcome.refusal(), DENIED);
        let named = Credentials::Cryptosign {
            authid: Some("alice".to_owned()),
            signer: key(1),
            router: None,
        };
        let (outcome, _) = talk_as(&Router::Cryptosign, named, binding);
        assert_eq!(outcome.joined().details.authid.as_deref(), Some("alice"));
    }
}

#[test]
fn a_password_is_bound_to_the_link_if_there_is_a_binding() {
    let router = Router::Scram(Dialect::Spec);
    let (outcome, transcript) = talk_as(&router, scram("alice", "swordfish"), Binding::Link);
    outcome.joined();
    let Message::Authenticate(proof) = transcript.proof() else {
        panic!("not a proof");
    };
    assert_eq!(proof.extra["channel_binding"], Value::from("x-noise-h"));
    // Somebody between the two has a link to each.
    let (outcome, _) = talk_as(&router, scram("alice", "swordfish"), Binding::Differs);
    assert_eq!(outcome.refusal(), DENIED);
    // The dialect that can not be bound is not offered.
    let router = Router::Scram(Dialect::Autobahn);
    let (outcome, _) = talk_as(&router, scram("alice", "swordfish"), Binding::Link);
    assert_eq!(outcome.refusal().0, "wamp.error.no_matching_auth_method");
}

#[test]
fn a_router_that_must_prove_itself_by_its_key_does_or_gets_no_answer() {
    let router = Router::CryptosignBoth;
    let pinned = |seed| cryptosign(1, Some(key(seed).public_key()));
    for binding in [Binding::None, Binding::Link] {
        let (outcome, _) = talk_as(&router, pinned(9), binding);
        outcome.joined();
        let (outcome, transcript) = talk_as(&router, pinned(8), binding);
        assert!(matches!(outcome.failure(), HandshakeError::Challenge(_)));
        assert_eq!(transcript.count("AUTHENTICATE"), 0);
        // One that does not prove anything.
        let (outcome, _) = talk_as(&Router::Cryptosign, pinned(9), binding);
        assert!(matches!(outcome.failure(), HandshakeError::Challenge(_)));
    }
    // One that asks for nothing, and so shows nothing.
    let (outcome, _) = talk(&Router::Open, pinned(9));
    assert_eq!(outcome.failure(), HandshakeError::Unproved);
}

#[test]
fn a_router_that_does_not_know_the_password_can_not_pretend_to() {
    let password = || scram("alice", "swordfish");
    let (outcome, _) = talk(&Router::Open, password());
    assert_eq!(outcome.failure(), HandshakeError::Unproved);
    for signature in [None, Some(""), Some("v="), Some("AAAA")] {
        for dialect in [Dialect::Spec, Dialect::Autobahn] {
            let router = Router::Pretender(dialect, signature);
            let (outcome, _) = talk(&router, password());
            assert_eq!(outcome.failure(), HandshakeError::Unproved, "{router:?}");
        }
    }
    // Where nothing is to be proved to the client, it may be let in without being asked.
    for credentials in [
        Credentials::Anonymous,
        ticket("alice", "swordfish"),
        wampcra("alice", "swordfish"),
        cryptosign(1, None),
    ] {
        talk(&Router::Open, credentials).0.joined();
    }
}

/// Each is refused before anything is derived, with an ABORT for the router.
#[test]
fn a_client_does_not_work_for_hostile_routers() {
    let scram_challenge = |kdf: &str, iterations: u64, memory: u64| {
        let salt = ("salt", Value::from("AAAAAAAAAAAAAAAAAAAAAA=="));
        let cost = [
            ("iterations", Value::from(iterations)),
            ("memory", Value::from(memory)),
        ];
        let rest = [("kdf", Value::from(kdf)), salt];
        Router::hostile("wamp-scram", cost.into_iter().chain(rest))
    };
    let salted = |iterations: u64, keylen: u64| {
        let members = [
            ("challenge", Value::from("{}")),
            ("salt", Value::from("salt")),
            ("iterations", Value::from(iterations)),
            ("keylen", Value::from(keylen)),
        ];
        Router::hostile("wampcra", members)
    };
    let most = u64::from(u32::MAX);
    for (router, what) in [
        (scram_challenge("pbkdf2", most, 0), "iterations"),
        (scram_challenge("pbkdf2", 1 << 40, 0), "iterations"),
        (scram_challenge("pbkdf2", 1, 0), "weak"),
        (scram_challenge("argon2id13", 1, most), "memory"),
        (scram_challenge("argon2id13", 1, 1 << 40), "memory"),
        (scram_challenge("argon2id13", most, 65_536), "too long"),
        (scram_challenge("argon2id13", 1, 8), "weak"),
        (scram_challenge("scrypt", 1, 8), "function"),
        (salted(most, 32), "iterations"),
        (salted(2_000_000, 1024), "iterations"),
        (salted(1, most), "too large"),
    ] {
        let credentials = Credentials::AnyOf(
            by_secret("alice", "swordfish")
                .into_iter()
                .map(|(_, c)| c)
                .collect(),
        );
        let (outcome, transcript) = talk(&router, credentials);
        let failure = outcome.failure();
        let words = failure.to_string();
        assert!(words.contains(what), "{router:?}: {words}");
        assert_eq!(transcript.count("AUTHENTICATE"), 0);
        let Some(Message::Abort(abort)) = failure.abort() else {
            panic!("nothing for the router: {failure:?}");
        };
        assert_eq!(abort.reason, uris::AUTHENTICATION_FAILED);
    }
}

#[test]
fn of_several_credentials_the_router_chooses() {
    for (router, _) in by_secret("alice", "swordfish") {
        let several = Credentials::AnyOf(vec![
            Credentials::AnyOf(vec![
                scram("alice", "swordfish"),
                wampcra("alice", "swordfish"),
            ]),
            ticket("alice", "swordfish"),
        ]);
        let (outcome, _) = talk(&router, several);
        let welcome = outcome.joined();
        let method = welcome.details.authmethod.as_deref();
        assert_eq!(method, Some(router.method().name()));
    }
    let (outcome, _) = talk(&Router::Ticket, wampcra("alice", "swordfish"));
    assert_eq!(outcome.refusal().0, "wamp.error.no_matching_auth_method");
}

/// Crossbar.io refuses a client at the first name it does not know, and it does not know `wamp-scram`.
#[test]
fn scram_is_offered_by_the_name_that_crossbar_knows_first() {
    let (_, transcript) = talk(&Router::Scram(Dialect::Spec), scram("alice", "swordfish"));
    let Message::Hello(hello) = transcript.hello() else {
        panic!("not a HELLO");
    };
    let methods = hello.details.authmethods.expect("methods");
    assert_eq!(methods, ["scram", "wamp-scram"]);
}

#[test]
fn credentials_of_somebody_else_are_not_offered() {
    let several = Credentials::AnyOf(vec![wampcra("alice", "swordfish"), ticket("bob", "cod")]);
    let (_, transcript) = talk(&Router::WampCra, several);
    let Message::Hello(hello) = transcript.hello() else {
        panic!("not a HELLO");
    };
    assert_eq!(hello.details.authid.as_deref(), Some("alice"));
    let methods = hello.details.authmethods.expect("methods");
    assert_eq!(methods, ["wampcra"]);
}

#[test]
fn two_factors_are_given_in_turn_and_each_once() {
    let both = || {
        Credentials::AnyOf(vec![
            ticket("alice", "swordfish"),
            ticket("alice", "123456"),
        ])
    };
    let (outcome, transcript) = talk(&Router::TwoTickets, both());
    outcome.joined();
    assert_eq!(transcript.count("CHALLENGE"), 2);
    let (outcome, _) = talk(&Router::TwoTickets, ticket("alice", "swordfish"));
    assert_eq!(
        outcome.failure(),
        HandshakeError::Method("ticket".to_owned())
    );
}

#[test]
fn a_method_that_was_not_offered_is_not_answered() {
    for method in ["ticket", "wampcra", "cryptosign", "anonymous", "x-mine", ""] {
        let router = Router::hostile(method, []);
        let (outcome, _) = talk(&router, scram("alice", "swordfish"));
        let failure = outcome.failure();
        assert_eq!(failure, HandshakeError::Method(method.to_owned()));
        let Some(Message::Abort(abort)) = failure.abort() else {
            panic!("nothing for the router");
        };
        assert_eq!(abort.reason, uris::NO_MATCHING_AUTH_METHOD);
    }
}

#[test]
fn a_client_that_derives_takes_nothing_but_a_refusal() {
    let router = Router::Scram(Dialect::Spec);
    let mut client = dialogue::client(scram("alice", "swordfish"), None, [3; 32]);
    let mut handshake = RouterHandshake::new();
    let challenge = router
        .ask(&mut handshake, client.hello())
        .expect("a challenge");
    assert!(matches!(
        client.receive(challenge.clone()),
        Ok(Step::Derive(_))
    ));
    let again = client.receive(challenge).err();
    assert_eq!(again, Some(HandshakeError::Unexpected("CHALLENGE")));
}

#[test]
fn an_abort_is_told_and_not_answered() {
    let mut client = dialogue::client(Credentials::Anonymous, None, [3; 32]);
    let abort = abort_with(uris::NO_SUCH_REALM, "not here");
    let error = client.receive(abort).expect_err("a refusal");
    assert_eq!(error.abort(), None);
    assert!(error.to_string().contains("not here"));
    let proof = Authenticate {
        signature: Secret::from(""),
        extra: AnyDetails::new(),
    };
    let error = client.receive(proof.into()).expect_err("out of place");
    assert_eq!(error, HandshakeError::Unexpected("AUTHENTICATE"));
    assert!(
        matches!(error.abort(), Some(Message::Abort(abort)) if abort.reason == uris::PROTOCOL_VIOLATION)
    );
}

#[test]
fn what_somebody_else_decides_goes_through_unchecked() {
    // A token that only a procedure elsewhere can check.
    let mut client = dialogue::client(ticket("alice", "token"), None, [3; 32]);
    let mut router = RouterHandshake::new();
    let asked = Decision::Ask {
        method: "ticket".to_owned(),
        extra: AnyDetails::new(),
    };
    router.receive(client.hello());
    let step = router.decide(asked);
    let RouterStep::Send(Message::Challenge(challenge)) = step else {
        panic!("not a challenge: {step:?}");
    };
    assert_eq!(
        challenge,
        Challenge {
            authmethod: "ticket".to_owned(),
            extra: AnyDetails::new()
        }
    );
    let Ok(Step::Send(proof)) = client.receive(challenge.into()) else {
        panic!("no answer");
    };
    let step = router.receive(proof);
    let RouterStep::Verify {
        details,
        method,
        proof,
        ..
    } = step
    else {
        panic!("not handed over: {step:?}");
    };
    assert_eq!(
        (details.authid.as_deref(), method.as_str()),
        (Some("alice"), "ticket")
    );
    assert_eq!(proof.signature.expose(), "token");
    let step = router.decide(Decision::Admit(alice("ticket")));
    assert!(matches!(step, RouterStep::Join { .. }));
}

#[test]
fn secrets_are_not_shown() {
    let all = Credentials::AnyOf(vec![
        ticket("alice", "swordfish"),
        wampcra("alice", "swordfish"),
        scram("alice", "swordfish"),
        cryptosign(1, None),
    ]);
    let shown = format!("{all:?}");
    assert!(
        shown.contains("alice") && !shown.contains("swordfish"),
        "{shown}"
    );
    let client = dialogue::client(all, None, [3; 32]);
    assert!(!format!("{client:?}").contains("swordfish"));
    for (router, credentials) in by_secret("alice", "swordfish") {
        let (_, transcript) = talk(&router, credentials);
        assert!(!format!("{:?}", transcript.proof()).contains("swordfish"));
    }
}
