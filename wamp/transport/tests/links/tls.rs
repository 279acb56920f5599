//! TLS below links: who is trusted, what is known of the other side, and what binds a session to it.

use crate::harness::{
    Authority, Issued, accept_opened, call, read_call, receive, responder, seal_keys, send_all,
    within,
};
use std::{error::Error, fs, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncWriteExt, duplex},
    net::TcpListener,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
        version::{TLS12, TLS13},
    },
};
use wamp_transport::{
    ConnectError, ConnectOptions, Endpoint, Link, LinkLimits, OpenError, Opened, Sniffed, connect,
    io::Io,
    sniff,
    tls::{self, Acceptor, Clients, Identity, TlsError, TlsOptions, Trust, read_certificates},
};

const LIMIT: Duration = Duration::from_secs(60);

fn trusting(authority: &Authority) -> TlsOptions {
    TlsOptions {
        trust: Trust::Authorities(read_certificates(&authority.certificate).unwrap()),
        ..TlsOptions::default()
    }
}

fn showing(authority: &Authority, client: &Issued) -> TlsOptions {
    TlsOptions {
        identity: Some(Arc::new(client.identity())),
        ..trusting(authority)
    }
}

/// A router that trusts certificates of clients by `clients`.
fn acceptor(router: &Issued, clients: Option<&Authority>) -> Acceptor {
    let clients = clients.map(|clients| read_certificates(&clients.certificate).unwrap());
    let clients = clients.map_or(Clients::NotAsked, Clients::Authorities);
    Acceptor::new(router.identity(), clients).unwrap()
}

/// What a listener does: look at the first octet, then again inside TLS.
async fn accept(acceptor: &Acceptor, stream: impl Io + 'static) -> Result<Link, OpenError> {
    let (stream, channel) = acceptor.accept(stream, LIMIT).await?;
    match accept_opened(stream, LinkLimits::default())
        .await?
        .over_tls(channel)
    {
        Opened::Plain(link) => Ok(link),
        Opened::Sealed(sealing) => sealing.receive(&responder()).await?.admit().await,
    }
}

/// A client of `scheme` at `host`, and what the router has of it.
async fn linked(
    scheme: &str,
    host: &str,
    acceptor: &Acceptor,
    options: &ConnectOptions,
) -> (Result<Link, ConnectError>, Result<Link, OpenError>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoint: Endpoint = format!("{scheme}://{host}:{port}").parse().unwrap();
    let accepting = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut first = [0];
        stream.peek(&mut first).await.unwrap();
        assert_eq!(sniff(&first), Sniffed::Tls);
        accept(acceptor, stream).await
    };
    // Boxed, because the states of all handshakes are too large for the stack.
    let connecting = Box::pin(connect(&endpoint, options));
    within(async { tokio::join!(connecting, Box::pin(accepting)) }).await
}

fn options(tls: TlsOptions) -> ConnectOptions {
    ConnectOptions {
        tls,
        ..ConnectOptions::default()
    }
}

/// The message, its causes and the hint, as a person reads them.
fn explained(error: &ConnectError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    format!("{text}; hint: {}", error.hint().unwrap_or("none"))
}

async fn converse(client: &mut Link, router: &mut Link) {
    let (_, received) = tokio::join!(send_all(client, [call(1, 100_000)]), receive(router));
    assert_eq!(read_call(&received), (1, 100_000));
    send_all(router, [call(2, 10)]).await;
    assert_eq!(read_call(&receive(client).await), (2, 10));
}

#[tokio::test]
async fn both_transports_run_over_tls_and_both_ends_are_bound_to_it() {
    let authority = Authority::new();
    let router = authority.router("localhost");
    let acceptor = acceptor(&router, None);
    for scheme in ["wss", "rss"] {
        let options = options(trusting(&authority));
        let (client, router_end) = linked(scheme, "localhost", &acceptor, &options).await;
        let (mut client, mut router_end) = (client.unwrap(), router_end.unwrap());
        converse(&mut client, &mut router_end).await;

        let binding = client.info().binding.unwrap();
        assert_eq!(binding.name, "tls-exporter");
        assert_eq!(router_end.info().binding, Some(binding));
        let shown = client.info().tls.as_ref().unwrap();
        assert_eq!(shown.version, "TLS 1.3");
        let certificate = shown.certificate.as_ref().unwrap();
        assert_eq!(certificate.names, ["localhost"]);
        assert_eq!(certificate.fingerprint, router.identity().fingerprint());
        assert_eq!(router_end.info().tls.as_ref().unwrap().certificate, None);
    }
}

#[tokio::test]
async fn two_connections_are_bound_differently() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("localhost"), None);
    let options = options(trusting(&authority));
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (client, _router) = linked("rss", "localhost", &acceptor, &options).await;
        ids.push(client.unwrap().info().binding.unwrap().id);
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_client_that_does_not_bind_has_no_binding() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("localhost"), None);
    let options = options(TlsOptions {
        channel_binding: false,
        ..trusting(&authority)
    });
    let (client, _router) = linked("rss", "localhost", &acceptor, &options).await;
    assert_eq!(client.unwrap().info().binding, None);
}

#[tokio::test]
async fn a_sealed_link_inside_tls_is_bound_by_its_seal() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("localhost"), None);
    let options = ConnectOptions {
        seal: Some(seal_keys()),
        ..options(trusting(&authority))
    };
    let (client, router) = linked("wss", "localhost", &acceptor, &options).await;
    for link in [client.unwrap(), router.unwrap()] {
        assert_eq!(link.info().binding.unwrap().name, "x-noise-h");
        assert!(link.info().tls.is_some());
    }
}

#[tokio::test]
async fn a_router_is_trusted_by_its_authority_and_name_only() {
    let (authority, other) = (Authority::new(), Authority::new());
    let table = [
        (authority.router("localhost"), &other, "authority that made"),
        (authority.router("study.local"), &authority, "by a name"),
        // A client's certificate does not make a router.
        (authority.client("localhost"), &authority, "none"),
    ];
    for (router, trusted, hint) in table {
        let acceptor = acceptor(&router, None);
        let options = options(trusting(trusted));
        let (client, router) = linked("rss", "localhost", &acceptor, &options).await;
        let text = explained(&client.unwrap_err());
        assert!(text.contains("the TLS handshake failed: "), "{text}");
        assert!(
            text.split("hint: ").nth(1).unwrap().contains(hint),
            "{text}"
        );
        assert!(router.is_err());
    }
}

#[tokio::test]
async fn an_address_is_a_name_too() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("127.0.0.1"), None);
    let options = options(trusting(&authority));
    let (client, router) = linked("wss", "127.0.0.1", &acceptor, &options).await;
    assert!(client.is_ok() && router.is_ok());
}

#[tokio::test]
async fn a_system_that_does_not_know_the_authority_does_not_trust_it() {
    let acceptor = acceptor(&Authority::new().router("localhost"), None);
    let options = options(TlsOptions::default());
    let (client, _router) = linked("rss", "localhost", &acceptor, &options).await;
    let text = explained(&client.unwrap_err());
    assert!(text.contains("the TLS handshake failed: "), "{text}");
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_under_any_name_and_no_other_is() {
    let authority = Authority::new();
    let pinned = authority.router("study.local");
    let options = options(TlsOptions {
        trust: Trust::Fingerprint(pinned.identity().fingerprint()),
        ..TlsOptions::default()
    });
    let (client, _router) = linked("rss", "localhost", &acceptor(&pinned, None), &options).await;
    assert!(client.is_ok());

    let other = acceptor(&authority.router("localhost"), None);
    let (client, _router) = linked("rss", "localhost", &other, &options).await;
    let text = explained(&client.unwrap_err());
    assert!(
        text.contains("another certificate than the pinned one"),
        "{text}"
    );
}

#[tokio::test]
async fn a_pinned_key_is_trusted_in_a_renewed_certificate_and_no_other_key_is() {
    let authority = Authority::new();
    let pinned = authority.router("study.local");
    let options = options(TlsOptions {
        trust: Trust::Key(pinned.identity().public_key().unwrap()),
        ..TlsOptions::default()
    });
    for router in [&pinned, &authority.renewed(&pinned, "den.local")] {
        let (client, _router) = linked("wss", "localhost", &acceptor(router, None), &options).await;
        assert!(client.is_ok());
    }
    let other = acceptor(&authority.router("study.local"), None);
    let (client, _router) = linked("wss", "localhost", &other, &options).await;
    let text = explained(&client.unwrap_err());
    assert!(text.contains("than the pinned one"), "{text}");
}

#[tokio::test]
async fn any_certificate_may_be_shown_to_a_router_that_asks_and_only_then() {
    let (authority, nobodys) = (Authority::new(), Authority::new());
    let (ours, unknown) = (authority.router("localhost"), nobodys.client("phone"));
    let trust = Trust::Fingerprint(ours.identity().fingerprint());
    let options = options(TlsOptions {
        trust,
        identity: Some(Arc::new(unknown.identity())),
        ..TlsOptions::default()
    });
    for asks in [true, false] {
        let acceptor = Acceptor::new(ours.identity(), Clients::Any(Arc::new(move || asks)));
        let (client, router) = linked("wss", "localhost", &acceptor.unwrap(), &options).await;
        assert!(client.is_ok());
        let channel = router.unwrap().info().tls.clone().unwrap();
        let shown = channel.certificate.map(|certificate| certificate.key);
        let expected = asks.then(|| unknown.identity().public_key().unwrap());
        assert_eq!(shown, expected);
    }
}

#[test]
fn a_certificate_and_its_key_are_taken_from_one_text_and_the_certificate_given_back() {
    let authority = Authority::new();
    let issued = authority.router("localhost");
    let certificate = fs::read_to_string(&issued.certificate).unwrap();
    let key = fs::read_to_string(&issued.key).unwrap();
    let identity = Identity::parse(&format!("{key}{certificate}"), &issued.key).unwrap();
    assert_eq!(identity.fingerprint(), issued.identity().fingerprint());
    assert_eq!(
        identity.certificate_pem(),
        certificate.replace("\r\n", "\n")
    );
    let error = Identity::parse(&certificate, &issued.key).unwrap_err();
    assert!(matches!(error, TlsError::NoKey { .. }), "{error}");
}

#[tokio::test]
async fn a_client_may_show_a_certificate_that_the_router_then_knows_it_by() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("localhost"), Some(&authority));
    let alice = authority.client("alice");
    let options = options(showing(&authority, &alice));
    let (client, router) = linked("rss", "localhost", &acceptor, &options).await;
    let (client, router) = (client.unwrap(), router.unwrap());
    let channel = router.info().tls.as_ref().unwrap();
    let certificate = channel.certificate.as_ref().unwrap();
    assert_eq!(certificate.names, ["alice", "urn:example:alice"]);
    assert_eq!(certificate.fingerprint, alice.identity().fingerprint());
    drop(client);
}

#[tokio::test]
async fn a_client_without_a_certificate_is_nobody_and_one_by_a_stranger_is_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    let acceptor = acceptor(&authority.router("localhost"), Some(&authority));
    let options_without = options(trusting(&authority));
    let (client, router) = linked("rss", "localhost", &acceptor, &options_without).await;
    assert!(client.is_ok());
    assert_eq!(
        router.unwrap().info().tls.as_ref().unwrap().certificate,
        None
    );

    let strangers = options(showing(&authority, &other.client("alice")));
    let (client, router) = linked("rss", "localhost", &acceptor, &strangers).await;
    assert!(matches!(router, Err(OpenError::Tls(_))), "{router:?}");
    assert!(client.is_err());
}

#[tokio::test]
async fn certificates_can_be_exchanged_while_connections_stay() {
    let (old, new) = (Authority::new(), Authority::new());
    let acceptor = acceptor(&old.router("localhost"), None);
    let options_old = options(trusting(&old));
    let (client, router) = linked("rss", "localhost", &acceptor, &options_old).await;
    let (mut client, mut router) = (client.unwrap(), router.unwrap());

    acceptor.replace(self::acceptor(&new.router("localhost"), None));
    converse(&mut client, &mut router).await;
    let (refused, _) = linked("rss", "localhost", &acceptor, &options_old).await;
    assert!(refused.is_err());
    let options_new = options(trusting(&new));
    let (client, _router) = linked("rss", "localhost", &acceptor, &options_new).await;
    assert!(client.is_ok());
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_as_others_speak_them() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("localhost"), None);
    for (version, name) in [(&TLS12, "TLS 1.2"), (&TLS13, "TLS 1.3")] {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_file(&authority.certificate).unwrap();
        roots.add(root).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (near, far) = duplex(4096);
        let connector = TlsConnector::from(Arc::new(config));
        let localhost = ServerName::try_from("localhost").unwrap();
        let (client, router) = within(async {
            tokio::join!(
                connector.connect(localhost, near),
                acceptor.accept(far, LIMIT)
            )
        })
        .await;
        let (mut client, (router, channel)) = (client.unwrap(), router.unwrap());
        assert_eq!(channel.version, name);
        // What another program exports by RFC 9266.
        let exported = client.get_ref().1.export_keying_material(
            [0; 32],
            b"EXPORTER-Channel-Binding",
            Some(b""),
        );
        assert_eq!(channel.binding.unwrap().id, exported.unwrap());
        let opening = accept_opened(router, LinkLimits::default());
        let (opened, sent) = tokio::join!(opening, client.write_all(&[0x7F, 0xF1, 0, 0]));
        sent.unwrap();
        assert!(opened.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_go_on_is_not_waited_for() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("localhost"), None);
    for begun in [&b""[..], &[0x16, 3, 1, 0xFF]] {
        let (mut near, far) = duplex(4096);
        near.write_all(begun).await.unwrap();
        let accepted = acceptor.accept(far, LIMIT).await.map(drop);
        assert!(
            matches!(accepted, Err(OpenError::Timeout(LIMIT))),
            "{accepted:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_tls_is_refused() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority.router("localhost"), None);
    // No version below 1.2, records without end, and no TLS at all.
    for octets in [
        &[0x16, 3, 0, 0xFF, 0xFF, 1][..],
        &[0x16; 64],
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        let (mut near, far) = duplex(4096);
        near.write_all(octets).await.unwrap();
        near.shutdown().await.unwrap();
        let accepted = within(acceptor.accept(far, LIMIT)).await.map(drop);
        assert!(
            matches!(accepted, Err(OpenError::Tls(_) | OpenError::Io(_))),
            "{accepted:?}"
        );
    }
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let authority = Authority::new();
    let issued = authority.router("localhost");
    for (mode, taken) in [(0o600, true), (0o640, true), (0o604, false), (0o601, false)] {
        issued.permit(mode);
        let read = Identity::read(&issued.certificate, &issued.key);
        assert_eq!(read.is_ok(), taken, "{mode:o}");
        if let Err(error) = read {
            assert!(error.hint().starts_with("chmod o-rwx "), "{}", error.hint());
        }
    }
}

#[test]
fn files_that_hold_something_else_are_named_with_what_to_do() {
    let authority = Authority::new();
    let issued = authority.router("localhost");
    let none = issued.key.with_extension("none");
    let read = |certificate, key| Identity::read(certificate, key).map(drop).unwrap_err();
    assert!(matches!(read(&none, &issued.key), TlsError::Read { .. }));
    assert!(matches!(
        read(&issued.certificate, &none),
        TlsError::Read { .. }
    ));
    assert!(matches!(
        read(&issued.key, &issued.key),
        TlsError::NoCertificate { .. }
    ));
    fs::write(&none, "-----BEGIN PRIVATE KEY-----\nAAAA").unwrap();
    let other = Issued {
        certificate: issued.certificate.clone(),
        key: none.clone(),
    };
    other.permit(0o600);
    let error = read(&issued.certificate, &none);
    assert!(matches!(error, TlsError::NoKey { .. }), "{error}");
    assert!(!format!("{error} {error:?} {}", error.hint()).contains("AAAA"));

    let mixed = Identity::read(&issued.certificate, &authority.router("other").key).unwrap();
    let error = Acceptor::new(mixed, Clients::NotAsked)
        .map(drop)
        .unwrap_err();
    assert!(matches!(error, TlsError::Unusable(_)), "{error}");
    assert_ne!(tls::fingerprint(b""), [0; 32]);
}
