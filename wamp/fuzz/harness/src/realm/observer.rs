//! Stands where the links would be, and knows what a realm may send and what it owes.
//!
//! Payloads are numbered on their way in, so that every RESULT is traced to its YIELD, every
//! INVOCATION to its CALL and every EVENT to its PUBLISH.

use super::numbered::{number_of, numbered};
use super::peer::{Pattern, Peer, Publication, Request};
use bytes::BytesMut;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use wamp_proto::message::{self, Event, Invocation, request_type};
use wamp_proto::{
    EncodeError, Feature, Message, Outbound, Payload, RequestId, Serializer, decode, encode,
};
use wamp_router::{Actions, CloseReason, Egress, Joining, Permissions, SessionKey};

/// The realm's way out, and what came in.
#[derive(Default)]
pub(super) struct Observer {
    peers: BTreeMap<SessionKey, Peer>,
    /// Who is about to join.
    joining: Option<Joining>,
    joined: usize,
    /// How many payloads were numbered.
    numbered: u64,
    /// The calls by the numbers of their payloads.
    calls: BTreeMap<u64, (SessionKey, RequestId)>,
    /// The publication under way, and its number.
    publication: Option<(u64, Publication)>,
    /// Publications that may have been kept, by number.
    retained: BTreeMap<u64, Publication>,
    /// The YIELD or ERROR under way.
    answer: Option<Answer>,
    digest: DefaultHasher,
}

/// What a callee says to an invocation.
#[derive(Clone, Debug)]
struct Answer {
    number: u64,
    callee: SessionKey,
    invocation: RequestId,
    /// The call that the invocation was made for: the caller and its request.
    call: Option<(SessionKey, RequestId)>,
}

/// How much a realm should hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) sessions: usize,
    pub(super) calls: usize,
    pub(super) subscriptions: usize,
    pub(super) registrations: usize,
}

impl Observer {
    /// The next session will be this one.
    pub(super) fn expect_join(&mut self, joining: &Joining) {
        self.joining = Some(joining.clone());
    }

    pub(super) fn is_open(&self, key: SessionKey) -> bool {
        self.peers.contains_key(&key)
    }

    /// The session's link is lost.
    pub(super) fn forget(&mut self, key: SessionKey) {
        self.peers.remove(&key);
    }

    /// Gives a message an id that makes sense for this session: the next one, or that of something
    /// which is under way.
    pub(super) fn put_in_turn(&self, key: SessionKey, message: &mut Message, which: u8) {
        let Some(peer) = self.peers.get(&key) else {
            return;
        };
        let next = RequestId::new(peer.last_request + 1).expect("an id");
        let which = usize::from(which);
        match message {
            Message::Publish(m) => m.request = next,
            Message::Subscribe(m) => m.request = next,
            Message::Unsubscribe(m) => {
                m.request = next;
                let own = peer.subscriptions.keys();
                m.subscription = chosen(own, which).copied().unwrap_or(m.subscription);
            }
            Message::Register(m) => m.request = next,
            Message::Unregister(m) => {
                m.request = next;
                let own = peer.registrations.keys();
                m.registration = chosen(own, which).copied().unwrap_or(m.registration);
            }
            Message::Call(m) => {
                m.request = next;
                let own = chosen(peer.calls.iter(), which);
                if let Some((request, call)) = own.filter(|_| which.is_multiple_of(4)) {
                    m.request = *request;
                    m.procedure = call.procedure.clone();
                }
            }
            Message::Cancel(m) => {
                m.request = chosen(peer.calls.keys(), which).copied().unwrap_or(next);
            }
            Message::Yield(m) => m.request = self.invocation_of(key, which).unwrap_or(m.request),
            Message::Error(m) => m.request = self.invocation_of(key, which).unwrap_or(m.request),
            _ => {}
        }
    }

    /// One of the invocations that a callee has not answered.
    fn invocation_of(&self, key: SessionKey, which: usize) -> Option<RequestId> {
        let calls = self.peers.values().flat_map(|peer| peer.calls.values());
        let invoked = calls.flat_map(|call| &call.invoked);
        let own = invoked.filter(|(callee, _)| *callee == key);
        chosen(own, which).map(|(_, invocation)| *invocation)
    }

    /// Notes what a session is about to send; returns the message with its payload numbered.
    pub(super) fn sent(&mut self, from: SessionKey, mut message: Message) -> Message {
        self.numbered += 1;
        let number = self.numbered;
        let peer = self.peers.get_mut(&from).expect("only open sessions send");
        match &mut message {
            Message::Publish(m) => {
                m.payload = numbered(&m.payload, m.options.ppt_scheme.as_ref(), number);
                let allowed = peer.permissions.check(Actions::PUBLISH, &m.topic);
                let publication = Publication {
                    publisher: from,
                    topic: m.topic.clone(),
                    options: m.options.clone().into_inner(),
                    allowed: allowed.is_some() && !m.topic.is_reserved(),
                };
                if m.options.retain {
                    self.retained.insert(number, publication.clone());
                }
                self.publication = Some((number, publication));
                match m.options.acknowledge {
                    true => peer.asks(m.request, Some(Request::Publish)),
                    false => peer.asks(m.request, None),
                }
            }
            Message::Subscribe(m) => {
                let pattern = Pattern::new(m.options.r#match, &m.topic);
                peer.asks(m.request, Some(Request::Subscribe(pattern)));
            }
            Message::Unsubscribe(m) => {
                peer.asks(m.request, Some(Request::Unsubscribe(m.subscription)));
            }
            Message::Register(m) => {
                let pattern = Pattern::new(m.options.r#match, &m.procedure);
                let force = m.options.force_reregister;
                peer.asks(m.request, Some(Request::Register { pattern, force }));
            }
            Message::Unregister(m) => {
                peer.asks(m.request, Some(Request::Unregister(m.registration)));
            }
            Message::Call(m) => {
                // Meta procedures read theirs.
                if !m.procedure.is_reserved() {
                    let scheme = m.options.ppt_scheme.as_ref();
                    m.payload = numbered(&m.payload, scheme, number);
                }
                self.calls.insert(number, (from, m.request));
                peer.calls_for(m);
            }
            Message::Yield(m) => {
                m.payload = numbered(&m.payload, m.options.ppt_scheme.as_ref(), number);
                let (request, more) = (m.request, m.options.progress);
                self.answers(number, from, request, more);
            }
            Message::Error(m) => {
                m.payload = numbered(&m.payload, None, number);
                let request = m.request;
                self.answers(number, from, request, false);
            }
            _ => {}
        }
        message
    }

    /// Notes that a callee answers; if there will be no more of it, nothing is awaited of it any more.
    fn answers(&mut self, number: u64, callee: SessionKey, invocation: RequestId, more: bool) {
        let mut answer = Answer {
            number,
            callee,
            invocation,
            call: None,
        };
        for (key, peer) in &mut self.peers {
            for (request, call) in &mut peer.calls {
                if call.invoked.contains(&(callee, invocation)) {
                    answer.call = Some((*key, *request));
                    if !more {
                        call.invoked.remove(&(callee, invocation));
                    }
                }
            }
        }
        self.answer = Some(answer);
    }

    /// The sessions of that authid were given other permissions, and have been told.
    pub(super) fn permitted(&mut self, authid: &str, permissions: &std::sync::Arc<Permissions>) {
        let peers = self.peers.values_mut();
        for peer in peers.filter(|peer| peer.authid == authid) {
            peer.permissions = permissions.clone();
            let told = peer.roles.subscriber_has(Feature::SubscriptionRevocation);
            peer.subscriptions
                .retain(|_, pattern| pattern.kept(permissions, Actions::SUBSCRIBE, told));
            let told = peer.roles.callee_has(Feature::RegistrationRevocation);
            peer.registrations
                .retain(|_, pattern| pattern.kept(permissions, Actions::REGISTER, told));
        }
    }

    /// The realm has returned. Every request has its answer by then; only calls are waited for, and
    /// only where a callee was invoked.
    pub(super) fn settled(&mut self) {
        self.publication = None;
        self.answer = None;
        assert!(self.joining.is_none(), "no WELCOME came");
        for peer in self.peers.values() {
            assert!(!peer.dismissed, "told to go and not closed");
            assert!(peer.requests.is_empty(), "unanswered: {:?}", peer.requests);
            for call in peer.calls.values() {
                assert!(!call.invoked.is_empty(), "nobody answers {call:?}");
                for (callee, _) in &call.invoked {
                    assert!(self.is_open(*callee), "who left answers {call:?}");
                }
            }
        }
    }

    pub(super) fn counts(&self) -> Held {
        let mut subscriptions = BTreeMap::new();
        let mut registrations = BTreeMap::new();
        for peer in self.peers.values() {
            for (id, pattern) in &peer.subscriptions {
                let known = subscriptions.entry(id).or_insert(pattern);
                assert_eq!(*known, pattern, "two patterns under one id");
            }
            for (id, pattern) in &peer.registrations {
                let known = registrations.entry(id).or_insert(pattern);
                assert_eq!(*known, pattern, "two patterns under one id");
            }
        }
        Held {
            sessions: self.peers.len(),
            calls: self.peers.values().map(|peer| peer.calls.len()).sum(),
            subscriptions: subscriptions.len(),
            registrations: registrations.len(),
        }
    }

    pub(super) fn digest(&self) -> u64 {
        self.digest.finish()
    }

    fn peer(&mut self, key: SessionKey) -> &mut Peer {
        self.peers.get_mut(&key).expect("an open session")
    }

    fn receive(&mut self, to: SessionKey, message: Message) {
        let peer = self.peer(to);
        match message {
            Message::Goodbye(_) | Message::Abort(_) => peer.dismissed = true,
            Message::Published(m) => {
                let asked = peer.requests.remove(&m.request);
                assert!(matches!(asked, Some(Request::Publish)), "{asked:?}");
            }
            Message::Subscribed(m) => {
                let Some(Request::Subscribe(pattern)) = peer.requests.remove(&m.request) else {
                    panic!("SUBSCRIBED without SUBSCRIBE");
                };
                assert!(pattern.is_allowed(&peer.permissions, Actions::SUBSCRIBE));
                peer.subscriptions.insert(m.subscription, pattern);
            }
            Message::Unsubscribed(m) => {
                let subscription = match m.request {
                    Some(request) => match peer.requests.remove(&request) {
                        Some(Request::Unsubscribe(subscription)) => Some(subscription),
                        asked => panic!("UNSUBSCRIBED for {asked:?}"),
                    },
                    None => {
                        assert!(peer.roles.subscriber_has(Feature::SubscriptionRevocation));
                        m.details.and_then(|details| details.subscription)
                    }
                };
                let had = subscription.and_then(|id| peer.subscriptions.remove(&id));
                assert!(had.is_some(), "UNSUBSCRIBED from what was not subscribed");
            }
            Message::Registered(m) => self.registered(to, &m),
            Message::Unregistered(m) => {
                let registration = match m.request {
                    Some(request) => match peer.requests.remove(&request) {
                        Some(Request::Unregister(registration)) => Some(registration),
                        asked => panic!("UNREGISTERED for {asked:?}"),
                    },
                    None => {
                        assert!(peer.roles.callee_has(Feature::RegistrationRevocation));
                        m.details.and_then(|details| details.registration)
                    }
                };
                let had = registration.and_then(|id| peer.registrations.remove(&id));
                assert!(had.is_some(), "UNREGISTERED what was not registered");
            }
            Message::Event(m) => self.event(to, &m),
            Message::Invocation(m) => self.invocation(to, &m),
            Message::Interrupt(m) => {
                assert!(peer.roles.callee_has(Feature::CallCanceling));
                assert!(m.request.get() <= peer.invoked, "INTERRUPT out of thin air");
            }
            Message::Result(m) => self.result(to, &m),
            Message::Error(m) => self.error(to, &m),
            other => panic!("a router sends no {}", other.name()),
        }
    }

    fn registered(&mut self, to: SessionKey, m: &message::Registered) {
        let peer = self.peer(to);
        let Some(Request::Register { pattern, force }) = peer.requests.remove(&m.request) else {
            panic!("REGISTERED without REGISTER");
        };
        assert!(pattern.is_allowed(&peer.permissions, Actions::REGISTER));
        assert!(!pattern.uri.is_reserved(), "registered what is reserved");
        let authid = peer.authid.clone();
        peer.registrations.insert(m.registration, pattern.clone());
        // Whoever had it under another id has lost it, and knows if it knows of such things.
        for (key, other) in &mut self.peers {
            let told = other.roles.callee_has(Feature::RegistrationRevocation);
            other.registrations.retain(|id, held| {
                let lost = *held == pattern && *id != m.registration;
                assert!(!lost || force && other.authid == authid && *key != to && !told);
                !lost
            });
        }
    }

    fn event(&self, to: SessionKey, m: &Event) {
        let peer = &self.peers[&to];
        let pattern = peer.subscriptions.get(&m.subscription);
        let pattern = pattern.expect("EVENT without a subscription");
        let Some(number) = number_of(&m.payload) else {
            // A meta event or a testament.
            return;
        };
        let publication = if m.details.retained {
            self.retained.get(&number)
        } else {
            let current = self.publication.as_ref();
            current.filter(|(n, _)| *n == number).map(|(_, p)| p)
        };
        let publication = publication.expect("EVENT of what is not being published");
        assert!(publication.allowed, "EVENT of what may not be published");
        assert!(publication.is_for(to, peer), "EVENT for somebody else");
        assert!(pattern.matches(&publication.topic));
        let topic = pattern.by_pattern().then_some(&publication.topic);
        assert_eq!(m.details.topic.as_ref(), topic);
    }

    fn invocation(&mut self, to: SessionKey, m: &Invocation) {
        let number = number_of(&m.payload).expect("INVOCATION with another payload");
        let (caller, request) = self.calls[&number];
        let callee = self.peer(to);
        let is_new = m.request.get() > callee.invoked;
        let pattern = callee.registrations.get(&m.registration).cloned();
        if is_new {
            callee.invoked += 1;
            assert_eq!(m.request.get(), callee.invoked, "an id was left out");
        }
        let caller = self.peers.get_mut(&caller).expect("a caller that is there");
        let session = caller.id;
        let call = caller.calls.get_mut(&request).expect("a call under way");
        assert!(call.allowed, "INVOCATION of what may not be called");
        assert!(call.wants_parts || !m.details.receive_progress);
        assert!(m.details.caller.is_none_or(|caller| caller == session));
        if is_new {
            let pattern = pattern.expect("INVOCATION without a registration");
            assert!(pattern.matches(&call.procedure));
            let procedure = pattern.by_pattern().then_some(&call.procedure);
            assert_eq!(m.details.procedure.as_ref(), procedure);
            assert!(call.to_all || call.invoked.is_empty(), "two for one call");
            call.invoked.insert((to, m.request));
        }
        assert!(call.invoked.contains(&(to, m.request)));
    }

    fn result(&mut self, to: SessionKey, m: &message::Result) {
        let answer = self.answer.clone();
        let calls = &mut self.peer(to).calls;
        let call = calls.get(&m.request).expect("RESULT of a call under way");
        if !call.procedure.is_reserved() {
            check_source((to, m.request), &m.payload, answer.as_ref());
        }
        assert!(call.wants_parts || !m.details.progress);
        if !m.details.progress {
            assert!(call.invoked.is_empty(), "the last before another");
            calls.remove(&m.request);
        }
    }

    fn error(&mut self, to: SessionKey, m: &message::Error) {
        let answer = self.answer.clone();
        let peer = self.peer(to);
        match m.request_type {
            request_type::CALL => {
                let call = peer.calls.remove(&m.request);
                assert!(call.is_some(), "ERROR of no call under way");
                if number_of(&m.payload).is_some() {
                    check_source((to, m.request), &m.payload, answer.as_ref());
                }
            }
            request_type::YIELD => {
                let answer = answer.expect("ERROR for what was not said");
                assert_eq!((answer.callee, answer.invocation), (to, m.request));
            }
            request_type => {
                let asked = peer.requests.remove(&m.request);
                let asked = asked.map(|request| request.type_on_the_wire());
                assert_eq!(asked, Some(request_type), "ERROR for another request");
            }
        }
    }
}

impl Egress for Observer {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        let message = message.into_message();
        if let (Message::Welcome(welcome), Some(joining)) = (&message, self.joining.take()) {
            let peer = Peer::new(self.joined, welcome.session, joining);
            assert!(self.peers.values().all(|other| other.id != peer.id));
            self.joined += 1;
            self.peers.insert(to, peer);
        } else {
            let peer = self.peers.get(&to);
            let peer = peer.expect("a message to a session that has ended");
            assert!(!peer.dismissed, "a message after the last");
        }
        let number = self.peer(to).number;
        number.hash(&mut self.digest);
        hash_frame(&message, &mut self.digest);
        if !matches!(message, Message::Welcome(_)) {
            self.receive(to, message);
        }
    }

    fn close(&mut self, session: SessionKey, reason: CloseReason) {
        let peer = self.peers.remove(&session).expect("closed twice");
        assert_eq!(peer.dismissed, reason.farewell().is_some(), "{reason}");
    }
}

/// Whether an answer comes from a callee that was invoked for that call, and says what that said.
fn check_source(call: (SessionKey, RequestId), payload: &Payload, answer: Option<&Answer>) {
    let answer = answer.expect("an answer that nobody gives now");
    assert_eq!(answer.call, Some(call), "somebody else's answer");
    assert_eq!(number_of(payload), Some(answer.number), "another answer");
}

/// What a realm sends can be written and read. (Only what it passes on may have no equivalent.)
fn hash_frame(message: &Message, digest: &mut DefaultHasher) {
    let mut frame = BytesMut::new();
    match encode(message, Serializer::MessagePack, &mut frame) {
        Ok(()) => {}
        Err(EncodeError::Transcode { .. }) => return,
        Err(error) => panic!("{error}: {message:?}"),
    }
    let frame = frame.freeze();
    let read = decode(Serializer::MessagePack, &frame).expect("a frame of a realm is a message");
    assert_eq!(read.name(), message.name());
    frame.hash(digest);
}

fn chosen<T>(items: impl Iterator<Item = T> + Clone, which: usize) -> Option<T> {
    let count = items.clone().count();
    items.into_iter().nth(which.checked_rem(count)?)
}
