//! Which web pages get through: the daemon's own, and those of nobody else.

use deskconn_tests::Daemon;

use crate::doors::Wire;
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
