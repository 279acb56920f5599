//! TLS on the daemon's own port: the same as without it, by a certificate that devices learn by pairing.

use deskconn_protocol::api::daemon::{Status, Tls};
use deskconn_protocol::pin::Pin;
use deskconn_protocol::uris;
use deskconn_tests::{Authority, Daemon, TempHome, eventually};
use wamp_client::{JoinError, JoinOptions, Session};
use wamp_transport::tls::{TlsOptions, Trust};
use wamp_transport::{ConnectOptions, Endpoint};

use crate::doors::Wire;
use crate::scene;

/// How the daemon says it is known over TLS.
fn tls(daemon: &Daemon) -> &Tls {
    daemon.status().tls.as_ref().expect("it speaks TLS")
}

/// A session over TLS with whoever has the key of `pin`.
async fn join(url: &str, pin: Pin, options: JoinOptions) -> Result<Session, JoinError> {
    let endpoint: Endpoint = url.parse().expect("an endpoint");
    let connecting = ConnectOptions {
        tls: TlsOptions {
            trust: Trust::Key(pin.0),
            ..TlsOptions::default()
        },
        ..ConnectOptions::default()
    };
    Box::pin(wamp_client::connect_to(&endpoint, &connecting, options)).await
}

#[tokio::test]
async fn one_port_speaks_every_transport_with_tls_and_without() {
    let daemon = scene::start().await;
    let address = daemon.address();
    for url in [format!("wss://{address}/ws"), format!("rss://{address}")] {
        let stranger = JoinOptions::new(uris::REALM_PAIRING);
        let joined = join(&url, tls(&daemon).pin, stranger).await;
        let refused = joined.expect(&url).call(uris::PAIRING_BEGIN).await;
        let error = refused.expect_err("nothing to begin with").to_string();
        assert!(error.contains("malformed"), "{error}");
    }
    let plain = format!("ws://{address}/ws");
    let stranger = JoinOptions::new(uris::REALM_PAIRING);
    assert!(wamp_client::connect(&plain, stranger).await.is_ok());
}

#[tokio::test]
async fn pages_and_websockets_are_guarded_inside_tls_as_outside() {
    let daemon = scene::start().await;
    let host = format!("Host: localhost:{}", daemon.address().port());
    let [inside, outside] = [
        Wire::tls(&daemon).await.request("GET /", &[&host]).await,
        Wire::network(&daemon)
            .await
            .request("GET /", &[&host])
            .await,
    ];
    let headers = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("date:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(inside.status, 200);
    assert!(
        inside.text.contains("content-security-policy"),
        "{inside:?}"
    );
    assert_eq!(headers(&inside.text), headers(&outside.text));

    let wamp = "Sec-WebSocket-Protocol: wamp.2.json";
    let own = format!("Origin: https://localhost:{}", daemon.address().port());
    for (host, origin, status) in [
        (&host[..], &own[..], 101),
        (&host, "Origin: https://evil.example", 403),
        ("Host: evil.example", "Origin: https://evil.example", 403),
    ] {
        let mut wire = Wire::tls(&daemon).await;
        let head = wire.upgrade(&[host, wamp, origin]).await;
        assert_eq!(head.status, status, "{host}, {origin}: {head:?}");
    }
}

#[tokio::test]
async fn a_device_learns_by_pairing_by_which_key_its_computer_is_known_over_tls() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let hosts = guest.cli(&["hosts", "--json"]).await;
    let hosts: serde_json::Value = serde_json::from_str(hosts.success()).expect("JSON");
    let learnt = hosts[0]["certificate"].as_str().expect("a pin");
    assert_eq!(learnt, tls(&daemon).pin.to_string());
    let status = daemon.cli(&["status"]).await;
    assert!(status.success().contains(learnt), "{status:?}");
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused_and_the_own_one_stays() {
    let mut daemon = scene::start().await;
    let other = scene::start().await;
    let url = |daemon: &Daemon| format!("wss://{}/ws", daemon.address());
    let stranger = || JoinOptions::new(uris::REALM_PAIRING);
    let pin = tls(&daemon).pin;
    let refused = join(&url(&other), pin, stranger()).await;
    let error = format!("{:?}", refused.expect_err("another key"));
    assert!(error.contains("ApplicationVerificationFailure"), "{error}");

    let home = daemon.home().clone();
    assert!(daemon.stop().await.success());
    let daemon = scene::start_in(home).await;
    assert_eq!(tls(&daemon).pin, pin);
    assert!(join(&url(&daemon), pin, stranger()).await.is_ok());
}

#[tokio::test]
async fn a_daemon_told_to_speak_no_tls_speaks_none() {
    let home = scene::home();
    home.configure(&format!("{}[listen.tls]\nenabled = false\n", scene::CONFIG));
    let daemon = scene::start_in(home).await;
    assert_eq!(daemon.status().tls, None);
    let url = format!("wss://{}/ws", daemon.address());
    let joined = join(&url, Pin([0; 32]), JoinOptions::new(uris::REALM_PAIRING)).await;
    assert!(joined.is_err());
    let status = daemon.cli(&["status"]).await;
    assert!(status.success().contains("TLS        off"), "{status:?}");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_on_sighup_and_sessions_stay() {
    let home = TempHome::new();
    let authority = Authority::new(home.path(), "authority");
    let issued = authority.issue("desk", &["localhost"]);
    home.configure(&format!(
        "{}[listen.tls]\ncertificate = {:?}\nkey = {:?}\n",
        scene::CONFIG,
        issued.certificate,
        issued.key
    ));
    let daemon = scene::start_in(home).await;
    let url = format!("wss://{}/ws", daemon.address());
    let stranger = || JoinOptions::new(uris::REALM_PAIRING);
    let old = tls(&daemon).pin;
    let session = join(&url, old, stranger()).await.expect("the old one");

    // What can not be used changes nothing.
    std::fs::write(&issued.certificate, "").expect("our file");
    daemon.hang_up();
    eventually("it says so", async || {
        let said = daemon.said();
        said.contains("the old certificate stays").then_some(())
    })
    .await;
    assert!(join(&url, old, stranger()).await.is_ok());

    authority.issue("desk", &["localhost"]);
    daemon.hang_up();
    let new = eventually("it is known by another key", async || {
        let status = daemon.owner().await.call(uris::DAEMON_STATUS).await.ok()?;
        let status: Status = status.kwargs().ok()?;
        status.tls.map(|tls| tls.pin).filter(|pin| *pin != old)
    })
    .await;
    assert!(join(&url, new, stranger()).await.is_ok());
    assert!(join(&url, old, stranger()).await.is_err());
    let refused = session.call(uris::PAIRING_BEGIN).await;
    let error = refused.expect_err("nothing to begin with").to_string();
    assert!(error.contains("malformed"), "{error}");
    // Who pairs now learns the new one.
    let guest = scene::pair(&daemon).await;
    let hosts = guest.cli(&["hosts"]).await;
    assert!(hosts.success().contains("study"), "{hosts:?}");
    let hosts = guest.cli(&["hosts", "--json"]).await;
    assert!(hosts.success().contains(&new.to_string()), "{hosts:?}");
}
