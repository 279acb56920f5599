//! The procedures of a realm, who implements them, and who of those is asked next.

use crate::sharding::{NodeKey, shard_of};
use crate::table::relax;
use crate::uri_index::UriIndex;
use crate::{SessionInfo, SessionKey};
use hashbrown::HashMap;
use indexmap::IndexSet;
use std::time::Instant;
use wamp_proto::options::{InvokePolicy, RegisterOptions};
use wamp_proto::{IdSequence, MatchPolicy, RegistrationId, Uri};

/// A procedure or pattern that at least one callee implements.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) id: RegistrationId,
    pub(crate) uri: Uri,
    pub(crate) policy: MatchPolicy,
    pub(crate) invoke: InvokePolicy,
    pub(crate) created: Instant,
    /// In the order they registered.
    pub(crate) callees: Vec<Callee>,
    /// Whose turn it is; at the end of the list, whoever registers next, or else the first.
    next: usize,
}

/// One session's share in a registration.
#[derive(Debug)]
pub(crate) struct Callee {
    pub(crate) session: SessionKey,
    /// Which shard it is.
    node: NodeKey,
    pub(crate) disclose_caller: bool,
    pub(crate) forward_timeout: bool,
    /// How many invocations it takes at a time, if it said so.
    concurrency: Option<u64>,
    /// How many it has, counted only if it said so.
    running: u64,
    /// Tells its places from those it had before it unregistered and came back.
    number: u64,
}

/// One of the places that a callee's `concurrency` gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    registration: RegistrationId,
    callee: u64,
}

impl Callee {
    pub(crate) fn new(session: &SessionInfo, options: &RegisterOptions) -> Self {
        Self {
            session: session.key,
            node: NodeKey::new(options.nkey.as_ref(), session.id),
            disclose_caller: options.disclose_caller,
            forward_timeout: options.forward_timeout,
            // 0 is crossbar's word for no limit.
            concurrency: options.concurrency.filter(|limit| *limit > 0),
            running: 0,
            number: 0,
        }
    }

    fn is_free(&self) -> bool {
        self.concurrency.is_none_or(|limit| self.running < limit)
    }
}

impl Registration {
    /// Chooses who is invoked, by the invocation policy, leaving out those who have as many
    /// invocations as they take and those in `tried`, and all but one shard if `node` names one. A
    /// place is taken if places are counted.
    pub(crate) fn choose(
        &mut self,
        tried: &[SessionKey],
        node: Option<&NodeKey>,
        rng: &mut fastrand::Rng,
    ) -> Option<(&Callee, Option<Place>)> {
        let can = |callee: &Callee| {
            callee.is_free()
                && !tried.contains(&callee.session)
                && node.is_none_or(|node| callee.node == *node)
        };
        let callees = &self.callees;
        let chosen = match self.invoke {
            InvokePolicy::Single | InvokePolicy::First => callees.iter().position(can),
            InvokePolicy::Last => callees.iter().rposition(can),
            // "callees are picked subsequently from the list of registrations (ordered by the order
            // of registration), with the picking looping back to the beginning" (spec, "Shared
            // Registration").
            InvokePolicy::RoundRobin => {
                let next = self.next.min(callees.len());
                let mut turn = (next..callees.len()).chain(0..next);
                let chosen = turn.find(|at| callees.get(*at).is_some_and(can));
                self.next = chosen.map_or(next, |at| at + 1);
                chosen
            }
            InvokePolicy::Random => {
                let free = callees.iter().filter(|callee| can(callee)).count();
                let nth = (free > 0).then(|| rng.usize(..free))?;
                let mut places = (0..callees.len()).filter(|at| callees.get(*at).is_some_and(can));
                places.nth(nth)
            }
        };
        let callee = self.callees.get_mut(chosen?)?;
        let place = callee.concurrency.map(|_| Place {
            registration: self.id,
            callee: callee.number,
        });
        callee.running += u64::from(place.is_some());
        Some((callee, place))
    }

    /// Its shards, in the order they registered.
    pub(crate) fn shards(&self) -> IndexSet<NodeKey> {
        self.callees.iter().map(|c| c.node.clone()).collect()
    }

    /// The shard that `rkey` belongs to.
    pub(crate) fn shard(&self, rkey: &str) -> Option<NodeKey> {
        shard_of(rkey, self.callees.iter().map(|c| &c.node)).cloned()
    }
}

/// All registrations, by procedure and by id.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    index: UriIndex<RegistrationId>,
    by_id: HashMap<RegistrationId, Registration>,
    ids: IdSequence,
    /// How many callees there were.
    callees: u64,
}

impl Registrations {
    /// The registration that a call of `procedure` goes to.
    pub(crate) fn best(&self, procedure: &str) -> Option<(MatchPolicy, RegistrationId)> {
        self.index.best(procedure)
    }

    /// The registration of exactly this policy and text.
    pub(crate) fn lookup(&self, policy: MatchPolicy, uri: &str) -> Option<RegistrationId> {
        self.index.get(policy, uri)
    }

    pub(crate) fn get(&self, id: RegistrationId) -> Option<&Registration> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: RegistrationId) -> Option<&mut Registration> {
        self.by_id.get_mut(&id)
    }

    /// Creates a registration with its first callee.
    pub(crate) fn create(
        &mut self,
        policy: MatchPolicy,
        uri: &Uri,
        invoke: InvokePolicy,
        callee: Callee,
        now: Instant,
    ) -> RegistrationId {
        let id = self.ids.next_registration();
        // The table must not keep the frame alive in which the URI came.
        let uri = uri.detached();
        self.index.insert(policy, uri.clone(), id);
        let registration = Registration {
            id,
            uri,
            policy,
            invoke,
            created: now,
            callees: Vec::new(),
            next: 0,
        };
        self.by_id.insert(id, registration);
        self.attach(id, callee);
        id
    }

    /// Adds a callee to a registration.
    pub(crate) fn attach(&mut self, id: RegistrationId, mut callee: Callee) {
        self.callees += 1;
        callee.number = self.callees;
        if let Some(registration) = self.by_id.get_mut(&id) {
            registration.callees.push(callee);
        }
    }

    /// Takes a callee out of a registration. Returns whether that was the last one, with which the
    /// registration is gone too.
    pub(crate) fn detach(&mut self, id: RegistrationId, session: SessionKey) -> bool {
        let Some(registration) = self.by_id.get_mut(&id) else {
            return false;
        };
        let callees = &mut registration.callees;
        if let Some(at) = callees.iter().position(|callee| callee.session == session) {
            callees.remove(at);
            // Whose turn it is stays whose turn it is.
            if at < registration.next {
                registration.next -= 1;
            }
        }
        if !callees.is_empty() {
            return false;
        }
        if let Some(registration) = self.by_id.remove(&id) {
            self.index.remove(registration.policy, &registration.uri);
            relax(&mut self.by_id);
        }
        true
    }

    /// Gives back the place that an invocation took.
    pub(crate) fn release(&mut self, place: Place) {
        let registration = self.by_id.get_mut(&place.registration);
        let mut callees = registration.into_iter().flat_map(|r| &mut r.callees);
        if let Some(callee) = callees.find(|callee| callee.number == place.callee) {
            callee.running = callee.running.saturating_sub(1);
        }
    }

    /// The procedures that are registered exactly.
    pub(crate) fn exact(&self) -> impl Iterator<Item = &Uri> {
        let all = self.by_id.values();
        all.filter(|r| r.policy == MatchPolicy::Exact)
            .map(|r| &r.uri)
    }

    /// The ids of all registrations of that policy, ascending.
    pub(crate) fn ids(&self, policy: MatchPolicy) -> Vec<RegistrationId> {
        let of_policy = self.by_id.values().filter(|r| r.policy == policy);
        let mut ids: Vec<_> = of_policy.map(|r| r.id).collect();
        ids.sort_unstable();
        ids
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}
