//! REGISTER and UNREGISTER, and whose turn it is.

use crate::steps::PATTERNS;
use crate::words::error;
use crate::world::World;
use proptest::sample::Index;
use wamp_proto::message::{Register, Unregister, request_type};
use wamp_proto::options::{InvokePolicy, RegisterOptions};
use wamp_proto::{MatchPolicy, Message, RegistrationId, Uri, uris};
use wamp_router::{Actions, SessionKey};

pub(crate) struct Registration {
    pub(crate) id: RegistrationId,
    pub(crate) pattern: usize,
    pub(crate) invoke: InvokePolicy,
    pub(crate) callees: Vec<Callee>,
    /// Who was invoked last, for round robin.
    last: Option<usize>,
}

#[derive(Clone, Copy)]
pub(crate) struct Callee {
    pub(crate) key: SessionKey,
    pub(crate) concurrency: Option<u64>,
    /// The how many-th callee it is, since a session can be one again.
    pub(crate) number: u64,
}

impl World {
    pub(crate) fn register(
        &mut self,
        who: usize,
        pattern: usize,
        invoke: InvokePolicy,
        concurrency: Option<u64>,
    ) {
        let (policy, uri) = PATTERNS[pattern];
        let (key, request) = self.next_request(who);
        let options = RegisterOptions {
            r#match: Some(policy),
            invoke: Some(invoke),
            concurrency,
            ..Default::default()
        };
        let register = Register {
            request,
            options,
            procedure: Uri::from(uri),
        };
        let sent = self.send(key, register);
        let at = self.registrations.iter().position(|r| r.pattern == pattern);
        let refused = if !self.may_all(who, Actions::REGISTER, pattern) {
            Some(uris::NOT_AUTHORIZED)
        } else {
            let taken = at.is_some_and(|at| !self.registrations[at].admits(key, invoke));
            taken.then_some(uris::PROCEDURE_ALREADY_EXISTS)
        };
        if let Some(uri) = refused {
            let line = error(request_type::REGISTER, request, &uri);
            assert_eq!(sent.in_words(), [(key, line)]);
            return;
        }
        let [(to, Message::Registered(registered))] = sent.0.as_slice() else {
            panic!("not REGISTERED: {:?}", sent.0);
        };
        assert_eq!((*to, registered.request), (key, request));
        let id = registered.registration;
        let at = at.unwrap_or_else(|| {
            assert!(self.registrations.iter().all(|r| r.id != id));
            self.registrations.push(Registration {
                id,
                pattern,
                invoke,
                callees: Vec::new(),
                last: None,
            });
            self.registrations.len() - 1
        });
        assert_eq!(self.registrations[at].id, id);
        self.callees += 1;
        self.registrations[at].callees.push(Callee {
            key,
            concurrency,
            number: self.callees,
        });
    }

    pub(crate) fn unregister(&mut self, who: usize, which: &Index) {
        if self.registrations.is_empty() {
            return;
        }
        let at = which.index(self.registrations.len());
        let registration = self.registrations[at].id;
        let (key, request) = self.next_request(who);
        let unregister = Unregister {
            request,
            registration,
        };
        let sent = self.send(key, unregister);
        let expected = if self.registrations[at].remove(key) {
            format!("UNREGISTERED {request}")
        } else {
            error(
                request_type::UNREGISTER,
                request,
                &uris::NO_SUCH_REGISTRATION,
            )
        };
        self.forget_empty();
        assert_eq!(sent.in_words(), [(key, expected)]);
    }

    /// The registration that a call goes to: the specification's rules, by looking at every one.
    pub(crate) fn best(&self, uri: &str) -> Option<&Registration> {
        let rank = |registration: &&Registration| {
            let (policy, pattern) = PATTERNS[registration.pattern];
            match policy {
                MatchPolicy::Exact => (2, 0, Vec::new()),
                MatchPolicy::Prefix => (1, pattern.len(), Vec::new()),
                MatchPolicy::Wildcard => (0, 0, named_components(pattern)),
            }
        };
        let matching = self.registrations.iter().filter(|registration| {
            let (policy, pattern) = PATTERNS[registration.pattern];
            Uri::from(pattern).matches(policy, uri)
        });
        matching.max_by_key(rank)
    }

    /// Where in a registration those callees stand that may be invoked next: all that are free and
    /// not tried, by a policy that leaves it open, else one.
    pub(crate) fn candidates(&self, at: usize, tried: &[SessionKey]) -> Vec<usize> {
        let registration = &self.registrations[at];
        let free = |callee: &Callee| {
            let running = self.calls.iter().filter(|c| c.place == Some(callee.number));
            callee
                .concurrency
                .is_none_or(|limit| (running.count() as u64) < limit)
        };
        let can = |at: &usize| {
            let callee = &registration.callees[*at];
            free(callee) && !tried.contains(&callee.key)
        };
        let count = registration.callees.len();
        let next = registration.last.map_or(0, |last| last + 1);
        let candidate = match registration.invoke {
            InvokePolicy::Random => return (0..count).filter(can).collect(),
            InvokePolicy::Single | InvokePolicy::First => (0..count).find(can),
            InvokePolicy::Last => (0..count).rev().find(can),
            InvokePolicy::RoundRobin => (next..count).chain(0..next).find(can),
        };
        candidate.into_iter().collect()
    }
}

impl Registration {
    /// It was that callee's turn.
    pub(crate) const fn had_its_turn(&mut self, at: usize) {
        self.last = Some(at);
    }

    /// Takes a callee out; returns whether it was there.
    pub(crate) fn remove(&mut self, key: SessionKey) -> bool {
        let Some(at) = self.callees.iter().position(|callee| callee.key == key) else {
            return false;
        };
        self.callees.remove(at);
        // The one after the last invoked is next, whoever is gone.
        if let Some(last) = self.last.filter(|last| at <= *last) {
            self.last = last.checked_sub(1);
        }
        true
    }

    fn admits(&self, key: SessionKey, invoke: InvokePolicy) -> bool {
        let has_it = self.callees.iter().any(|callee| callee.key == key);
        invoke == self.invoke && invoke != InvokePolicy::Single && !has_it
    }
}

/// How many components stand before each wildcard, from the left.
fn named_components(pattern: &str) -> Vec<usize> {
    let mut portions = vec![0];
    for component in pattern.split('.') {
        match portions.last_mut() {
            Some(portion) if !component.is_empty() => *portion += 1,
            _ => portions.push(0),
        }
    }
    portions
}
