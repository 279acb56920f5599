//! CALL, and which callee it goes to.

use crate::steps::{PATTERNS, URIS};
use crate::words::{Sent, error, number_of};
use crate::world::World;
use proptest::sample::Index;
use std::time::{Duration, Instant};
use wamp_proto::message::{Call, Invocation, request_type};
use wamp_proto::options::CallOptions;
use wamp_proto::{MatchPolicy, Message, RegistrationId, RequestId, Uri, uris};
use wamp_router::{Actions, SessionKey};

/// How many of the calls that are over can be continued in vain; the realm remembers as many.
const UNFINISHED: usize = 64;

pub(crate) struct PendingCall {
    pub(crate) caller: SessionKey,
    pub(crate) request: RequestId,
    pub(crate) callee: SessionKey,
    pub(crate) invocation: RequestId,
    pub(crate) registration: RegistrationId,
    pub(crate) uri: &'static str,
    /// The callee whose concurrency it takes part of, by its number.
    pub(crate) place: Option<u64>,
    pub(crate) wants_parts: bool,
    /// Whether the caller has more arguments.
    pub(crate) open: bool,
    pub(crate) interrupted: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
    /// How to ask another callee.
    pub(crate) again: Option<Attempt>,
}

#[derive(Clone)]
pub(crate) struct Attempt {
    caller: SessionKey,
    request: RequestId,
    registration: RegistrationId,
    uri: &'static str,
    /// The number of its payload.
    number: u64,
    receive_progress: bool,
    in_parts: bool,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    pub(crate) tried: Vec<SessionKey>,
}

impl World {
    pub(crate) fn call(
        &mut self,
        who: usize,
        uri: usize,
        receive_progress: bool,
        in_parts: bool,
        timeout: Option<u64>,
    ) {
        let uri = URIS[uri];
        let (caller, request) = self.next_request(who);
        let (number, payload) = self.next_payload();
        let call = Call {
            request,
            options: CallOptions {
                receive_progress,
                progress: in_parts,
                timeout,
                ..Default::default()
            }
            .into(),
            procedure: Uri::from(uri),
            payload,
        };
        let sent = self.send(caller, call);
        let refused = match self.best(uri) {
            _ if !self.may(who, Actions::CALL, uri) => uris::NOT_AUTHORIZED,
            None => uris::NO_SUCH_PROCEDURE,
            Some(best) => {
                let timeout = timeout.map(Duration::from_millis);
                let attempt = Attempt {
                    caller,
                    request,
                    registration: best.id,
                    uri,
                    number,
                    receive_progress,
                    in_parts,
                    timeout,
                    deadline: timeout.map(|timeout| self.now + timeout),
                    tried: Vec::new(),
                };
                self.invoke(attempt, &sent);
                return;
            }
        };
        let line = error(request_type::CALL, request, &refused);
        assert_eq!(sent.in_words(), [(caller, line)]);
        self.is_over(caller, request, uri, in_parts);
    }

    /// What the realm sent has to be an INVOCATION for one of those whose turn it may be, or the
    /// right ERROR.
    pub(crate) fn invoke(&mut self, attempt: Attempt, sent: &Sent) {
        let registration = attempt.registration;
        let at = self.registrations.iter().position(|r| r.id == registration);
        let candidates = at.map_or(Vec::new(), |at| self.candidates(at, &attempt.tried));
        let refused = match (at, sent.0.as_slice()) {
            (Some(at), [(callee, Message::Invocation(invocation))]) => {
                let mut candidates = candidates.into_iter();
                let turn = candidates.find(|turn| self.callee(at, *turn) == *callee);
                let turn = turn.expect("not the callee whose turn it is");
                self.invoked(attempt, at, turn, invocation);
                return;
            }
            (Some(at), _) if !candidates.is_empty() => {
                let lacking = |turn: &usize| !self.is_able(self.callee(at, *turn));
                let turn = candidates.iter().copied().find(lacking);
                let turn = turn.filter(|_| attempt.in_parts);
                let turn = turn.unwrap_or_else(|| panic!("not INVOCATION: {:?}", sent.0));
                self.registrations[at].had_its_turn(turn);
                uris::FEATURE_NOT_SUPPORTED
            }
            _ => uris::NO_AVAILABLE_CALLEE,
        };
        let line = error(request_type::CALL, attempt.request, &refused);
        assert_eq!(sent.in_words(), [(attempt.caller, line)]);
        let Attempt {
            caller,
            request,
            uri,
            in_parts,
            ..
        } = attempt;
        self.is_over(caller, request, uri, in_parts);
    }

    fn invoked(&mut self, attempt: Attempt, at: usize, turn: usize, invocation: &Invocation) {
        let registration = &mut self.registrations[at];
        registration.had_its_turn(turn);
        let (policy, _) = PATTERNS[registration.pattern];
        let shared = registration.callees.len() > 1;
        let callee = registration.callees[turn];
        assert_eq!(invocation.registration, registration.id);
        assert_eq!(number_of(&invocation.payload), attempt.number);
        let by_pattern = policy != MatchPolicy::Exact;
        assert_eq!(invocation.details.procedure.is_some(), by_pattern);
        assert_eq!(invocation.details.progress, attempt.in_parts);
        let able = self.is_able(callee.key);
        assert!(able || !attempt.in_parts, "invoked in parts in vain");
        // Invocation ids follow one another, so each callee gets its invocations in order.
        let client = self.client(callee.key).expect("a callee that is there");
        client.invocations += 1;
        assert_eq!(invocation.request.get(), client.invocations);
        let wants_parts = attempt.receive_progress && able;
        assert_eq!(invocation.details.receive_progress, wants_parts);
        self.calls.push(PendingCall {
            caller: attempt.caller,
            request: attempt.request,
            callee: callee.key,
            invocation: invocation.request,
            registration: attempt.registration,
            uri: attempt.uri,
            place: callee.concurrency.map(|_| callee.number),
            wants_parts,
            open: attempt.in_parts,
            interrupted: false,
            timeout: attempt.timeout,
            deadline: attempt.deadline,
            again: (shared && able).then_some(attempt),
        });
    }

    pub(crate) fn continue_call(&mut self, which: &Index, last: bool) {
        let open = (0..self.calls.len()).filter(|at| self.calls[*at].open);
        let open: Vec<_> = open.collect();
        let late = self.clients.iter().flat_map(|client| {
            let unfinished = client.unfinished.iter().rev().take(UNFINISHED);
            unfinished.map(|(request, uri)| (client.key, *request, *uri))
        });
        let late: Vec<_> = late.collect();
        if open.len() + late.len() == 0 {
            return;
        }
        let at = which.index(open.len() + late.len());
        let (caller, request, uri) = match open.get(at) {
            Some(at) => {
                let call = &self.calls[*at];
                (call.caller, call.request, call.uri)
            }
            None => late[at - open.len()],
        };
        let (number, payload) = self.next_payload();
        let call = Call {
            request,
            options: CallOptions {
                progress: !last,
                ..Default::default()
            }
            .into(),
            procedure: Uri::from(uri),
            payload,
        };
        let sent = self.send(caller, call);
        let Some(at) = open.get(at) else {
            assert_eq!(sent.in_words(), []);
            if let Some(client) = self.client(caller).filter(|_| last) {
                client.unfinished.retain(|(other, _)| *other != request);
            }
            return;
        };
        let call = &mut self.calls[*at];
        call.open = !last;
        call.again = None;
        let line = format!("INVOCATION {} {} {number}", call.invocation, !last);
        let expected = (!call.interrupted).then_some((call.callee, line));
        assert_eq!(sent.in_words(), Vec::from_iter(expected));
    }

    /// Ends a call: its invocation is over, and further arguments are for nobody.
    pub(crate) fn end(&mut self, at: usize) -> PendingCall {
        let call = self.calls.remove(at);
        self.over.push((call.callee, call.invocation));
        self.is_over(call.caller, call.request, call.uri, call.open);
        call
    }

    /// Ends all calls of a kind, and returns them in order.
    pub(crate) fn end_all<O: Ord>(
        &mut self,
        which: impl Fn(&PendingCall) -> bool,
        order: impl Fn(&PendingCall) -> O,
    ) -> Vec<PendingCall> {
        let mut ended = Vec::new();
        while let Some(at) = self.calls.iter().position(&which) {
            ended.push(self.end(at));
        }
        ended.sort_by_key(order);
        ended
    }

    fn is_over(&mut self, caller: SessionKey, request: RequestId, uri: &'static str, open: bool) {
        if let Some(client) = self.client(caller).filter(|_| open) {
            client.unfinished.push((request, uri));
        }
    }

    fn callee(&self, at: usize, turn: usize) -> SessionKey {
        self.registrations[at].callees[turn].key
    }
}
