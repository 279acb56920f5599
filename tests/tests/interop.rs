//! Foreign WAMP clients against the daemon: see `tests/interop`.

use deskconn_protocol::uris::REALM;
use deskconn_tests::{Daemon, Output, node, python};

#[tokio::test]
async fn autobahn_python_over_websocket_in_json() {
    autobahn_python("websocket", "json").await;
}

#[tokio::test]
async fn autobahn_python_over_websocket_in_msgpack() {
    autobahn_python("websocket", "msgpack").await;
}

#[tokio::test]
async fn autobahn_python_over_websocket_in_cbor() {
    autobahn_python("websocket", "cbor").await;
}

#[tokio::test]
async fn autobahn_python_over_rawsocket_in_json() {
    autobahn_python("rawsocket", "json").await;
}

#[tokio::test]
async fn autobahn_python_over_rawsocket_in_msgpack() {
    autobahn_python("rawsocket", "msgpack").await;
}

#[tokio::test]
async fn autobahn_python_over_websocket_in_batches_of_json() {
    autobahn_python("websocket", "json.batched").await;
}

#[tokio::test]
async fn autobahn_python_over_websocket_in_batches_of_msgpack() {
    autobahn_python("websocket", "msgpack.batched").await;
}

#[tokio::test]
async fn autobahn_python_over_websocket_in_batches_of_cbor() {
    autobahn_python("websocket", "cbor.batched").await;
}

#[tokio::test]
async fn autobahn_js_in_json() {
    javascript("autobahn", "json").await;
}

#[tokio::test]
async fn autobahn_js_in_msgpack() {
    javascript("autobahn", "msgpack").await;
}

#[tokio::test]
async fn autobahn_js_in_cbor() {
    javascript("autobahn", "cbor").await;
}

#[tokio::test]
async fn wampy_in_json() {
    javascript("wampy", "json").await;
}

#[tokio::test]
async fn wampy_in_msgpack() {
    javascript("wampy", "msgpack").await;
}

#[tokio::test]
async fn wampy_in_cbor() {
    javascript("wampy", "cbor").await;
}

async fn autobahn_python(transport: &str, serializer: &str) {
    let daemon = Daemon::start().await;
    let address = format!("unix:{}", daemon.socket().display());
    let arguments = [transport, serializer, &address, REALM];
    check(&python("tests/interop/witness.py", &arguments).await);
}

async fn javascript(library: &str, serializer: &str) {
    let daemon = Daemon::start().await;
    let url = format!("ws+unix:{}:/ws", daemon.socket().display());
    let arguments = [library, serializer, &url, REALM];
    check(&node("tests/interop/witness.mjs", &arguments).await);
}

/// Every step that was announced has been taken, and none failed.
#[track_caller]
fn check(output: &Output) {
    let steps = output
        .success()
        .lines()
        .filter(|line| line.starts_with("ok "));
    let announced = output.stdout.lines().next().expect("a plan");
    assert_eq!(announced, format!("1..{}", steps.count()), "{output:?}");
}
