//! Tests of identities: what is kept, what is shown, what is signed.

use curve25519_dalek::constants::EIGHT_TORSION;

use super::{Identity, IdentityError, PublicIdentity, WeakKey};
use crate::pairing::Side;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 64])
}

#[test]
fn an_identity_is_read_back_from_its_text() {
    let text = identity(1).to_text();
    let read = Identity::parse(&text).expect("an identity");
    assert_eq!(read.public(), identity(1).public());
    assert_eq!(read.x25519_secret(), identity(1).x25519_secret());
    assert_eq!(read.to_text(), text);
}

#[test]
fn a_damaged_identity_is_refused_without_repeating_it() {
    let good = identity(1).to_text();
    let line = |key: &str| {
        let line = good.lines().find(|line| line.starts_with(key));
        line.expect("a line").to_owned()
    };
    let other = identity(2).id();
    let cases = [
        ("", IdentityError::Syntax),
        (
            &good.replace(&line("x25519_secret"), ""),
            IdentityError::Syntax,
        ),
        (
            &good.replace("x25519_secret = \"", "x25519_secret = "),
            IdentityError::Syntax,
        ),
        (
            &good.replace("version = 1", "version = 2"),
            IdentityError::Version(2),
        ),
        (
            &good.replace(&line("ed25519_secret"), "ed25519_secret = \"0f\""),
            IdentityError::Key("ed25519"),
        ),
        (
            &good.replace(&line("x25519_secret"), "x25519_secret = \"\""),
            IdentityError::Key("x25519"),
        ),
        (
            &good.replace(&line("id"), &format!("id = \"{other}\"")),
            IdentityError::IdMismatch {
                written: other,
                derived: identity(1).id(),
            },
        ),
    ];
    for (text, expected) in cases {
        let error = Identity::parse(text).expect_err("damaged");
        assert_eq!(error, expected);
        assert!(!error.to_string().contains("0101"), "{error}");
    }
}

#[test]
fn debug_output_shows_only_the_id() {
    let identity = identity(1);
    assert_eq!(
        format!("{identity:?}"),
        format!("Identity({})", identity.id())
    );
}

#[test]
fn a_pairing_signature_holds_for_its_side_transcript_and_keys_only() {
    let (device, stranger) = (identity(1), identity(2));
    let th = [7; 32];
    let signature = device.sign_pairing(Side::A, &th);
    let keys = device.public();
    assert!(keys.verify_pairing(Side::A, &th, &signature));
    assert!(!keys.verify_pairing(Side::B, &th, &signature));
    assert!(!keys.verify_pairing(Side::A, &[8; 32], &signature));
    assert!(!stranger.public().verify_pairing(Side::A, &th, &signature));
    let mixed = PublicIdentity::new(*keys.ed25519(), *stranger.public().x25519());
    assert!(
        !mixed
            .expect("keys")
            .verify_pairing(Side::A, &th, &signature)
    );
}

#[test]
fn a_challenge_signature_is_never_a_pairing_signature() {
    let device = identity(1);
    let signature = device.sign_challenge(&[7; 32], &[0; 32]);
    assert!(
        device
            .public()
            .verify_challenge(&[7; 32], &[0; 32], &signature)
    );
    assert!(
        !device
            .public()
            .verify_pairing(Side::A, &[7; 32], &signature)
    );
    let signature = device.sign_pairing(Side::A, &[7; 32]);
    assert!(
        !device
            .public()
            .verify_challenge(&[7; 32], &[0; 32], &signature)
    );
}

#[test]
fn keys_that_protect_nothing_are_refused() {
    let good = *identity(1).public();
    let small = EIGHT_TORSION[1];
    let weak_ed25519 = small.compress().to_bytes();
    let weak_x25519 = small.to_montgomery().to_bytes();
    assert_eq!(
        PublicIdentity::new(weak_ed25519, *good.x25519()),
        Err(WeakKey("ed25519"))
    );
    for weak in [weak_x25519, [0; 32]] {
        assert_eq!(
            PublicIdentity::new(*good.ed25519(), weak),
            Err(WeakKey("x25519"))
        );
    }
}

#[test]
fn public_keys_are_kept_as_hexadecimal_and_checked_when_read() {
    let keys = *identity(1).public();
    let text = serde_json::to_string(&keys).expect("JSON");
    assert_eq!(
        serde_json::from_str::<PublicIdentity>(&text).ok(),
        Some(keys)
    );
    let x25519 = crate::hex::encode(keys.x25519());
    let weak = text.replace(&x25519, &"0".repeat(64));
    assert!(serde_json::from_str::<PublicIdentity>(&weak).is_err());
}
