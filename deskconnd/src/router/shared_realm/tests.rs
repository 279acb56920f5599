//! A shared realm without tasks: sessions hand over messages, and what waits for them is looked at.

use super::*;
use crate::router::outbox::Taken;
use crate::router::queues::SlowReaders;
use std::task::{Context, Poll, Waker};
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::{Call, Publish, Register, Subscribe};
use wamp_proto::options::{CallOptions, PublishOptions, RegisterOptions, SubscribeOptions};
use wamp_proto::{Feature, Features, RequestId, Roles};
use wamp_router::{Permissions, RealmConfig};

fn realm() -> Arc<SharedRealm> {
    realm_with(Queues {
        session: 1 << 20,
        ..Queues::default()
    })
}

fn realm_with(queues: Queues) -> Arc<SharedRealm> {
    SharedRealm::new(Realm::new(RealmConfig::new("realm1"), 1), queues)
}

fn join(realm: &SharedRealm) -> (SessionKey, Arc<Outbox>) {
    let session = realm.lock().queues.session;
    join_with(realm, session)
}

fn joining() -> Joining {
    let role = Some(Features::of(&[
        Feature::CallCanceling,
        Feature::ProgressiveCallInvocations,
    ]));
    Joining {
        roles: Roles {
            publisher: role,
            subscriber: role,
            caller: role,
            callee: role,
            ..Roles::default()
        },
        principal: Principal {
            authid: "alice".into(),
            authrole: "user".into(),
            authmethod: "anonymous".into(),
            authprovider: "test".into(),
            authextra: None,
        },
        permissions: Arc::new(Permissions::all()),
        trustlevel: None,
        peer: "test".to_owned(),
    }
}

/// Joins with a budget of its own.
fn join_with(realm: &SharedRealm, session: usize) -> (SessionKey, Arc<Outbox>) {
    let queues = Queues {
        session,
        ..realm.lock().queues
    };
    let outbox = Arc::new(Outbox::new(queues, Arc::clone(&realm.counters)));
    let key = realm.join(joining(), &outbox).expect("there is room");
    (key, outbox)
}

fn receive(
    realm: &SharedRealm,
    from: SessionKey,
    messages: impl IntoIterator<Item = Message>,
) -> SlowReceivers {
    let mut messages = messages.into_iter().collect();
    realm.receive(from, &mut messages, None).slow
}

fn register(callee: SessionKey, realm: &SharedRealm) {
    let register = Register {
        request: request(1),
        options: RegisterOptions::default(),
        procedure: "a.p".into(),
    };
    receive(realm, callee, [register.into()]);
}

fn call(number: u64, in_parts: bool) -> Message {
    let options = CallOptions {
        progress: in_parts,
        ..CallOptions::default()
    };
    let call = Call {
        request: request(number),
        options: options.into(),
        procedure: "a.p".into(),
        payload: Payload::sentence(&"x".repeat(1000)),
    };
    call.into()
}

fn subscribe() -> Message {
    let subscribe = Subscribe {
        request: request(1),
        options: SubscribeOptions::default(),
        topic: "a.b".into(),
    };
    subscribe.into()
}

/// A publication of about a thousand octets.
fn publish(number: u64) -> Message {
    let publish = Publish {
        request: request(number),
        options: PublishOptions::default().into(),
        topic: "a.b".into(),
        payload: Payload::sentence(&"x".repeat(1000)),
    };
    publish.into()
}

fn received(outbox: &Outbox) -> Vec<&'static str> {
    let mut out = VecDeque::new();
    let context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Taken::Messages { .. }) = outbox.poll_take(&context, &mut out) {}
    out.iter()
        .map(|outbound| outbound.message().name())
        .collect()
}

fn request(id: u64) -> RequestId {
    RequestId::new(id).expect("an id")
}

#[test]
fn messages_go_to_the_outbox_of_their_session() {
    let realm = realm();
    let (alice, to_alice) = join(&realm);
    let (bob, to_bob) = join(&realm);
    assert!(receive(&realm, alice, [subscribe()]).is_empty());
    assert!(receive(&realm, bob, [publish(1)]).is_empty());
    assert_eq!(received(&to_alice), ["WELCOME", "SUBSCRIBED", "EVENT"]);
    assert_eq!(received(&to_bob), ["WELCOME"]);
}

#[test]
fn callers_can_not_end_a_callee_by_calling_it() {
    let realm = realm();
    let (callee, to_callee) = join_with(&realm, 32 << 10);
    let (caller, to_caller) = join(&realm);
    register(callee, &realm);
    let calls = (1..=100).map(|number| call(number, false));
    let slow = receive(&realm, caller, calls);
    assert!(!slow.is_empty() && !slow.hold_up());

    let invoked = received(&to_callee).len() - 2;
    assert!((1..100).contains(&invoked), "{invoked}");
    let answered = received(&to_caller);
    let refused = answered.iter().filter(|name| **name == "ERROR").count();
    assert_eq!(refused, 100 - invoked, "{answered:?}");
    // The callee is there as before.
    receive(&realm, caller, [call(101, false)]);
    assert_eq!(received(&to_callee), ["INVOCATION"]);
}

#[test]
fn a_callee_is_told_that_no_more_arguments_come_of_a_call_that_was_refused() {
    let realm = realm();
    let (callee, to_callee) = join_with(&realm, 16 << 10);
    let (caller, to_caller) = join(&realm);
    register(callee, &realm);
    receive(&realm, caller, (0..20).map(|_| call(1, true)));
    assert_eq!(received(&to_callee).last(), Some(&"INTERRUPT"));
    assert_eq!(received(&to_caller), ["WELCOME", "ERROR"]);
}

#[test]
fn leaving_late_does_not_touch_the_session_that_took_the_place() {
    let realm = realm();
    let (old, _) = join(&realm);
    realm.with(|realm, now, out| realm.close(old, CloseReason::Revoked, now, out));
    let (new, to_new) = join(&realm);
    assert_eq!(old.index(), new.index());
    realm.leave(old);
    realm.with(|realm, now, out| realm.close(new, CloseReason::Shutdown, now, out));
    assert_eq!(received(&to_new), ["WELCOME", "GOODBYE"]);
}

#[test]
fn where_publishers_wait_the_rest_of_a_batch_waits_with_them() {
    let realm = realm_with(Queues {
        session: 16 << 10,
        slow_readers: SlowReaders::Backpressure,
        ..Queues::default()
    });
    let (reader, to_reader) = join(&realm);
    let (publisher, _) = join(&realm);
    receive(&realm, reader, [subscribe()]);
    let mut batch: VecDeque<_> = (1..=64).map(publish).collect();
    let mut events = 0;
    while !batch.is_empty() {
        let slow = realm.receive(publisher, &mut batch, None).slow;
        assert_eq!(slow.hold_up(), to_reader.is_congested());
        let names = received(&to_reader);
        events += names.iter().filter(|name| **name == "EVENT").count();
    }
    assert_eq!(events, 64);
}

#[test]
fn who_most_waits_for_goes_when_too_much_waits_for_all() {
    let realm = realm_with(Queues {
        session: 64 << 10,
        realm: 100 << 10,
        ..Queues::default()
    });
    let readers = [(); 4].map(|()| join(&realm));
    let (publisher, _) = join(&realm);
    for (number, (reader, _)) in readers.iter().enumerate() {
        receive(&realm, *reader, [subscribe()]);
        // The first has the longest queue.
        receive(&realm, publisher, [publish(1 + number as u64)]);
    }
    let mut number = 4;
    while realm.counters.queued() < 90 << 10 {
        number += 1;
        receive(&realm, publisher, [publish(number)]);
    }
    receive(&realm, publisher, (1..4).map(|more| publish(number + more)));
    let ended = readers.map(|(_, outbox)| received(&outbox).ends_with(&["ABORT"]));
    assert_eq!(ended, [true, false, false, false]);
    assert!(realm.counters.queued() < 100 << 10);
}

#[test]
fn what_still_waits_for_closed_sessions_goes_before_any_that_is_open() {
    let realm = realm_with(Queues {
        session: 64 << 10,
        realm: 100 << 10,
        ..Queues::default()
    });
    let (publisher, _) = join(&realm);
    let closed = [(); 2].map(|()| join(&realm));
    for (reader, _) in &closed {
        receive(&realm, *reader, [subscribe()]);
    }
    let mut number = 0;
    while realm.counters.queued() < 95 << 10 {
        number += 1;
        receive(&realm, publisher, [publish(number)]);
    }
    let (reader, to_reader) = join(&realm);
    receive(&realm, reader, [subscribe()]);
    realm.with(|realm, now, out| {
        let others = |info: &SessionInfo| ![publisher, reader].contains(&info.key);
        realm.close_sessions(others, CloseReason::Revoked, now, out);
    });
    receive(
        &realm,
        publisher,
        (1..=20).map(|more| publish(number + more)),
    );
    assert!(realm.counters.queued() < 100 << 10);
    let events = received(&to_reader);
    assert_eq!(events.iter().filter(|name| **name == "EVENT").count(), 20);
    let mut left = closed.map(|(_, outbox)| received(&outbox));
    left.sort_by_key(Vec::len);
    assert_eq!(left[0], ["GOODBYE"], "one was enough");
    assert!(left[1].len() > 40 && left[1].ends_with(&["GOODBYE"]));
}

#[test]
fn a_full_realm_takes_a_session_when_another_has_left() {
    let mut config = RealmConfig::new("realm1");
    config.limits.totals.sessions = 2;
    config.limits.totals.sessions_of_authid = 1;
    let realm = SharedRealm::new(Realm::new(config, 1), Queues::default());
    let enters = |authid: &str| {
        let mut joining = joining();
        joining.principal.authid = authid.into();
        realm.join(joining, &realm.outbox())
    };
    let alice = enters("alice").unwrap();
    assert_eq!(enters("alice"), Err(Full::Authid));
    enters("bob").unwrap();
    assert_eq!(enters("carol"), Err(Full::Realm));
    realm.leave(alice);
    enters("alice").unwrap();
    assert_eq!(realm.counters().joined.total(), 3);
}
