//! WAMP-Cryptosign: right and wrong signatures of clients and of routers.

use super::*;
use ed25519_dalek::{Signer as _, SigningKey};

struct Key(SigningKey);

impl Signer for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        self.0
            .sign(&message_to_sign(challenge, channel_id))
            .to_bytes()
    }
}

const NOISE: ChannelBinding = ChannelBinding {
    name: "x-noise-h",
    id: [7; 32],
};

fn key() -> Key {
    Key(SigningKey::from_bytes(&[1; 32]))
}

fn asked(binding: Option<ChannelBinding>) -> Verification {
    Verification {
        challenge: [3; 32],
        public_key: key().public_key(),
        binding,
        router: None,
    }
}

#[test]
fn the_right_key_is_accepted_with_and_without_a_channel() {
    for binding in [None, Some(NOISE)] {
        let asked = asked(binding);
        let signature = answer(&key(), &asked.extra(), binding.as_ref()).unwrap();
        assert_eq!(signature.len(), 192);
        assert!(asked.accepts(&signature));
        assert!(asked.accepts(&signature.to_uppercase()));
    }
}

#[test]
fn a_signature_from_another_channel_key_or_challenge_is_refused() {
    let signature = answer(&key(), &asked(Some(NOISE)).extra(), Some(&NOISE)).unwrap();
    let other_channel = ChannelBinding {
        id: [8; 32],
        ..NOISE
    };
    assert!(!asked(Some(other_channel)).accepts(&signature));
    assert!(!asked(None).accepts(&signature));
    let other_key = Verification {
        public_key: [9; 32],
        ..asked(Some(NOISE))
    };
    assert!(!other_key.accepts(&signature));
    let other_challenge = Verification {
        challenge: [4; 32],
        ..asked(Some(NOISE))
    };
    assert!(!other_challenge.accepts(&signature));
}

#[test]
fn mangled_signatures_are_refused() {
    let asked = asked(None);
    let good = answer(&key(), &asked.extra(), None).unwrap();
    for bad in [
        "",
        "00",
        &good[..190],
        &format!("{good}00"),
        &good.replace('0', "x"),
    ] {
        assert!(!asked.accepts(bad), "{bad}");
    }
}

#[test]
fn a_client_answers_only_for_its_own_link() {
    let extra = asked(Some(NOISE)).extra();
    assert!(answer(&key(), &extra, None).is_err());
    assert!(answer(&key(), &asked(None).extra(), Some(&NOISE)).is_err());
    assert!(answer(&key(), &AnyDetails::new(), None).is_err());
}

#[test]
fn hello_is_read_into_its_parts() {
    let extra = |members: &[(&str, Value)]| {
        let members = members.iter().cloned();
        let members = members.map(|(key, value)| (key.to_owned(), value));
        Announcement::read(&HelloDetails {
            authextra: Some(members.collect()),
            ..HelloDetails::default()
        })
    };
    let hex = Value::from(HEX.encode(&[7; 32]));
    let all = extra(&[
        ("pubkey", hex.clone()),
        ("challenge", hex.clone()),
        ("channel_binding", Value::from("tls-exporter")),
    ]);
    let expected = Announcement {
        public_key: Some([7; 32]),
        challenge: Some([7; 32]),
        channel_binding: Some("tls-exporter".to_owned()),
    };
    assert_eq!(all, Ok(expected));
    let nothing = Ok(Announcement::default());
    assert_eq!(Announcement::read(&HelloDetails::default()), nothing);
    let null = extra(&[("channel_binding", Value::Null), ("challenge", Value::Null)]);
    assert_eq!(null, nothing);
    for wrong in ["", "00", "zz", &"00".repeat(33)] {
        assert!(extra(&[("pubkey", Value::from(wrong))]).is_err(), "{wrong}");
        assert!(
            extra(&[("challenge", Value::from(wrong))]).is_err(),
            "{wrong}"
        );
    }
    assert!(extra(&[("pubkey", Value::from(7))]).is_err());
    assert!(extra(&[("channel_binding", Value::from(true))]).is_err());
}

#[test]
fn a_router_proves_that_it_holds_its_key() {
    let router = Key(SigningKey::from_bytes(&[5; 32]));
    let ours = [6; 32];
    for binding in [None, Some(NOISE)] {
        let proof = RouterProof::new(&router, &ours, binding.as_ref());
        let asked = Verification {
            router: Some(proof),
            ..asked(binding)
        };
        let check = |key: &[u8; 32], challenge: &[u8; 32], binding: Option<ChannelBinding>| {
            check_router(key, challenge, &asked.extra(), binding.as_ref())
        };
        assert_eq!(check(&router.public_key(), &ours, binding), Ok(()));
        assert!(check(&key().public_key(), &ours, binding).is_err());
        assert!(check(&router.public_key(), &[7; 32], binding).is_err());
        let elsewhere = ChannelBinding {
            id: [9; 32],
            ..NOISE
        };
        assert!(check(&router.public_key(), &ours, Some(elsewhere)).is_err());
    }
    let silent = asked(None).extra();
    assert!(check_router(&router.public_key(), &ours, &silent, None).is_err());
    let mut unsigned = silent;
    let named = Value::from(HEX.encode(&router.public_key()));
    unsigned.insert("pubkey".to_owned(), named);
    assert!(check_router(&router.public_key(), &ours, &unsigned, None).is_err());
}
