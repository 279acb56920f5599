//! One realm under one lock: sessions enter with batches of messages, and nobody is woken before the
//! lock is free (docs/adr/0002).

use super::outbox::Outbox;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::Notify;
use wamp_proto::{Message, Outbound};
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
                effects: &mut effects,
            };
            let result = visit(realm, Instant::now(), &mut delivery);
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
    use wamp_proto::message::{Publish, Subscribe};
    use wamp_proto::options::{PublishOptions, SubscribeOptions};
    use wamp_proto::{Features, Payload, RequestId, Roles};
    use wamp_router::{Permissions, RealmConfig};

    fn realm() -> Arc<SharedRealm> {
        SharedRealm::new(Realm::new(RealmConfig::new("realm1"), 1))
    }

    fn join(realm: &SharedRealm) -> (SessionKey, Arc<Outbox>) {
        let role = Some(Features::NONE);
        let joining = Joining {
            roles: Roles {
                publisher: role,
                subscriber: role,
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
        let outbox = Arc::new(Outbox::new(1 << 20));
        (realm.join(joining, &outbox), outbox)
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
