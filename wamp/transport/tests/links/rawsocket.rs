//! RawSocket, octet by octet.

use crate::harness::{Kind, Pair, bare, call_with, failure, read_call, receive, within};
use futures_util::{SinkExt, StreamExt};
use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex};
use wamp_proto::{Message, Outbound, Payload, Serializer};
use wamp_transport::{
    Framing, LinkError, LinkLimits, OpenError, Opened, Refusal, Subprotocol, TransportKind,
    rawsocket,
};

const JSON: Subprotocol = Subprotocol::plain(Serializer::Json);

/// Whether an error is the one that is meant.
type Is<E> = fn(&E) -> bool;

/// What a router with 64 KiB messages that takes only plain JSON and CBOR answers.
async fn answer_to(handshake: &[u8]) -> (Vec<u8>, Result<Opened, OpenError>) {
    let (mut near, far) = duplex(64);
    near.write_all(handshake).await.unwrap();
    near.shutdown().await.unwrap();
    let limits = LinkLimits {
        max_message: 1 << 16,
        ..LinkLimits::default()
    };
    let taken = [JSON, Subprotocol::plain(Serializer::Cbor)];
    let allowed = |subprotocol| taken.contains(&subprotocol);
    let opened = rawsocket::accept(far, allowed, "client".to_owned(), limits).await;
    let mut answer = vec![0; 4];
    let read = near.read(&mut answer).await.unwrap();
    answer.truncate(read);
    (answer, opened)
}

#[tokio::test]
async fn a_router_answers_handshakes_as_the_spec_has_it() {
    let table: [(&[u8], &[u8]); 11] = [
        // Taken: the answer is the router's own length and the serializer.
        (&[0x7F, 0xF1, 0, 0], &[0x7F, 0x71, 0, 0]),
        (&[0x7F, 0x03, 0, 0], &[0x7F, 0x73, 0, 0]),
        // Serializers that are unknown, illegal, not taken, or sealed and not taken.
        (&[0x7F, 0xF5, 0, 0], &[0x7F, 0x10, 0, 0]),
        (&[0x7F, 0xF0, 0, 0], &[0x7F, 0x10, 0, 0]),
        (&[0x7F, 0xF2, 0, 0], &[0x7F, 0x10, 0, 0]),
        (&[0x7F, 0xF9, 0, 0], &[0x7F, 0x10, 0, 0]),
        // Reserved octets.
        (&[0x7F, 0xF1, 1, 0], &[0x7F, 0x30, 0, 0]),
        (&[0x7F, 0xF1, 0, 0x80], &[0x7F, 0x30, 0, 0]),
        // No RawSocket, or not enough of it.
        (b"GET ", &[]),
        (&[0x7F, 0xF1, 0], &[]),
        (&[], &[]),
    ];
    for (handshake, expected) in table {
        let (answer, opened) = answer_to(handshake).await;
        assert_eq!(answer, expected, "{handshake:02x?}");
        let taken = matches!(expected, [_, 0x71 | 0x73, ..]);
        assert_eq!(opened.is_ok(), taken, "{handshake:02x?}: {opened:?}");
    }
}

#[tokio::test]
async fn a_client_reads_answers_as_the_spec_has_it() {
    let table: [(&[u8], Is<OpenError>); 7] = [
        (&[0x7F, 0x10, 0, 0], |e| {
            matches!(e, OpenError::Refused(Refusal::Serializer))
        }),
        (&[0x7F, 0x20, 0, 0], |e| {
            matches!(e, OpenError::Refused(Refusal::Length))
        }),
        (&[0x7F, 0x40, 0, 0], |e| {
            matches!(e, OpenError::Refused(Refusal::TooManyConnections))
        }),
        (&[0x7F, 0xF2, 0, 0], |e| {
            matches!(e, OpenError::OtherSubprotocol)
        }),
        (&[0x7F, 0xF1, 0, 1], |e| {
            matches!(e, OpenError::ReservedOctets)
        }),
        (b"HTTP/1.1 400", |e| matches!(e, OpenError::NotRawSocket)),
        (&[], |e| matches!(e, OpenError::Io(_))),
    ];
    for (answer, expected) in table {
        let (mut near, far) = duplex(64);
        near.write_all(answer).await.unwrap();
        near.shutdown().await.unwrap();
        let limits = LinkLimits::default();
        let opened = rawsocket::connect(far, JSON, "router".to_owned(), limits).await;
        let error = opened.unwrap_err();
        assert!(expected(&error), "{answer:02x?}: {error:?}");
        let mut asked = [0; 4];
        near.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, [0x7F, 0xF1, 0, 0]);
    }
}

#[tokio::test]
async fn the_length_that_is_announced_is_the_power_of_two_below_the_limit() {
    let table = [
        (0, 0),
        (511, 0),
        (512, 0),
        (1023, 0),
        (1024, 1),
        (65_535, 6),
        (65_536, 7),
        (1 << 24, 15),
        (1 << 30, 15),
    ];
    for (max_message, nibble) in table {
        let (mut near, far) = duplex(64);
        let limits = LinkLimits {
            max_message,
            ..LinkLimits::default()
        };
        drop(near.shutdown().await);
        rawsocket::connect(far, JSON, String::new(), limits)
            .await
            .unwrap_err();
        let mut asked = [0; 4];
        near.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, [0x7F, nibble << 4 | 1, 0, 0], "{max_message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_not_waited_for_longer_than_the_limit() {
    let (near, far) = duplex(64);
    let limits = LinkLimits::default();
    let opened = rawsocket::accept(far, |_| true, String::new(), limits).await;
    assert!(matches!(opened, Err(OpenError::Timeout(limit)) if limit == limits.open_timeout));
    drop(near);
}

#[tokio::test]
async fn too_many_connections_is_said_without_waiting_for_the_client() {
    let (mut near, far) = duplex(64);
    let refusing = rawsocket::refuse(far, Refusal::TooManyConnections, LinkLimits::default());
    let ((), answer) = tokio::join!(refusing, async {
        let mut answer = Vec::new();
        near.read_to_end(&mut answer).await.unwrap();
        drop(near);
        answer
    });
    assert_eq!(answer, [0x7F, 0x40, 0, 0]);
}

#[tokio::test]
async fn a_prefix_alone_is_enough_to_refuse_a_frame() {
    let limits = LinkLimits {
        max_message: 1 << 16,
        ..LinkLimits::default()
    };
    let too_long: Is<LinkError> = |e| matches!(e, LinkError::TooLong { limit: 65_536 });
    let framing: Is<LinkError> = |e| matches!(e, LinkError::Framing { .. });
    let table: [(&[u8], Is<LinkError>); 7] = [
        // One octet more than announced; the 25th bit; a PING as long.
        (&[0, 1, 0, 1], too_long),
        (&[8, 0, 0, 0], too_long),
        (&[1, 1, 0, 1], too_long),
        // The 25th bit with others, reserved types, reserved bits.
        (&[8, 0, 0, 1], framing),
        (&[3, 0, 0, 0], framing),
        (&[7, 0, 0, 0], framing),
        (&[0x10, 0, 0, 0], framing),
    ];
    for (prefix, expected) in table {
        let (mut near, mut link) = bare(JSON, TransportKind::RawSocket, limits).await;
        near.write_all(prefix).await.unwrap();
        let error = failure(&mut link).await;
        assert!(expected(&error), "{prefix:02x?}: {error:?}");
    }
}

#[tokio::test]
async fn a_message_of_exactly_16_mib_crosses_with_the_25th_bit() {
    let length = |letters: usize| {
        let payload = Payload::new(Serializer::Json, &["x".repeat(letters)], &()).unwrap();
        call_with(1, payload)
    };
    let mut empty = bytes::BytesMut::new();
    wamp_proto::encode(&length(0), Serializer::Json, &mut empty).unwrap();
    // With letters its argument is there, and so are its brackets and quotes.
    let letters = (1 << 24) - empty.len();
    let message = length(letters);
    let kind = Kind::new(TransportKind::RawSocket, Serializer::Json, Framing::Plain);
    let (
        Pair {
            mut client,
            mut router,
        },
        watch,
    ) = Pair::watched(kind, 1 << 20).await;
    let start = watch.octets().len();
    let (sent, received) =
        tokio::join!(client.send(Outbound::Owned(message)), receive(&mut router));
    sent.unwrap();
    assert_eq!(read_call(&received).1, letters);
    assert_eq!(watch.octets()[start..start + 4], [8, 0, 0, 0]);

    let refused = client.send(Outbound::Owned(length(letters + 1))).await;
    assert!(matches!(refused, Err(LinkError::TooLongToSend { .. })));
}

#[tokio::test]
async fn a_peer_that_pings_and_does_not_read_is_not_read_from_any_more() {
    let (mut near, mut link) = bare(JSON, TransportKind::RawSocket, LinkLimits::default()).await;
    let ping = [&[1, 0, 0x40, 0][..], &[7; 0x4000]].concat();
    let mut cx = Context::from_waker(Waker::noop());
    let mut written = 0;
    // Both sides go on as long as either gets anything done.
    let mut stuck = false;
    while !stuck {
        stuck = true;
        assert!(link.poll_next_unpin(&mut cx).is_pending());
        while let Poll::Ready(more) =
            Pin::new(&mut near).poll_write(&mut cx, &ping[written % ping.len()..])
        {
            written += more.unwrap();
            stuck = false;
        }
        assert!(
            written < 1 << 20,
            "the answers are not collected without bound"
        );
    }
    // Once it reads, it gets every answer, and is read from again.
    let mut pongs = vec![0; ping.len()];
    tokio::select! {
        read = near.read_exact(&mut pongs) => drop(read.unwrap()),
        ended = link.next() => panic!("{ended:?}"),
    }
    assert_eq!(pongs[..4], [2, 0, 0x40, 0]);
    assert_eq!(pongs[4..], ping[4..]);
}

#[tokio::test]
async fn an_unasked_pong_is_ignored() {
    let (mut near, mut link) = bare(JSON, TransportKind::RawSocket, LinkLimits::default()).await;
    near.write_all(&[2, 0, 0, 1, 9]).await.unwrap();
    let goodbye = br#"[6,{},"wamp.close.normal"]"#;
    near.write_all(&[0, 0, 0, goodbye.len() as u8])
        .await
        .unwrap();
    near.write_all(goodbye).await.unwrap();
    let message = within(link.next()).await.unwrap().unwrap();
    assert!(matches!(message, Message::Goodbye(_)));
}
