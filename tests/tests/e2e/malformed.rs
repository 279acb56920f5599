//! Bytes that are no protocol: whoever sends them is turned away, and nobody else notices.

use deskconn_tests::Daemon;

use crate::doors::{Wire, websocket_frame};
use crate::scene;

#[tokio::test]
async fn what_is_neither_http_nor_rawsocket_is_closed() {
    let daemon = scene::start().await;
    for bytes in [
        &b"\0\0\0\0"[..],
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", // TLS
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
    ] {
        let mut wire = Wire::network(&daemon).await;
        wire.send(bytes).await;
        let answer = wire.until_closed().await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{bytes:?}: {answer}"
        );
    }
    alive(&daemon).await;
}

#[tokio::test]
async fn heads_of_requests_are_bounded() {
    let daemon = scene::start().await;
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(1000));
    for head in [long, many] {
        let mut wire = Wire::network(&daemon).await;
        wire.send(head.as_bytes()).await;
        let answer = wire.until_closed().await;
        // The answer may be lost to the reset that ends the flood.
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
            "{answer}"
        );
    }
    alive(&daemon).await;
}

#[tokio::test]
async fn rawsocket_handshakes_that_make_no_sense_are_refused() {
    let daemon = scene::start().await;
    for (bytes, answer) in [
        (&[0x7F, 0xF0, 0, 0][..], &[0x7F, 0x10, 0, 0][..]), // no serializer
        (&[0x7F, 0xFF, 0, 0], &[0x7F, 0x10, 0, 0]),         // an unknown one
        (&[0x7F, 0xF1, 0, 1], &[0x7F, 0x30, 0, 0]),         // reserved bits
        (&[0x7F, 0xF1], &[]),                               // half of one
    ] {
        let mut wire = Wire::network(&daemon).await;
        wire.send(bytes).await;
        wire.end().await;
        let said = wire.until_closed().await;
        assert_eq!(said.as_bytes(), answer, "{bytes:?}");
    }
    alive(&daemon).await;
}

#[tokio::test]
async fn rawsocket_frames_that_make_no_sense_end_the_link() {
    let daemon = scene::start().await;
    for (kind, payload) in [
        (3, &b"[1]"[..]), // no such kind
        (0xF8, b""),      // reserved bits
        (0, b""),
        (0, b"{{{"),
        (0, b"\xff\xfe"),
        (0, b"[]"),
        (0, b"[\"1\"]"),
        (0, b"[999,1]"),
        (0, b"[1]"),                             // HELLO without a realm
        (0, b"[1,\"no realm\",{}]"),             // a realm with a space
        (0, b"[48,1,{},\"wamp.session.list\"]"), // CALL before HELLO
        (0, b"[2,1,{}]"),                        // WELCOME, which is the router's
    ] {
        let mut wire = Wire::network(&daemon).await.rawsocket().await;
        wire.send_frame(kind, payload).await;
        let answer = wire.until_closed().await;
        let shown = String::from_utf8_lossy(payload);
        assert!(
            answer.is_empty() || answer.contains("[3,{"),
            "{kind} {shown}: {answer}"
        );
    }
    alive(&daemon).await;
}

#[tokio::test]
async fn a_length_is_not_believed() {
    let daemon = scene::start().await;
    // More than the daemon said it takes, of which not one octet comes.
    let mut wire = Wire::network(&daemon).await;
    wire.send(&[0x7F, 0xF1, 0, 0]).await;
    let answer: [u8; 4] = wire.receive().await;
    let takes = 1_u64 << (9 + (answer[1] >> 4));
    assert!(
        takes < 1 << 24,
        "the daemon takes {takes} octets of anybody"
    );
    wire.send(&[0, 0xFF, 0xFF, 0xFF]).await;
    wire.until_closed().await;

    let mut wire = Wire::network(&daemon).await.websocket("wamp.2.json").await;
    wire.send(&[0x81, 0xFF, 0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        .await;
    wire.until_closed().await;
    alive(&daemon).await;
}

#[tokio::test]
async fn values_within_ten_thousand_others_are_refused() {
    let daemon = scene::start().await;
    let deep = |before: &str, open: &str, close: &str| {
        format!(
            "[1,{before}{}{}]",
            open.repeat(10_000),
            close.repeat(10_000)
        )
    };
    for json in [
        deep("", "[", "]"),
        deep("\"deskconn.pairing\",", "[", "]"),
        deep("\"deskconn.pairing\",", "{\"a\":", "}"),
        "[".repeat(10_000),
    ] {
        let mut wire = Wire::network(&daemon).await.rawsocket().await;
        wire.send_frame(0, json.as_bytes()).await;
        let answer = wire.receive_frame().await;
        assert!(answer.starts_with("[3,{"), "{answer}");
        wire.until_closed().await;
    }
    for (subprotocol, open) in [("wamp.2.msgpack", 0x91_u8), ("wamp.2.cbor", 0x81)] {
        let mut wire = Wire::network(&daemon).await.websocket(subprotocol).await;
        let message = vec![open; 10_000];
        wire.send(&websocket_frame(2, &message)).await;
        let answer = wire.until_closed().await;
        assert!(answer.contains("wamp.error."), "{subprotocol}: {answer:?}");
    }
    alive(&daemon).await;
}

#[tokio::test]
async fn a_websocket_without_a_known_subprotocol_is_refused() {
    let daemon = scene::start().await;
    for offered in ["", "Sec-WebSocket-Protocol: mqtt, wamp.2.yaml"] {
        let mut wire = Wire::network(&daemon).await;
        let headers = ["Host: localhost", offered];
        let headers = headers.iter().filter(|header| !header.is_empty());
        let head = wire.upgrade(&headers.copied().collect::<Vec<_>>()).await;
        assert_eq!(head.status, 400, "{offered}: {head:?}");
    }
    alive(&daemon).await;
}

#[tokio::test]
async fn websocket_frames_that_make_no_sense_end_the_link() {
    let daemon = scene::start().await;
    let unmasked = [0x81, 3, b'[', b'1', b']'];
    for frame in [
        unmasked.to_vec(),
        websocket_frame(3, b""),                    // no such kind
        websocket_frame(0, b"[1]"),                 // goes on with nothing
        websocket_frame(9, &[0; 126]),              // a ping too long
        websocket_frame(1, b"\xff\xfe"),            // text that is none
        websocket_frame(2, b"[1,\"deskconn\",{}]"), // binary, where JSON is text
        websocket_frame(1, b"[1,\"deskconn\""),
        [0xF1]
            .into_iter()
            .chain(websocket_frame(1, b"[]").into_iter().skip(1))
            .collect(),
    ] {
        let mut wire = Wire::network(&daemon).await.websocket("wamp.2.json").await;
        wire.send(&frame).await;
        wire.until_closed().await;
    }
    alive(&daemon).await;
}

#[tokio::test]
async fn what_is_no_sealed_link_is_closed_without_a_word() {
    let daemon = scene::start().await;
    for length in [0, 1, 95, 96, 97, 60_000] {
        let mut wire = Wire::network(&daemon)
            .await
            .websocket("deskconn.sealed.v1.msgpack")
            .await;
        wire.send(&websocket_frame(2, &vec![0x42; length])).await;
        let said = wire.until_closed().await;
        assert!(!said.contains("wamp"), "{length}: {said:?}");
    }
    let mut wire = Wire::network(&daemon).await;
    wire.send(&[0x7F, 0xF9, 0, 0]).await;
    let _accepted: [u8; 4] = wire.receive().await;
    wire.send_frame(0, &[0x42; 96]).await;
    assert_eq!(wire.until_closed().await, "");
    alive(&daemon).await;
}

#[tokio::test]
async fn not_even_the_owner_may_break_the_protocol_and_only_that_session_ends() {
    let daemon = scene::start().await;
    let bystander = daemon.owner().await;
    for broken in [
        &b"[48,0,{},\"org.deskconn.daemon.status\"]"[..], // no request id
        b"[48,7,{},\"org.deskconn.daemon.status\"]",      // not the next one
        b"[1,\"deskconn\",{}]",                           // HELLO again
        b"[36,1,1,{}]",                                   // EVENT, which is the router's
        b"[70,1,{}]",                                     // YIELD to nothing
        b"[64,1,{},5]",
        b"nonsense",
    ] {
        let mut wire = Wire::local(&daemon).await.rawsocket().await;
        wire.send_frame(0, br#"[1,"deskconn",{"roles":{"caller":{}}}]"#)
            .await;
        assert!(wire.receive_frame().await.starts_with("[2,"));
        wire.send_frame(0, broken).await;
        wire.send_frame(0, b"[6,{},\"wamp.close.normal\"]").await;
        let answer = wire.receive_frame().await;
        let shown = String::from_utf8_lossy(broken);
        assert!(
            answer.starts_with("[3,") || answer.starts_with("[6,"),
            "{shown}: {answer}"
        );
        wire.until_closed().await;
    }
    let status = bystander.call(deskconn_protocol::uris::DAEMON_STATUS).await;
    status.expect("its session goes on");
}

/// The daemon answers its owner and strangers as if nothing had been.
async fn alive(daemon: &Daemon) {
    scene::assert_alive(daemon).await;
    let mut wire = Wire::network(daemon).await.rawsocket().await;
    wire.send_frame(0, br#"[1,"deskconn.pairing",{"roles":{"caller":{}}}]"#)
        .await;
    assert!(wire.receive_frame().await.starts_with("[2,"));
}
