//! Long-poll links: what requests carry, and when a client is gone.

use crate::harness::{assert_silent, batch, call, failure, read_call, receive, send_all, within};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, SinkExt, StreamExt};
use std::{
    task::{Context, Waker},
    time::Duration,
};
use wamp_proto::{BatchReader, BatchWriter, Message, Outbound, Serializer, decode, encode};
use wamp_transport::{
    CloseCode, Link, LinkError, LinkLimits, Opened, Subprotocol, TransportKind,
    longpoll::{self, Client, Received},
};

const INACTIVITY: Duration = Duration::from_secs(30);
const JSON: Subprotocol = Subprotocol::plain(Serializer::Json);
const BATCHED: Subprotocol = Subprotocol::batched(Serializer::Json);

fn open(subprotocol: Subprotocol) -> (Link, Client) {
    let limits = LinkLimits::default();
    match longpoll::open(subprotocol, "client".to_owned(), INACTIVITY, limits) {
        (Opened::Plain(link), client) => (link, client),
        (Opened::Sealed(_), _) => panic!("nobody asked for a seal"),
    }
}

fn frame(message: &Message, serializer: Serializer) -> Bytes {
    let mut frame = BytesMut::new();
    encode(message, serializer, &mut frame).unwrap();
    frame.freeze()
}

async fn send(client: &Client, frame: Bytes) {
    within(client.slot())
        .await
        .expect("an open link")
        .fill(frame);
}

async fn received(client: &Client) -> Bytes {
    match within(client.receive()).await {
        Received::Frame(frame) => frame,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn single_messages_take_a_request_each() {
    for serializer in Serializer::ALL {
        let (mut link, client) = open(Subprotocol::plain(serializer));
        assert_eq!(link.info().transport, TransportKind::LongPoll);
        for request in 1..=3 {
            send(&client, frame(&call(request, 10), serializer)).await;
            assert_eq!(read_call(&receive(&mut link).await), (request, 10));
        }
        send_all(&mut link, (1..=3).map(|request| call(request, 5))).await;
        for request in 1..=3 {
            let message = decode(serializer, &received(&client).await).unwrap();
            assert_eq!(read_call(&message), (request, 5));
        }
    }
}

#[tokio::test]
async fn batches_take_all_that_waits_in_one_request() {
    for serializer in Serializer::ALL {
        let (mut link, client) = open(Subprotocol::batched(serializer));
        let mut writer = BatchWriter::new(serializer);
        for request in 1..=3 {
            writer.push(&frame(&call(request, 10), serializer));
        }
        send(&client, writer.take().unwrap()).await;
        let requests: Vec<_> = batch(&mut link).iter().map(|m| read_call(m).0).collect();
        assert_eq!(requests, [1, 2, 3]);

        for request in 1..=3 {
            send_all(&mut link, [call(request, 5)]).await;
        }
        let all = BatchReader::new(serializer, received(&client).await).unwrap();
        let requests: Vec<_> = all
            .map(|frame| read_call(&decode(serializer, &frame.unwrap()).unwrap()).0)
            .collect();
        assert_eq!(requests, [1, 2, 3]);
    }
}

#[tokio::test]
async fn a_request_that_came_first_is_taken_first_and_the_next_waits() {
    let (mut link, client) = open(JSON);
    let first = client.slot().await.unwrap();
    // Its body is still on the way.
    let mut second = Box::pin(client.slot());
    assert!((&mut second).now_or_never().is_none());
    first.fill(frame(&call(1, 1), Serializer::Json));
    assert_eq!(read_call(&receive(&mut link).await).0, 1);
    within(second)
        .await
        .unwrap()
        .fill(frame(&call(2, 1), Serializer::Json));
    assert_eq!(read_call(&receive(&mut link).await).0, 2);
}

#[tokio::test]
async fn a_request_given_up_takes_no_message() {
    let (mut link, client) = open(JSON);
    assert!(client.receive().now_or_never().is_none());
    send_all(&mut link, [call(1, 1)]).await;
    assert!(received(&client).await.starts_with(b"[48,1,"));
}

#[tokio::test]
async fn of_two_requests_that_wait_the_later_receives() {
    let (mut link, client) = open(JSON);
    let mut earlier = Box::pin(client.receive());
    assert!((&mut earlier).now_or_never().is_none());
    let mut later = Box::pin(client.receive());
    assert!((&mut later).now_or_never().is_none());
    send_all(&mut link, [call(1, 1)]).await;
    assert_eq!(within(earlier).await, Received::Displaced);
    assert!(matches!(within(later).await, Received::Frame(_)));
}

#[tokio::test]
async fn a_client_that_closes_ends_the_link_after_what_it_sent() {
    let (mut link, client) = open(JSON);
    send(&client, frame(&call(1, 1), Serializer::Json)).await;
    client.close();
    assert!(client.slot().await.is_none());
    assert_eq!(read_call(&receive(&mut link).await).0, 1);
    assert!(within(link.next()).await.is_none());
    within(link.close()).await.unwrap();
    assert_eq!(client.receive().await, Received::Closed);
}

#[tokio::test]
async fn a_link_that_closes_gives_its_last_words_and_then_the_end() {
    let (mut link, client) = open(JSON);
    link.feed(Outbound::Owned(call(1, 1))).await.unwrap();
    let (closed, ()) = tokio::join!(within(link.close_with(CloseCode::Normal)), async {
        assert!(received(&client).await.starts_with(b"[48,1,"));
        assert_eq!(within(client.receive()).await, Received::Closed);
        assert!(client.slot().await.is_none());
    });
    closed.unwrap();
}

#[tokio::test(start_paused = true)]
async fn last_words_that_nobody_asks_for_are_not_waited_for_longer_than_the_limit() {
    let (mut link, client) = open(JSON);
    link.feed(Outbound::Owned(call(1, 1))).await.unwrap();
    link.close_with(CloseCode::Normal).await.unwrap_err();
    // They are still there.
    assert!(matches!(client.receive().await, Received::Frame(_)));
    assert_eq!(client.receive().await, Received::Closed);
}

#[tokio::test]
async fn a_link_that_is_dropped_ends_a_request_that_waits() {
    let (link, client) = open(JSON);
    let mut waiting = Box::pin(client.receive());
    assert!((&mut waiting).now_or_never().is_none());
    drop(link);
    assert_eq!(within(waiting).await, Received::Closed);
    assert!(client.slot().await.is_none());
}

#[tokio::test]
async fn a_sender_waits_for_a_client_that_does_not_ask() {
    let (mut link, client) = open(BATCHED);
    let mut cx = Context::from_waker(Waker::noop());
    let mut fed = 0_u64;
    while link.poll_ready_unpin(&mut cx).is_ready() {
        fed += 1;
        let message = Outbound::Owned(call(fed, 1000));
        link.start_send_unpin(message).unwrap();
        assert!(link.poll_flush_unpin(&mut cx).is_ready());
        assert!(fed < 1000, "what waits is bounded");
    }
    let all = BatchReader::new(Serializer::Json, received(&client).await).unwrap();
    assert_eq!(all.count() as u64, fed);
    assert!(link.poll_ready_unpin(&mut cx).is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_nothing_is_gone_after_a_while() {
    let (mut link, client) = open(JSON);
    let error = failure(&mut link).await;
    assert!(matches!(error, LinkError::Silent(INACTIVITY)), "{error:?}");
    drop(link);
    assert_eq!(client.receive().await, Received::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_nothing_is_gone_for_who_only_sends_too() {
    let (mut link, _client) = open(JSON);
    let sending = async {
        loop {
            let message = Outbound::Owned(call(1, 100_000));
            if let Err(error) = link.send(message).await {
                break error;
            }
        }
    };
    let error = within(sending).await;
    assert!(matches!(error, LinkError::Silent(INACTIVITY)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_and_does_not_receive_stays() {
    let (mut link, client) = open(JSON);
    let sending = async { while link.send(Outbound::Owned(call(1, 100_000))).await.is_ok() {} };
    let asking = async {
        for _ in 0..10 {
            tokio::time::sleep(INACTIVITY / 2).await;
            assert!(client.slot().await.is_some());
        }
    };
    tokio::select! {
        () = sending => panic!("the client was there"),
        () = asking => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_or_asks_in_time_stays() {
    let (mut link, client) = open(JSON);
    let asking = async {
        for _ in 0..10 {
            let waiting = tokio::time::timeout(INACTIVITY * 2, client.receive());
            assert!(waiting.await.is_err());
            tokio::time::sleep(INACTIVITY / 2).await;
        }
    };
    tokio::select! {
        end = link.next() => panic!("{end:?}"),
        () = asking => {}
    }
}

#[tokio::test]
async fn what_is_no_message_is_a_violation_that_can_still_be_answered() {
    for (subprotocol, octets) in [(JSON, "[false]"), (BATCHED, "[1]")] {
        let (mut link, client) = open(subprotocol);
        assert_silent(&mut link).await;
        send(&client, octets.into()).await;
        let error = failure(&mut link).await;
        assert!(matches!(error, LinkError::Decode(_)), "{error:?}");
        send_all(&mut link, [call(1, 1)]).await;
        assert!(received(&client).await.starts_with(b"[48,1,"));
    }
}
