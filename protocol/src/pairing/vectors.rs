//! Writes and checks the exchange vectors other languages are held to.
//!
//! After a change of the protocol, `UPDATE_EXPECT=1 cargo test` rewrites the files.

use std::sync::Arc;
use std::time::Duration;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use expect_test::expect_file;
use serde::Serialize;

use super::spake::{Spake, parse_share};
use super::tests::any_instant;
use super::transcript::{Keys, Sealed, transcript_hash};
use super::{
    BeginAnswer, BeginCall, ConfirmAnswer, ConfirmCall, Initiator, Join, PairingSecret, QrSecret,
    Secrets, Side, Window,
};
use crate::cryptosign;
use crate::hex;
use crate::identity::{DeviceId, Identity, SEED_LEN};
use crate::profile::{DeviceKind, Profile};

/// `N` bytes counting up from `first`.
fn counting<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|i| first.wrapping_add(i as u8))
}

fn check(file: expect_test::ExpectFile, vector: &impl Serialize) {
    let text = serde_json::to_string_pretty(vector).expect("JSON") + "\n";
    file.assert_eq(&text);
}

#[derive(Serialize)]
struct Exchanges {
    about: &'static str,
    exchanges: [Exchange; 2],
}

#[derive(Serialize)]
struct Exchange {
    name: &'static str,
    password: String,
    a: Party,
    b: Party,
    begin_call: BeginCall,
    begin_answer: BeginAnswer,
    key: String,
    th: String,
    identity_a: String,
    confirm_call: ConfirmCall,
    identity_b: String,
    confirm_answer: ConfirmAnswer,
    verifier_words: [&'static str; 2],
}

#[derive(Serialize)]
struct Party {
    #[serde(flatten)]
    keys: KeyPairs,
    scalar_entropy: String,
    nonce: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<String>,
}

#[derive(Serialize)]
struct DeviceIds {
    about: &'static str,
    ids: [KeyPairs; 3],
}

#[derive(Serialize)]
struct KeyPairs {
    seed: String,
    ed25519: String,
    x25519: String,
    id: DeviceId,
}

#[derive(Serialize)]
struct BoundChallenge {
    about: &'static str,
    #[serde(flatten)]
    keys: KeyPairs,
    challenge: String,
    channel_binding: String,
    signed: String,
    signature: String,
    answer: String,
}

#[derive(Serialize)]
struct RefusedShares {
    about: &'static str,
    refused: Vec<RefusedShare>,
}

#[derive(Serialize)]
struct RefusedShare {
    why: &'static str,
    share: String,
}

#[test]
fn whole_exchanges_are_as_in_the_vectors() {
    let vector = Exchanges {
        about: "Whole pairings with fixed entropy (docs/protocol.md section 4). A seed is the Ed25519 seed, then the X25519 secret. The calls and answers are WAMP kwargs; identity_a and identity_b are the texts sealed in them. `key` is SPAKE2's K. verifier_words are those of words.json.",
        exchanges: [exchange("code"), exchange("qr")],
    };
    check(expect_file!["../../vectors/pairing-exchange.json"], &vector);
}

fn exchange(name: &'static str) -> Exchange {
    let secrets = Secrets {
        code: "48217305".parse().expect("a code"),
        qr: QrSecret::from_bytes(&counting(0xA0)),
    };
    let secret = match name {
        "code" => PairingSecret::Code(secrets.code.clone()),
        _ => PairingSecret::Qr(secrets.qr.clone()),
    };
    let password = String::from_utf8(secret.password().to_vec()).expect("ASCII");
    let (a, keys_a) = key_pairs(0x01);
    let (b, keys_b) = key_pairs(0x81);
    let entropy_a = counting(0x20);
    let entropy_b = counting(0x60);
    let source = "192.0.2.1".parse().expect("an address");
    let now = any_instant();

    let mut window = Window::new(
        b.clone(),
        Profile::new("study-laptop", "Debian 13", "", DeviceKind::Daemon),
    );
    window.open(now, Duration::from_secs(120), secrets, false);
    let join = Join {
        secret,
        identity: a,
        profile: Profile::new("Zoë’s phone", "Android 16", "Pixel 9", DeviceKind::Phone),
        app: "deskconn-android/1.0".to_owned(),
        grants: ["slides", "status"]
            .map(|grant| grant.parse().expect("a grant"))
            .into(),
        expected: Some(b.id()),
    };
    let given = vec!["slides".parse().expect("a grant")];
    let (initiator, begin_call) = Initiator::begin(join, &entropy_a);
    let begin_answer = window
        .begin(source, &begin_call, now, &entropy_b)
        .expect("answered");
    let (confirming, confirm_call) = initiator.on_begin(&begin_answer).expect("confirmed");
    let proven = window.prove(source, &confirm_call, now);
    let (paired, confirm_answer) = window
        .accept(proven.expect("the secret"), given)
        .expect("paired");
    let verifier_words = confirming
        .on_confirm(&confirm_answer)
        .expect("paired")
        .words;
    assert_eq!(verifier_words, paired.words);

    // What no message shows, for those who look for their mistake.
    let (scalar, _) = entropy_a.split_first_chunk().expect("long enough");
    let (spake, x) = Spake::start(Side::A, password.as_bytes(), scalar);
    let y = parse_share(&begin_answer.share).expect("a share");
    let key = spake.finish(&y).expect("a key");
    let th = transcript_hash(&begin_call.hello, &begin_answer.hello, &x, &y);
    let keys = Keys::derive(th, &key);
    let plaintext = |side, sealed: Sealed| {
        let opened = keys.open(side, &sealed).expect("opens");
        String::from_utf8(opened.to_vec()).expect("UTF-8")
    };

    Exchange {
        name,
        password,
        a: Party {
            keys: keys_a,
            scalar_entropy: hex::encode(&entropy_a[..64]),
            nonce: hex::encode(&entropy_a[64..]),
            exchange: None,
        },
        b: Party {
            keys: keys_b,
            scalar_entropy: hex::encode(&entropy_b[..64]),
            nonce: hex::encode(&entropy_b[64..80]),
            exchange: Some(hex::encode(&entropy_b[80..])),
        },
        begin_call,
        begin_answer,
        key: hex::encode(&key),
        th: hex::encode(&th),
        identity_a: plaintext(Side::A, confirm_call.sealed().expect("sealed")),
        confirm_call,
        identity_b: plaintext(Side::B, confirm_answer.sealed().expect("sealed")),
        confirm_answer,
        verifier_words,
    }
}

fn key_pairs(first: u8) -> (Arc<Identity>, KeyPairs) {
    let seed: [u8; SEED_LEN] = counting(first);
    let identity = Identity::from_seed(&seed);
    let pairs = KeyPairs {
        seed: hex::encode(&seed),
        ed25519: hex::encode(identity.public().ed25519()),
        x25519: hex::encode(identity.public().x25519()),
        id: identity.id(),
    };
    (Arc::new(identity), pairs)
}

#[test]
fn device_ids_are_as_in_the_vectors() {
    let vector = DeviceIds {
        about: "Device ids (docs/protocol.md section 3): the first 20 bytes of SHA-256(\"deskconn-id\" + ed25519) in lower-case base32. A seed is the Ed25519 seed, then the X25519 secret.",
        ids: [0x00, 0x42, 0xC0].map(|first| key_pairs(first).1),
    };
    check(expect_file!["../../vectors/device-id.json"], &vector);
}

#[test]
fn bound_challenges_are_as_in_the_vectors() {
    let (identity, keys) = key_pairs(0x01);
    let challenge = counting(0x30);
    let binding = std::array::from_fn(|i| 0xFF - 7 * i as u8);
    let signed: [u8; 32] = std::array::from_fn(|i| challenge[i] ^ binding[i]);
    let vector = BoundChallenge {
        about: "WAMP-cryptosign bound to a sealed link (docs/protocol.md section 5): signed = challenge XOR channel_binding, signature = Ed25519 over signed, answer = the AUTHENTICATE signature, hex(signature) + hex(signed). The authid is the id.",
        keys,
        challenge: hex::encode(&challenge),
        channel_binding: hex::encode(&binding),
        signed: hex::encode(&signed),
        signature: hex::encode(&identity.sign_challenge(&challenge, &binding)),
        answer: cryptosign::answer(&identity, &challenge, &binding),
    };
    check(expect_file!["../../vectors/cryptosign.json"], &vector);
}

#[test]
fn dangerous_shares_are_as_in_the_vectors_and_refused() {
    let mixed = ED25519_BASEPOINT_POINT + EIGHT_TORSION[1];
    let small = EIGHT_TORSION.map(|point| ("a point of small order", point.compress().0));
    let others = [
        ("outside the prime-order group", mixed.compress().0),
        (
            "not a point",
            std::array::from_fn(|i| if i == 0 { 2 } else { 0 }),
        ),
    ];
    let refused: Vec<RefusedShare> = small
        .into_iter()
        .chain(others)
        .map(|(why, point)| RefusedShare {
            why,
            share: "42".to_owned() + &hex::encode(&point),
        })
        .collect();
    for RefusedShare { why, share } in &refused {
        assert!(parse_share(share).is_err(), "{why}");
    }
    let vector = RefusedShares {
        about: "Shares of B that A must refuse (docs/protocol.md section 4).",
        refused,
    };
    check(expect_file!["../../vectors/shares-refused.json"], &vector);
}
