//! A request that was signed by hand, and everything that can be wrong with one.

use super::super::settings::{KeySettings, Kind};
use super::*;
use std::time::UNIX_EPOCH;

/// The example of `docs/bridge.md`, whose signature other programs computed.
const BODY: &[u8] = br#"{"topic":"com.example.hello","args":["Hello"]}"#;
const QUERY: &str = "key=shop&timestamp=2026-11-21T14%3A03%3A16.826Z&seq=1&nonce=7294513&signature=S1STYrSzmtn-4MC__AP16j1qPUITmTFtfcGRHiBoSgw%3D";

/// 2026-11-21T14:03:16Z.
const NOW: u64 = 1_795_269_796;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn keyring() -> Keyring {
    let key = KeySettings {
        key: "shop".to_owned(),
        secret: Some(Secret::new("an example, not a secret")),
        secret_file: None,
    };
    let settings = BridgeSettings {
        path: "/publish".to_owned(),
        kind: Kind::Publisher,
        realm: "realm1".into(),
        role: "shop".to_owned(),
        keys: vec![key],
        unsigned: false,
        window: 60,
        body: 1024,
        timeout: 1,
    };
    Keyring {
        since: at(NOW - 1000),
        ..Keyring::new(&settings)
    }
}

/// A query that is signed with the key `shop`.
fn signed(timestamp: &str, seq: &str, nonce: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"an example, not a secret").unwrap();
    for part in ["shop", timestamp, seq, nonce] {
        mac.update(part.as_bytes());
    }
    mac.update(body);
    let signature = data_encoding::BASE64URL.encode(&mac.finalize().into_bytes());
    format!("key=shop&timestamp={timestamp}&seq={seq}&nonce={nonce}&signature={signature}")
}

#[test]
fn the_example_of_the_documentation_is_taken_once() {
    let keyring = keyring();
    assert_eq!(keyring.take(QUERY, BODY, at(NOW)), Ok(()));
    assert_eq!(keyring.take(QUERY, BODY, at(NOW)), Err(Unsigned::Replayed));
    let document = include_str!("../../../../docs/bridge.md");
    assert!(
        document.contains(QUERY),
        "the documentation has another example"
    );
    assert!(document.contains(std::str::from_utf8(BODY).unwrap()));
}

#[test]
fn nothing_that_is_signed_can_be_changed() {
    let keyring = keyring();
    for (from, to) in [
        ("shop", "shoq"),
        ("A16", "A17"),
        ("seq=1", "seq=2"),
        ("7294513", "7294514"),
        ("signature=", "signature=A"),
    ] {
        let query = QUERY.replacen(from, to, 1);
        let refused = keyring.take(&query, BODY, at(NOW));
        let expected = [Unsigned::Wrong, Unsigned::Malformed("signature")];
        assert!(expected.map(Err).contains(&refused), "{query}: {refused:?}");
    }
    assert_eq!(keyring.take(QUERY, b"{}", at(NOW)), Err(Unsigned::Wrong));
    assert_eq!(keyring.take(QUERY, BODY, at(NOW)), Ok(()));
}

#[test]
fn digits_that_move_from_one_number_to_the_other_make_no_new_request() {
    let keyring = keyring();
    let query = signed("2026-11-21T14:03:16Z", "12", "34", BODY);
    assert_eq!(keyring.take(&query, BODY, at(NOW)), Ok(()));
    let moved = query.replace("seq=12&nonce=34", "seq=1&nonce=234");
    assert_eq!(keyring.take(&moved, BODY, at(NOW)), Err(Unsigned::Replayed));
}

#[test]
fn a_request_is_taken_within_its_window_only() {
    let keyring = keyring();
    for (now, taken) in [
        (NOW - 61, false),
        (NOW - 60, true),
        (NOW + 60, true),
        (NOW + 61, false),
    ] {
        let query = signed("2026-11-21T14:03:16Z", "1", &now.to_string(), BODY);
        let expected = if taken { Ok(()) } else { Err(Unsigned::Stale) };
        assert_eq!(keyring.take(&query, BODY, at(now)), expected, "{now}");
    }
    let restarted = Keyring {
        since: at(NOW + 1),
        ..keyring
    };
    let query = signed("2026-11-21T14:03:16Z", "1", "1", BODY);
    assert_eq!(
        restarted.take(&query, BODY, at(NOW + 2)),
        Err(Unsigned::Stale)
    );
}

#[test]
fn what_is_over_is_forgotten() {
    let keyring = keyring();
    for nonce in 0..100 {
        let query = signed("2026-11-21T14:03:16Z", "1", &nonce.to_string(), BODY);
        assert_eq!(keyring.take(&query, BODY, at(NOW)), Ok(()));
    }
    let query = signed("2026-11-21T14:05:16Z", "1", "1", BODY);
    assert_eq!(keyring.take(&query, BODY, at(NOW + 120)), Ok(()));
    assert_eq!(keyring.seen.lock().unwrap().len(), 1);
}

#[test]
fn what_is_not_signed_says_what_is_missing() {
    let keyring = keyring();
    for (query, what) in [
        ("", "seq"),
        ("key=shop", "seq"),
        ("key=shop&seq=-1&nonce=1", "seq"),
        ("key=shop&seq=1&nonce=1.5", "nonce"),
        ("seq=1&nonce=1", "key"),
        ("key=shop&seq=1&nonce=1", "timestamp"),
        ("key=shop&seq=1&nonce=1&timestamp=now", "timestamp"),
        (
            "key=shop&seq=1&nonce=1&timestamp=2026-11-21T14:03:16Z",
            "signature",
        ),
        ("key=shop&key=shop&seq=1&nonce=1", "key"),
    ] {
        let refused = keyring.take(query, BODY, at(NOW));
        assert_eq!(refused, Err(Unsigned::Malformed(what)), "{query}");
    }
    let long = format!("key={}", "x".repeat(65));
    assert_eq!(
        keyring.take(&long, BODY, at(NOW)),
        Err(Unsigned::Malformed("key"))
    );
}
