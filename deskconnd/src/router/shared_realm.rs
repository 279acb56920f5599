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
    /// The sessions' outboxes, by [`SessionKey::index`].
    outboxes: Vec<Option<Arc<Outbox>>>,
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
        let state = Mutex::new(State {
            realm,
            outboxes: Vec::new(),
        });
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
            out.forget(key);
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

/// Where the realm's messages go: the outboxes, and notes of whom to wake.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    outboxes: &'a mut Vec<Option<Arc<Outbox>>>,
    /// The outbox of the session that is being let in, until it has its key.
    joiner: Option<Arc<Outbox>>,
    effects: &'a mut Effects,
}

impl Delivery<'_> {
    fn outbox(&mut self, key: SessionKey) -> Option<&Arc<Outbox>> {
        let index = key.index();
        if let Some(joiner) = self.joiner.take() {
            // The first message of a joining realm is WELCOME to the joiner itself.
            if self.outboxes.len() <= index {
                self.outboxes.resize(index + 1, None);
            }
            self.outboxes[index] = Some(joiner);
        }
        self.outboxes.get(index)?.as_ref()
    }

    fn forget(&mut self, key: SessionKey) {
        if let Some(slot) = self.outboxes.get_mut(key.index()) {
            *slot = None;
        }
    }
}

impl Egress for Delivery<'_> {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        let Some(outbox) = self.outbox(to).map(Arc::clone) else {
            return;
        };
        let pushed = outbox.push(message);
        if pushed.congested && self.effects.congested.is_none() {
            self.effects.congested = Some(Arc::clone(&outbox));
        }
        if pushed.wake {
            self.effects.wake.push(outbox);
        }
    }

    fn close(&mut self, session: SessionKey, reason: CloseReason) {
        let Some(outbox) = self.outbox(session).map(Arc::clone) else {
            return;
        };
        outbox.finish(reason);
        self.effects.wake.push(outbox);
        self.forget(session);
    }
}
