//! One realm under one lock: sessions enter with batches of messages, and nobody is woken before the
//! lock is free (docs/adr/0002).

use super::outbox::{Outbox, Refused};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::Notify;
use wamp_proto::message::{self, Interrupt, request_type};
use wamp_proto::options::{CancelMode, InterruptOptions};
use wamp_proto::{Message, Outbound, Payload, uris};
use wamp_router::{CloseReason, Egress, Joining, Realm, SessionKey};

/// A [`Realm`] that many tasks use.
#[derive(Debug)]
pub(crate) struct SharedRealm {
    state: Mutex<State>,
    /// Tells the timer task that the next timeout may have moved.
    timer: Notify,
}

#[derive(Debug)]
struct State {
    realm: Realm,
    outboxes: Outboxes,
}

/// What is to be done once the lock is free.
#[derive(Debug, Default)]
struct Effects {
    /// Sessions that something waits for now.
    wake: Vec<Arc<Outbox>>,
    /// A session that is too slow for what it is sent.
    congested: Option<Arc<Outbox>>,
}

impl SharedRealm {
    /// Shares `realm`.
    pub(crate) fn new(realm: Realm) -> Arc<Self> {
        let outboxes = Outboxes::default();
        let state = Mutex::new(State { realm, outboxes });
        Arc::new(Self {
            state,
            timer: Notify::new(),
        })
    }

    /// Lets a client in; WELCOME is the first message in its outbox.
    pub(crate) fn join(&self, joining: Joining, outbox: &Arc<Outbox>) -> SessionKey {
        let joiner = Some(Arc::clone(outbox));
        let (key, _) = self.enter(joiner, |realm, now, out| realm.join(joining, now, out));
        key
    }

    /// Hands a batch of messages from one session to the realm, in order. Returns a session that
    /// receives more than it can take, if there is one: its senders should pause for it.
    pub(crate) fn receive(
        &self,
        from: SessionKey,
        batch: impl IntoIterator<Item = Message>,
    ) -> Option<Arc<Outbox>> {
        let ((), congested) = self.enter(None, |realm, now, out| {
            for message in batch {
                realm.receive(from, message, now, out);
            }
        });
        congested
    }

    /// Forgets a session and all it owns.
    pub(crate) fn leave(&self, key: SessionKey) {
        self.enter(None, |realm, now, out| {
            realm.leave(key, now, out);
            out.outboxes.remove(key);
        });
    }

    /// Calls `visit` with the realm, for everything that is not routing.
    pub(crate) fn with<T>(
        &self,
        visit: impl FnOnce(&mut Realm, Instant, &mut Delivery<'_>) -> T,
    ) -> T {
        self.enter(None, visit).0
    }

    /// Runs the realm's timeouts until dropped.
    pub(crate) async fn run_timers(self: Arc<Self>) {
        loop {
            let moved = self.timer.notified();
            let next = self.with(|realm, now, out| {
                realm.handle_timeout(now, out);
                realm.next_timeout()
            });
            match next {
                Some(due) => tokio::select! {
                    () = tokio::time::sleep_until(due.into()) => {}
                    () = moved => {}
                },
                None => moved.await,
            }
        }
    }

    /// The one place that holds the lock. Nothing here waits, and no task is woken before it is free.
    fn enter<T>(
        &self,
        joiner: Option<Arc<Outbox>>,
        visit: impl FnOnce(&mut Realm, Instant, &mut Delivery<'_>) -> T,
    ) -> (T, Option<Arc<Outbox>>) {
        let mut effects = Effects::default();
        let (result, earlier) = {
            // A panic under this lock is a broken invariant of the realm; going on with it would
            // route on tables that can not be trusted.
            let mut state = self.state.lock().expect("the realm's invariants hold");
            let State { realm, outboxes } = &mut *state;
            let before = realm.next_timeout();
            let mut delivery = Delivery {
                outboxes,
                joiner,
                refused: Vec::new(),
                effects: &mut effects,
            };
            let now = Instant::now();
            let result = visit(realm, now, &mut delivery);
            // An answer may have the next callee asked, which may be behind as well.
            while let Some((callee, refused)) = delivery.refused.pop() {
                answer_for(callee, refused, realm, now, &mut delivery);
            }
            let after = realm.next_timeout();
            (
                result,
                after.is_some_and(|after| before.is_none_or(|before| after < before)),
            )
        };
        for outbox in effects.wake {
            outbox.wake();
        }
        if earlier {
            self.timer.notify_one();
        }
        (result, effects.congested)
    }
}

/// Answers an invocation for a callee that is too far behind to be sent it.
fn answer_for(
    callee: SessionKey,
    Refused { request, begun }: Refused,
    realm: &mut Realm,
    now: Instant,
    out: &mut Delivery<'_>,
) {
    let sentence = Payload::sentence("the callee does not keep up with its calls");
    let error = uris::UNAVAILABLE;
    let busy = message::Error::new(request_type::INVOCATION, request, error.clone(), sentence);
    realm.receive(callee, busy.into(), now, out);
    if begun {
        // It has seen earlier arguments, and would wait for more.
        let options = InterruptOptions {
            mode: Some(CancelMode::KillNoWait),
            reason: Some(error),
        };
        out.send(callee, Message::from(Interrupt { request, options }).into());
    }
}

/// The sessions' outboxes, by [`SessionKey::index`]. An index is used again, so each comes with its key.
#[derive(Debug, Default)]
struct Outboxes(Vec<Option<(SessionKey, Arc<Outbox>)>>);

impl Outboxes {
    fn insert(&mut self, key: SessionKey, outbox: Arc<Outbox>) {
        if self.0.len() <= key.index() {
            self.0.resize(key.index() + 1, None);
        }
        self.0[key.index()] = Some((key, outbox));
    }

    fn get(&self, key: SessionKey) -> Option<&Arc<Outbox>> {
        let (owner, outbox) = self.0.get(key.index())?.as_ref()?;
        (*owner == key).then_some(outbox)
    }

    fn remove(&mut self, key: SessionKey) -> Option<Arc<Outbox>> {
        let slot = self.0.get_mut(key.index())?;
        let (_, outbox) = slot.take_if(|(owner, _)| *owner == key)?;
        Some(outbox)
    }
}

/// Where the realm's messages go: the outboxes, and notes of whom to wake.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    outboxes: &'a mut Outboxes,
    /// The outbox of the session that is being let in, until it has its key.
    joiner: Option<Arc<Outbox>>,
    /// Invocations that did not enter their callee's outbox.
    refused: Vec<(SessionKey, Refused)>,
    effects: &'a mut Effects,
}

impl Egress for Delivery<'_> {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        // The first message of a joining realm is WELCOME, to the joiner itself.
        if let Some(joiner) = self.joiner.take() {
            self.outboxes.insert(to, joiner);
        }
        let Some(outbox) = self.outboxes.get(to) else {
            return;
        };
        let pushed = outbox.push(message);
        if pushed.congested && self.effects.congested.is_none() {
            self.effects.congested = Some(Arc::clone(outbox));
        }
        if pushed.wake {
            self.effects.wake.push(Arc::clone(outbox));
        }
        self.refused
            .extend(pushed.refused.map(|refused| (to, refused)));
    }

    fn close(&mut self, session: SessionKey, reason: CloseReason) {
        if let Some(outbox) = self.outboxes.remove(session) {
            outbox.finish(reason);
            self.effects.wake.push(outbox);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::task::{Context, Poll, Waker};
    use wamp_proto::handshake::router::Principal;
    use wamp_proto::message::{Call, Publish, Register, Subscribe};
    use wamp_proto::options::{CallOptions, PublishOptions, RegisterOptions, SubscribeOptions};
    use wamp_proto::{Feature, Features, RequestId, Roles};
    use wamp_router::{Permissions, RealmConfig};

    fn realm() -> Arc<SharedRealm> {
        SharedRealm::new(Realm::new(RealmConfig::new("realm1"), 1))
    }

    fn join(realm: &SharedRealm) -> (SessionKey, Arc<Outbox>) {
        join_with(realm, 1 << 20)
    }

    fn join_with(realm: &SharedRealm, budget: usize) -> (SessionKey, Arc<Outbox>) {
        let role = Some(Features::of(&[
            Feature::CallCanceling,
            Feature::ProgressiveCallInvocations,
        ]));
        let joining = Joining {
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
        };
        let outbox = Arc::new(Outbox::new(budget));
        (realm.join(joining, &outbox), outbox)
    }

    fn register(callee: SessionKey, realm: &SharedRealm) {
        let register = Register {
            request: request(1),
            options: RegisterOptions::default(),
            procedure: "a.p".into(),
        };
        realm.receive(callee, [register.into()]);
    }

    fn call(number: u64, in_parts: bool) -> Message {
        let options = CallOptions {
            progress: in_parts,
            ..CallOptions::default()
        };
        let call = Call {
            request: request(number),
            options,
            procedure: "a.p".into(),
            payload: Payload::sentence(&"x".repeat(1000)),
        };
        call.into()
    }

    fn received(outbox: &Outbox) -> Vec<&'static str> {
        let mut out = VecDeque::new();
        let context = Context::from_waker(Waker::noop());
        while let Poll::Ready(None) = outbox.poll_take(&context, &mut out) {}
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
        let options = SubscribeOptions::default();
        let subscribe = Subscribe {
            request: request(1),
            options,
            topic: "a.b".into(),
        };
        let publish = Publish {
            request: request(1),
            options: PublishOptions::default(),
            topic: "a.b".into(),
            payload: Payload::NONE,
        };
        assert!(realm.receive(alice, [subscribe.into()]).is_none());
        assert!(realm.receive(bob, [publish.into()]).is_none());
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
        let congested = realm.receive(caller, calls);
        assert!(congested.is_some_and(|slow| Arc::ptr_eq(&slow, &to_callee)));

        let invoked = received(&to_callee).len() - 2;
        assert!((1..100).contains(&invoked), "{invoked}");
        let answered = received(&to_caller);
        let refused = answered.iter().filter(|name| **name == "ERROR").count();
        assert_eq!(refused, 100 - invoked, "{answered:?}");
        // The callee is there as before.
        realm.receive(caller, [call(101, false)]);
        assert_eq!(received(&to_callee), ["INVOCATION"]);
    }

    #[test]
    fn a_callee_is_told_that_no_more_arguments_come_of_a_call_that_was_refused() {
        let realm = realm();
        let (callee, to_callee) = join_with(&realm, 16 << 10);
        let (caller, to_caller) = join(&realm);
        register(callee, &realm);
        realm.receive(caller, (0..20).map(|_| call(1, true)));
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
}
