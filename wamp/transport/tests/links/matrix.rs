//! What holds for every transport, serializer and sealing alike.

use crate::harness::{
    Kind, Pair, assert_silent, bare, batch, call, call_with, event, failure, read_call, receive,
    send_all, within,
};
use futures_util::{SinkExt, StreamExt};
use std::{
    collections::BTreeMap,
    task::{Context, Waker},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wamp_proto::{Outbound, Payload, Serializer, SharedMessage};
use wamp_transport::{CloseCode, LinkError, LinkLimits, TransportKind};

/// So little that every frame is written and read in parts.
const TINY: usize = 7;
/// So much that nothing waits.
const AMPLE: usize = 1 << 20;

/// Each test once for every kind of link: `websocket::sealed::json::what_it_says`.
macro_rules! for_every_kind {
    ($(async fn $name:ident($kind:ident: Kind) $body:block)*) => {
        $(async fn $name($kind: Kind) $body)*
        mod websocket {
            for_every_kind!(@framing plain WebSocket Plain [$($name)*]);
            for_every_kind!(@framing batched WebSocket Batched [$($name)*]);
            for_every_kind!(@framing sealed WebSocket Sealed [$($name)*]);
        }
        mod rawsocket {
            for_every_kind!(@framing plain RawSocket Plain [$($name)*]);
            for_every_kind!(@framing sealed RawSocket Sealed [$($name)*]);
        }
    };
    (@framing $module:ident $transport:ident $framing:ident $names:tt) => {
        mod $module {
            for_every_kind!(@kind json $transport Json $framing $names);
            for_every_kind!(@kind msgpack $transport MessagePack $framing $names);
            for_every_kind!(@kind cbor $transport Cbor $framing $names);
        }
    };
    (@kind $module:ident $transport:ident $serializer:ident $framing:ident [$($name:ident)*]) => {
        mod $module {
            use crate::harness::Kind;
            use wamp_proto::Serializer;
            use wamp_transport::{Framing, TransportKind};

            const KIND: Kind =
                Kind::new(TransportKind::$transport, Serializer::$serializer, Framing::$framing);

            $(#[tokio::test] async fn $name() { crate::matrix::$name(KIND).await; })*
        }
    };
}

for_every_kind! {
    async fn both_ends_know_what_the_link_is(kind: Kind) {
        let Pair { client, router } = Pair::new(kind, AMPLE).await;
        for (link, peer) in [(&client, "router"), (&router, "client")] {
            let info = link.info();
            assert_eq!(info.transport, kind.transport);
            assert_eq!(info.serializer, kind.subprotocol.serializer);
            assert_eq!(info.sealed.is_some(), kind.is_sealed());
            assert_eq!(info.binding.is_some(), kind.is_sealed());
            assert_eq!(info.peer, peer);
        }
        assert_eq!(client.info().binding, router.info().binding);
    }

    async fn messages_cross_whole_and_in_order_however_little_is_moved_at_once(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, TINY).await;
        let lengths = [0, 1, 125, 126, 3000];
        let numbered = || (1..).zip(lengths);
        let calls = || numbered().map(|(request, length)| call(request, length));
        tokio::join!(send_all(&mut client, calls()), async {
            for sent in numbered() {
                assert_eq!(read_call(&receive(&mut router).await), sent);
            }
        });
        tokio::join!(send_all(&mut router, calls()), async {
            for sent in numbered() {
                assert_eq!(read_call(&receive(&mut client).await), sent);
            }
        });
    }

    async fn long_messages_cross_both_ways_at_once(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, 5000).await;
        let exchange = async |link: &mut wamp_transport::Link| {
            // One task polls both directions: neither may wait for the other.
            let (mut sink, mut stream) = link.split();
            let ((), received) = tokio::join!(
                async {
                    for request in 1..=3 {
                        sink.send(Outbound::Owned(call(request, 200_000))).await.unwrap();
                    }
                },
                async {
                    let mut received = Vec::new();
                    for _ in 1..=3 {
                        let message = within(stream.next()).await.unwrap().unwrap();
                        received.push(read_call(&message));
                    }
                    received
                }
            );
            assert_eq!(received, [(1, 200_000), (2, 200_000), (3, 200_000)]);
        };
        tokio::join!(exchange(&mut client), exchange(&mut router));
    }

    async fn what_has_come_is_there_without_waiting(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, AMPLE).await;
        assert_silent(&mut router).await;
        send_all(&mut client, (1..=100).map(|request| call(request, 20))).await;
        let requests: Vec<_> = batch(&mut router).iter().map(|m| read_call(m).0).collect();
        assert_eq!(requests, Vec::from_iter(1..=100));
    }

    async fn many_messages_and_one_flush_are_few_writes(kind: Kind) {
        let (Pair { mut client, mut router }, watch) = Pair::watched(kind, AMPLE).await;
        let before = watch.writes();
        send_all(&mut client, (1..=64).map(|request| call(request, 20))).await;
        let writes = watch.writes() - before;
        assert!(writes <= 2, "{writes} writes for 64 messages");
        assert_eq!(batch(&mut router).len(), 64);
    }

    async fn nothing_is_written_before_the_flush_unless_the_buffer_is_full(kind: Kind) {
        let (Pair { mut client, .. }, watch) = Pair::watched(kind, AMPLE).await;
        let before = watch.writes();
        client.feed(Outbound::Owned(call(1, 20))).await.unwrap();
        assert_eq!(watch.writes(), before);
    }

    async fn a_sender_waits_while_the_peer_does_not_read(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, 1000).await;
        let mut cx = Context::from_waker(Waker::noop());
        let mut fed = 0_u64;
        while client.poll_ready_unpin(&mut cx).is_ready() {
            fed += 1;
            client.start_send_unpin(Outbound::Owned(call(fed, 100))).unwrap();
            assert!(fed < 10_000, "the write buffer is bounded");
        }
        // Everything fed arrives once the peer reads.
        let (flushed, last) = tokio::join!(client.flush(), async {
            let mut last = 0;
            while last < fed {
                last = read_call(&receive(&mut router).await).0;
            }
            last
        });
        flushed.unwrap();
        assert_eq!(last, fed);
    }

    async fn messages_sent_without_waiting_for_room_stay_whole_and_in_order(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, 1000).await;
        let lengths = [200_000, 10, 200_000, 10];
        for (request, length) in (1..).zip(lengths) {
            client.start_send_unpin(Outbound::Owned(call(request, length))).unwrap();
        }
        let (flushed, ()) = tokio::join!(client.flush(), async {
            for sent in (1..).zip(lengths) {
                assert_eq!(read_call(&receive(&mut router).await), sent);
            }
        });
        flushed.unwrap();
    }

    async fn a_peer_that_does_not_read_can_still_be_heard(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, 1000).await;
        let mut cx = Context::from_waker(Waker::noop());
        while router.poll_ready_unpin(&mut cx).is_ready() {
            router.start_send_unpin(Outbound::Owned(call(1, 500))).unwrap();
        }
        assert!(router.poll_flush_unpin(&mut cx).is_pending());
        for request in 1..=20 {
            let (sent, received) = tokio::join!(
                client.send(Outbound::Owned(call(request, 500))),
                receive(&mut router)
            );
            sent.unwrap();
            assert_eq!(read_call(&received).0, request);
        }
    }

    async fn a_message_that_can_not_be_encoded_leaves_the_link_as_it_was(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, AMPLE).await;
        // Keys that are not strings are carried, but not transcoded.
        let other = match kind.subprotocol.serializer {
            Serializer::MessagePack => Serializer::Cbor,
            _ => Serializer::MessagePack,
        };
        let odd = Payload::new(other, &[BTreeMap::from([(1, 2)])], &()).unwrap();
        let refused = client.feed(Outbound::Owned(call_with(1, odd))).await.unwrap_err();
        assert!(refused.is_about_one_message(), "{refused:?}");
        assert!(matches!(refused, LinkError::Encode(_)));
        send_all(&mut client, [call(2, 3)]).await;
        assert_eq!(read_call(&receive(&mut router).await), (2, 3));
    }

    async fn a_shared_message_reaches_everyone_encoded_once(kind: Kind) {
        let mut pairs = [Pair::new(kind, AMPLE).await, Pair::new(kind, AMPLE).await];
        let shared = SharedMessage::new(event(9));
        for Pair { router, .. } in &mut pairs {
            router.send(Outbound::Shared(shared.clone())).await.unwrap();
        }
        for Pair { client, .. } in &mut pairs {
            let received = receive(client).await;
            assert_eq!(received.name(), "EVENT");
            let text: (String,) = received.payload().unwrap().read_args().unwrap();
            assert_eq!(text.0, "to all");
        }
        let serializer = kind.subprotocol.serializer;
        let [first, second] = [(); 2].map(|()| shared.frame(serializer).unwrap());
        assert_eq!(first.as_ptr(), second.as_ptr());
    }

    async fn a_message_that_is_too_long_is_refused(kind: Kind) {
        let limits = LinkLimits { max_message: 1 << 16, ..LinkLimits::default() };
        let Pair { mut client, mut router } = Pair::with_limits(kind, AMPLE, limits).await;
        send_all(&mut client, [call(1, 60_000)]).await;
        assert_eq!(read_call(&receive(&mut router).await).1, 60_000);

        let sent = client.send(Outbound::Owned(call(2, 70_000))).await;
        if kind.transport == TransportKind::RawSocket && !kind.is_sealed() {
            // The router said what it takes, so the message is not even sent.
            assert!(matches!(sent, Err(LinkError::TooLongToSend { limit: 65_536, .. })));
            send_all(&mut client, [call(3, 1)]).await;
            assert_eq!(read_call(&receive(&mut router).await).0, 3);
        } else {
            sent.unwrap();
            let error = failure(&mut router).await;
            assert!(matches!(error, LinkError::TooLong { limit: 65_536 }), "{error:?}");
        }
    }

    async fn a_stream_that_ends_within_a_frame_is_not_a_close(kind: Kind) {
        let (Pair { mut client, mut router }, watch) = Pair::watched(kind, AMPLE).await;
        send_all(&mut client, [call(1, 3)]).await;
        watch.cut(5);
        client.send(Outbound::Owned(call(2, 3))).await.unwrap_err();
        assert_eq!(read_call(&receive(&mut router).await).0, 1);
        let error = failure(&mut router).await;
        assert!(matches!(error, LinkError::Cut), "{error:?}");
    }

    async fn a_peer_that_vanishes_is_noticed(kind: Kind) {
        let Pair { client, mut router } = Pair::new(kind, AMPLE).await;
        drop(client);
        let end = within(router.next()).await;
        // RawSocket has no close of its own: the end between two frames is one.
        let is_close = kind.transport == TransportKind::RawSocket;
        assert_eq!(end.is_none(), is_close, "{end:?}");
    }

    async fn a_frame_that_is_no_message_still_lets_an_abort_out(kind: Kind) {
        // A link of another serializer writes what this one can not read.
        if kind.is_sealed() {
            return;
        }
        let (mut near, mut router) =
            bare(kind.subprotocol, kind.transport, LinkLimits::default()).await;
        let is_text = kind.subprotocol.serializer == Serializer::Json;
        near.write_all(&frame_of(kind.transport, is_text, b"\xc1garbage")).await.unwrap();
        let error = failure(&mut router).await;
        let is_framing = matches!(error, LinkError::Framing { .. });
        // tungstenite refuses text that is not UTF-8 before anybody can decode it.
        let by_transport = is_text && kind.transport == TransportKind::WebSocket;
        assert!(is_framing == by_transport, "{error:?}");
        assert!(by_transport || matches!(error, LinkError::Decode(_)), "{error:?}");
        send_all(&mut router, [call(1, 3)]).await;
        let mut written = vec![0; 4];
        near.read_exact(&mut written).await.unwrap();
    }

    async fn an_empty_frame_is_no_message(kind: Kind) {
        if kind.is_sealed() {
            return;
        }
        let (mut near, mut router) =
            bare(kind.subprotocol, kind.transport, LinkLimits::default()).await;
        let is_text = kind.subprotocol.serializer == Serializer::Json;
        near.write_all(&frame_of(kind.transport, is_text, b"")).await.unwrap();
        let error = failure(&mut router).await;
        assert!(matches!(error, LinkError::Decode(_)), "{error:?}");
    }

    async fn what_was_sent_before_closing_arrives_and_then_the_end(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, 100).await;
        let closing = async {
            client.feed(Outbound::Owned(call(1, 1000))).await.unwrap();
            within(client.close_with(CloseCode::Normal)).await.unwrap();
        };
        let staying = async {
            assert_eq!(read_call(&receive(&mut router).await), (1, 1000));
            assert!(within(router.next()).await.is_none());
            assert!(within(router.next()).await.is_none(), "the end is final");
            within(router.close()).await.unwrap();
            drop(router);
        };
        tokio::join!(closing, staying);
    }

    async fn the_router_may_close_first(kind: Kind) {
        let Pair { mut client, router } = Pair::new(kind, 100).await;
        let (closed, ()) = tokio::join!(within(router.close_with(CloseCode::GoingAway)), async {
            assert!(within(client.next()).await.is_none());
            within(client.close()).await.unwrap();
        });
        closed.unwrap();
    }

    async fn nothing_is_sent_after_closing(kind: Kind) {
        let Pair { mut client, mut router } = Pair::new(kind, AMPLE).await;
        let (closed, ()) = tokio::join!(within(client.close()), async {
            assert!(within(router.next()).await.is_none());
            within(router.close()).await.unwrap();
        });
        closed.unwrap();
        let refused = client.send(Outbound::Owned(call(1, 1))).await;
        assert!(matches!(refused, Err(LinkError::Closed)), "{refused:?}");
    }
}

/// One frame as a client writes it.
fn frame_of(transport: TransportKind, is_text: bool, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u8;
    let mut frame = match transport {
        TransportKind::RawSocket => vec![0, 0, 0, length],
        // Masked with zeros.
        _ => vec![if is_text { 0x81 } else { 0x82 }, 0x80 | length, 0, 0, 0, 0],
    };
    frame.extend_from_slice(payload);
    frame
}
