//! A realm: sessions come and go, their messages are checked and passed to the broker or the dealer.

mod ending;
mod inspecting;
mod ruling;

pub use inspecting::Counts;
pub use ruling::{Question, Ruling};

use crate::broker::Broker;
use crate::calls::CallKey;
use crate::context::Context;
use crate::dealer::Dealer;
use crate::egress::{CloseReason, Egress};
use crate::events::{self, MetaEvent};
use crate::meta::{self, Answer};
use crate::reflection::Reflection;
use crate::refusals::Refusals;
use crate::session::{CallId, Sessions};
use crate::{
    Full, Limits, Permissions, RealmConfig, RequestIds, SessionInfo, SessionKey, StoredEvent,
    features,
};
use ending::Ending;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use wamp_proto::error::Violation;
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::{Call, Result as CallResult, Welcome};
use wamp_proto::{Message, Outbound, RequestId, Roles, SessionId, Sparse, UriRule, uris};

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

/// A realm: a broker and a dealer for the sessions in it.
///
/// It does nothing by itself. Each method takes what happened and puts what follows from it into
/// `out` before it returns.
#[derive(Debug)]
pub struct Realm {
    config: RealmConfig,
    sessions: Sessions,
    tables: Tables,
    events: VecDeque<MetaEvent>,
    refusals: Refusals,
    rng: fastrand::Rng,
}

/// All that is registered, subscribed, called, kept and described.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) dealer: Dealer,
    pub(crate) broker: Broker,
    pub(crate) reflection: Reflection,
}

impl Realm {
    /// An empty realm. Session and publication ids follow from `seed`.
    pub fn new(config: RealmConfig, seed: u64) -> Self {
        let mut tables = Tables::default();
        tables.broker.keep_history(&config.history);
        Self {
            config,
            sessions: Sessions::default(),
            tables,
            events: VecDeque::new(),
            refusals: Refusals::default(),
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// Whether there is room for one more session of `authid`, to be asked before [`Realm::join`].
    ///
    /// # Errors
    /// If the realm or the authid has as many as [`Totals`](crate::Totals) allows.
    pub fn has_room(&self, authid: &str) -> Result<(), Full> {
        let totals = &self.config.limits.totals;
        if self.sessions.len() >= totals.sessions {
            return Err(Full::Realm);
        }
        if self.sessions.of_authid(authid) >= totals.sessions_of_authid {
            return Err(Full::Authid);
        }
        Ok(())
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
        let welcome = features::welcome(&self.config, &principal);
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

    /// Takes a message from a client. One from a session that has ended is ignored: it was under way
    /// when that happened.
    pub fn receive(
        &mut self,
        from: SessionKey,
        message: Message,
        now: Instant,
        out: &mut impl Egress,
    ) {
        self.receive_ruled(from, message, None, now, out);
    }

    /// The same with what was decided about the [`Question`] of the message. Where the permissions speak,
    /// as they may by now, they count and not the ruling.
    pub fn receive_ruled(
        &mut self,
        from: SessionKey,
        message: Message,
        ruling: Option<Ruling>,
        now: Instant,
        out: &mut impl Egress,
    ) {
        if let Some(session) = self.sessions.get_mut(from) {
            session.ruling = ruling::action_of(&message).zip(ruling);
        }
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
        let (tables, ctx) = &mut self.split(now, out);
        let Tables { dealer, broker, .. } = *tables;
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
                let (tables, ctx) = &mut self.split(now, out);
                tables.dealer.call(ctx, from, call)
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
        let (tables, ctx) = &mut self.split(now, out);
        tables.dealer.continue_call(ctx, key, call)
    }

    fn call_meta(&mut self, from: SessionKey, call: &Call, now: Instant, out: &mut dyn Egress) {
        let (tables, ctx) = &mut self.split(now, out);
        let answer = meta::answer(ctx, tables, from, call);
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
                details: Sparse::EMPTY,
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

    /// Judges URIs, request ids and what sessions hold by other rules from now on. What sessions have
    /// already they keep.
    pub fn set_rules(&mut self, uri_rule: UriRule, request_ids: RequestIds, limits: Limits) {
        self.config.uri_rule = uri_rule;
        self.config.request_ids = request_ids;
        self.config.limits = limits;
    }

    /// Gives every session that matches other permissions, at once. What it subscribed, registered or
    /// called and now may not is taken back: calls under way end for both sides.
    pub fn set_permissions(
        &mut self,
        which: impl Fn(&SessionInfo) -> bool,
        permissions: Arc<Permissions>,
        now: Instant,
        out: &mut impl Egress,
    ) {
        let sessions = self.sessions.iter();
        let changed =
            sessions.filter(|session| which(&session.info) && session.permissions != permissions);
        let keys: Vec<_> = changed.map(|session| session.info.key).collect();
        let (tables, ctx) = &mut self.split(now, out);
        let Tables {
            dealer,
            broker,
            reflection,
        } = *tables;
        for key in &keys {
            if let Some(session) = ctx.sessions.get_mut(*key) {
                session.permissions = permissions.clone();
                dealer.withdraw_calls(ctx, *key);
            }
        }
        for key in keys {
            dealer.withdraw_registrations(ctx, key);
            let Some(session) = ctx.sessions.get(key) else {
                continue;
            };
            let forbidden = broker.forbidden(session);
            for id in forbidden {
                broker.revoke(ctx, key, id, uris::NOT_AUTHORIZED);
            }
            reflection.revoke(ctx, key);
        }
        self.tell(now, out);
    }

    /// Puts events into the history that a realm before this one was to keep, in the order they were
    /// published: what [`Egress::record`](crate::Egress::record) was told, with the numbers. Returns the
    /// numbers of those that this realm does not have last, because its topics are others or hold fewer.
    pub fn restore_history(
        &mut self,
        events: impl IntoIterator<Item = (u64, StoredEvent)>,
    ) -> Vec<u64> {
        let mut forgotten = Vec::new();
        for (number, mut event) in events {
            event.audience.sort();
            let history = &mut self.tables.broker.history;
            history.restore(number, event, &mut forgotten);
        }
        forgotten
    }

    /// When [`Realm::handle_timeout`] has something to do next, if nothing happens before.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.tables.dealer.next_timeout()
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Egress) {
        let (tables, ctx) = &mut self.split(now, out);
        tables.dealer.handle_timeout(ctx);
        self.tell(now, out);
    }

    /// Tells the meta events that what just happened gave rise to.
    fn tell(&mut self, now: Instant, out: &mut dyn Egress) {
        while let Some(event) = self.events.pop_front() {
            let (tables, ctx) = &mut self.split(now, out);
            events::tell(&event, ctx, tables);
        }
    }

    fn split<'a>(
        &'a mut self,
        now: Instant,
        out: &'a mut dyn Egress,
    ) -> (&'a mut Tables, Context<'a>) {
        let ctx = Context {
            sessions: &mut self.sessions,
            config: &self.config,
            rng: &mut self.rng,
            events: &mut self.events,
            refusals: &mut self.refusals,
            now,
            out,
        };
        (&mut self.tables, ctx)
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
