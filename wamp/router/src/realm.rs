//! A realm: sessions come and go, their messages are checked and passed to the broker or the dealer.

use crate::broker::Broker;
use crate::calls::CallKey;
use crate::context::Context;
use crate::dealer::Dealer;
use crate::egress::{CloseReason, Egress};
use crate::events::{self, MetaEvent};
use crate::meta::{self, Answer};
use crate::session::{CallId, Session, Sessions};
use crate::{Epoch, Limits, Permissions, SessionInfo, SessionKey};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use wamp_proto::error::Violation;
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::{Call, Result as CallResult, Welcome};
use wamp_proto::options::{ResultDetails, WelcomeDetails};
use wamp_proto::{
    Feature, Features, Message, Outbound, RequestId, Roles, SessionId, Uri, UriRule, uris,
};

/// What a realm is to be like.
#[derive(Clone, Debug)]
pub struct RealmConfig {
    /// Its name.
    pub name: Uri,
    /// The router's name and version, for WELCOME.
    pub agent: String,
    /// How strictly URIs are judged.
    pub uri_rule: UriRule,
    /// How strictly request ids are judged.
    pub request_ids: RequestIds,
    /// How much sessions may hold.
    pub limits: Limits,
    /// What date `now` means; without it, the meta API does not say when things were created.
    pub epoch: Option<Epoch>,
}

impl RealmConfig {
    /// A realm of that name with the default rules and limits.
    pub fn new(name: impl Into<Uri>) -> Self {
        Self {
            name: name.into(),
            agent: concat!("wamp-router/", env!("CARGO_PKG_VERSION")).to_owned(),
            uri_rule: UriRule::default(),
            request_ids: RequestIds::default(),
            limits: Limits::default(),
            epoch: None,
        }
    }
}

/// How strictly the ids of a client's requests are judged (spec, "Protocol Errors"). An id that
/// repeats or goes back ends the session in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RequestIds {
    /// Ids may be left out.
    #[default]
    Tolerant,
    /// Each id is the one before plus one, as the specification demands.
    Strict,
}

/// A client that has been authenticated and now joins.
#[derive(Clone, Debug)]
pub struct Joining {
    /// The roles and features it announced in HELLO.
    pub roles: Roles,
    /// Who it acts for.
    pub principal: Principal,
    /// What it may do.
    pub permissions: Arc<Permissions>,
    /// How far its calls and publications are trusted, if that is to be said to those who receive
    /// them (spec, "Call Trust Levels", "Publication Trust Levels").
    pub trustlevel: Option<u64>,
    /// Where it is, for people. No identity.
    pub peer: String,
}

/// How much a realm holds at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Sessions.
    pub sessions: usize,
    /// Procedures and patterns with callees.
    pub registrations: usize,
    /// Topics and patterns with subscribers.
    pub subscriptions: usize,
    /// Calls that have not ended.
    pub calls: usize,
    /// Topics with a retained event.
    pub retained_topics: usize,
    /// PUBLISH messages refused since the start, also those that asked for no answer.
    pub refused_publications: u64,
}

/// The features this router announces as a broker.
const BROKER: Features = Features::of(&[
    Feature::EventRetention,
    Feature::PatternBasedSubscription,
    Feature::PayloadPassthruMode,
    Feature::PublicationTrustlevels,
    Feature::PublisherExclusion,
    Feature::PublisherIdentification,
    Feature::SessionMetaApi,
    Feature::SubscriberBlackwhiteListing,
    Feature::SubscriptionMetaApi,
    Feature::SubscriptionRevocation,
]);

/// The features this router announces as a dealer.
const DEALER: Features = Features::of(&[
    Feature::CallCanceling,
    Feature::CallReroute,
    Feature::CallTimeout,
    Feature::CallTrustlevels,
    Feature::CallerIdentification,
    Feature::PatternBasedRegistration,
    Feature::PayloadPassthruMode,
    Feature::ProgressiveCallInvocations,
    Feature::ProgressiveCallResults,
    Feature::RegistrationMetaApi,
    Feature::RegistrationRevocation,
    Feature::SessionMetaApi,
    Feature::SharedRegistration,
    Feature::TestamentMetaApi,
]);

/// A realm: a broker and a dealer for the sessions in it.
///
/// It does nothing by itself. Each method takes what happened and puts what follows from it into
/// `out` before it returns.
#[derive(Debug)]
pub struct Realm {
    config: RealmConfig,
    sessions: Sessions,
    dealer: Dealer,
    broker: Broker,
    events: VecDeque<MetaEvent>,
    rng: fastrand::Rng,
}

impl Realm {
    /// An empty realm. Session and publication ids follow from `seed`.
    pub fn new(config: RealmConfig, seed: u64) -> Self {
        Self {
            config,
            sessions: Sessions::default(),
            dealer: Dealer::default(),
            broker: Broker::default(),
            events: VecDeque::new(),
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// Lets an authenticated client in: gives it a session id and sends it WELCOME, which is the
    /// first message of its session.
    pub fn join(&mut self, joining: Joining, now: Instant, out: &mut impl Egress) -> SessionKey {
        let Joining {
            roles,
            principal,
            permissions,
            trustlevel,
            peer,
        } = joining;
        let welcome = self.welcome(&principal);
        let rng = &mut self.rng;
        let key = self.sessions.add(
            || SessionId::from_random(rng.u64(..)),
            |key, id| {
                let info = SessionInfo {
                    key,
                    id,
                    principal,
                    roles,
                    trustlevel,
                    peer,
                    joined: now,
                };
                (info, permissions)
            },
        );
        if let Some(session) = self.sessions.get(key) {
            let welcome = Welcome {
                session: session.info.id,
                details: Box::new(welcome),
            };
            out.send(key, Outbound::Owned(welcome.into()));
        }
        self.events.push_back(MetaEvent::Joined(key));
        self.tell(now, out);
        key
    }

    fn welcome(&self, principal: &Principal) -> WelcomeDetails {
        WelcomeDetails {
            agent: Some(self.config.agent.clone()),
            roles: Some(Roles {
                broker: Some(BROKER),
                dealer: Some(DEALER),
                ..Roles::default()
            }),
            realm: Some(self.config.name.clone()),
            authid: Some(principal.authid.clone()),
            authrole: Some(principal.authrole.clone()),
            authmethod: Some(principal.authmethod.clone()),
            authprovider: Some(principal.authprovider.clone()),
            authextra: principal.authextra.clone(),
        }
    }

    /// Takes a message from a client. One from a session that has ended is ignored: it was under way
    /// when that happened.
    pub fn receive(
        &mut self,
        from: SessionKey,
        message: Message,
        now: Instant,
        out: &mut impl Egress,
    ) {
        if let Err(violation) = self.handle(from, message, now, out) {
            self.end(
                from,
                Ending::Closed(CloseReason::Violation(violation)),
                now,
                out,
            );
        }
        self.tell(now, out);
    }

    fn handle(
        &mut self,
        from: SessionKey,
        message: Message,
        now: Instant,
        out: &mut dyn Egress,
    ) -> Result<(), Violation> {
        let Some(session) = self.sessions.get_mut(from) else {
            return Ok(());
        };
        if let Some(request) = request_of(&message) {
            session.admit(request, self.config.request_ids)?;
        }
        match message {
            Message::Call(call) => return self.call(from, call, now, out),
            Message::Goodbye(_) => {
                self.end(from, Ending::Closed(CloseReason::Goodbye), now, out);
                return Ok(());
            }
            Message::Abort(_) => {
                self.end(from, Ending::Closed(CloseReason::Aborted), now, out);
                return Ok(());
            }
            _ => {}
        }
        let (dealer, broker, ctx) = &mut self.split(now, out);
        match message {
            Message::Yield(message) => dealer.yield_(ctx, from, message)?,
            Message::Publish(message) => broker.publish(ctx, from, message)?,
            Message::Error(message) => dealer.error(ctx, from, message)?,
            Message::Cancel(message) => dealer.cancel(ctx, from, &message),
            Message::Subscribe(message) => broker.subscribe(ctx, from, message),
            Message::Unsubscribe(message) => broker.unsubscribe(ctx, from, &message),
            Message::Register(message) => dealer.register(ctx, from, message),
            Message::Unregister(message) => dealer.unregister(ctx, from, &message),
            other => {
                return Err(Violation::Unexpected {
                    message: other.name(),
                    when: "from a client in an open session",
                });
            }
        }
        Ok(())
    }

    /// A CALL is new, or the next part of one before; and it may be for the router itself.
    fn call(
        &mut self,
        from: SessionKey,
        call: Call,
        now: Instant,
        out: &mut dyn Egress,
    ) -> Result<(), Violation> {
        let rule = self.config.request_ids;
        let Some(caller) = self.sessions.get_mut(from) else {
            return Ok(());
        };
        match caller.admit_call(call.request, call.options.progress, rule)? {
            CallId::New if meta::is_meta(&call.procedure) => {
                self.call_meta(from, &call, now, out);
                Ok(())
            }
            CallId::New => {
                let (dealer, _, ctx) = &mut self.split(now, out);
                dealer.call(ctx, from, call)
            }
            CallId::Continues(key) => self.continue_call(key, call, now, out),
            // "routers MAY instead discard continuation candidates" (spec, "Verification of CALL
            // Request IDs").
            CallId::Late => Ok(()),
        }
    }

    fn continue_call(
        &mut self,
        key: CallKey,
        call: Call,
        now: Instant,
        out: &mut dyn Egress,
    ) -> Result<(), Violation> {
        let (dealer, _, ctx) = &mut self.split(now, out);
        dealer.continue_call(ctx, key, call)
    }

    fn call_meta(&mut self, from: SessionKey, call: &Call, now: Instant, out: &mut dyn Egress) {
        let (dealer, broker, ctx) = &mut self.split(now, out);
        let answer = meta::answer(ctx, dealer, broker, from, call);
        let (payload, killed) = match answer {
            Ok(Answer::Result(payload)) => (payload, None),
            Ok(Answer::Kill {
                sessions,
                reason,
                result,
                silently,
            }) => (result, Some((sessions, reason, silently))),
            Err(refusal) => {
                ctx.refuse_call(from, call.request, call.options.progress, refusal);
                return;
            }
        };
        ctx.send(
            from,
            CallResult {
                request: call.request,
                details: ResultDetails::default(),
                payload,
            },
        );
        let Some((sessions, reason, silently)) = killed else {
            return;
        };
        for key in sessions {
            let ending = match silently {
                true => Ending::Silenced(reason.clone()),
                false => Ending::Closed(reason.clone()),
            };
            self.end(key, ending, now, out);
        }
    }

    /// The link of a session is gone, for whatever reason: all that it owned is released. Does
    /// nothing if the session has ended already.
    pub fn leave(&mut self, key: SessionKey, now: Instant, out: &mut impl Egress) {
        self.end(key, Ending::Gone, now, out);
        self.tell(now, out);
    }

    /// Ends one session: the client is told why, if it can be. Does nothing if the session has ended
    /// already.
    pub fn close(
        &mut self,
        key: SessionKey,
        reason: CloseReason,
        now: Instant,
        out: &mut impl Egress,
    ) {
        self.end(key, Ending::Closed(reason), now, out);
        self.tell(now, out);
    }

    /// Ends every session that matches.
    pub fn close_sessions(
        &mut self,
        which: impl Fn(&SessionInfo) -> bool,
        reason: CloseReason,
        now: Instant,
        out: &mut impl Egress,
    ) {
        let matching = self.sessions.iter().filter(|session| which(&session.info));
        let keys: Vec<_> = matching.map(|session| session.info.key).collect();
        for key in keys {
            self.close(key, reason.clone(), now, out);
        }
    }

    /// Gives the sessions of a principal other permissions, at once. What they subscribed or
    /// registered and now may not is taken back; calls under way go on.
    pub fn set_permissions(
        &mut self,
        authid: &str,
        permissions: Arc<Permissions>,
        now: Instant,
        out: &mut impl Egress,
    ) {
        let of_authid = self
            .sessions
            .iter()
            .filter(|s| *s.info.principal.authid == *authid);
        let keys: Vec<_> = of_authid.map(|session| session.info.key).collect();
        let (dealer, broker, ctx) = &mut self.split(now, out);
        for key in keys {
            let Some(session) = ctx.sessions.get_mut(key) else {
                continue;
            };
            session.permissions = permissions.clone();
            let forbidden = dealer.forbidden(session);
            for id in forbidden {
                dealer.revoke(ctx, key, id, uris::NOT_AUTHORIZED);
            }
            let Some(session) = ctx.sessions.get(key) else {
                continue;
            };
            let forbidden = broker.forbidden(session);
            for id in forbidden {
                broker.revoke(ctx, key, id, uris::NOT_AUTHORIZED);
            }
        }
        self.tell(now, out);
    }

    /// When [`Realm::handle_timeout`] has something to do next, if nothing happens before.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.dealer.next_timeout()
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Egress) {
        let (dealer, _, ctx) = &mut self.split(now, out);
        dealer.handle_timeout(ctx);
        self.tell(now, out);
    }

    /// The realm's name.
    pub const fn name(&self) -> &Uri {
        &self.config.name
    }

    /// The session of that key, if it is there.
    pub fn session(&self, key: SessionKey) -> Option<&SessionInfo> {
        self.sessions.get(key).map(|session| &session.info)
    }

    /// All sessions.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionInfo> {
        self.sessions.iter().map(|session| &session.info)
    }

    /// How much the realm holds.
    pub fn counts(&self) -> Counts {
        Counts {
            sessions: self.sessions.len(),
            registrations: self.dealer.registrations.len(),
            subscriptions: self.broker.subscriptions.len(),
            calls: self.dealer.calls.len(),
            retained_topics: self.broker.retained.len(),
            refused_publications: self.broker.refused,
        }
    }

    /// Whether nothing is held for any session. Retained events are not: they outlive their
    /// publishers.
    pub fn is_empty(&self) -> bool {
        let counts = self.counts();
        counts.sessions == 0
            && counts.registrations == 0
            && counts.subscriptions == 0
            && counts.calls == 0
            && self.next_timeout().is_none()
    }

    /// Ends a session, releases what it owned, and lets the others know.
    fn end(&mut self, key: SessionKey, ending: Ending, now: Instant, out: &mut dyn Egress) {
        let Some(mut session) = self.sessions.remove(key) else {
            return;
        };
        let silently = matches!(ending, Ending::Silenced(_));
        if let Ending::Closed(reason) | Ending::Silenced(reason) = ending {
            if let Some(farewell) = reason.farewell() {
                out.send(key, Outbound::Owned(farewell));
            }
            out.close(key, reason);
        }
        let (dealer, broker, ctx) = &mut self.split(now, out);
        dealer.leave(ctx, &session);
        broker.leave(ctx, &session);
        if !silently {
            broker.execute(ctx, &mut session);
            ctx.events.push_back(left(&session));
        }
    }

    /// Tells the meta events that what just happened gave rise to.
    fn tell(&mut self, now: Instant, out: &mut dyn Egress) {
        while let Some(event) = self.events.pop_front() {
            let (dealer, broker, ctx) = &mut self.split(now, out);
            events::tell(&event, ctx, broker, dealer);
        }
    }

    fn split<'a>(
        &'a mut self,
        now: Instant,
        out: &'a mut dyn Egress,
    ) -> (&'a mut Dealer, &'a mut Broker, Context<'a>) {
        let ctx = Context {
            sessions: &mut self.sessions,
            config: &self.config,
            rng: &mut self.rng,
            events: &mut self.events,
            now,
            out,
        };
        (&mut self.dealer, &mut self.broker, ctx)
    }
}

/// How a session ends.
enum Ending {
    /// The link is gone: nobody is there to be told.
    Gone,
    /// The router closes it, or agrees to.
    Closed(CloseReason),
    /// The same, without session meta events and testaments.
    Silenced(CloseReason),
}

fn left(session: &Session) -> MetaEvent {
    let principal = &session.info.principal;
    MetaEvent::Left {
        session: session.info.id,
        authid: principal.authid.clone(),
        authrole: principal.authrole.clone(),
    }
}

/// The id of a request that counts in the client's sequence. CALL's is looked at apart, since it may
/// repeat; CANCEL's, YIELD's and ERROR's are those of other messages.
const fn request_of(message: &Message) -> Option<RequestId> {
    Some(match message {
        Message::Publish(message) => message.request,
        Message::Subscribe(message) => message.request,
        Message::Unsubscribe(message) => message.request,
        Message::Register(message) => message.request,
        Message::Unregister(message) => message.request,
        _ => return None,
    })
}
