//! How a silent peer is asked, and given up.

use crate::harness::{Kind, Pair, bare, call, failure, read_call, receive, within};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep, timeout},
};
use wamp_proto::{Outbound, Serializer};
use wamp_transport::{LinkError, LinkLimits, Subprotocol, TransportKind};

const TRANSPORTS: [TransportKind; 2] = [TransportKind::WebSocket, TransportKind::RawSocket];
const JSON: Subprotocol = Subprotocol::plain(Serializer::Json);

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_is_given_up_after_the_timeout() {
    for transport in TRANSPORTS {
        let start = Instant::now();
        let (near, mut link) = bare(JSON, transport, LinkLimits::default()).await;
        let error = failure(&mut link).await;
        assert!(matches!(error, LinkError::Silent(_)), "{error:?}");
        assert_eq!(start.elapsed(), Duration::from_secs(40));
        drop(near);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged() {
    for (transport, ping) in TRANSPORTS.into_iter().zip([&[0x89, 0][..], &[1, 0, 0, 0]]) {
        let start = Instant::now();
        let (mut near, mut link) = bare(JSON, transport, LinkLimits::default()).await;
        let mut received = vec![0; ping.len()];
        tokio::select! {
            read = near.read_exact(&mut received) => drop(read.unwrap()),
            ended = link.next() => panic!("{ended:?}"),
        }
        assert_eq!(received, ping);
        assert_eq!(start.elapsed(), Duration::from_secs(15));
    }
}

#[tokio::test(start_paused = true)]
async fn two_links_with_nothing_to_say_stay_open() {
    for kind in Kind::all() {
        let Pair {
            mut client,
            mut router,
        } = Pair::new(kind, 1 << 16).await;
        let hour = Duration::from_secs(3600);
        let quiet = timeout(hour, async {
            tokio::select! {
                ended = client.next() => ended,
                ended = router.next() => ended,
            }
        });
        assert!(quiet.await.is_err(), "{kind:?}");
        client.send(Outbound::Owned(call(1, 1))).await.unwrap();
        assert_eq!(read_call(&receive(&mut router).await).0, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_message_that_comes_slowly_is_a_sign_of_life() {
    for transport in TRANSPORTS {
        let (mut near, mut link) = bare(JSON, transport, LinkLimits::default()).await;
        let text = br#"[6,{},"wamp.close.normal"]"#;
        let length = text.len() as u8;
        let prefix = match transport {
            TransportKind::RawSocket => vec![0, 0, 0, length],
            _ => vec![0x81, 0x80 | length, 0, 0, 0, 0],
        };
        let trickle = async {
            for octet in [&prefix, &text[..]].concat() {
                sleep(Duration::from_secs(10)).await;
                near.write_all(&[octet]).await.unwrap();
            }
        };
        let (message, ()) = tokio::join!(receive(&mut link), trickle);
        assert_eq!(message.name(), "GOODBYE");
    }
}

#[tokio::test(start_paused = true)]
async fn without_keepalive_silence_is_borne() {
    let limits = LinkLimits {
        keepalive: None,
        ..LinkLimits::default()
    };
    for transport in TRANSPORTS {
        let (near, mut link) = bare(JSON, transport, limits).await;
        let day = Duration::from_secs(24 * 3600);
        assert!(timeout(day, link.next()).await.is_err());
        drop(near);
    }
}

#[tokio::test]
async fn pings_are_answered_with_the_same_octets_exactly_once() {
    let websocket = (
        &[0x89, 0x83, 0, 0, 0, 0, b'a', b'b', b'c'][..],
        &[0x8A, 3, b'a', b'b', b'c'][..],
    );
    let rawsocket = (
        &[1, 0, 0, 3, b'a', b'b', b'c'][..],
        &[2, 0, 0, 3, b'a', b'b', b'c'][..],
    );
    for (transport, (ping, pong)) in TRANSPORTS.into_iter().zip([websocket, rawsocket]) {
        let (mut near, mut link) = bare(JSON, transport, LinkLimits::default()).await;
        near.write_all(ping).await.unwrap();
        near.shutdown().await.unwrap();
        let end = within(link.next()).await;
        assert!(!matches!(end, Some(Ok(_))), "{end:?}");
        drop(link);
        let mut answer = Vec::new();
        near.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, pong);
    }
}
