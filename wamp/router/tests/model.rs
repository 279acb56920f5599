//! Random sessions and messages against a model that is as simple as it gets: lists, searched from
//! one end to the other.
//!
//! After every step, what the realm sent has to be exactly what the model says. So every CALL ends
//! exactly once, answers count only from the callee that was invoked, nothing follows UNSUBSCRIBED or
//! reaches a session that is gone, and order is kept, since each step is compared by itself. In the
//! end everybody leaves, and every table has to be empty.

use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::*;
use wamp_proto::options::{
    CallOptions, CancelMode, CancelOptions, InvokePolicy, PublishOptions, RegisterOptions,
    SubscribeOptions, YieldOptions,
};
use wamp_proto::{
    Feature, Features, MatchPolicy, Message, Outbound, Payload, RegistrationId, RequestId, Roles,
    Serializer, SubscriptionId, Uri, uris,
};
use wamp_router::{CloseReason, Egress, Joining, Permissions, Realm, RealmConfig, SessionKey};

/// URIs and patterns that overlap in many ways.
const URIS: [&str; 5] = ["a", "a.b", "a.b.c", "ab", "b.b"];
const PATTERNS: [(MatchPolicy, &str); 12] = [
    (MatchPolicy::Exact, "a"),
    (MatchPolicy::Exact, "a.b"),
    (MatchPolicy::Exact, "a.b.c"),
    (MatchPolicy::Prefix, ""),
    (MatchPolicy::Prefix, "a"),
    (MatchPolicy::Prefix, "a."),
    (MatchPolicy::Prefix, "a.b"),
    (MatchPolicy::Wildcard, "."),
    (MatchPolicy::Wildcard, "a."),
    (MatchPolicy::Wildcard, ".b"),
    (MatchPolicy::Wildcard, "a.."),
    (MatchPolicy::Wildcard, "a..c"),
];

#[derive(Clone, Debug)]
enum Step {
    Join {
        cancels: bool,
    },
    Leave {
        who: Index,
        says_goodbye: bool,
    },
    Subscribe {
        who: Index,
        pattern: usize,
    },
    Unsubscribe {
        who: Index,
        which: Index,
    },
    Publish {
        who: Index,
        uri: usize,
        exclude_me: Option<bool>,
        acknowledge: bool,
    },
    Register {
        who: Index,
        pattern: usize,
        invoke: InvokePolicy,
    },
    Unregister {
        who: Index,
        which: Index,
    },
    Call {
        who: Index,
        uri: usize,
        receive_progress: bool,
        timeout: Option<u64>,
    },
    Cancel {
        which: Index,
        mode: Option<CancelMode>,
    },
    Yield {
        which: Index,
        progress: bool,
    },
    Fail {
        which: Index,
    },
    AnswerAgain {
        which: Index,
    },
    Wait {
        ms: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let who = any::<Index>;
    let mode = prop_oneof![
        Just(None),
        Just(Some(CancelMode::Skip)),
        Just(Some(CancelMode::Kill)),
        Just(Some(CancelMode::KillNoWait)),
    ];
    let invoke = prop_oneof![
        2 => Just(InvokePolicy::Single),
        1 => Just(InvokePolicy::First),
        1 => Just(InvokePolicy::Last),
        2 => Just(InvokePolicy::RoundRobin),
        1 => Just(InvokePolicy::Random),
    ];
    let pattern = || 0..PATTERNS.len();
    let uri = || 0..URIS.len();
    prop_oneof![
        2 => any::<bool>().prop_map(|cancels| Step::Join { cancels }),
        1 => (who(), any::<bool>())
            .prop_map(|(who, says_goodbye)| Step::Leave { who, says_goodbye }),
        4 => (who(), pattern()).prop_map(|(who, pattern)| Step::Subscribe { who, pattern }),
        2 => (who(), who()).prop_map(|(who, which)| Step::Unsubscribe { who, which }),
        6 => (who(), uri(), any::<Option<bool>>(), any::<bool>()).prop_map(
            |(who, uri, exclude_me, acknowledge)| Step::Publish { who, uri, exclude_me, acknowledge }
        ),
        4 => (who(), pattern(), invoke)
            .prop_map(|(who, pattern, invoke)| Step::Register { who, pattern, invoke }),
        1 => (who(), who()).prop_map(|(who, which)| Step::Unregister { who, which }),
        8 => (who(), uri(), any::<bool>(), proptest::option::of(1..100_u64)).prop_map(
            |(who, uri, receive_progress, timeout)| Step::Call { who, uri, receive_progress, timeout }
        ),
        2 => (who(), mode).prop_map(|(which, mode)| Step::Cancel { which, mode }),
        6 => (who(), any::<bool>()).prop_map(|(which, progress)| Step::Yield { which, progress }),
        1 => who().prop_map(|which| Step::Fail { which }),
        1 => who().prop_map(|which| Step::AnswerAgain { which }),
        1 => (1..60_u64).prop_map(|ms| Step::Wait { ms }),
    ]
}

/// What the realm sent, in order.
#[derive(Default)]
struct Sent(Vec<(SessionKey, Message)>);

impl Egress for Sent {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        self.0.push((to, message.into_message()));
    }

    fn close(&mut self, _: SessionKey, reason: CloseReason) {
        assert_eq!(reason, CloseReason::Goodbye, "the model breaks no rules");
    }
}

#[derive(Clone)]
struct Client {
    key: SessionKey,
    /// Whether it announced that it can be interrupted, and gives results in parts.
    cancels: bool,
    requests: u64,
    invocations: u64,
}

struct Subscription {
    id: SubscriptionId,
    pattern: usize,
    subscribers: Vec<SessionKey>,
}

struct Registration {
    id: RegistrationId,
    pattern: usize,
    invoke: InvokePolicy,
    callees: Vec<SessionKey>,
    /// Who was invoked last, for round robin.
    turn: usize,
}

struct PendingCall {
    caller: SessionKey,
    request: RequestId,
    callee: SessionKey,
    invocation: RequestId,
    wants_parts: bool,
    interrupted: bool,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
}

/// The realm and what it should be like.
struct World {
    realm: Realm,
    now: Instant,
    clients: Vec<Client>,
    subscriptions: Vec<Subscription>,
    registrations: Vec<Registration>,
    calls: Vec<PendingCall>,
    /// Invocations that are over: answers to them are dropped.
    over: Vec<(SessionKey, RequestId)>,
    payloads: u64,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "only times after this one count")]
    fn new() -> Self {
        Self {
            realm: Realm::new(RealmConfig::new("realm1"), 7),
            now: Instant::now(),
            clients: Vec::new(),
            subscriptions: Vec::new(),
            registrations: Vec::new(),
            calls: Vec::new(),
            over: Vec::new(),
            payloads: 0,
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Join { cancels } => self.join(*cancels),
            Step::Wait { ms } => self.wait(Duration::from_millis(*ms)),
            Step::Cancel { which, mode } => self.cancel(which, *mode),
            Step::Yield { which, progress } => self.answer(which, *progress),
            Step::Fail { which } => self.fail(which),
            Step::AnswerAgain { which } => self.answer_again(which),
            Step::Leave { who, .. }
            | Step::Subscribe { who, .. }
            | Step::Unsubscribe { who, .. }
            | Step::Publish { who, .. }
            | Step::Register { who, .. }
            | Step::Unregister { who, .. }
            | Step::Call { who, .. } => {
                if !self.clients.is_empty() {
                    self.act(who.index(self.clients.len()), step);
                }
            }
        }
    }

    fn act(&mut self, who: usize, step: &Step) {
        match step {
            Step::Leave { says_goodbye, .. } => self.leave(who, *says_goodbye),
            Step::Subscribe { pattern, .. } => self.subscribe(who, *pattern),
            Step::Unsubscribe { which, .. } => self.unsubscribe(who, which),
            Step::Publish {
                uri,
                exclude_me,
                acknowledge,
                ..
            } => {
                self.publish(who, URIS[*uri], *exclude_me, *acknowledge);
            }
            Step::Register {
                pattern, invoke, ..
            } => self.register(who, *pattern, *invoke),
            Step::Unregister { which, .. } => self.unregister(who, which),
            Step::Call {
                uri,
                receive_progress,
                timeout,
                ..
            } => {
                self.call(who, URIS[*uri], *receive_progress, *timeout);
            }
            _ => {}
        }
    }

    fn join(&mut self, cancels: bool) {
        let features = if cancels {
            Features::of(&[Feature::CallCanceling, Feature::ProgressiveCallResults])
        } else {
            Features::NONE
        };
        let joining = Joining {
            roles: Roles {
                callee: Some(features),
                ..Roles::default()
            },
            principal: Principal {
                authid: "anyone".into(),
                authrole: "user".into(),
                authmethod: "test".into(),
                authprovider: "test".into(),
                authextra: None,
            },
            permissions: Arc::new(Permissions::all()),
            trustlevel: None,
            peer: String::new(),
        };
        let mut sent = Sent::default();
        let key = self.realm.join(joining, self.now, &mut sent);
        assert!(matches!(sent.0.as_slice(), [(to, Message::Welcome(_))] if *to == key));
        self.clients.push(Client {
            key,
            cancels,
            requests: 0,
            invocations: 0,
        });
    }

    fn leave(&mut self, who: usize, says_goodbye: bool) {
        let key = self.clients[who].key;
        let mut sent = Sent::default();
        let mut expected = Vec::new();
        if says_goodbye {
            let reason = uris::CLOSE_REALM;
            let goodbye = Goodbye {
                details: Default::default(),
                reason,
            };
            self.realm.receive(key, goodbye.into(), self.now, &mut sent);
            expected.push((key, "GOODBYE".to_owned()));
        }
        self.realm.leave(key, self.now, &mut sent);
        self.clients.remove(who);

        let (mut own, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.calls)
            .into_iter()
            .partition(|call| call.caller == key);
        own.sort_by_key(|call| call.request);
        for call in own {
            if self.cancels(call.callee) {
                expected.push((call.callee, interrupt(&call, CancelMode::KillNoWait)));
            }
            self.over.push((call.callee, call.invocation));
        }
        let (mut asked, rest): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|call| call.callee == key);
        asked.sort_by_key(|call| call.invocation);
        for call in asked {
            expected.push((call.caller, error(&call, &uris::CANCELED)));
        }
        self.calls = rest;
        for subscription in &mut self.subscriptions {
            subscription.subscribers.retain(|other| *other != key);
        }
        for registration in &mut self.registrations {
            registration.remove(key);
        }
        self.forget_empty();
        assert_eq!(in_words(&sent), expected);
    }

    fn subscribe(&mut self, who: usize, pattern: usize) {
        let (policy, uri) = PATTERNS[pattern];
        let (key, request) = self.next_request(who);
        let options = SubscribeOptions {
            r#match: Some(policy),
            ..Default::default()
        };
        let sent = self.send(
            key,
            Subscribe {
                request,
                options,
                topic: Uri::from(uri),
            },
        );
        let [(to, Message::Subscribed(subscribed))] = sent.0.as_slice() else {
            panic!("not SUBSCRIBED: {:?}", sent.0);
        };
        assert_eq!((*to, subscribed.request), (key, request));
        let id = subscribed.subscription;
        match self.subscriptions.iter_mut().find(|s| s.pattern == pattern) {
            Some(existing) => {
                assert_eq!(existing.id, id);
                if !existing.subscribers.contains(&key) {
                    existing.subscribers.push(key);
                }
            }
            None => {
                assert!(self.subscriptions.iter().all(|s| s.id != id));
                self.subscriptions.push(Subscription {
                    id,
                    pattern,
                    subscribers: vec![key],
                });
            }
        }
    }

    fn unsubscribe(&mut self, who: usize, which: &Index) {
        if self.subscriptions.is_empty() {
            return;
        }
        let at = which.index(self.subscriptions.len());
        let subscription = self.subscriptions[at].id;
        let (key, request) = self.next_request(who);
        let sent = self.send(
            key,
            Unsubscribe {
                request,
                subscription,
            },
        );
        let subscribers = &mut self.subscriptions[at].subscribers;
        let expected = if subscribers.contains(&key) {
            subscribers.retain(|other| *other != key);
            format!("UNSUBSCRIBED {request}")
        } else {
            format!("ERROR 34 {request} {}", uris::NO_SUCH_SUBSCRIPTION)
        };
        self.forget_empty();
        assert_eq!(in_words(&sent), [(key, expected)]);
    }

    fn publish(&mut self, who: usize, uri: &str, exclude_me: Option<bool>, acknowledge: bool) {
        let (key, request) = self.next_request(who);
        let options = PublishOptions {
            exclude_me,
            acknowledge,
            ..Default::default()
        };
        let (number, payload) = self.next_payload();
        let publish = Publish {
            request,
            options,
            topic: Uri::from(uri),
            payload,
        };
        let sent = self.send(key, publish);

        let mut expected = Vec::new();
        if acknowledge {
            expected.push((key, format!("PUBLISHED {request}")));
        }
        for subscription in &self.subscriptions {
            let (policy, pattern) = PATTERNS[subscription.pattern];
            if Uri::from(pattern).matches(policy, uri) {
                for to in &subscription.subscribers {
                    if *to != key || exclude_me == Some(false) {
                        expected.push((*to, format!("EVENT {} {number}", subscription.id)));
                    }
                }
            }
        }
        assert_eq!(sorted(in_words(&sent)), sorted(expected));
    }

    fn register(&mut self, who: usize, pattern: usize, invoke: InvokePolicy) {
        let (policy, uri) = PATTERNS[pattern];
        let (key, request) = self.next_request(who);
        let options = RegisterOptions {
            r#match: Some(policy),
            invoke: Some(invoke),
            ..Default::default()
        };
        let sent = self.send(
            key,
            Register {
                request,
                options,
                procedure: Uri::from(uri),
            },
        );
        let existing = self.registrations.iter_mut().find(|r| r.pattern == pattern);
        match (sent.0.as_slice(), existing) {
            ([(to, Message::Registered(registered))], existing) => {
                assert_eq!((*to, registered.request), (key, request));
                let id = registered.registration;
                match existing {
                    Some(shared) => {
                        assert_eq!(shared.id, id);
                        assert!(shared.admits(key, invoke), "registered twice");
                        shared.callees.push(key);
                    }
                    None => {
                        assert!(self.registrations.iter().all(|r| r.id != id));
                        let callees = vec![key];
                        let turn = usize::MAX;
                        self.registrations.push(Registration {
                            id,
                            pattern,
                            invoke,
                            callees,
                            turn,
                        });
                    }
                }
            }
            (_, Some(existing)) => {
                assert!(!existing.admits(key, invoke), "not registered");
                let text = format!("ERROR 64 {request} {}", uris::PROCEDURE_ALREADY_EXISTS);
                assert_eq!(in_words(&sent), [(key, text)]);
            }
            (_, None) => panic!("not registered: {:?}", sent.0),
        }
    }

    fn unregister(&mut self, who: usize, which: &Index) {
        if self.registrations.is_empty() {
            return;
        }
        let at = which.index(self.registrations.len());
        let registration = self.registrations[at].id;
        let (key, request) = self.next_request(who);
        let sent = self.send(
            key,
            Unregister {
                request,
                registration,
            },
        );
        let expected = if self.registrations[at].callees.contains(&key) {
            self.registrations[at].remove(key);
            format!("UNREGISTERED {request}")
        } else {
            format!("ERROR 66 {request} {}", uris::NO_SUCH_REGISTRATION)
        };
        self.forget_empty();
        assert_eq!(in_words(&sent), [(key, expected)]);
    }

    fn call(&mut self, who: usize, uri: &str, receive_progress: bool, timeout: Option<u64>) {
        let (key, request) = self.next_request(who);
        let options = CallOptions {
            receive_progress,
            timeout,
            ..Default::default()
        };
        let (number, payload) = self.next_payload();
        let call = Call {
            request,
            options,
            procedure: Uri::from(uri),
            payload,
        };
        let sent = self.send(key, call);

        let Some(best) = self.best(uri) else {
            let text = format!("ERROR 48 {request} {}", uris::NO_SUCH_PROCEDURE);
            assert_eq!(in_words(&sent), [(key, text)]);
            return;
        };
        let [(callee, Message::Invocation(invocation))] = sent.0.as_slice() else {
            panic!("not one INVOCATION: {:?}", sent.0);
        };
        let registration = &mut self.registrations[best];
        let (policy, _) = PATTERNS[registration.pattern];
        assert_eq!(invocation.registration, registration.id);
        assert_eq!(number_of(&invocation.payload), number);
        assert_eq!(
            invocation.details.procedure.is_some(),
            policy != MatchPolicy::Exact
        );
        assert!(
            registration.may_be_next(*callee),
            "not the callee whose turn it is"
        );
        let callee = self
            .clients
            .iter_mut()
            .find(|c| c.key == *callee)
            .expect("a callee");
        // Invocation ids follow one another, so each callee gets its invocations in order.
        callee.invocations += 1;
        assert_eq!(invocation.request.get(), callee.invocations);
        let wants_parts = receive_progress && callee.cancels;
        assert_eq!(invocation.details.receive_progress, wants_parts);
        let timeout = timeout.map(Duration::from_millis);
        self.calls.push(PendingCall {
            caller: key,
            request,
            callee: callee.key,
            invocation: invocation.request,
            wants_parts,
            interrupted: false,
            timeout,
            deadline: timeout.map(|timeout| self.now + timeout),
        });
    }

    fn cancel(&mut self, which: &Index, mode: Option<CancelMode>) {
        if self.calls.is_empty() {
            return;
        }
        let at = which.index(self.calls.len());
        let (caller, request) = (self.calls[at].caller, self.calls[at].request);
        let sent = self.send(
            caller,
            Cancel {
                request,
                options: CancelOptions { mode },
            },
        );
        let callee_cancels = self.cancels(self.calls[at].callee);
        let call = &mut self.calls[at];
        let mut expected = Vec::new();
        match mode.unwrap_or(CancelMode::KillNoWait) {
            CancelMode::Kill if callee_cancels => {
                if !call.interrupted {
                    call.interrupted = true;
                    expected.push((call.callee, interrupt(call, CancelMode::Kill)));
                }
            }
            mode => {
                if callee_cancels && mode == CancelMode::KillNoWait {
                    expected.push((call.callee, interrupt(call, mode)));
                }
                expected.push((caller, error(call, &uris::CANCELED)));
                self.end(at);
            }
        }
        assert_eq!(in_words(&sent), expected);
    }

    fn answer(&mut self, which: &Index, progress: bool) {
        if self.calls.is_empty() {
            return;
        }
        let at = which.index(self.calls.len());
        let (number, payload) = self.next_payload();
        let options = YieldOptions {
            progress,
            ..Default::default()
        };
        let (callee, request) = (self.calls[at].callee, self.calls[at].invocation);
        let sent = self.send(
            callee,
            Yield {
                request,
                options,
                payload,
            },
        );
        let call = &mut self.calls[at];
        let result = (
            call.caller,
            format!("RESULT {} {progress} {number}", call.request),
        );
        let expected = (!progress || call.wants_parts).then_some(result);
        if progress {
            call.deadline = call.timeout.map(|timeout| self.now + timeout);
        } else {
            self.end(at);
        }
        assert_eq!(in_words(&sent), Vec::from_iter(expected));
    }

    fn fail(&mut self, which: &Index) {
        if self.calls.is_empty() {
            return;
        }
        let at = which.index(self.calls.len());
        let oops = Uri::from_static("com.app.error.oops");
        let (callee, request) = (self.calls[at].callee, self.calls[at].invocation);
        let message = Error::new(
            request_type::INVOCATION,
            request,
            oops.clone(),
            Payload::NONE,
        );
        let sent = self.send(callee, message);
        let expected = (self.calls[at].caller, error(&self.calls[at], &oops));
        self.end(at);
        assert_eq!(in_words(&sent), [expected]);
    }

    fn answer_again(&mut self, which: &Index) {
        let alive = |key: SessionKey| self.clients.iter().any(|client| client.key == key);
        let over: Vec<_> = self.over.iter().filter(|(key, _)| alive(*key)).collect();
        if over.is_empty() {
            return;
        }
        let (callee, request) = *over[which.index(over.len())];
        let options = YieldOptions::default();
        let sent = self.send(
            callee,
            Yield {
                request,
                options,
                payload: Payload::NONE,
            },
        );
        assert_eq!(in_words(&sent), []);
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        let due = |call: &PendingCall| call.deadline.filter(|deadline| *deadline <= until);
        let next = self.calls.iter().filter_map(|call| call.deadline).min();
        assert_eq!(self.realm.next_timeout(), next);
        let mut sent = Sent::default();
        self.realm.handle_timeout(until, &mut sent);
        self.now = until;
        let mut expected = Vec::new();
        for at in (0..self.calls.len()).rev() {
            let call = &self.calls[at];
            if due(call).is_none() {
                continue;
            }
            if self.cancels(call.callee) {
                expected.push((call.callee, interrupt(call, CancelMode::KillNoWait)));
            }
            expected.push((call.caller, error(call, &uris::TIMEOUT)));
            self.end(at);
        }
        assert_eq!(sorted(in_words(&sent)), sorted(expected));
    }

    /// Everybody leaves.
    fn finish(mut self) {
        while !self.clients.is_empty() {
            self.leave(0, false);
        }
        assert!(self.realm.is_empty(), "left: {:?}", self.realm.counts());
        assert!(self.subscriptions.is_empty() && self.registrations.is_empty());
        assert!(self.calls.is_empty());
    }

    fn send(&mut self, from: SessionKey, message: impl Into<Message>) -> Sent {
        let mut sent = Sent::default();
        self.realm
            .receive(from, message.into(), self.now, &mut sent);
        for (to, _) in &sent.0 {
            assert!(
                self.clients.iter().any(|c| c.key == *to),
                "sent to somebody who left"
            );
        }
        sent
    }

    /// The registration that a call goes to: the specification's rules, by looking at every one.
    fn best(&self, uri: &str) -> Option<usize> {
        let rank = |at: &usize| {
            let (policy, pattern) = PATTERNS[self.registrations[*at].pattern];
            match policy {
                MatchPolicy::Exact => (2, 0, Vec::new()),
                MatchPolicy::Prefix => (1, pattern.len(), Vec::new()),
                MatchPolicy::Wildcard => (0, 0, named_components(pattern)),
            }
        };
        let matching = (0..self.registrations.len()).filter(|at| {
            let (policy, pattern) = PATTERNS[self.registrations[*at].pattern];
            Uri::from(pattern).matches(policy, uri)
        });
        matching.max_by_key(rank)
    }

    fn end(&mut self, at: usize) {
        let call = self.calls.remove(at);
        self.over.push((call.callee, call.invocation));
    }

    fn cancels(&self, key: SessionKey) -> bool {
        self.clients
            .iter()
            .any(|client| client.key == key && client.cancels)
    }

    fn forget_empty(&mut self) {
        self.subscriptions
            .retain(|subscription| !subscription.subscribers.is_empty());
        self.registrations
            .retain(|registration| !registration.callees.is_empty());
    }

    fn next_request(&mut self, who: usize) -> (SessionKey, RequestId) {
        let client = &mut self.clients[who];
        client.requests += 1;
        (client.key, RequestId::new(client.requests).expect("an id"))
    }

    fn next_payload(&mut self) -> (u64, Payload) {
        self.payloads += 1;
        let payload = Payload::new(Serializer::Json, &[self.payloads], &()).expect("a payload");
        (self.payloads, payload)
    }
}

impl Registration {
    fn admits(&self, key: SessionKey, invoke: InvokePolicy) -> bool {
        invoke == self.invoke && invoke != InvokePolicy::Single && !self.callees.contains(&key)
    }

    /// Whether it may be that callee's turn; if so, it has had it.
    fn may_be_next(&mut self, key: SessionKey) -> bool {
        let Some(at) = self.callees.iter().position(|callee| *callee == key) else {
            return false;
        };
        let last = self.callees.len() - 1;
        let next = if self.turn >= last { 0 } else { self.turn + 1 };
        self.turn = at;
        match self.invoke {
            InvokePolicy::Single | InvokePolicy::First => at == 0,
            InvokePolicy::Last => at == last,
            InvokePolicy::RoundRobin => at == next,
            InvokePolicy::Random => true,
        }
    }

    fn remove(&mut self, key: SessionKey) {
        let Some(at) = self.callees.iter().position(|callee| *callee == key) else {
            return;
        };
        self.callees.remove(at);
        // The one after the last invoked is next, whoever is gone.
        if self.turn != usize::MAX && at <= self.turn {
            self.turn = self.turn.checked_sub(1).unwrap_or(usize::MAX);
        }
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

fn interrupt(call: &PendingCall, mode: CancelMode) -> String {
    format!("INTERRUPT {} {mode:?}", call.invocation)
}

fn error(call: &PendingCall, uri: &Uri) -> String {
    format!("ERROR 48 {} {uri}", call.request)
}

fn number_of(payload: &Payload) -> u64 {
    payload.read_args::<(u64,)>().expect("a number").0
}

fn sorted(mut lines: Vec<(SessionKey, String)>) -> Vec<(SessionKey, String)> {
    lines.sort();
    lines
}

fn in_words(sent: &Sent) -> Vec<(SessionKey, String)> {
    let words = |message: &Message| match message {
        Message::Goodbye(_) => "GOODBYE".to_owned(),
        Message::Published(m) => format!("PUBLISHED {}", m.request),
        Message::Event(m) => format!("EVENT {} {}", m.subscription, number_of(&m.payload)),
        Message::Error(m) => format!("ERROR {} {} {}", m.request_type, m.request, m.error),
        Message::Interrupt(m) => {
            let mode = m.options.mode.expect("a mode");
            format!("INTERRUPT {} {mode:?}", m.request)
        }
        Message::Result(m) => {
            let number = number_of(&m.payload);
            format!("RESULT {} {} {number}", m.request, m.details.progress)
        }
        Message::Unsubscribed(m) => format!("UNSUBSCRIBED {}", m.request.expect("an id")),
        Message::Unregistered(m) => format!("UNREGISTERED {}", m.request.expect("an id")),
        other => panic!("the model does not know {}", other.name()),
    };
    sent.0
        .iter()
        .map(|(to, message)| (*to, words(message)))
        .collect()
}

proptest! {
    #[test]
    fn the_realm_does_what_the_model_says(
        steps in proptest::collection::vec(step(), 1..300),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        world.finish();
    }
}
