//! The sessions of a realm: who they are, what they own, and the rule for their request ids.

use crate::calls::CallKey;
use crate::context::Refusal;
use crate::egress::Egress;
use crate::reflection::Kind;
use crate::testament::Testaments;
use crate::{Actions, Disclosure, Permissions, RequestIds, Ruling};
use hashbrown::HashMap;
use slab::Slab;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;
use wamp_proto::error::Violation;
use wamp_proto::handshake::router::Principal;
use wamp_proto::options::Text;
use wamp_proto::{
    Feature, IdSequence, MAX_ID, MatchPolicy, RegistrationId, RequestId, Roles, SessionId,
    SubscriptionId, Uri, uris,
};

/// How many ended calls with arguments in parts are remembered per session, because its next part
/// may be under way.
const UNFINISHED_CALLS: usize = 64;

/// Names a session within one [`Realm`](crate::Realm); never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    index: u32,
    generation: u32,
}

impl SessionKey {
    /// A small number, unique among the sessions that are there now, for tables of one's own.
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

/// What is known of a session.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    /// Its key.
    pub key: SessionKey,
    /// Its id on the wire.
    pub id: SessionId,
    /// Who it acts for.
    pub principal: Principal,
    /// The roles and features the client announced.
    pub roles: Roles,
    /// How far its calls and publications are trusted, if that is said to others.
    pub trustlevel: Option<u64>,
    /// Where the client is, for people. No identity.
    pub peer: String,
    /// When it joined.
    pub joined: Instant,
}

/// One session and all that it owns, so that leaving costs what it owns and no more.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) info: SessionInfo,
    pub(crate) permissions: Arc<Permissions>,
    /// What somebody else decided about the message at hand, and what is done by that.
    pub(crate) ruling: Option<(Actions, Ruling)>,
    pub(crate) registrations: BTreeSet<RegistrationId>,
    pub(crate) subscriptions: BTreeSet<SubscriptionId>,
    /// As a caller: its calls that have not ended.
    pub(crate) calls: HashMap<RequestId, CallKey>,
    /// As a caller: how many invocations they are, since a call to all shards is several.
    pub(crate) invoking: usize,
    /// As a callee: the invocations it has not answered, and may still.
    pub(crate) invocations: HashMap<RequestId, CallKey>,
    /// As a callee: the invocations made to it, counted (spec, "IDs": session scope).
    pub(crate) invoked: IdSequence,
    pub(crate) testaments: Testaments,
    /// The procedures, topics and errors that it describes.
    pub(crate) definitions: BTreeSet<(Kind, Uri)>,
    last_request: u64,
    unfinished: VecDeque<RequestId>,
}

/// What a CALL is, by its request id.
pub(crate) enum CallId {
    /// A new call.
    New,
    /// The next arguments of this one.
    Continues(CallKey),
    /// The next arguments of a call that ended meanwhile.
    Late,
}

impl Session {
    pub(crate) fn callee_has(&self, feature: Feature) -> bool {
        self.info.roles.callee_has(feature)
    }

    /// Whether it may do that, by its permissions or, where they have somebody else decide, by the ruling
    /// on the message at hand.
    pub(crate) fn may(
        &self,
        action: Actions,
        policy: MatchPolicy,
        uri: &Uri,
    ) -> Result<Disclosure, Refusal> {
        let allowed = match policy {
            MatchPolicy::Exact => self.permissions.check(action, uri),
            _ => self.permissions.check_pattern(action, policy, uri),
        };
        if let Some(disclosure) = allowed {
            return Ok(disclosure);
        }
        let is_asked = self.permissions.asks(action, policy, uri);
        let ruling = self
            .ruling
            .filter(|(ruled, _)| is_asked && *ruled == action);
        match ruling.map(|(_, ruling)| ruling) {
            Some(Ruling::Allowed(disclosure)) => Ok(disclosure),
            Some(Ruling::Unknown) => {
                let verb = action.verb();
                let message = format!("nobody could say whether you may {verb} {uri:?}");
                Err(Refusal::new(uris::AUTHORIZATION_FAILED, message))
            }
            Some(Ruling::Denied) | None => Err(Refusal::not_authorized(action.verb(), uri)),
        }
    }

    /// As [`Session::may`], and lets `out` know.
    pub(crate) fn judge(
        &self,
        action: Actions,
        policy: MatchPolicy,
        uri: &Uri,
        out: &mut dyn Egress,
    ) -> Result<Disclosure, Refusal> {
        let judged = self.may(action, policy, uri);
        out.judged(&self.info, action, uri, judged.is_ok());
        judged
    }

    /// Whether a request id is beyond all before.
    pub(crate) const fn is_new(&self, request: RequestId) -> bool {
        request.get() > self.last_request
    }

    /// Checks the id of a new request.
    ///
    /// "A message that contains a request id that is not sequential" is a protocol error (spec,
    /// "Protocol Errors"). Ids that repeat or go back always are; gaps only where `rule` says so,
    /// since many clients and the specification's own examples leave some.
    pub(crate) fn admit(&mut self, request: RequestId, rule: RequestIds) -> Result<(), Violation> {
        let (found, last) = (request.get(), self.last_request);
        let next = if last == MAX_ID { 1 } else { last + 1 };
        let wraps = last == MAX_ID && found == 1;
        let admitted = match rule {
            RequestIds::Strict => found == next,
            RequestIds::Tolerant => found > last || wraps,
        };
        if !admitted {
            return Err(Violation::RequestId {
                found: request,
                last,
            });
        }
        self.last_request = found;
        Ok(())
    }

    /// Checks the id of a CALL, which may also be one before, to continue that call (spec,
    /// "Verification of CALL Request IDs").
    pub(crate) fn admit_call(
        &mut self,
        request: RequestId,
        in_parts: bool,
        rule: RequestIds,
    ) -> Result<CallId, Violation> {
        if request.get() > self.last_request {
            self.admit(request, rule)?;
            return Ok(CallId::New);
        }
        if let Some(call) = self.calls.get(&request) {
            return Ok(CallId::Continues(*call));
        }
        if let Some(at) = self.unfinished.iter().position(|id| *id == request) {
            if !in_parts {
                self.unfinished.remove(at);
            }
            return Ok(CallId::Late);
        }
        self.admit(request, rule)?;
        Ok(CallId::New)
    }

    /// Notes that a call has ended although its caller may still send arguments for it.
    pub(crate) fn call_is_unfinished(&mut self, request: RequestId) {
        if self.unfinished.len() == UNFINISHED_CALLS {
            self.unfinished.pop_front();
        }
        self.unfinished.push_back(request);
    }

    /// Notes that such a call goes on after all, with another callee.
    pub(crate) fn call_goes_on(&mut self, request: RequestId) {
        self.unfinished.retain(|id| *id != request);
    }
}

/// All sessions, by key and by id.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    slab: Slab<Session>,
    by_id: HashMap<SessionId, SessionKey>,
    /// How many each authid has.
    by_authid: HashMap<Text, usize>,
    generation: u32,
}

impl Sessions {
    /// Adds a session under the id that `draw` gives, which is asked again if that one is taken.
    pub(crate) fn add(
        &mut self,
        mut draw: impl FnMut() -> SessionId,
        create: impl FnOnce(SessionKey, SessionId) -> (SessionInfo, Arc<Permissions>),
    ) -> SessionKey {
        let id = loop {
            let id = draw();
            if !self.by_id.contains_key(&id) {
                break id;
            }
        };
        self.generation = self.generation.wrapping_add(1);
        let slot = self.slab.vacant_entry();
        let key = SessionKey {
            // 2^32 sessions would not fit in memory.
            index: slot.key() as u32,
            generation: self.generation,
        };
        let (info, permissions) = create(key, id);
        self.by_id.insert(id, key);
        let authid = info.principal.authid.clone();
        *self.by_authid.entry(authid).or_default() += 1;
        slot.insert(Session {
            info,
            permissions,
            ruling: None,
            registrations: BTreeSet::new(),
            subscriptions: BTreeSet::new(),
            calls: HashMap::new(),
            invoking: 0,
            definitions: BTreeSet::new(),
            invocations: HashMap::new(),
            invoked: IdSequence::default(),
            testaments: Testaments::default(),
            last_request: 0,
            unfinished: VecDeque::new(),
        });
        key
    }

    pub(crate) fn get(&self, key: SessionKey) -> Option<&Session> {
        self.slab
            .get(key.index())
            .filter(|session| session.info.key == key)
    }

    pub(crate) fn get_mut(&mut self, key: SessionKey) -> Option<&mut Session> {
        self.slab
            .get_mut(key.index())
            .filter(|session| session.info.key == key)
    }

    pub(crate) fn remove(&mut self, key: SessionKey) -> Option<Session> {
        self.get(key)?;
        let session = self.slab.remove(key.index());
        self.by_id.remove(&session.info.id);
        let authid = &session.info.principal.authid;
        match self.by_authid.get_mut(authid) {
            Some(sessions) if *sessions > 1 => *sessions -= 1,
            _ => drop(self.by_authid.remove(authid)),
        }
        Some(session)
    }

    pub(crate) fn find(&self, id: SessionId) -> Option<&Session> {
        self.get(*self.by_id.get(&id)?)
    }

    /// The sessions in the order of their keys' indices.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.slab.iter().map(|(_, session)| session)
    }

    /// How many sessions act for `authid`.
    pub(crate) fn of_authid(&self, authid: &str) -> usize {
        self.by_authid.get(authid).copied().unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }
}
