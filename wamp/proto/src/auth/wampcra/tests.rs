//! WAMP-CRA challenges: what is in them, who can sign them, and which a client does not sign.

use super::*;
use std::time::Duration;

fn attempt() -> Attempt<'static> {
    Attempt {
        authid: "peter",
        authrole: "user",
        authprovider: "userdb",
        session: SessionId::new(3_251_278_072_152_162).unwrap(),
        nonce: [0xab; 16],
        time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_403_454_985_448),
    }
}

fn salting() -> Salting {
    Salting::new(&[7; 16], 1000)
}

#[test]
fn the_challenge_says_all_that_the_spec_asks_for() {
    let asked = Verification::new(&attempt(), Credential::plain("secret1".into()));
    let expected = concat!(
        r#"{"authid":"peter","authmethod":"wampcra","authprovider":"userdb","authrole":"user","#,
        r#""nonce":"abababababababababababababababab","session":3251278072152162,"#,
        r#""timestamp":"2014-06-22T16:36:25.448Z"}"#,
    );
    let extra = AnyDetails::from([("challenge".to_owned(), Value::from(expected))]);
    assert_eq!(asked.extra(), extra);
}

#[test]
fn the_right_secret_signs_with_and_without_salt() {
    let plain = Verification::new(&attempt(), Credential::plain("secret1".into()));
    let challenge = Challenge::read(&plain.extra()).unwrap();
    assert_eq!(challenge.salting, None);
    assert!(plain.accepts(&challenge.sign(&"secret1".into()).into()));
    assert!(!plain.accepts(&challenge.sign(&"secret2".into()).into()));

    let credential = Credential::salted(&"secret1".into(), salting()).unwrap();
    let salted = Verification::new(&attempt(), credential);
    let challenge = Challenge::read(&salted.extra()).unwrap();
    assert_eq!(challenge.salting, Some(salting()));
    let derive = |password: &str| {
        salting()
            .derivation(&password.into())
            .unwrap()
            .run()
            .unwrap()
    };
    let right = challenge.sign_with_derived(&derive("secret1"));
    assert!(salted.accepts(&right.into()));
    let wrong = challenge.sign_with_derived(&derive("secret2"));
    assert!(!salted.accepts(&wrong.into()));
    assert!(!salted.accepts(&challenge.sign(&"secret1".into()).into()));
}

#[test]
fn mangled_signatures_are_refused() {
    let asked = Verification::new(&attempt(), Credential::plain("secret1".into()));
    let good = Challenge::read(&asked.extra())
        .unwrap()
        .sign(&"secret1".into());
    let long = good.repeat(10_000);
    let spaced = format!("{good}\n");
    for bad in ["", "=", &good[..43], &long, &spaced, &good.to_lowercase()] {
        assert!(!asked.accepts(&bad.into()), "{bad:.50}");
    }
}

#[test]
fn a_signature_is_good_for_its_own_attempt_only() {
    let first = Verification::new(&attempt(), Credential::plain("secret1".into()));
    let signature = Challenge::read(&first.extra())
        .unwrap()
        .sign(&"secret1".into());
    let again = Attempt {
        nonce: [0xac; 16],
        ..attempt()
    };
    let second = Verification::new(&again, Credential::plain("secret1".into()));
    assert!(!second.accepts(&signature.into()));
}

#[test]
fn a_client_signs_no_nonsense() {
    let extra = |members: &[(&str, Value)]| -> AnyDetails {
        let members = members.iter().cloned();
        members
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    };
    let challenge = ("challenge", Value::from("{}"));
    let salt = ("salt", Value::from("salt123"));
    for bad in [
        extra(&[]),
        extra(&[("challenge", Value::from(5))]),
        extra(&[("challenge", Value::from("x".repeat(MAX_CHALLENGE + 1)))]),
        extra(&[challenge.clone(), ("salt", Value::from(1))]),
        extra(&[challenge.clone(), ("salt", Value::from("x".repeat(2000)))]),
        extra(&[
            challenge.clone(),
            salt.clone(),
            ("keylen", Value::from("32")),
        ]),
        extra(&[challenge.clone(), salt.clone(), ("keylen", Value::Int(-1))]),
        extra(&[
            challenge.clone(),
            salt.clone(),
            ("keylen", Value::Int(1025)),
        ]),
        extra(&[
            challenge.clone(),
            salt.clone(),
            ("iterations", Value::from(1 << 32)),
        ]),
    ] {
        assert!(Challenge::read(&bad).is_err(), "{bad:.80?}");
    }
    let read = Challenge::read(&extra(&[challenge, salt])).unwrap();
    let usual = Salting {
        salt: "salt123".to_owned(),
        iterations: 1000,
        keylen: 32,
    };
    assert_eq!(read.salting, Some(usual));
}

#[test]
fn times_are_written_for_every_kind_of_year() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (68_255_999, "1972-02-29T23:59:59.000Z"),
        (68_256_000, "1972-03-01T00:00:00.000Z"),
        (951_825_600, "2000-02-29T12:00:00.000Z"),
        (1_798_761_599, "2026-12-31T23:59:59.000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z"),
    ] {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(iso8601(time), text);
    }
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
    assert_eq!(iso8601(before), "1970-01-01T00:00:00.000Z");
}
