//! Batches: what shares a frame, and what becomes of frames that are no batches.

use crate::harness::{accept, bare, batch, call, failure, read_call, receive, send_all, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    net::TcpListener,
};
use wamp_proto::Serializer;
use wamp_transport::{
    ConnectOptions, Link, LinkError, LinkLimits, OpenError, Subprotocol, TransportKind, connect,
    rawsocket,
};

const HELLO: &str = r#"[1,"org.example",{"roles":{"caller":{}}}]"#;

async fn opened(serializer: Serializer) -> (DuplexStream, Link) {
    let subprotocol = Subprotocol::batched(serializer);
    bare(subprotocol, TransportKind::WebSocket, LinkLimits::default()).await
}

/// Writes a WebSocket message as a client, masked with zeros.
async fn write(near: &mut DuplexStream, opcode: u8, payload: &[u8]) {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&[0x80 | opcode, 0x80 | 126][..], &length, &[0; 4]].concat();
    near.write_all(&[&head, payload].concat()).await.unwrap();
}

/// Reads one WebSocket message, which is short.
async fn read(near: &mut DuplexStream) -> Vec<u8> {
    let mut head = [0; 2];
    near.read_exact(&mut head).await.unwrap();
    let length = match head[1] {
        126 => near.read_u16().await.unwrap(),
        length => u16::from(length),
    };
    let mut payload = vec![0; usize::from(length)];
    near.read_exact(&mut payload).await.unwrap();
    payload
}

#[tokio::test]
async fn what_waits_for_one_flush_shares_one_frame() {
    let (mut near, mut link) = opened(Serializer::Json).await;
    send_all(&mut link, [call(1, 2), call(2, 3)]).await;
    assert_eq!(
        String::from_utf8(read(&mut near).await).unwrap(),
        concat!(
            r#"[48,1,{},"org.example.secret",["xx"]]"#,
            "\x1e",
            r#"[48,2,{},"org.example.secret",["xxx"]]"#,
            "\x1e"
        )
    );
    send_all(&mut link, [call(3, 1)]).await;
    assert!(read(&mut near).await.starts_with(b"[48,3"));
}

#[tokio::test]
async fn the_messages_of_a_frame_come_one_by_one_and_without_waiting() {
    let (mut near, mut link) = opened(Serializer::Json).await;
    let three = [HELLO, HELLO, HELLO].map(|frame| format!("{frame}\x1e"));
    write(&mut near, 1, three.concat().as_bytes()).await;
    assert_eq!(batch(&mut link).len(), 3);
}

#[tokio::test]
async fn a_peer_that_separates_by_cancel_is_answered_so() {
    let (mut near, mut link) = opened(Serializer::Json).await;
    write(&mut near, 1, format!("{HELLO}\x18").as_bytes()).await;
    assert_eq!(receive(&mut link).await.name(), "HELLO");
    send_all(&mut link, [call(1, 1)]).await;
    assert!(read(&mut near).await.ends_with(b"]\x18"));
}

#[tokio::test]
async fn a_frame_that_is_no_batch_is_a_violation_that_can_still_be_answered() {
    for (serializer, octets) in [
        (Serializer::Json, &b""[..]),
        (Serializer::Json, b"[5]"),
        (Serializer::Json, b"\x1e"),
        (Serializer::MessagePack, b"\0\0\0\x02\x91"),
        (Serializer::MessagePack, b"\0\0\0\0"),
        (Serializer::Cbor, b"\xff\xff\xff\xff\x80"),
    ] {
        let (mut near, mut link) = opened(serializer).await;
        let opcode = if serializer == Serializer::Json { 1 } else { 2 };
        write(&mut near, opcode, octets).await;
        let error = failure(&mut link).await;
        assert!(
            matches!(error, LinkError::Decode(_)),
            "{octets:?}: {error:?}"
        );
        send_all(&mut link, [call(1, 3)]).await;
        assert!(!read(&mut near).await.is_empty());
    }
}

#[tokio::test]
async fn nothing_is_taken_from_a_batch_after_what_is_no_message() {
    let (mut near, mut link) = opened(Serializer::Json).await;
    let octets = format!("{HELLO}\x1e[false]\x1e{HELLO}\x1e");
    write(&mut near, 1, octets.as_bytes()).await;
    assert_eq!(receive(&mut link).await.name(), "HELLO");
    // `failure` sees to it that the error is the last.
    let error = failure(&mut link).await;
    assert!(matches!(error, LinkError::Decode(_)), "{error:?}");
}

#[tokio::test]
async fn a_batch_is_no_longer_than_a_message_may_be() {
    let limits = LinkLimits {
        max_message: 1000,
        ..LinkLimits::default()
    };
    let subprotocol = Subprotocol::batched(Serializer::Json);
    let (mut near, mut link) = bare(subprotocol, TransportKind::WebSocket, limits).await;
    let octets = format!("{HELLO}\x1e").repeat(50);
    write(&mut near, 1, octets.as_bytes()).await;
    let error = failure(&mut link).await;
    assert!(
        matches!(error, LinkError::TooLong { limit: 1000 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn rawsocket_has_no_batches() {
    let (near, _far) = duplex(64);
    let subprotocol = Subprotocol::batched(Serializer::Json);
    let opened = rawsocket::connect(near, subprotocol, String::new(), LinkLimits::default()).await;
    assert!(matches!(opened, Err(OpenError::Batches)));
}

#[tokio::test]
async fn a_client_that_prefers_batches_speaks_them_over_websocket_and_does_without_elsewhere() {
    let options = ConnectOptions {
        batched: true,
        ..ConnectOptions::default()
    };
    for scheme in ["ws", "tcp"] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let endpoint = format!("{scheme}://127.0.0.1:{port}").parse().unwrap();
        let (client, router) = tokio::join!(within(connect(&endpoint, &options)), async {
            let (stream, _) = listener.accept().await.unwrap();
            accept(stream, LinkLimits::default()).await
        });
        let (mut client, mut router) = (client.unwrap(), router.unwrap());
        let names = [&client, &router].map(|link| format!("{link:?}"));
        for name in names {
            assert_eq!(name.contains("framing: Batched"), scheme == "ws", "{name}");
        }
        send_all(&mut client, (1..=100).map(|request| call(request, 1000))).await;
        for request in 1..=100 {
            assert_eq!(read_call(&receive(&mut router).await), (request, 1000));
        }
    }
}
