//! TLS of a router's listener: who gets in, bound to what, and what is not served without it.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use deskconn_tests::{Authority, TempHome};
use ed25519_dalek::SigningKey;
use wamp_client::{Credentials, JoinError, JoinOptions, Session};
use wamp_transport::tls::{Identity, TlsOptions, Trust, read_certificates};
use wamp_transport::{ConnectOptions, Endpoint};

use crate::scene::{Router, cryptosign, run, ticket, write};

const KEY: [u8; 32] = [5; 32];

/// A router that speaks TLS and knows alice by `alice_by` and bob by his key.
async fn router(home: &TempHome, tls: &str, alice_by: &str) -> Router {
    Router::start_in(home.clone(), &config(tls, alice_by)).await
}

fn config(tls: &str, alice_by: &str) -> String {
    let bob = SigningKey::from_bytes(&KEY).verifying_key();
    format!(
        "[[listener]]\ntcp = \"127.0.0.1:0\"\n[listener.tls]\ncertificate = \"router.pem\"\nkey = \"router.key\"\n{tls}\n\
         [[realm]]\nname = \"realm1\"\n[[realm.role]]\nname = \"user\"\n\
         [[realm.user]]\nauthid = \"alice\"\nrole = \"user\"\n{alice_by}\n\
         [[realm.user]]\nauthid = \"bob\"\nrole = \"user\"\ncryptosign = [\"{}\"]\n",
        HEXLOWER.encode(bob.as_bytes())
    )
}

fn trusting(authority: &Authority) -> TlsOptions {
    let authorities = read_certificates(&authority.certificate).expect("a certificate");
    TlsOptions {
        trust: Trust::Authorities(authorities),
        ..TlsOptions::default()
    }
}

fn showing(authority: &Authority, file: &str, names: &[&str]) -> (TlsOptions, [u8; 32]) {
    let issued = authority.issue(file, names);
    let identity = Identity::read(&issued.certificate, &issued.key).expect("an identity");
    let fingerprint = identity.fingerprint();
    let tls = TlsOptions {
        identity: Some(Arc::new(identity)),
        ..trusting(authority)
    };
    (tls, fingerprint)
}

async fn join(url: &str, tls: &TlsOptions, as_who: Credentials) -> Result<Session, JoinError> {
    let endpoint: Endpoint = url.parse().expect("an endpoint");
    let connecting = ConnectOptions {
        tls: tls.clone(),
        ..ConnectOptions::default()
    };
    let options = JoinOptions::new("realm1").credentials(as_who);
    Box::pin(wamp_client::connect_to(&endpoint, &connecting, options)).await
}

fn who(session: &Session) -> String {
    let details = session.details();
    let [authid, method] = [&details.authid, &details.authmethod]
        .map(|text| text.as_deref().unwrap_or_default().to_owned());
    format!("{authid} by {method}")
}

fn certificate(authid: Option<&str>) -> Credentials {
    let authid = authid.map(str::to_owned);
    Credentials::Tls { authid }
}

#[tokio::test]
async fn websocket_and_rawsocket_run_over_tls_and_keys_sign_for_the_channel() {
    let home = TempHome::new();
    let authority = Authority::new(home.path(), "authority");
    authority.issue("router", &["127.0.0.1"]);
    let router = router(&home, "", "ticket = \"open\"").await;
    let wss = &router.urls[0];
    assert!(wss.starts_with("wss://127.0.0.1:"), "{wss}");
    let rss = wss.replace("wss://", "rss://").replace("/ws", "");
    let bound = trusting(&authority);
    let unbound = TlsOptions {
        channel_binding: false,
        ..bound.clone()
    };
    for url in [wss, &rss] {
        for tls in [&bound, &unbound] {
            let session = join(url, tls, cryptosign(Some("bob"), KEY))
                .await
                .expect("bob");
            assert_eq!(who(&session), "bob by cryptosign");
            let refused = join(url, tls, cryptosign(Some("bob"), [6; 32])).await;
            assert!(refused.is_err());
        }
        let session = join(url, &bound, ticket("alice", "open"))
            .await
            .expect("alice");
        assert_eq!(who(&session), "alice by ticket");
    }
}

#[tokio::test]
async fn a_certificate_lets_its_user_in_and_nobody_else() {
    let home = TempHome::new();
    let authority = Authority::new(home.path(), "authority");
    authority.issue("router", &["127.0.0.1"]);
    let (by_fingerprint, fingerprint) = showing(&authority, "one", &["elsewhere.example"]);
    let (by_name, _) = showing(&authority, "two", &["urn://example/alice"]);
    let (unknown, _) = showing(&authority, "three", &["mallory.example"]);
    let alice = format!(
        "tls = {{ fingerprints = [\"{}\"], names = [\"urn://example/alice\"] }}",
        HEXLOWER.encode(&fingerprint)
    );
    let router = router(&home, "client_ca = \"authority.pem\"", &alice).await;
    let url = &router.urls[0];
    for tls in [&by_fingerprint, &by_name] {
        for authid in [None, Some("alice")] {
            let session = join(url, tls, certificate(authid)).await.expect("alice");
            assert_eq!(who(&session), "alice by tls");
        }
    }
    for (tls, authid) in [
        (&by_name, Some("bob")),
        (&unknown, None),
        (&unknown, Some("alice")),
        (&trusting(&authority), Some("alice")),
    ] {
        let error = join(url, tls, certificate(authid))
            .await
            .expect_err("nobody");
        let reason = error.reason().expect("a refusal").to_string();
        assert_eq!(reason, "wamp.error.no_matching_auth_method");
    }
    // Somebody else may well call himself alice.
    let other = Authority::new(home.path(), "other");
    let (forged, _) = showing(&other, "four", &["urn://example/alice"]);
    let forged = TlsOptions {
        trust: trusting(&authority).trust,
        ..forged
    };
    assert!(join(url, &forged, certificate(None)).await.is_err());
}

#[tokio::test]
async fn a_reload_reads_the_certificates_again_and_sessions_stay() {
    let home = TempHome::new();
    let old = Authority::new(home.path(), "old");
    old.issue("router", &["127.0.0.1"]);
    let config = config("", "ticket = \"open\"");
    let mut router = Router::start_in(home.clone(), &config).await;
    let url = router.urls[0].clone();
    let alice = async |authority| join(&url, &trusting(authority), ticket("alice", "open")).await;
    let early = alice(&old).await.expect("alice");

    let new = Authority::new(home.path(), "new");
    let issued = new.issue("router", &["127.0.0.1"]);
    router.reload(&config, "reloaded").await;
    assert!(alice(&old).await.is_err());
    assert!(alice(&new).await.is_ok());
    assert!(!early.is_closed());

    std::fs::write(issued.certificate, "").expect("our file");
    router.reload(&config, "there is no certificate").await;
    assert!(alice(&new).await.is_ok());
}

#[tokio::test]
async fn without_tls_nothing_is_served_where_it_is_spoken_unless_that_is_asked_for() {
    let home = TempHome::new();
    let authority = Authority::new(home.path(), "authority");
    authority.issue("router", &["127.0.0.1"]);
    for (plain, served) in [("", false), ("plain = true", true)] {
        let router = router(&home, plain, "ticket = \"open\"").await;
        let ws = router.urls[0].replace("wss://", "ws://");
        let tcp = ws.replace("ws://", "tcp://").replace("/ws", "");
        for url in [&ws, &tcp] {
            let joined = router.join_by(url, "realm1", ticket("alice", "open")).await;
            assert_eq!(joined.is_ok(), served, "{url} {joined:?}");
        }
        let tls = trusting(&authority);
        assert!(
            join(&router.urls[0], &tls, ticket("alice", "open"))
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn a_configuration_whose_certificate_is_of_no_use_is_refused_with_what_to_do() {
    let home = TempHome::new();
    let authority = Authority::new(home.path(), "authority");
    let issued = authority.issue("router", &["localhost"]);
    let check = async |certificate: &str, key: &str| {
        let config = write(
            &home,
            &format!(
                "[[listener]]\ntcp = \"127.0.0.1:0\"\n[listener.tls]\ncertificate = \"{certificate}\"\n\
                 key = \"{key}\"\n[[realm]]\nname = \"realm1\"\n"
            ),
        );
        let config = config.to_str().expect("UTF-8").to_owned();
        run(&home, &["--check-config", "--config", &config]).await
    };
    assert!(
        check("router.pem", "router.key")
            .await
            .stdout
            .contains("right")
    );
    for (certificate, key, expected) in [
        ("none.pem", "router.key", "can not read"),
        ("router.key", "router.key", "there is no certificate"),
        (
            "router.pem",
            "router.pem",
            "every user of this computer can read the key",
        ),
    ] {
        let said = check(certificate, key).await;
        assert!(said.stderr.contains("line 4: "), "{said:?}");
        assert!(said.stderr.contains(expected), "{said:?}");
        assert!(said.stderr.contains("hint: "), "{said:?}");
    }
    std::fs::remove_file(issued.key).expect("our file");
    let said = check("router.pem", "router.key").await;
    assert!(said.stderr.contains("can not read"), "{said:?}");
}
