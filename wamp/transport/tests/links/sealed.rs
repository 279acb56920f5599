//! Sealed links: who gets one, and what an attacker on the wire can do.

use crate::harness::{
    CLIENT_PUBLIC, CLIENT_SECRET, DAEMON_ID, Kind, Pair, ROUTER_PUBLIC, Tap, Watch, accept,
    accept_opened, call, failure, key, read_call, receive, responder, seal_keys, send_all, within,
};
use futures_util::SinkExt;
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use wamp_proto::{Outbound, Serializer};
use wamp_transport::{
    Framing, Link, LinkError, LinkLimits, OpenError, Opened, TransportKind,
    sealed::{BINDING, SealKeys, prologue},
};

const LIMITS: fn() -> LinkLimits = LinkLimits::default;

fn kinds() -> [Kind; 2] {
    [TransportKind::WebSocket, TransportKind::RawSocket]
        .map(|transport| Kind::new(transport, Serializer::MessagePack, Framing::Sealed))
}

/// A client and a router, both before sealing, and the watch on what the client writes.
async fn unsealed(
    kind: Kind,
) -> (
    wamp_transport::sealed::Sealing,
    wamp_transport::sealed::Sealing,
    Watch,
) {
    let (client, router) = duplex(1 << 16);
    let (client, watch) = Tap::new(client);
    let opened = tokio::join!(kind.open(client, LIMITS()), accept_opened(router, LIMITS()));
    let (Ok(Opened::Sealed(client)), Ok(Opened::Sealed(router))) = opened else {
        panic!("a sealed link was asked for");
    };
    (client, router, watch)
}

#[tokio::test]
async fn each_side_knows_the_key_of_the_other_and_both_the_same_hash() {
    for kind in kinds() {
        let Pair { client, router } = Pair::new(kind, 1 << 16).await;
        let [client, router] = [client, router].map(|link| link.info().clone());
        let [at_client, at_router] = [&client, &router].map(|info| info.sealed.unwrap());
        assert_eq!(at_client.remote_static, key(ROUTER_PUBLIC));
        assert_eq!(at_router.remote_static, key(CLIENT_PUBLIC));
        assert_eq!(at_client.handshake_hash, at_router.handshake_hash);
        let binding = client.binding.unwrap();
        assert_eq!(binding.name, BINDING);
        assert_eq!(binding.id, at_client.handshake_hash);

        let other = Pair::new(kind, 1 << 16).await;
        assert_ne!(
            other.client.info().binding,
            Some(binding),
            "every link has its own"
        );
    }
}

#[tokio::test]
async fn a_router_learns_the_key_before_it_answers_and_may_stay_silent() {
    for kind in kinds() {
        let (client, router, _) = unsealed(kind).await;
        let keys = seal_keys();
        let (initiated, ()) = tokio::join!(within(client.initiate(&keys)), async {
            let knock = router.receive(&responder()).await.unwrap();
            assert_eq!(*knock.remote_static(), key(CLIENT_PUBLIC));
            assert_eq!(knock.peer(), "client");
            within(knock.refuse()).await;
        });
        let error = initiated.unwrap_err();
        assert!(
            matches!(error, OpenError::Link(LinkError::Cut)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_client_with_a_wrong_key_or_prologue_gets_no_link() {
    let wrong = [
        SealKeys::new(&CLIENT_SECRET, key(CLIENT_PUBLIC), prologue(DAEMON_ID)),
        SealKeys::new(&CLIENT_SECRET, key(ROUTER_PUBLIC), prologue("another")),
        SealKeys::new(&CLIENT_SECRET, key(ROUTER_PUBLIC), Vec::new()),
        SealKeys::new(&CLIENT_SECRET, [0; 32], prologue(DAEMON_ID)),
    ];
    for kind in kinds() {
        for keys in &wrong {
            let (client, router, _) = unsealed(kind).await;
            let (responder, keys) = (responder(), keys.clone());
            let (initiated, received) = tokio::join!(
                within(client.initiate(&keys)),
                within(router.receive(&responder))
            );
            assert!(matches!(received, Err(OpenError::Seal(_))), "{received:?}");
            assert!(initiated.is_err());
        }
    }
}

#[tokio::test]
async fn a_router_without_the_key_it_should_have_is_not_believed() {
    // The attacker has opened the transport and answers with octets of the right length.
    let kind = Kind::new(TransportKind::RawSocket, Serializer::Json, Framing::Sealed);
    let (mut attacker, far) = duplex(1 << 16);
    attacker.write_all(&[0x7F, 0xF9, 0, 0]).await.unwrap();
    attacker.write_all(&[0, 0, 0, 48]).await.unwrap();
    attacker.write_all(&[9; 48]).await.unwrap();
    let error = kind.client(far, LIMITS()).await.unwrap_err();
    assert!(matches!(error, OpenError::Seal(_)), "{error:?}");
}

#[tokio::test]
async fn a_first_message_of_another_length_is_refused() {
    for length in [0, 1, 95, 97, 1000] {
        let (mut near, far) = duplex(1 << 16);
        let frame = [
            &[0x7F, 0xF9, 0, 0][..],
            &(length as u32).to_be_bytes(),
            &vec![1; length],
        ];
        near.write_all(&frame.concat()).await.unwrap();
        let (refused, ()) = tokio::join!(within(accept(far, LIMITS())), async {
            near.shutdown().await.unwrap();
        });
        let error = refused.unwrap_err();
        assert!(matches!(error, OpenError::Seal(_)), "{length}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_knocks_is_not_waited_for_longer_than_the_limit() {
    for kind in kinds() {
        let (client, router, _) = unsealed(kind).await;
        let responder = responder();
        let received = router.receive(&responder).await;
        assert!(
            matches!(received, Err(OpenError::Timeout(_))),
            "{received:?}"
        );
        drop(client);
    }
}

#[tokio::test]
async fn nothing_that_is_said_can_be_read_on_the_wire() {
    let secrets: [&[u8]; 3] = [b"org.example.secret", b"example", b"xxxx"];
    for transport in [TransportKind::WebSocket, TransportKind::RawSocket] {
        for serializer in Serializer::ALL {
            for framing in [Framing::Plain, Framing::Sealed] {
                let kind = Kind::new(transport, serializer, framing);
                let (router, client) = duplex(1 << 20);
                // The router's frames are not masked, so that plain text would show.
                let (router, watch) = Tap::new(router);
                let mut pair = kind.over(client, router, LIMITS()).await;
                send_all(&mut pair.router, [call(1, 10), call(2, 10_000)]).await;
                for secret in secrets {
                    assert_eq!(watch.contains(secret), !kind.is_sealed(), "{kind:?}");
                }
                assert_eq!(read_call(&receive(&mut pair.client).await), (1, 10));
            }
        }
    }
}

#[tokio::test]
async fn a_frame_changed_on_the_way_ends_the_link() {
    let kind = Kind::new(TransportKind::RawSocket, Serializer::Cbor, Framing::Sealed);
    let frame_length = sent_alone(kind).await.len();
    for offset in 4..frame_length {
        let (
            Pair {
                mut client,
                mut router,
            },
            watch,
        ) = Pair::watched(kind, 1 << 16).await;
        watch.change(offset);
        send_all(&mut client, [call(1, 5)]).await;
        let error = failure(&mut router).await;
        assert!(
            matches!(error, LinkError::Seal(_)),
            "octet {offset}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_frame_sent_again_ends_the_link() {
    let kind = Kind::new(TransportKind::RawSocket, Serializer::Cbor, Framing::Sealed);
    let (
        Pair {
            mut client,
            mut router,
        },
        watch,
    ) = Pair::watched(kind, 1 << 16).await;
    let start = watch.octets().len();
    send_all(&mut client, [call(1, 5)]).await;
    watch.inject(watch.octets()[start..].to_vec());
    send_all(&mut client, [call(2, 5)]).await;
    assert_eq!(read_call(&receive(&mut router).await).0, 1);
    let error = failure(&mut router).await;
    assert!(matches!(error, LinkError::Seal(_)), "{error:?}");
}

#[tokio::test]
async fn a_link_recorded_and_played_to_the_router_again_says_nothing() {
    let kind = Kind::new(TransportKind::RawSocket, Serializer::Cbor, Framing::Sealed);
    let (
        Pair {
            mut client,
            router: _router,
        },
        watch,
    ) = Pair::watched(kind, 1 << 16).await;
    send_all(&mut client, [call(1, 5)]).await;

    let (mut attacker, far): (DuplexStream, _) = duplex(1 << 16);
    attacker.write_all(&watch.octets()).await.unwrap();
    // The knock is a true one, so it is admitted; the message after it is for another link.
    let mut router: Link = accept(far, LIMITS()).await.unwrap();
    let error = failure(&mut router).await;
    assert!(matches!(error, LinkError::Seal(_)), "{error:?}");
}

#[tokio::test]
async fn a_message_of_many_pieces_crosses() {
    for kind in kinds() {
        let (
            Pair {
                mut client,
                mut router,
            },
            watch,
        ) = Pair::watched(kind, 5000).await;
        let before = watch.octets().len();
        let (sent, message) = tokio::join!(
            client.send(Outbound::Owned(call(1, 200_000))),
            receive(&mut router)
        );
        sent.unwrap();
        assert_eq!(read_call(&message), (1, 200_000));
        // Four frames, each with a tag, a marker and a header.
        let overhead = watch.octets().len() - before - 200_000;
        assert!((4 * 21..4 * 31 + 50).contains(&overhead), "{overhead}");
    }
}

#[test]
fn keys_do_not_reach_logs() {
    let shown = format!("{:?} {:?}", seal_keys(), responder());
    assert_eq!(shown, "SealKeys { .. } Responder { .. }");
}

/// The octets that `call(1, 5)` takes on a link of `kind`.
async fn sent_alone(kind: Kind) -> Vec<u8> {
    let (
        Pair {
            mut client,
            router: _router,
        },
        watch,
    ) = Pair::watched(kind, 1 << 16).await;
    let start = watch.octets().len();
    send_all(&mut client, [call(1, 5)]).await;
    watch.octets().split_off(start)
}
