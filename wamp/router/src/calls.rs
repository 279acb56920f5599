//! Calls that have not ended, found from either side, and their deadlines.

use crate::registrations::Place;
use crate::session::Sessions;
use crate::sharding::NodeKey;
use crate::{Disclosure, SessionKey};
use hashbrown::HashMap;
use slab::Slab;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use wamp_proto::message::Call;
use wamp_proto::options::InvocationDetails;
use wamp_proto::{RegistrationId, RequestId, Uri};

/// Names a call that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallKey(usize);

/// A CALL whose final RESULT or ERROR is not sent yet; or, if it went to all shards, one of several.
#[derive(Debug)]
pub(crate) struct PendingCall {
    pub(crate) caller: SessionKey,
    pub(crate) request: RequestId,
    pub(crate) callee: SessionKey,
    pub(crate) invocation: RequestId,
    pub(crate) registration: RegistrationId,
    /// What was called; a pattern's registration would not say.
    pub(crate) procedure: Uri,
    /// Whether it went to all shards.
    pub(crate) to_all: bool,
    /// The place it takes of those that the callee's `concurrency` gives.
    pub(crate) place: Option<Place>,
    /// Whether the caller asked for results in parts, of a callee that gives them.
    pub(crate) results_in_parts: bool,
    /// Whether the callee was interrupted and its answer is still awaited.
    pub(crate) interrupted: bool,
    /// How long the router waits for each result.
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
    /// What further arguments are sent with, while the caller has more.
    pub(crate) stream: Option<Box<InvocationDetails>>,
    /// How to ask another callee, while that is still possible.
    pub(crate) again: Option<Box<Attempt>>,
}

/// A call on its way to a callee.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) caller: SessionKey,
    pub(crate) call: Call,
    pub(crate) registration: RegistrationId,
    pub(crate) disclosure: Disclosure,
    pub(crate) deadline: Option<Instant>,
    /// The callees that were not available.
    pub(crate) tried: Vec<SessionKey>,
    /// The shard it is for, if it is for one.
    pub(crate) node: Option<NodeKey>,
    /// Whether it is one of several, to all shards.
    pub(crate) to_all: bool,
}

/// The calls of a realm.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    slab: Slab<PendingCall>,
    deadlines: BTreeSet<(Instant, CallKey)>,
    /// What has not ended of the calls that went to all shards.
    to_all: HashMap<(SessionKey, RequestId), BTreeSet<CallKey>>,
}

impl Calls {
    /// Adds a call and notes it with its caller and its callee.
    pub(crate) fn add(&mut self, call: PendingCall, sessions: &mut Sessions) {
        let slot = self.slab.vacant_entry();
        let key = CallKey(slot.key());
        if let Some(caller) = sessions.get_mut(call.caller) {
            caller.calls.insert(call.request, key);
            caller.invoking += 1;
        }
        if call.to_all {
            let all = self.to_all.entry((call.caller, call.request));
            all.or_default().insert(key);
        }
        if let Some(callee) = sessions.get_mut(call.callee) {
            callee.invocations.insert(call.invocation, key);
        }
        if let Some(deadline) = call.deadline {
            self.deadlines.insert((deadline, key));
        }
        slot.insert(call);
    }

    pub(crate) fn get(&self, key: CallKey) -> Option<&PendingCall> {
        self.slab.get(key.0)
    }

    pub(crate) fn get_mut(&mut self, key: CallKey) -> Option<&mut PendingCall> {
        self.slab.get_mut(key.0)
    }

    /// Ends a call: neither side can refer to it any more.
    pub(crate) fn end(&mut self, key: CallKey, sessions: &mut Sessions) -> Option<PendingCall> {
        let call = self.slab.try_remove(key.0)?;
        if let Some(deadline) = call.deadline {
            self.deadlines.remove(&(deadline, key));
        }
        if let Some(callee) = sessions.get_mut(call.callee) {
            callee.invocations.remove(&call.invocation);
        }
        let other = self.forget_one_of_all(&call, key);
        if let Some(caller) = sessions.get_mut(call.caller) {
            caller.invoking -= 1;
            match other {
                Some(other) => caller.calls.insert(call.request, other),
                None => caller.calls.remove(&call.request),
            };
            if call.stream.is_some() {
                caller.call_is_unfinished(call.request);
            }
        }
        Some(call)
    }

    /// Returns another one of the same CALL, if it went to all shards and others go on.
    fn forget_one_of_all(&mut self, call: &PendingCall, key: CallKey) -> Option<CallKey> {
        if !call.to_all {
            return None;
        }
        let all = self.to_all.get_mut(&(call.caller, call.request))?;
        all.remove(&key);
        let other = all.first().copied();
        if other.is_none() {
            self.to_all.remove(&(call.caller, call.request));
        }
        other
    }

    /// All that go on of a CALL to all shards.
    pub(crate) fn of(&self, caller: SessionKey, request: RequestId) -> Vec<CallKey> {
        let all = self.to_all.get(&(caller, request));
        all.into_iter().flatten().copied().collect()
    }

    /// A call, and the others of the same CALL.
    pub(crate) fn with_others(&self, key: CallKey) -> Vec<CallKey> {
        match self.slab.get(key.0) {
            Some(call) if call.to_all => self.of(call.caller, call.request),
            _ => vec![key],
        }
    }

    /// Starts the time anew in which a result has to come.
    pub(crate) fn restart_timer(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.slab.get_mut(key.0) else {
            return;
        };
        let (Some(timeout), Some(deadline)) = (call.timeout, call.deadline) else {
            return;
        };
        self.deadlines.remove(&(deadline, key));
        call.deadline = now.checked_add(timeout);
        if let Some(deadline) = call.deadline {
            self.deadlines.insert((deadline, key));
        }
    }

    /// When the next call runs out of time.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// A call that has run out of time by `now`.
    pub(crate) fn overdue(&self, now: Instant) -> Option<CallKey> {
        let (deadline, key) = self.deadlines.first()?;
        (*deadline <= now).then_some(*key)
    }

    /// How many invocations have not ended: a call to all shards is several.
    pub(crate) fn invoking(&self) -> usize {
        self.slab.len()
    }

    /// How many CALLs have not ended.
    pub(crate) fn len(&self) -> usize {
        let to_all: usize = self.to_all.values().map(BTreeSet::len).sum();
        self.slab.len() - to_all + self.to_all.len()
    }
}
