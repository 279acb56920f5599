//! The router's machine, message by message.

use super::*;
use crate::auth::ticket;
use crate::message::Goodbye;
use crate::roles::{Features, Roles};

fn hello() -> Message {
    let roles = Roles {
        caller: Some(Features::NONE),
        ..Roles::default()
    };
    let details = Box::new(HelloDetails {
        roles: Some(roles),
        ..HelloDetails::default()
    });
    Hello {
        realm: "realm1".into(),
        details,
    }
    .into()
}

fn alice() -> Principal {
    Principal {
        authid: "alice".into(),
        authrole: "user".into(),
        authmethod: "static".into(),
        authprovider: "static".into(),
        authextra: None,
    }
}

#[track_caller]
fn expect_abort(step: Step, reason: &Uri) {
    match step {
        Step::Abort(Message::Abort(abort)) => assert_eq!(abort.reason, *reason),
        other => panic!("not an abort: {other:?}"),
    }
}

#[test]
fn hello_asks_the_authority_and_admission_joins() {
    let mut handshake = RouterHandshake::new();
    assert!(matches!(handshake.receive(hello()), Step::Decide { realm, .. } if realm == "realm1"));
    let step = handshake.decide(Decision::Admit(alice()));
    assert!(matches!(step, Step::Join { principal, .. } if &*principal.authid == "alice"));
}

#[test]
fn anything_but_hello_first_aborts() {
    let goodbye = Goodbye {
        details: CloseDetails::default(),
        reason: uris::CLOSE_REALM,
    };
    expect_abort(
        RouterHandshake::new().receive(goodbye.into()),
        &uris::GOODBYE_AND_OUT,
    );
    let proof = Authenticate {
        signature: "".into(),
        extra: AnyDetails::new(),
    };
    expect_abort(
        RouterHandshake::new().receive(proof.into()),
        &uris::PROTOCOL_VIOLATION,
    );
}

#[test]
fn hello_twice_aborts() {
    let mut handshake = RouterHandshake::new();
    assert!(matches!(handshake.receive(hello()), Step::Decide { .. }));
    expect_abort(handshake.receive(hello()), &uris::PROTOCOL_VIOLATION);
    expect_abort(handshake.receive(hello()), &uris::PROTOCOL_VIOLATION);
}

#[test]
fn hello_without_a_role_aborts() {
    let details = Box::new(HelloDetails::default());
    let hello = Hello {
        realm: "realm1".into(),
        details,
    };
    expect_abort(
        RouterHandshake::new().receive(hello.into()),
        &uris::PROTOCOL_VIOLATION,
    );
}

fn asked() -> Verification {
    Verification::Ticket(ticket::Verification::of_ticket(&"swordfish".into()))
}

fn proof(ticket: &str) -> Message {
    let signature = ticket.into();
    let extra = AnyDetails::new();
    Authenticate { signature, extra }.into()
}

/// A handshake that has answered HELLO as `decision` says, and what it answered.
fn decided(decision: Decision) -> (RouterHandshake, Step) {
    let mut handshake = RouterHandshake::new();
    assert!(matches!(handshake.receive(hello()), Step::Decide { .. }));
    let step = handshake.decide(decision);
    (handshake, step)
}

fn challenge() -> Decision {
    Decision::Challenge {
        principal: alice(),
        verification: asked(),
    }
}

#[test]
fn the_right_proof_joins_and_its_method_is_noted() {
    let (mut handshake, step) = decided(challenge());
    let Step::Send(Message::Challenge(sent)) = step else {
        panic!("not a challenge: {step:?}");
    };
    assert_eq!(sent.authmethod, "ticket");
    let step = handshake.receive(proof("swordfish"));
    let Step::Join { principal, .. } = step else {
        panic!("not in: {step:?}");
    };
    let expected = Principal {
        authmethod: "ticket".into(),
        ..alice()
    };
    assert_eq!(principal, expected);
}

#[test]
fn a_wrong_proof_is_denied_and_there_is_no_second_try() {
    let (mut handshake, _) = decided(challenge());
    expect_abort(
        handshake.receive(proof("cod")),
        &uris::AUTHENTICATION_DENIED,
    );
    expect_abort(
        handshake.receive(proof("swordfish")),
        &uris::PROTOCOL_VIOLATION,
    );
}

#[test]
fn a_decoy_refuses_even_the_right_proof_in_the_words_for_a_wrong_one() {
    let (mut handshake, step) = decided(Decision::Decoy(asked()));
    let (mut real, real_step) = decided(challenge());
    assert_eq!(format!("{step:?}"), format!("{real_step:?}"));
    let refused = handshake.receive(proof("swordfish"));
    let wrong = real.receive(proof("cod"));
    assert_eq!(format!("{refused:?}"), format!("{wrong:?}"));
    let (_, denied) = decided(Decision::denied());
    assert_eq!(format!("{refused:?}"), format!("{denied:?}"));
}

#[test]
fn a_proof_that_the_authority_asked_for_comes_back_to_it() {
    let extra = AnyDetails::from([("hint".to_owned(), crate::Value::from("SMS"))]);
    let ask = || Decision::Ask {
        method: "x-otp".to_owned(),
        extra: extra.clone(),
    };
    let answer = |decision: Decision| {
        let (mut handshake, step) = decided(ask());
        let Step::Send(Message::Challenge(sent)) = step else {
            panic!("not a challenge: {step:?}");
        };
        assert_eq!((sent.authmethod.as_str(), &sent.extra), ("x-otp", &extra));
        let step = handshake.receive(proof("123456"));
        let Step::Verify {
            realm,
            method,
            proof,
            ..
        } = step
        else {
            panic!("not handed over: {step:?}");
        };
        assert_eq!((realm.as_str(), method.as_str()), ("realm1", "x-otp"));
        assert_eq!(proof.signature.expose(), "123456");
        let step = handshake.decide(decision);
        (handshake, step)
    };
    let (_, step) = answer(Decision::Admit(alice()));
    assert!(matches!(step, Step::Join { principal, .. } if principal == alice()));
    let (_, step) = answer(Decision::denied());
    expect_abort(step, &uris::AUTHENTICATION_DENIED);
    // A second factor, checked here.
    let (mut handshake, step) = answer(challenge());
    assert!(matches!(step, Step::Send(Message::Challenge(_))));
    let step = handshake.receive(proof("swordfish"));
    assert!(matches!(step, Step::Join { .. }));
}

#[test]
fn while_the_authority_thinks_the_client_is_silent() {
    let (mut handshake, _) = decided(Decision::Ask {
        method: "ticket".to_owned(),
        extra: AnyDetails::new(),
    });
    assert!(matches!(handshake.receive(proof("a")), Step::Verify { .. }));
    expect_abort(handshake.receive(proof("b")), &uris::PROTOCOL_VIOLATION);
}

#[test]
fn proofs_are_not_shown() {
    let (mut handshake, _) = decided(challenge());
    assert!(!format!("{handshake:?}").contains("swordfish"));
    assert!(!format!("{:?}", proof("swordfish")).contains("swordfish"));
    let (mut asking, _) = decided(Decision::Ask {
        method: "ticket".to_owned(),
        extra: AnyDetails::new(),
    });
    let step = asking.receive(proof("swordfish"));
    assert!(!format!("{step:?}").contains("swordfish"));
    assert!(!format!("{:?}", handshake.receive(proof("cod"))).contains("cod"));
}
