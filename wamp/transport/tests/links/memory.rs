//! Links within one process.

use crate::harness::{assert_silent, batch, call, event, read_call, receive, send_all, within};
use futures_util::{SinkExt, StreamExt};
use std::task::{Context, Waker};
use wamp_proto::{Outbound, SharedMessage};
use wamp_transport::{
    CloseCode, LinkError, TransportKind,
    memory::{self, Capacity},
};

const NAMES: [&str; 2] = ["router", "slides"];

#[tokio::test]
async fn each_end_is_called_by_the_name_of_the_other() {
    let (router, slides) = memory::pair(Capacity::default(), NAMES);
    assert_eq!(router.info().peer, "slides");
    assert_eq!(slides.info().peer, "router");
    for link in [&router, &slides] {
        assert_eq!(link.info().transport, TransportKind::Memory);
        assert!(link.info().sealed.is_none() && link.info().binding.is_none());
    }
}

#[tokio::test]
async fn messages_cross_in_order_both_ways() {
    let (mut a, mut b) = memory::pair(Capacity::default(), NAMES);
    assert_silent(&mut a).await;
    send_all(&mut a, (1..=3).map(|request| call(request, 5))).await;
    b.send(Outbound::Shared(SharedMessage::new(event(4))))
        .await
        .unwrap();
    let requests: Vec<_> = batch(&mut b).iter().map(|m| read_call(m).0).collect();
    assert_eq!(requests, [1, 2, 3]);
    assert_eq!(receive(&mut a).await.name(), "EVENT");
}

#[tokio::test]
async fn a_waiting_receiver_is_woken_by_the_flush() {
    let (mut a, mut b) = memory::pair(Capacity::default(), NAMES);
    let receiving = tokio::spawn(async move { receive(&mut b).await });
    a.send(Outbound::Owned(call(1, 5))).await.unwrap();
    assert_eq!(read_call(&within(receiving).await.unwrap()).0, 1);
}

#[tokio::test]
async fn a_sender_waits_for_room_in_messages_and_in_octets() {
    let one_message = call(1, 1000);
    let octets = Outbound::Owned(one_message.clone()).cost() * 3;
    for capacity in [
        Capacity {
            messages: 3,
            octets: usize::MAX,
        },
        Capacity {
            messages: usize::MAX,
            octets,
        },
    ] {
        let (mut a, mut b) = memory::pair(capacity, NAMES);
        let mut cx = Context::from_waker(Waker::noop());
        let mut fed = 0;
        while a.poll_ready_unpin(&mut cx).is_ready() {
            a.start_send_unpin(Outbound::Owned(one_message.clone()))
                .unwrap();
            fed += 1;
            assert!(fed <= 3);
        }
        assert_eq!(fed, 3);
        // The sender goes on once the receiver has taken some.
        let sending = tokio::spawn(async move {
            send_all(&mut a, (2..=50).map(|request| call(request, 1000))).await;
            a
        });
        for _ in 0..3 + 49 {
            receive(&mut b).await;
        }
        let a = within(sending).await.unwrap();
        assert_silent(&mut b).await;
        drop(a);
    }
}

#[tokio::test]
async fn what_was_sent_before_closing_is_received_before_the_end() {
    let (mut a, mut b) = memory::pair(Capacity::default(), NAMES);
    a.feed(Outbound::Owned(call(1, 5))).await.unwrap();
    a.close_with(CloseCode::Normal).await.unwrap();
    assert_eq!(read_call(&receive(&mut b).await).0, 1);
    assert!(within(b.next()).await.is_none());
    let refused = b.send(Outbound::Owned(call(1, 5))).await;
    assert!(matches!(refused, Err(LinkError::Closed)));
}

#[tokio::test]
async fn an_end_that_is_dropped_wakes_whoever_waits() {
    let capacity = Capacity {
        messages: 1,
        octets: usize::MAX,
    };
    let (mut a, b) = memory::pair(capacity, NAMES);
    let sending = tokio::spawn(async move {
        send_all(&mut a, [call(1, 5)]).await;
        a.send(Outbound::Owned(call(2, 5))).await
    });
    drop(b);
    assert!(matches!(
        within(sending).await.unwrap_or(Err(LinkError::Closed)),
        Err(LinkError::Closed)
    ));

    let (a, mut b) = memory::pair(capacity, NAMES);
    let receiving = tokio::spawn(async move { b.next().await.is_none() });
    drop(a);
    assert!(within(receiving).await.unwrap());
}
