//! The realm, and what it should be like.

use crate::calls::PendingCall;
use crate::registrations::Registration;
use crate::steps::Step;
use crate::topics::Subscription;
use crate::words::{Lines, Sent, error, interrupt, sorted};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::{Goodbye, request_type};
use wamp_proto::options::CancelMode;
use wamp_proto::{
    Feature, Features, MatchPolicy, Message, Payload, RequestId, Roles, Serializer, Uri, uris,
};
use wamp_router::{
    Actions, Joining, Permissions, Realm, RealmConfig, Rule, SessionInfo, SessionKey,
};

/// The authid of those whose permissions change.
const WATCHED: &str = "watched";

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) key: SessionKey,
    /// Whether it announced that it can be interrupted and sent on, takes and gives parts, and
    /// understands that something is taken back.
    pub(crate) able: bool,
    pub(crate) watched: bool,
    pub(crate) requests: u64,
    pub(crate) invocations: u64,
    /// Calls that are over although it said that more arguments follow.
    pub(crate) unfinished: Vec<(RequestId, &'static str)>,
}

pub(crate) struct World {
    pub(crate) realm: Realm,
    pub(crate) now: Instant,
    pub(crate) clients: Vec<Client>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) calls: Vec<PendingCall>,
    /// Invocations that are over: answers to them are dropped.
    pub(crate) over: Vec<(SessionKey, RequestId)>,
    /// How many callees there were.
    pub(crate) callees: u64,
    /// What the watched may do.
    watched: Arc<Permissions>,
    payloads: u64,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "only times after this one count")]
    pub(crate) fn new() -> Self {
        Self {
            realm: Realm::new(RealmConfig::new("realm1"), 7),
            now: Instant::now(),
            clients: Vec::new(),
            subscriptions: Vec::new(),
            registrations: Vec::new(),
            calls: Vec::new(),
            over: Vec::new(),
            callees: 0,
            watched: Arc::new(Permissions::all()),
            payloads: 0,
        }
    }

    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::Join { able, watched } => self.join(*able, *watched),
            Step::Permit { all } => self.permit(*all),
            Step::Wait { ms } => self.wait(Duration::from_millis(*ms)),
            Step::Continue { which, last } => self.continue_call(which, *last),
            Step::Cancel { which, mode } => self.cancel(which, *mode),
            Step::Yield { which, progress } => self.answer(which, *progress),
            Step::Fail { which, unavailable } => self.fail(which, *unavailable),
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

    /// Everybody leaves.
    pub(crate) fn finish(mut self) {
        while !self.clients.is_empty() {
            self.leave(0, false);
        }
        assert!(self.realm.is_empty(), "left: {:?}", self.realm.counts());
        assert!(self.subscriptions.is_empty() && self.registrations.is_empty());
        assert!(self.calls.is_empty());
    }

    fn act(&mut self, who: usize, step: &Step) {
        match *step {
            Step::Leave { says_goodbye, .. } => self.leave(who, says_goodbye),
            Step::Subscribe { pattern, .. } => self.subscribe(who, pattern),
            Step::Unsubscribe { ref which, .. } => self.unsubscribe(who, which),
            Step::Publish {
                uri,
                exclude_me,
                acknowledge,
                ..
            } => self.publish(who, uri, exclude_me, acknowledge),
            Step::Register {
                pattern,
                invoke,
                concurrency,
                ..
            } => self.register(who, pattern, invoke, concurrency),
            Step::Unregister { ref which, .. } => self.unregister(who, which),
            Step::Call {
                uri,
                receive_progress,
                in_parts,
                timeout,
                ..
            } => self.call(who, uri, receive_progress, in_parts, timeout),
            _ => {}
        }
    }

    fn join(&mut self, able: bool, watched: bool) {
        let features = |features: &[Feature]| Some(Features::of(if able { features } else { &[] }));
        let joining = Joining {
            roles: Roles {
                caller: Some(Features::of(&[Feature::ProgressiveCallInvocations])),
                callee: features(&[
                    Feature::CallCanceling,
                    Feature::CallReroute,
                    Feature::ProgressiveCallInvocations,
                    Feature::ProgressiveCallResults,
                    Feature::RegistrationRevocation,
                ]),
                subscriber: features(&[Feature::SubscriptionRevocation]),
                ..Roles::default()
            },
            principal: Principal {
                authid: if watched { WATCHED } else { "free" }.into(),
                authrole: "user".into(),
                authmethod: "test".into(),
                authprovider: "test".into(),
                authextra: None,
            },
            permissions: self.permissions(watched),
            trustlevel: None,
            peer: String::new(),
        };
        let mut sent = Sent::default();
        let key = self.realm.join(joining, self.now, &mut sent);
        assert!(matches!(sent.0.as_slice(), [(to, Message::Welcome(_))] if *to == key));
        self.clients.push(Client {
            key,
            able,
            watched,
            requests: 0,
            invocations: 0,
            unfinished: Vec::new(),
        });
    }

    fn leave(&mut self, who: usize, says_goodbye: bool) {
        let key = self.clients[who].key;
        let mut sent = Sent::default();
        let mut expected = Lines::new();
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

        for call in self.end_all(|call| call.caller == key, |call| call.request) {
            if self.is_able(call.callee) {
                let line = interrupt(call.invocation, CancelMode::KillNoWait);
                expected.push((call.callee, line));
            }
        }
        for call in self.end_all(|call| call.callee == key, |call| call.invocation) {
            let line = error(request_type::CALL, call.request, &uris::CANCELED);
            expected.push((call.caller, line));
        }
        for subscription in &mut self.subscriptions {
            subscription.remove(key);
        }
        for registration in &mut self.registrations {
            registration.remove(key);
        }
        self.forget_empty();
        assert_eq!(sent.in_words(), expected);
    }

    /// Changes what the watched may do: what they have, call or serve and now may not is taken back.
    fn permit(&mut self, all: bool) {
        self.watched = Arc::new(match all {
            true => Permissions::all(),
            false => Permissions::new([
                Rule::new(MatchPolicy::Prefix, "", Actions::ALL),
                Rule::new(MatchPolicy::Prefix, "a.", Actions::NONE),
            ]),
        });
        let mut sent = Sent::default();
        let permissions = self.watched.clone();
        let is_watched = |session: &SessionInfo| *session.principal.authid == *WATCHED;
        self.realm
            .set_permissions(is_watched, permissions, self.now, &mut sent);
        let mut expected = Lines::new();
        for who in 0..self.clients.len() {
            let key = self.clients[who].key;
            let theirs = self.calls.iter().filter(|call| call.caller == key);
            let forbidden = theirs.filter(|call| !self.may(who, Actions::CALL, call.uri));
            let forbidden: Vec<_> = forbidden.map(|call| call.request).collect();
            for request in forbidden {
                let is_it = |call: &PendingCall| call.caller == key && call.request == request;
                expected.extend(self.abandon(is_it, &uris::NOT_AUTHORIZED));
            }
        }
        for who in 0..self.clients.len() {
            let Client { key, able, .. } = self.clients[who];
            for at in 0..self.registrations.len() {
                let Registration { id, pattern, .. } = self.registrations[at];
                if self.may_all(who, Actions::REGISTER, pattern)
                    || !self.registrations[at].remove(key)
                {
                    continue;
                }
                let served = |call: &PendingCall| call.callee == key && call.registration == id;
                expected.extend(self.abandon(served, &uris::CANCELED));
                if able {
                    expected.push((key, format!("REVOKED {:?}", Some(id))));
                }
            }
            for at in 0..self.subscriptions.len() {
                let Subscription { id, pattern, .. } = self.subscriptions[at];
                if !self.may_all(who, Actions::SUBSCRIBE, pattern)
                    && self.subscriptions[at].remove(key)
                    && able
                {
                    expected.push((key, format!("REVOKED {:?}", Some(id))));
                }
            }
        }
        self.forget_empty();
        assert_eq!(sorted(sent.in_words()), sorted(expected));
    }

    /// Ends the calls of a kind from the router's side. Returns what the realm is to say.
    fn abandon(&mut self, which: impl Fn(&PendingCall) -> bool, why: &Uri) -> Lines {
        let mut expected = Lines::new();
        for call in self.end_all(which, |call| call.request) {
            if self.is_able(call.callee) {
                let line = interrupt(call.invocation, CancelMode::KillNoWait);
                expected.push((call.callee, line));
            }
            let line = error(request_type::CALL, call.request, why);
            expected.push((call.caller, line));
        }
        expected
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        let next = self.calls.iter().filter_map(|call| call.deadline).min();
        assert_eq!(self.realm.next_timeout(), next);
        let mut sent = Sent::default();
        self.realm.handle_timeout(until, &mut sent);
        self.now = until;
        let due = |call: &PendingCall| call.deadline.is_some_and(|deadline| deadline <= until);
        let expected = self.abandon(due, &uris::TIMEOUT);
        assert_eq!(sorted(sent.in_words()), sorted(expected));
    }

    pub(crate) fn send(&mut self, from: SessionKey, message: impl Into<Message>) -> Sent {
        let mut sent = Sent::default();
        let now = self.now;
        self.realm.receive(from, message.into(), now, &mut sent);
        for (to, _) in &sent.0 {
            let is_there = self.clients.iter().any(|client| client.key == *to);
            assert!(is_there, "sent to somebody who left");
        }
        sent
    }

    /// Whether a client may do that to one URI.
    pub(crate) fn may(&self, who: usize, action: Actions, uri: &str) -> bool {
        let permissions = self.permissions(self.clients[who].watched);
        permissions.check(action, uri).is_some()
    }

    /// Whether a client may do that to all that a pattern matches.
    pub(crate) fn may_all(&self, who: usize, action: Actions, pattern: usize) -> bool {
        let (policy, uri) = crate::steps::PATTERNS[pattern];
        let permissions = self.permissions(self.clients[who].watched);
        permissions
            .check_pattern(action, policy, &uri.into())
            .is_some()
    }

    fn permissions(&self, watched: bool) -> Arc<Permissions> {
        match watched {
            true => self.watched.clone(),
            false => Arc::new(Permissions::all()),
        }
    }

    pub(crate) fn client(&mut self, key: SessionKey) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.key == key)
    }

    pub(crate) fn is_able(&self, key: SessionKey) -> bool {
        let mut clients = self.clients.iter();
        clients.any(|client| client.key == key && client.able)
    }

    pub(crate) fn forget_empty(&mut self) {
        self.subscriptions
            .retain(|subscription| !subscription.subscribers.is_empty());
        self.registrations
            .retain(|registration| !registration.callees.is_empty());
    }

    pub(crate) fn next_request(&mut self, who: usize) -> (SessionKey, RequestId) {
        let client = &mut self.clients[who];
        client.requests += 1;
        (client.key, RequestId::new(client.requests).expect("an id"))
    }

    pub(crate) fn next_payload(&mut self) -> (u64, Payload) {
        self.payloads += 1;
        let payload = Payload::new(Serializer::Json, &[self.payloads], &()).expect("a payload");
        (self.payloads, payload)
    }
}
