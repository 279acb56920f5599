//! Which web pages get through: the daemon's own, and those of nobody else.

use deskconn_protocol::identity::Identity;
use deskconn_protocol::pairing::{BeginAnswer, INITIATOR_ENTROPY, Initiator};
use deskconn_protocol::profile::DeviceKind;
use deskconn_protocol::uris;
use deskconn_tests::Daemon;
use serde_json::{Value, json};

use crate::by_hand;
use crate::doors::{Wire, websocket_frame};
use crate::scene;

const WAMP: &str = "Sec-WebSocket-Protocol: wamp.2.json";

#[tokio::test]
async fn a_websocket_is_refused_to_pages_of_other_origins() {
    let daemon = scene::start().await;
    let host = format!("Host: {}", daemon.address());
    let other_port = format!("http://{}:1", daemon.address().ip());
    for origin in [
        "http://evil.example",
        "https://evil.example",
        "null",
        "http://localhost",
        &other_port,
        "",
    ] {
        let origin = format!("Origin: {origin}");
        let head = Wire::network(&daemon)
            .await
            .upgrade(&[&host, WAMP, &origin])
            .await;
        assert_eq!(head.status, 403, "{origin}: {head:?}");
    }
    let own = format!("Origin: http://{}", daemon.address());
    for allowed in [&[&host[..], WAMP, &own][..], &[&host, WAMP]] {
        let head = Wire::network(&daemon).await.upgrade(allowed).await;
        assert_eq!(head.status, 101, "{allowed:?}: {head:?}");
    }
}

#[tokio::test]
async fn a_browsers_extension_gets_a_websocket_and_reads_no_page() {
    let daemon = scene::start().await;
    let host = format!("Host: {}", daemon.address());
    for origin in [
        "Origin: chrome-extension://kdeeffkcnnmhpknncgmihagcbdmddgfk",
        "Origin: moz-extension://0f6c9a5e-52a1-4c6e-9d3b-1f2e3d4c5b6a",
    ] {
        let socket = Wire::network(&daemon)
            .await
            .upgrade(&[&host, WAMP, origin])
            .await;
        assert_eq!(socket.status, 101, "{origin}: {socket:?}");
        let page = Wire::network(&daemon)
            .await
            .request("GET /", &[&host, origin])
            .await;
        assert_eq!(page.status, 403, "{origin}: {page:?}");
    }
}

#[tokio::test]
async fn a_request_by_a_name_that_is_not_this_computers_is_refused() {
    let daemon = scene::start().await;
    let port = daemon.address().port();
    for name in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
    ] {
        let host = format!("Host: {name}:{port}");
        let origin = format!("Origin: http://{name}:{port}");
        let head = Wire::network(&daemon)
            .await
            .request("GET /", &[&host])
            .await;
        assert_eq!(head.status, 403, "{host}: {head:?}");
        // As it is when a page has its own name point here.
        let rebound = [&host[..], WAMP, &origin];
        let head = Wire::network(&daemon).await.upgrade(&rebound).await;
        assert_eq!(head.status, 403, "{host}: {head:?}");
    }
    for name in ["127.0.0.1", "localhost", "[::1]", "192.0.2.7"] {
        let host = format!("Host: {name}:{port}");
        let head = Wire::network(&daemon)
            .await
            .request("GET /healthz", &[&host])
            .await;
        assert_eq!(head.status, 200, "{host}: {head:?}");
    }
}

#[tokio::test]
async fn a_name_of_the_configuration_is_one_of_this_computers() {
    let home = scene::home();
    home.configure(&format!(
        "{}[listen]\nhosts = ['desk.test']\n",
        scene::CONFIG
    ));
    let daemon = scene::start_in(home).await;
    let head = Wire::network(&daemon)
        .await
        .request("GET /", &["Host: desk.test"])
        .await;
    assert_eq!(head.status, 200, "{head:?}");
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_trust_nobody_else() {
    let daemon = scene::start().await;
    let host = format!("Host: {}", daemon.address());
    for path in ["/", "/nothing-here", "/healthz", "/ws", "/../identity.toml"] {
        let head = answer(&daemon, &format!("GET {path}"), &host).await;
        for header in [
            "content-security-policy: default-src 'none';",
            "x-frame-options: DENY",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(head.contains(header), "{path}: {head}");
        }
        assert!(
            !head.contains("access-control-allow-origin"),
            "{path}: {head}"
        );
    }
    assert!(
        answer(&daemon, "POST /", &host)
            .await
            .starts_with("HTTP/1.1 405 ")
    );
}

#[tokio::test]
async fn the_web_remote_is_served() {
    let daemon = scene::start().await;
    let host = format!("Host: {}", daemon.address());
    for path in ["/", "/pair"] {
        let head = answer(&daemon, &format!("GET {path}"), &host).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains("content-type: text/html"), "{head}");
    }
}

async fn answer(daemon: &Daemon, what: &str, host: &str) -> String {
    Wire::network(daemon)
        .await
        .request(what, &[host])
        .await
        .text
}

#[tokio::test]
async fn a_page_that_calls_itself_a_phone_is_a_web_page() {
    let host = |daemon: &Daemon| daemon.address().to_string();
    let extension = format!("chrome-extension://{}", "abcdefghijklmnop".repeat(2));
    for (is_extension, kind) in [(false, DeviceKind::Web), (true, DeviceKind::Ext)] {
        let daemon = scene::start().await;
        let origin = match is_extension {
            true => extension.clone(),
            false => format!("http://{}", host(&daemon)),
        };
        let window = scene::Window::open(&daemon, &["--no-qr"]).await;
        let mut wire = Wire::network(&daemon).await;
        let headers = [
            &format!("Host: {}", host(&daemon)),
            WAMP,
            &format!("Origin: {origin}"),
        ];
        assert_eq!(wire.upgrade(&headers).await.status, 101);
        say(
            &mut wire,
            &json!([1, uris::REALM_PAIRING, {"roles": {"caller": {}}}]),
        )
        .await;
        assert_eq!(heard(&mut wire).await[0], 2);

        let join = by_hand::offer(&window.code, Identity::from_seed(&[9; 64]));
        assert_eq!(join.profile.kind, DeviceKind::Cli);
        let (initiator, begin) = Initiator::begin(join, &[5; INITIATOR_ENTROPY]);
        say(
            &mut wire,
            &json!([48, 1, {}, uris::PAIRING_BEGIN, [], begin]),
        )
        .await;
        let answer: BeginAnswer =
            serde_json::from_value(heard(&mut wire).await[4].take()).expect("an answer");
        let (_, confirm) = initiator.on_begin(&answer).expect("a good answer");
        say(
            &mut wire,
            &json!([48, 2, {}, uris::PAIRING_CONFIRM, [], confirm]),
        )
        .await;
        assert_eq!(heard(&mut wire).await[0], 50);

        let [device] = &scene::devices(&daemon).await[..] else {
            panic!("one device was paired");
        };
        assert_eq!(device.profile.kind, kind);
        assert_eq!(device.until.is_some(), kind == DeviceKind::Web);
    }
}

async fn say(wire: &mut Wire, message: &Value) {
    let message = message.to_string();
    wire.send(&websocket_frame(1, message.as_bytes())).await;
}

/// The next message, from a frame without a mask.
async fn heard(wire: &mut Wire) -> Value {
    let [_, short] = wire.receive().await;
    let length = match short {
        126 => u16::from_be_bytes(wire.receive().await).into(),
        short => usize::from(short),
    };
    let mut text = Vec::new();
    while text.len() < length {
        let [octet] = wire.receive().await;
        text.push(octet);
    }
    serde_json::from_slice(&text).expect("JSON")
}
