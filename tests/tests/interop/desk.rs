//! A foreign client at a desk's own doors.

use std::path::Path;
use std::process::Command;

use data_encoding::HEXLOWER;
use deskconn_protocol::uris::REALM;
use deskconn_tests::{Authority, Daemon, Running, TempHome, node_program, python, python_program};
use ed25519_dalek::SigningKey;
use serde_json::Value;

#[tokio::test]
async fn autobahn_python_is_the_owner_over_the_unix_socket() {
    let daemon = Daemon::start().await;
    let address = format!("unix:{}", daemon.socket().display());
    let arguments = ["rawsocket", &address, REALM, "msgpack"];
    python("tests/interop/witness.py", &arguments)
        .await
        .success();
}

/// A guest of a desk that trusts the certificate of `trusted`, and comes by `tls` or with a key.
struct Guest<'a> {
    transport: &'a str,
    address: String,
    method: &'a str,
    authid: &'a str,
    key: &'a str,
}

impl Guest<'_> {
    fn command(&self) -> Command {
        let Guest {
            transport,
            address,
            method,
            authid,
            key,
        } = self;
        let arguments = [*transport, address, REALM, method, authid, key];
        python_program("tests/interop/guest.py", &arguments)
    }

    fn visit(&self, home: &TempHome) -> Running {
        home.start(self.command(), &[])
    }

    async fn said(&self, home: &TempHome) -> String {
        self.visit(home).ended().await.1
    }
}

/// Where a client finds the desk over TLS that trusts the certificate in `trusted` alone.
fn over_tls(daemon: &Daemon, trusted: &Path) -> String {
    let port = daemon.address().port();
    format!("tls:localhost:{port}:{}", trusted.display())
}

/// Has the desk print its certificate into a file.
async fn certificate(daemon: &Daemon) -> std::path::PathBuf {
    let printed = daemon.cli(&["certificate"]).await;
    let file = daemon.home().path().join("desk.pem");
    std::fs::write(&file, printed.success()).expect("a writable home");
    file
}

/// Adds a device by this option, and returns its id.
async fn add(daemon: &Daemon, option: &str, value: &str) -> String {
    let added = daemon
        .cli(&["devices", "add", "robot", option, value, "--json"])
        .await;
    let added: Value = serde_json::from_str(added.success()).expect("JSON");
    added["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn autobahn_python_comes_over_tls_with_a_key_that_the_owner_has_named() {
    let daemon = Daemon::start().await;
    let home = daemon.home();
    let key = HEXLOWER.encode(&[5; 32]);
    let public = SigningKey::from_bytes(&[5; 32]).verifying_key();
    let id = add(&daemon, "--key", &HEXLOWER.encode(public.as_bytes())).await;
    let file = certificate(&daemon).await;
    let guest = |address: String| Guest {
        transport: "websocket",
        address,
        method: "cryptosign",
        authid: &id,
        key: &key,
    };

    for transport in ["websocket", "rawsocket"] {
        let mut visit = Guest {
            transport,
            ..guest(over_tls(&daemon, &file))
        }
        .visit(home);
        let joined = visit.expect("joined as ").await;
        assert_eq!(joined, format!("{id} (device) by cryptosign"));
        visit.expect(&format!("at {}", daemon.status().name)).await;
        visit.expect("may not: wamp.error.not_authorized").await;
    }

    // A signature that goes over a wire anybody reads and changes could be anybody's.
    let plain = guest(format!("tcp:{}", daemon.address())).said(home).await;
    assert_eq!(plain, "refused: wamp.error.not_authorized\n");
    let other = Daemon::start().await;
    let elsewhere = guest(over_tls(&other, &file)).said(home).await;
    assert_eq!(elsewhere, "refused: SSLCertVerificationError\n");
    let wrong_key = Guest {
        key: &HEXLOWER.encode(&[6; 32]),
        ..guest(over_tls(&daemon, &file))
    };
    let wrong_key = wrong_key.said(home).await;
    assert!(wrong_key.starts_with("refused: wamp.error."), "{wrong_key}");

    let mut visit = guest(over_tls(&daemon, &file)).visit(home);
    visit.expect("may not").await;
    daemon.cli(&["unpair", "robot"]).await.success();
    visit.expect("thrown out: wamp.close.").await;
    let gone = guest(over_tls(&daemon, &file)).said(home).await;
    assert_eq!(gone, "refused: wamp.error.no_such_principal\n");
}

#[tokio::test]
async fn autobahn_python_comes_over_tls_by_a_certificate_that_the_owner_has_named() {
    let daemon = Daemon::start().await;
    let home = daemon.home();
    let nobody = Authority::new(home.path(), "nobody");
    let file = certificate(&daemon).await;
    let own = |name: &str| {
        let issued = nobody.issue(name, &["robot.example"]);
        let both = home.path().join(format!("{name}-both.pem"));
        let [certificate, key] = [&issued.certificate, &issued.key]
            .map(|file| std::fs::read_to_string(file).expect("our file"));
        std::fs::write(&both, certificate + &key).expect("a writable home");
        (
            issued.certificate,
            format!("{}:{}", over_tls(&daemon, &file), both.display()),
        )
    };
    let (certificate, address) = own("one");
    let id = add(
        &daemon,
        "--certificate",
        certificate.to_str().expect("UTF-8"),
    )
    .await;
    let guest = |address: &str| Guest {
        transport: "websocket",
        address: address.to_owned(),
        method: "tls",
        authid: &id,
        key: "",
    };
    let mut visit = guest(&address).visit(home);
    assert_eq!(
        visit.expect("joined as ").await,
        format!("{id} (device) by tls")
    );
    visit.expect("may not: wamp.error.not_authorized").await;

    let (renewed, other_address) = own("two");
    let refused = "refused: wamp.error.no_matching_auth_method\n";
    assert_eq!(guest(&other_address).said(home).await, refused);
    let renewed = renewed.to_str().expect("UTF-8");
    let set = ["devices", "certificate", "robot", renewed];
    daemon.cli(&set).await.success();
    visit.expect("thrown out: wamp.close.").await;
    assert_eq!(guest(&address).said(home).await, refused);
    let mut visit = guest(&other_address).visit(home);
    visit.expect("joined as ").await;

    let none = daemon
        .cli(&["devices", "certificate", "robot", "--none"])
        .await;
    let only = "the device has nothing but its certificate to be known by";
    assert!(none.failure(1).contains(only), "{none:?}");
    let log = daemon.cli(&["log"]).await;
    for line in [
        "was added: its owner has named it",
        "has a certificate of the key",
        "org.deskconn.daemon.status",
    ] {
        assert!(log.success().contains(line), "{log:?}");
    }
}

#[tokio::test]
async fn autobahn_js_and_wampy_come_over_tls_and_trust_the_desk_s_own_certificate_alone() {
    let daemon = Daemon::start().await;
    let key = HEXLOWER.encode(&[5; 32]);
    let public = SigningKey::from_bytes(&[5; 32]).verifying_key();
    let id = add(&daemon, "--key", &HEXLOWER.encode(public.as_bytes())).await;
    let pinned = certificate(&daemon).await;
    let other = Daemon::start().await;
    let another = certificate(&other).await;
    let url = format!("wss://localhost:{}/ws", daemon.address().port());
    for library in ["autobahn", "wampy"] {
        let visit = async |trusted: &Path, key: &str| {
            let arguments = [library, &url, REALM, &id, key];
            let mut guest = node_program("tests/interop/guest.mjs", &arguments);
            guest.env("NODE_EXTRA_CA_CERTS", trusted);
            daemon.home().start(guest, &[]).ended().await.1
        };
        let said = visit(&pinned, &key).await;
        let name = &daemon.status().name;
        assert_eq!(
            said,
            format!(
                "joined as {id} (device) by cryptosign\nat {name}\n\
                 may not: wamp.error.not_authorized\n"
            ),
            "{library}"
        );
        assert_eq!(visit(&another, &key).await, "refused\n", "{library}");
        let wrong = HEXLOWER.encode(&[6; 32]);
        assert_eq!(visit(&pinned, &wrong).await, "refused\n", "{library}");
    }
}
