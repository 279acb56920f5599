//! How links end in order, and what they say.

use crate::harness::{Kind, Pair, accept, bare, call, failure};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_tungstenite::tungstenite::protocol::{Role, frame::coding};
use tokio_tungstenite::{WebSocketStream, tungstenite};
use wamp_proto::{Outbound, Serializer};
use wamp_transport::{
    CloseCode, Framing, LinkError, LinkLimits, Opened, Subprotocol, TransportKind, websocket,
};

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_a_peer_that_never_closes() {
    for transport in [TransportKind::WebSocket, TransportKind::RawSocket] {
        let subprotocol = Subprotocol::plain(Serializer::Json);
        let limits = LinkLimits::default();
        let (near, link) = bare(subprotocol, transport, limits).await;
        let start = tokio::time::Instant::now();
        link.close_with(CloseCode::Normal).await.unwrap();
        assert_eq!(start.elapsed(), limits.close_timeout);
        drop(near);
    }
}

#[tokio::test(start_paused = true)]
async fn closing_fails_in_time_if_the_last_message_finds_no_room() {
    for transport in [TransportKind::WebSocket, TransportKind::RawSocket] {
        for framing in [Framing::Plain, Framing::Sealed] {
            let kind = Kind::new(transport, Serializer::Json, framing);
            let Pair { client, mut router } = Pair::new(kind, 1000).await;
            let message = Outbound::Owned(call(1, 200_000));
            router.feed(message).await.unwrap();
            let error = router.close_with(CloseCode::Normal).await.unwrap_err();
            assert!(matches!(error, LinkError::Io(_)), "{error:?}");
            drop(client);
        }
    }
}

/// A WebSocket that the test holds the other end of.
async fn against_tungstenite(
    serializer: Serializer,
    limits: LinkLimits,
) -> (
    WebSocketStream<tokio::io::DuplexStream>,
    wamp_transport::Link,
) {
    let (near, far) = duplex(1 << 16);
    let subprotocol = Subprotocol::plain(serializer);
    let peer = "client".to_owned();
    let opened = websocket::accept(far, Bytes::new(), subprotocol, peer, limits).await;
    let Opened::Plain(link) = opened else {
        panic!("a plain link was asked for");
    };
    let near = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    (near, link)
}

#[tokio::test]
async fn a_websocket_says_why_it_closes() {
    use tungstenite::Message::{Binary, Text};
    let limits = LinkLimits {
        max_message: 1000,
        ..LinkLimits::default()
    };
    let table = [
        (
            Binary(Bytes::from_static(b"[1]")),
            coding::CloseCode::Unsupported,
        ),
        (Text("x".repeat(1001).into()), coding::CloseCode::Size),
        (Text("[0]".into()), coding::CloseCode::Protocol),
        (Text("not json".into()), coding::CloseCode::Protocol),
    ];
    for (sent, expected) in table {
        let (mut near, mut link) = against_tungstenite(Serializer::Json, limits).await;
        near.send(sent).await.unwrap();
        failure(&mut link).await;
        let (closed, code) = tokio::join!(link.close(), async {
            let Some(Ok(tungstenite::Message::Close(Some(close)))) = near.next().await else {
                panic!("no close frame");
            };
            while let Some(Ok(_)) = near.next().await {}
            drop(near);
            close.code
        });
        closed.unwrap();
        assert_eq!(code, expected);
    }
}

#[tokio::test]
async fn a_websocket_answers_a_close_with_a_close() {
    let limits = LinkLimits::default();
    let (mut near, mut link) = against_tungstenite(Serializer::Json, limits).await;
    near.close(None).await.unwrap();
    assert!(link.next().await.is_none());
    let (closed, ()) = tokio::join!(link.close(), async {
        let answer = near.next().await;
        let is_close = matches!(answer, Some(Ok(tungstenite::Message::Close(_))));
        assert!(is_close, "{answer:?}");
        assert!(near.next().await.is_none(), "the router ends the stream");
        drop(near);
    });
    closed.unwrap();
}

#[tokio::test]
async fn what_the_peer_still_sends_while_a_link_closes_is_read_and_forgotten() {
    let (mut near, link) = bare(
        Subprotocol::plain(Serializer::Json),
        TransportKind::RawSocket,
        LinkLimits::default(),
    )
    .await;
    let (closed, ()) = tokio::join!(link.close_with(CloseCode::Normal), async {
        near.write_all(&[0; 40_000]).await.unwrap();
        let mut rest = Vec::new();
        near.read_to_end(&mut rest).await.unwrap();
        drop(near);
    });
    closed.unwrap();
}

#[tokio::test]
async fn a_link_that_failed_to_open_closes_its_stream() {
    let (mut near, far) = duplex(1 << 16);
    near.write_all(&[0x7F, 0xF7, 0, 0]).await.unwrap();
    let (refused, answer) = tokio::join!(accept(far, LinkLimits::default()), async {
        let mut answer = Vec::new();
        near.read_to_end(&mut answer).await.unwrap();
        drop(near);
        answer
    });
    assert!(refused.is_err());
    assert_eq!(answer, [0x7F, 0x10, 0, 0]);
}
