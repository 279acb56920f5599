//! SCRAM: the RFC's example, both dialects, and what either side does not take.

use super::*;
use crate::auth::ChannelBinding;
use crate::options::{AnyDetails, HelloDetails};
use crate::{Dict, Value};

const PBKDF2: Kdf = Kdf::Pbkdf2 { iterations: 4096 };
const ARGON2: Kdf = Kdf::Argon2id13 {
    iterations: 1,
    memory: 16 * 1024,
};
const NOISE: ChannelBinding = ChannelBinding {
    name: "x-noise-h",
    id: [7; 32],
};
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

fn dict(members: &[(&str, Value)]) -> Dict {
    let members = members.iter().cloned();
    members
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn hello(authid: &str, extra: &[(&str, Value)]) -> HelloDetails {
    HelloDetails {
        authid: Some(authid.to_owned()),
        authextra: Some(dict(extra)),
        ..HelloDetails::default()
    }
}

fn user(binding: Option<ChannelBinding>) -> HelloDetails {
    let mut extra = vec![("nonce", Value::from(NONCE))];
    extra.extend(binding.map(|binding| ("channel_binding", Value::from(binding.name))));
    hello("user", &extra)
}

fn enrol(dialect: Dialect, kdf: Kdf) -> Credential {
    Credential::enrol(dialect, kdf, &"pencil".into(), b"sixteen octets..").unwrap()
}

fn asked(dialect: Dialect, kdf: Kdf, binding: Option<ChannelBinding>) -> Verification {
    let link = Some(&NOISE);
    Verification::new(&user(binding), enrol(dialect, kdf), [1; 18], link).unwrap()
}

fn prove(
    asked: &Verification,
    password: &str,
    binding: Option<ChannelBinding>,
) -> (Secret, AnyDetails, ServerSignature) {
    let binding = binding.as_ref();
    let exchange = Exchange::new(asked.dialect(), "user", NONCE, binding, &asked.extra()).unwrap();
    let key = exchange
        .derivation(&password.into())
        .unwrap()
        .run()
        .unwrap();
    let (proof, expected) = exchange.prove(&key);
    (proof.signature, proof.extra, expected)
}

/// RFC 7677, section 3.
#[test]
fn the_example_of_the_rfc_comes_out() {
    let salt = BASE64.decode(b"W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
    let salt = <[u8; 16]>::try_from(salt).unwrap();
    let credential = Credential::enrol(Dialect::Spec, PBKDF2, &"pencil".into(), &salt).unwrap();
    let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    let message = Dialect::Spec.auth_message(&Parts {
        authid: "user",
        client_nonce: NONCE,
        nonce,
        salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
        iterations: 4096,
        channel: &channel_input(None),
    });
    let expected = concat!(
        "n=user,r=rOprNGfwEbeRWgbNEkqO,",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    );
    assert_eq!(message, expected);
    let challenge = dict(&[
        ("nonce", Value::from(nonce)),
        ("salt", Value::from("W22ZaJ0SNY7soEsUEjb6gQ==")),
        ("kdf", Value::from("pbkdf2")),
        ("iterations", Value::from(4096)),
        ("memory", Value::Null),
    ]);
    let exchange = Exchange::new(Dialect::Spec, "user", NONCE, None, &challenge).unwrap();
    let key = exchange
        .derivation(&"pencil".into())
        .unwrap()
        .run()
        .unwrap();
    let (proof, expected) = exchange.prove(&key);
    let signature = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    assert_eq!(proof.signature.expose(), signature);
    for verifier in [
        "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ] {
        assert!(expected.is_in(Some(&dict(&[("verifier", Value::from(verifier))]))));
    }
    let signature = hmac_sha256(&credential.server_key, &[message.as_bytes()]);
    assert!(expected.is_in(Some(&dict(&[(
        "verifier",
        Value::from(BASE64.encode(&signature))
    )]))));
}

#[test]
fn both_sides_agree_in_each_dialect_with_each_function() {
    for dialect in [Dialect::Spec, Dialect::Autobahn] {
        for kdf in [PBKDF2, ARGON2] {
            for binding in [None, Some(NOISE)] {
                let asked = asked(dialect, kdf, binding);
                let (proof, extra, expected) = prove(&asked, "pencil", binding);
                let answer = asked.accept(&proof, &extra).expect("the right password");
                assert!(expected.is_in(Some(&answer)), "{dialect:?} {kdf:?}");
                let (proof, extra, _) = prove(&asked, "Pencil", binding);
                assert_eq!(asked.accept(&proof, &extra), None, "{dialect:?} {kdf:?}");
            }
        }
    }
}

#[test]
fn names_are_escaped_and_names_and_passwords_normalized() {
    let credential = Credential::enrol(
        Dialect::Spec,
        PBKDF2,
        &"p\u{ad}\u{fb01}n\u{a0}cil".into(),
        &[3; 16],
    )
    .unwrap();
    let same = Credential::enrol(Dialect::Spec, PBKDF2, &"pfin cil".into(), &[3; 16]).unwrap();
    assert_eq!(credential, same);
    let details = hello("\u{2168}=,", &[("nonce", Value::from(NONCE))]);
    let asked = Verification::new(&details, credential, [1; 18], None).unwrap();
    let exchange = Exchange::new(Dialect::Spec, "IX=,", NONCE, None, &asked.extra()).unwrap();
    let key = exchange
        .derivation(&"pfin cil".into())
        .unwrap()
        .run()
        .unwrap();
    let (proof, _) = exchange.prove(&key);
    assert!(asked.accept(&proof.signature, &proof.extra).is_some());
    assert_eq!(escape("IX=,"), "IX=3D=2C");
    let enrol =
        |password: &str| Credential::enrol(Dialect::Spec, PBKDF2, &password.into(), &[3; 16]).err();
    assert_eq!(enrol("bell\u{7}"), Some(ScramError::Prohibited));
}

#[test]
fn a_proof_must_repeat_nonce_and_binding() {
    let asked = asked(Dialect::Spec, PBKDF2, Some(NOISE));
    let (proof, extra, _) = prove(&asked, "pencil", Some(NOISE));
    assert!(asked.accept(&proof, &extra).is_some());
    assert!(asked.accept(&proof, &AnyDetails::new()).is_none());
    for (key, value) in [
        ("nonce", Value::from(NONCE)),
        ("channel_binding", Value::Null),
        ("channel_binding", Value::from("tls-unique")),
        ("cbind_data", Value::Null),
        ("cbind_data", Value::from(BASE64.encode(&[8; 32]))),
    ] {
        let mut other = extra.clone();
        other.insert(key.to_owned(), value);
        assert!(asked.accept(&proof, &other).is_none(), "{key}");
    }
}

#[test]
fn a_proof_for_another_link_is_refused() {
    let asked = asked(Dialect::Spec, PBKDF2, Some(NOISE));
    let elsewhere = ChannelBinding {
        id: [8; 32],
        ..NOISE
    };
    let (proof, mut extra, _) = prove(&asked, "pencil", Some(elsewhere));
    assert!(asked.accept(&proof, &extra).is_none());
    // Nor does it help to claim the right link.
    let data = Value::from(BASE64.encode(&NOISE.id));
    extra.insert("cbind_data".to_owned(), data);
    assert!(asked.accept(&proof, &extra).is_none());
}

#[test]
fn mangled_proofs_are_refused() {
    let asked = asked(Dialect::Autobahn, PBKDF2, None);
    let (proof, extra, _) = prove(&asked, "pencil", None);
    let good = proof.expose();
    let long = good.repeat(10_000);
    let decoded = BASE64.encode(&[0; 31]);
    let zeros = BASE64.encode(&[0; 32]);
    let spaced = format!("{good} ");
    for bad in ["", "====", &good[..43], &long, &decoded, &zeros, &spaced] {
        assert!(asked.accept(&bad.into(), &extra).is_none(), "{bad:.50}");
    }
}

#[test]
fn a_router_takes_only_hellos_that_make_sense() {
    let refused = |details: &HelloDetails, link| {
        let credential = enrol(Dialect::Spec, PBKDF2);
        Verification::new(details, credential, [1; 18], link).is_err()
    };
    let nonce = |nonce: Value| hello("user", &[("nonce", nonce)]);
    assert!(!refused(&user(None), None));
    assert!(!refused(&user(Some(NOISE)), Some(&NOISE)));
    assert!(refused(&user(Some(NOISE)), None));
    assert!(refused(&HelloDetails::default(), None));
    assert!(refused(&hello("user", &[]), None));
    assert!(refused(
        &hello("bell\u{7}", &[("nonce", Value::from(NONCE))]),
        None
    ));
    for bad in [
        Value::Null,
        Value::from(5),
        Value::from(""),
        Value::from("r=,n=root"),
        Value::from("AAA"),
        Value::from("A".repeat(132)),
    ] {
        assert!(refused(&nonce(bad.clone()), None), "{bad:?}");
    }
}

#[test]
fn a_client_answers_no_nonsense_and_derives_no_weak_key() {
    let good = asked(Dialect::Spec, ARGON2, None).extra();
    let begin = |extra: &AnyDetails| Exchange::new(Dialect::Spec, "user", NONCE, None, extra);
    assert!(begin(&good).is_ok());
    for key in good.keys() {
        let mut less = good.clone();
        less.remove(key);
        assert!(begin(&less).is_err(), "without {key}");
    }
    let stranger = BASE64.encode(&[9; 33]);
    let long = |length: usize| Value::from("A".repeat(length));
    for (key, value) in [
        ("nonce", Value::from(NONCE)),
        ("nonce", Value::from(stranger)),
        ("nonce", Value::from(format!("{NONCE},i=1"))),
        ("nonce", Value::from(format!("{NONCE}{}", "A".repeat(2000)))),
        ("salt", Value::from("sixteen octets..")),
        ("salt", long(400)),
        ("kdf", Value::from("scrypt")),
        ("iterations", Value::from("4096")),
        ("iterations", Value::from(1 << 33)),
        ("iterations", Value::from(0)),
        ("memory", Value::from(64)),
        ("memory", Value::Int(-1)),
    ] {
        let mut bad = good.clone();
        bad.insert(key.to_owned(), value.clone());
        assert!(begin(&bad).is_err(), "{key} {value:.60?}");
    }
}

#[test]
fn a_client_does_not_spend_what_a_router_has_no_right_to() {
    let challenge = |kdf: &str, iterations: u64, memory: u64| {
        let mut extra = asked(Dialect::Spec, PBKDF2, None).extra();
        extra.insert("kdf".to_owned(), Value::from(kdf));
        extra.insert("iterations".to_owned(), Value::from(iterations));
        extra.insert("memory".to_owned(), Value::from(memory));
        let exchange = Exchange::new(Dialect::Spec, "user", NONCE, None, &extra).unwrap();
        exchange.derivation(&"pencil".into()).err()
    };
    let most = u64::from(u32::MAX);
    let refused = |error| Some(ScramError::Kdf(error));
    assert_eq!(challenge("pbkdf2", most, 0), refused(KdfError::Iterations));
    assert_eq!(challenge("argon2id13", 1, most), refused(KdfError::Memory));
    assert_eq!(challenge("argon2id13", most, 512), refused(KdfError::Work));
    assert_eq!(challenge("argon2id13", 1, 65_536), None);
}

#[test]
fn the_routers_signature_is_checked() {
    let asked = asked(Dialect::Spec, PBKDF2, None);
    let (proof, extra, expected) = prove(&asked, "pencil", None);
    let answer = asked.accept(&proof, &extra).unwrap();
    assert!(expected.is_in(Some(&answer)));
    assert!(!expected.is_in(None));
    assert!(!expected.is_in(Some(&Dict::new())));
    for bad in ["", "v=", "e=invalid-proof", &BASE64.encode(&[0; 32])] {
        let answer = dict(&[("verifier", Value::from(bad))]);
        assert!(!expected.is_in(Some(&answer)), "{bad}");
    }
    let other_name = dict(&[("scram_server_signature", answer["verifier"].clone())]);
    assert!(!expected.is_in(Some(&other_name)));
}

#[test]
fn what_a_router_keeps_is_not_shown() {
    let shown = format!("{:?}", asked(Dialect::Spec, PBKDF2, None));
    assert!(
        !shown.contains("stored_key") && !shown.contains("server_key"),
        "{shown}"
    );
}
