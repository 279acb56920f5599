//! Outboxes by themselves, filled and emptied by hand.

use super::*;
use std::task::Waker;
use wamp_proto::message::{Event, Goodbye};
use wamp_proto::options::{CloseDetails, EventDetails};
use wamp_proto::{Payload, PublicationId, SharedMessage, SubscriptionId, uris};

fn outbox(budget: usize) -> Outbox {
    outbox_with(budget, SlowReaders::Close)
}

fn outbox_with(budget: usize, slow_readers: SlowReaders) -> Outbox {
    let queues = Queues {
        session: budget,
        slow_readers,
        ..Queues::default()
    };
    Outbox::new(queues, Arc::default())
}

fn message() -> Outbound {
    let details = CloseDetails::default();
    Message::from(Goodbye {
        details,
        reason: uris::NORMAL,
    })
    .into()
}

fn event() -> Event {
    Event {
        subscription: SubscriptionId::new(1).unwrap(),
        publication: PublicationId::from_random(1),
        details: EventDetails::default().into(),
        payload: Payload::NONE,
    }
}

fn owned_event() -> Outbound {
    Message::from(event()).into()
}

/// What one turn takes out, by name; an EVENT with the number of those that it says were left out.
fn take(outbox: &Outbox) -> (Poll<Taken>, Vec<String>) {
    let mut out = VecDeque::new();
    let taken = outbox.poll_take(&Context::from_waker(Waker::noop()), &mut out);
    let names = out.iter().map(|outbound| match outbound.message() {
        Message::Event(event) => match event.details.dropped {
            Some(dropped) => format!("EVENT after {dropped}"),
            None => "EVENT".to_owned(),
        },
        message => message.name().to_owned(),
    });
    (taken, names.collect())
}

#[test]
fn only_the_first_message_asks_for_a_wake() {
    let outbox = outbox(1 << 20);
    assert!(outbox.push(message()).wake);
    assert!(!outbox.push(message()).wake);
    assert_eq!(take(&outbox).1, ["GOODBYE", "GOODBYE"]);
    assert!(take(&outbox).0.is_pending());
    assert!(outbox.push(message()).wake);
}

#[test]
fn over_budget_the_queue_is_freed_and_the_session_ends_with_the_reason() {
    let cost = message().cost();
    let outbox = outbox(cost * 2);
    outbox.push(message());
    assert_eq!(outbox.push(message()).wait, Wait::Briefly);
    assert!(outbox.is_congested());
    assert!(outbox.push(message()).wake);
    assert_eq!(outbox.counters.queued(), cost);
    assert_eq!(take(&outbox).1, ["ABORT"]);
    let (ended, rest) = take(&outbox);
    assert_eq!(ended, Poll::Ready(Taken::Ended(CloseReason::Overflow)));
    assert!(rest.is_empty());
}

#[test]
fn what_was_queued_before_the_end_still_goes_out() {
    let outbox = outbox(1 << 20);
    outbox.push(message());
    outbox.finish(CloseReason::Goodbye);
    outbox.push(message());
    assert_eq!(take(&outbox).1, ["GOODBYE"]);
    let (ended, _) = take(&outbox);
    assert_eq!(ended, Poll::Ready(Taken::Ended(CloseReason::Goodbye)));
}

#[tokio::test]
async fn a_sender_waits_until_the_queue_sinks() {
    let outbox = outbox(message().cost() * 3);
    outbox.room().await;
    outbox.push(message());
    outbox.push(message());
    tokio::join!(outbox.room(), async {
        tokio::task::yield_now().await;
        assert!(take(&outbox).0.is_ready());
    });
}

#[tokio::test]
async fn nobody_waits_for_a_session_that_is_gone() {
    let outbox = outbox(message().cost() * 2);
    outbox.push(message());
    outbox.push(message());
    tokio::join!(outbox.room(), async {
        tokio::task::yield_now().await;
        outbox.discard();
    });
    assert_eq!(outbox.counters.queued(), 0);
}

#[test]
fn events_for_a_slow_reader_are_left_out_until_it_has_caught_up_and_it_is_told() {
    let outbox = outbox_with(message().cost() * 8, SlowReaders::DropEvents);
    for _ in 0..5 {
        assert_eq!(
            outbox.push(message()).wait != Wait::Not,
            outbox.is_congested()
        );
    }
    for _ in 0..7 {
        assert_eq!(outbox.push(owned_event()), Pushed::default());
    }
    // What is no event enters as long as there is room.
    outbox.push(message());
    assert_eq!(
        (outbox.left_out(), outbox.counters.left_out.total()),
        (7, 7)
    );
    let (taken, names) = take(&outbox);
    assert_eq!(taken, Poll::Ready(Taken::Messages { left_out: 7 }));
    assert_eq!(names, ["GOODBYE"; 6]);
    let shared = SharedMessage::new(event());
    outbox.push(Outbound::Shared(Arc::clone(&shared)));
    outbox.push(owned_event());
    assert_eq!(take(&outbox).1, ["EVENT after 7", "EVENT"]);
    // The others get theirs as it was.
    assert_eq!(shared.message(), &event().into());
    assert_eq!(outbox.left_out(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_publisher_waits_for_a_slow_reader_until_its_time_is_over() {
    let outbox = outbox_with(message().cost() * 4, SlowReaders::Backpressure);
    let waits = |message| outbox.push(message).wait;
    assert_eq!(waits(owned_event()), Wait::Not);
    assert_eq!(waits(message()), Wait::Not);
    assert_eq!(waits(owned_event()), Wait::ForRoom);
    // Only publishers: an answer to a call does not hold up its callee.
    assert_eq!(waits(message()), Wait::Briefly);
    outbox.room_or_end().await;
    assert_eq!(take(&outbox).1, ["ABORT"]);
}

#[test]
fn what_waits_for_all_sessions_is_counted() {
    let counters = Arc::new(Counters::default());
    let outboxes = [(); 2].map(|()| Outbox::new(Queues::default(), Arc::clone(&counters)));
    for outbox in &outboxes {
        outbox.push(message());
    }
    assert_eq!(counters.queued(), 2 * message().cost());
    assert!(take(&outboxes[0]).0.is_ready());
    assert_eq!(counters.queued(), message().cost());
    drop(outboxes);
    assert_eq!(counters.queued(), 0);
}
