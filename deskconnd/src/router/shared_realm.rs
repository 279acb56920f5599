//! One realm under one lock: sessions enter with batches of messages, and nobody is woken before the
//! lock is free (docs/adr/0002).

use super::counters::Counters;
use super::outbox::{Outbox, Refused};
use super::queues::Queues;
use super::slow_receivers::SlowReceivers;
use crate::audit::Audit;
use crate::history::{Change, Pending};
use deskconn_protocol::api::audit::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;
use tokio::sync::Notify;
use wamp_proto::message::{self, Interrupt, request_type};
use wamp_proto::options::{CancelMode, InterruptOptions};
use wamp_proto::{Message, Outbound, Payload, Uri, uris};
use wamp_router::{
    Actions, CloseReason, Egress, Full, Joining, Question, Realm, Ruling, SessionInfo, SessionKey,
    StoredEvent,
};

/// A [`Realm`] that many tasks use.
#[derive(Debug)]
pub(crate) struct SharedRealm {
    name: Uri,
    counters: Arc<Counters>,
    /// Where changes of the lasting history are noted, if it has one.
    recorded: Option<Arc<Pending>>,
    state: Mutex<State>,
    /// Tells the timer task that the next timeout may have moved.
    timer: Notify,
    /// Where it is kept account of what is done here, if it is.
    audit: OnceLock<Arc<Audit>>,
}

#[derive(Debug)]
struct State {
    realm: Realm,
    outboxes: Outboxes,
    queues: Queues,
}

/// What has to be waited for before the same session hands over more.
#[derive(Debug)]
pub(crate) struct Received {
    /// Receivers that are behind.
    pub(crate) slow: SlowReceivers,
    /// What has to be decided before the first message of the rest is received.
    pub(crate) question: Option<Question>,
}

/// What is to be done once the lock is free.
#[derive(Debug, Default)]
struct Effects {
    /// Sessions that something waits for now.
    wake: Vec<Arc<Outbox>>,
    /// Whom the sender should wait for.
    slow: SlowReceivers,
    /// Whether a change of the history was noted.
    recorded: bool,
    /// For the audit log.
    notes: Vec<Entry>,
}

impl SharedRealm {
    /// Shares `realm`. What waits for its sessions is bounded by `queues`.
    pub(crate) fn new(realm: Realm, queues: Queues) -> Arc<Self> {
        Self::recording(realm, queues, None)
    }

    /// The same, with changes of what lasts of its history noted in `recorded`.
    pub(crate) fn recording(
        realm: Realm,
        queues: Queues,
        recorded: Option<Arc<Pending>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name: realm.name().clone(),
            counters: Arc::default(),
            recorded,
            state: Mutex::new(State {
                realm,
                outboxes: Outboxes::default(),
                queues,
            }),
            timer: Notify::new(),
            audit: OnceLock::new(),
        })
    }

    /// Keeps account in `audit` of what is done here from now on. The first one stays.
    pub(crate) fn audit_in(&self, audit: Arc<Audit>) {
        self.audit.get_or_init(|| audit);
    }

    /// Its name.
    pub(crate) const fn name(&self) -> &Uri {
        &self.name
    }

    /// What its sessions have sent and received so far.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What is not written down yet of its history, if that is to last.
    pub(crate) fn recorded(&self) -> Option<&Pending> {
        self.recorded.as_deref()
    }

    /// An outbox for a session that is about to join.
    pub(crate) fn outbox(&self) -> Arc<Outbox> {
        Arc::new(Outbox::new(self.lock().queues, Arc::clone(&self.counters)))
    }

    /// Bounds what waits for sessions that join from now on, and for all together, otherwise.
    pub(crate) fn set_queues(&self, queues: Queues) {
        self.lock().queues = queues;
    }

    /// Lets a client in, if there is room; WELCOME is the first message in its outbox.
    pub(crate) fn join(&self, joining: Joining, outbox: &Arc<Outbox>) -> Result<SessionKey, Full> {
        let joiner = Some(Arc::clone(outbox));
        let (joined, _) = self.enter(joiner, |realm, now, out| {
            realm.has_room(&joining.principal.authid)?;
            let key = realm.join(joining, now, out);
            if let Some(session) = realm.session(key) {
                out.note_joined(session);
            }
            Ok(key)
        });
        self.counters.joined.add(u64::from(joined.is_ok()));
        joined
    }

    /// Hands a batch of messages from one session to the realm, in order. If somebody has to have room
    /// first, or to decide something, the rest of the batch stays where it is. `ruling` is what was
    /// decided about its first message, if that was asked.
    pub(crate) fn receive(
        &self,
        from: SessionKey,
        batch: &mut VecDeque<Message>,
        mut ruling: Option<Ruling>,
    ) -> Received {
        let (question, slow) = self.enter(None, |realm, now, out| {
            while !out.effects.slow.hold_up()
                && let Some(message) = batch.front()
            {
                if ruling.is_none()
                    && let Some(question) = realm.question(from, message)
                {
                    return Some(question);
                }
                if let Some(message) = batch.pop_front() {
                    realm.receive_ruled(from, message, ruling.take(), now, out);
                }
            }
            None
        });
        Received { slow, question }
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

    /// The one place that visits the realm. Nothing here waits, and no task is woken before it is free.
    fn enter<T>(
        &self,
        joiner: Option<Arc<Outbox>>,
        visit: impl FnOnce(&mut Realm, Instant, &mut Delivery<'_>) -> T,
    ) -> (T, SlowReceivers) {
        let mut effects = Effects::default();
        let (result, earlier) = {
            let mut state = self.lock();
            let State {
                realm,
                outboxes,
                queues,
            } = &mut *state;
            let before = realm.next_timeout();
            let mut delivery = Delivery {
                outboxes,
                may_wait: queues.realm,
                counters: &self.counters,
                recorded: self.recorded.as_deref(),
                joiner,
                refused: Vec::new(),
                audit: self.audit.get().map(AsRef::as_ref),
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
        if let Some(recorded) = self.recorded.as_deref().filter(|_| effects.recorded) {
            recorded.wake();
        }
        if let Some(audit) = self.audit.get().filter(|_| !effects.notes.is_empty()) {
            audit.note_all(effects.notes);
        }
        if earlier {
            self.timer.notify_one();
        }
        (result, effects.slow)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under this lock is a broken invariant of the realm; going on with it would route
        // on tables that can not be trusted.
        self.state.lock().expect("the realm's invariants hold")
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

/// The sessions' outboxes.
#[derive(Debug, Default)]
struct Outboxes {
    /// By [`SessionKey::index`]. An index is used again, so each comes with its key.
    open: Vec<Option<(SessionKey, Arc<Outbox>)>>,
    /// Of sessions that were closed, whose tasks still write what waits.
    closed: HashMap<SessionKey, Arc<Outbox>>,
}

impl Outboxes {
    fn insert(&mut self, key: SessionKey, outbox: Arc<Outbox>) {
        if self.open.len() <= key.index() {
            self.open.resize(key.index() + 1, None);
        }
        self.open[key.index()] = Some((key, outbox));
    }

    fn get(&self, key: SessionKey) -> Option<&Arc<Outbox>> {
        let (owner, outbox) = self.open.get(key.index())?.as_ref()?;
        (*owner == key).then_some(outbox)
    }

    /// Lets nothing more in, and gives the outbox.
    fn close(&mut self, key: SessionKey) -> Option<Arc<Outbox>> {
        let outbox = self.take(key)?;
        self.closed.insert(key, Arc::clone(&outbox));
        Some(outbox)
    }

    fn remove(&mut self, key: SessionKey) {
        drop(self.take(key));
        self.closed.remove(&key);
    }

    /// The one that most waits in.
    fn longest(&self) -> Option<&Arc<Outbox>> {
        let open = self.open.iter().flatten().map(|(_, outbox)| outbox);
        open.chain(self.closed.values())
            .max_by_key(|outbox| outbox.octets())
    }

    fn take(&mut self, key: SessionKey) -> Option<Arc<Outbox>> {
        let slot = self.open.get_mut(key.index())?;
        let (_, outbox) = slot.take_if(|(owner, _)| *owner == key)?;
        Some(outbox)
    }
}

/// Where the realm's messages go: the outboxes, and notes of whom to wake.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    outboxes: &'a mut Outboxes,
    /// How many octets may wait for all sessions together.
    may_wait: usize,
    counters: &'a Counters,
    recorded: Option<&'a Pending>,
    /// The outbox of the session that is being let in, until it has its key.
    joiner: Option<Arc<Outbox>>,
    /// Invocations that did not enter their callee's outbox.
    refused: Vec<(SessionKey, Refused)>,
    audit: Option<&'a Audit>,
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
        self.effects.slow.add(outbox, pushed.wait);
        if pushed.wake {
            self.effects.wake.push(Arc::clone(outbox));
        }
        self.refused
            .extend(pushed.refused.map(|refused| (to, refused)));
        if self.counters.queued() > self.may_wait {
            self.end_longest();
        }
    }

    fn close(&mut self, session: SessionKey, reason: CloseReason) {
        if let Some(outbox) = self.outboxes.close(session) {
            outbox.finish(reason);
            self.effects.wake.push(outbox);
        }
    }

    fn record(&mut self, number: u64, event: &StoredEvent) {
        self.note(|| Change::Record(number, Box::new(event.clone())));
    }

    fn forget(&mut self, number: u64) {
        self.note(|| Change::Forget(number));
    }

    fn judged(&mut self, by: &SessionInfo, action: Actions, uri: &Uri, allowed: bool) {
        let audit = self.audit;
        let note = audit.and_then(|audit| audit.judged(by, action, uri, allowed));
        self.effects.notes.extend(note);
    }
}

impl Delivery<'_> {
    fn note(&mut self, change: impl FnOnce() -> Change) {
        if let Some(recorded) = self.recorded {
            recorded.note(change());
            self.effects.recorded = true;
        }
    }

    fn note_joined(&mut self, session: &SessionInfo) {
        let follows = |audit: &&Audit| audit.follows(&session.principal.authrole);
        if self.audit.filter(follows).is_some() {
            self.effects.notes.push(Audit::joined(session));
        }
    }

    /// Ends the session that most waits for, since more waits for all than may; one that was closed
    /// loses what waits. Each time that frees the longest queue, so it is seldom needed.
    fn end_longest(&mut self) {
        if let Some(longest) = self.outboxes.longest() {
            longest.overflow();
            self.effects.wake.push(Arc::clone(longest));
        }
    }
}

#[cfg(test)]
mod tests;
