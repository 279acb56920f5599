//! Devices that know the secret and lie about who they are.

use super::*;
use crate::hex;
use crate::pairing::messages::seal_identity;
use crate::pairing::spake::{Spake, parse_share};
use crate::pairing::transcript::{Keys, Sealed, transcript_hash};
use crate::pairing::{Side, hello};

/// A device that knows the code and seals what it likes.
fn confirm_with(seal: impl FnOnce(&Keys) -> Sealed) -> (Daemon, Result<Paired, Refusal>) {
    let mut daemon = Daemon::pairing();
    let (_, call) = Initiator::begin(join(1, code(RIGHT)), &[1; INITIATOR_ENTROPY]);
    let answer = daemon.begin(1, &call).expect("answered");
    let (spake, x) = Spake::start(Side::A, b"48217305", &[1; 64]);
    let y = parse_share(&answer.share).expect("a share");
    let th = transcript_hash(&call.hello, &answer.hello, &x, &y);
    let keys = Keys::derive(th, &spake.finish(&y).expect("a key"));
    let sealed = seal(&keys);
    let call = ConfirmCall {
        exchange: answer.exchange,
        ciphertext: hex::encode(&sealed.ciphertext),
        tag: hex::encode(&sealed.tag),
    };
    let result = daemon.confirm(1, &call).map(|(paired, _)| paired);
    (daemon, result)
}

fn sealed_by(identity: &Identity, keys: &Keys, side: Side) -> String {
    let profile = Profile::new("phone", "", "", DeviceKind::Phone);
    let sealed = seal_identity(keys, side, identity, &profile, &[], None);
    let plaintext = keys.open(side, &sealed).expect("opens");
    String::from_utf8(plaintext.to_vec()).expect("UTF-8")
}

#[test]
fn an_identity_sealed_by_hand_is_taken() {
    let (_, paired) = confirm_with(|keys| {
        let text = sealed_by(&identity(1), keys, Side::A);
        keys.seal(Side::A, text.as_bytes())
    });
    assert_eq!(paired.expect("paired").peer.id, identity(1).id());
}

#[test]
fn another_devices_keys_are_not_taken() {
    let (mut daemon, paired) = confirm_with(|keys| {
        let (own, other) = (identity(1), identity(2));
        let text = sealed_by(&own, keys, Side::A).replace(
            &hex::encode(own.public().ed25519()),
            &hex::encode(other.public().ed25519()),
        );
        keys.seal(Side::A, text.as_bytes())
    });
    assert_eq!(paired, Err(Refusal::Malformed("signature")));
    // The code was right, so it is spent all the same.
    assert_eq!(daemon.events(), [WindowEvent::Closed(CloseReason::Spoiled)]);
    assert_eq!(daemon.pair(2, code(RIGHT)).err(), Some(CLOSED));
}

#[test]
fn another_x25519_key_is_not_taken() {
    let (_, paired) = confirm_with(|keys| {
        let (own, other) = (identity(1), identity(2));
        let text = sealed_by(&own, keys, Side::A).replace(
            &hex::encode(own.public().x25519()),
            &hex::encode(other.public().x25519()),
        );
        keys.seal(Side::A, text.as_bytes())
    });
    assert_eq!(paired, Err(Refusal::Malformed("signature")));
}

#[test]
fn a_signature_of_the_other_side_is_not_taken() {
    let (_, paired) = confirm_with(|keys| {
        let text = sealed_by(&identity(1), keys, Side::B);
        keys.seal(Side::A, text.as_bytes())
    });
    assert_eq!(paired, Err(Refusal::Malformed("signature")));
}

#[test]
fn what_is_no_identity_is_refused() {
    let refused_as = |plaintext: String| {
        let (_, paired) = confirm_with(|keys| keys.seal(Side::A, plaintext.as_bytes()));
        paired.map(|_| ())
    };
    for text in ["", "{}", "[]", r#"{"name":1}"#] {
        let refusal = Err(Refusal::Malformed("identity"));
        assert_eq!(refused_as(text.to_owned()), refusal, "{text:?}");
    }
}

#[test]
fn unreadable_and_excessive_grants_are_refused() {
    let with_grants = |grants: String| {
        let (_, paired) = confirm_with(|keys| {
            let text = sealed_by(&identity(1), keys, Side::A)
                .replace(r#""grants":[]"#, &format!(r#""grants":[{grants}]"#));
            keys.seal(Side::A, text.as_bytes())
        });
        paired.map(|paired| paired.grants.len())
    };
    assert_eq!(with_grants(r#""slides","future.thing""#.to_owned()), Ok(2));
    let star = with_grants(r#""*""#.to_owned());
    assert_eq!(star, Err(Refusal::Malformed("identity")));
    let many = with_grants(vec![r#""a""#; 33].join(","));
    assert_eq!(many, Err(Refusal::Malformed("grants")));
}

#[test]
fn a_daemon_with_another_key_than_it_said_is_refused() {
    // It knows the code and answers with a device id that is not the hash of its key.
    let (initiator, call) = Initiator::begin(join(1, code(RIGHT)), &[1; INITIATOR_ENTROPY]);
    let (said, real) = (identity(0xEE).id(), identity(0xB0));
    let (spake, y) = Spake::start(Side::B, b"48217305", &[2; 64]);
    let hello = hello::to_text(&hello::HelloB {
        v: 1,
        nonce: [3; 16],
        id: said,
        asks: false,
    });
    let answer = BeginAnswer {
        exchange: "x".to_owned(),
        hello: hello.clone(),
        share: hex::encode(&y),
    };
    let (confirming, _) = initiator.on_begin(&answer).expect("a message");
    let x = parse_share(&call.share).expect("a share");
    let th = transcript_hash(&call.hello, &hello, &x, &y);
    let keys = Keys::derive(th, &spake.finish(&x).expect("a key"));
    let text = sealed_by(&real, &keys, Side::B);
    let sealed = keys.seal(Side::B, text.as_bytes());
    let result = confirming.on_confirm(&ConfirmAnswer {
        ciphertext: hex::encode(&sealed.ciphertext),
        tag: hex::encode(&sealed.tag),
    });
    let expected = PairingError::WrongDaemon {
        expected: said,
        found: real.id(),
    };
    assert_eq!(result, Err(expected));
}

#[test]
fn a_scanned_link_names_the_daemon_that_must_answer() {
    let mut daemon = Daemon::pairing();
    let start = |expected: DeviceId, daemon: &mut Daemon, from| {
        let join = Join {
            expected: Some(expected),
            ..join(from, qr())
        };
        let (initiator, call) = Initiator::begin(join, &[from; INITIATOR_ENTROPY]);
        let answer = daemon.begin(from, &call).expect("answered");
        initiator.on_begin(&answer).map(|_| ())
    };
    let (meant, other) = (identity(0xB0).id(), identity(0xEE).id());
    assert_eq!(start(meant, &mut daemon, 1), Ok(()));
    let expected = PairingError::WrongDaemon {
        expected: other,
        found: meant,
    };
    assert_eq!(start(other, &mut daemon, 2), Err(expected));
}
