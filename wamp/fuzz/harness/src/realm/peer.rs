//! What is known of one session from outside the realm.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wamp_proto::message::{Call, request_type};
use wamp_proto::options::{PublishOptions, RunMode};
use wamp_proto::{MatchPolicy, RegistrationId, RequestId, Roles, SessionId, SubscriptionId, Uri};
use wamp_router::{Actions, Joining, Permissions, SessionKey};

/// A session, as long as it is open.
pub(super) struct Peer {
    /// How many sessions there were before it.
    pub(super) number: usize,
    pub(super) id: SessionId,
    pub(super) roles: Roles,
    pub(super) authid: String,
    pub(super) authrole: String,
    pub(super) permissions: Arc<Permissions>,
    /// Whether it was told that it ends.
    pub(super) dismissed: bool,
    pub(super) last_request: u64,
    /// How many invocations were made to it.
    pub(super) invoked: u64,
    pub(super) subscriptions: BTreeMap<SubscriptionId, Pattern>,
    pub(super) registrations: BTreeMap<RegistrationId, Pattern>,
    /// Its calls that have not ended.
    pub(super) calls: BTreeMap<RequestId, OpenCall>,
    /// Its other requests that have to be answered.
    pub(super) requests: BTreeMap<RequestId, Request>,
}

/// What was subscribed or registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) policy: MatchPolicy,
    pub(super) uri: Uri,
}

/// A request that has one answer.
#[derive(Debug)]
pub(super) enum Request {
    Publish,
    Subscribe(Pattern),
    Unsubscribe(SubscriptionId),
    Register { pattern: Pattern, force: bool },
    Unregister(RegistrationId),
}

/// A CALL whose final RESULT or ERROR has not come.
#[derive(Debug)]
pub(super) struct OpenCall {
    pub(super) procedure: Uri,
    pub(super) wants_parts: bool,
    /// Whether every shard is asked.
    pub(super) to_all: bool,
    /// Whether the caller may call that procedure; asked when the call was made.
    pub(super) allowed: bool,
    /// The callees that were invoked and have not answered, each with its invocation.
    pub(super) invoked: BTreeSet<(SessionKey, RequestId)>,
}

/// A publication whose events may come.
#[derive(Clone)]
pub(super) struct Publication {
    pub(super) publisher: SessionKey,
    pub(super) topic: Uri,
    pub(super) options: PublishOptions,
    /// Whether the publisher may publish that.
    pub(super) allowed: bool,
}

impl Peer {
    pub(super) fn new(number: usize, id: SessionId, joining: Joining) -> Self {
        Self {
            number,
            id,
            roles: joining.roles,
            authid: joining.principal.authid.to_string(),
            authrole: joining.principal.authrole.to_string(),
            permissions: joining.permissions,
            dismissed: false,
            last_request: 0,
            invoked: 0,
            subscriptions: BTreeMap::new(),
            registrations: BTreeMap::new(),
            calls: BTreeMap::new(),
            requests: BTreeMap::new(),
        }
    }

    /// Notes a request, and what it asks for if it is to be answered.
    pub(super) fn asks(&mut self, id: RequestId, request: Option<Request>) {
        self.last_request = self.last_request.max(id.get());
        if let Some(request) = request {
            self.requests.insert(id, request);
        }
    }

    /// Notes a CALL, unless it continues one: ids go up.
    pub(super) fn calls_for(&mut self, call: &Call) {
        if call.request.get() <= self.last_request {
            return;
        }
        self.last_request = call.request.get();
        let allowed = self.permissions.check(Actions::CALL, &call.procedure);
        let open = OpenCall {
            procedure: call.procedure.clone(),
            wants_parts: call.options.receive_progress,
            to_all: call.options.runmode == Some(RunMode::All),
            allowed: allowed.is_some(),
            invoked: BTreeSet::new(),
        };
        self.calls.insert(call.request, open);
    }
}

impl Request {
    /// How an ERROR names it.
    pub(super) const fn type_on_the_wire(&self) -> u64 {
        match self {
            Self::Publish => request_type::PUBLISH,
            Self::Subscribe(_) => request_type::SUBSCRIBE,
            Self::Unsubscribe(_) => request_type::UNSUBSCRIBE,
            Self::Register { .. } => request_type::REGISTER,
            Self::Unregister(_) => request_type::UNREGISTER,
        }
    }
}

impl Pattern {
    pub(super) fn new(policy: Option<MatchPolicy>, uri: &Uri) -> Self {
        Self {
            policy: policy.unwrap_or_default(),
            uri: uri.clone(),
        }
    }

    pub(super) fn matches(&self, uri: &Uri) -> bool {
        self.uri.matches(self.policy, uri)
    }

    /// Whether receivers have to be told which URI it was.
    pub(super) fn by_pattern(&self) -> bool {
        self.policy != MatchPolicy::Exact
    }

    pub(super) fn is_allowed(&self, permissions: &Permissions, action: Actions) -> bool {
        let allowed = permissions.check_pattern(action, self.policy, &self.uri);
        allowed.is_some()
    }

    /// Whether it outlives a change of permissions. One that does not and whose holder is `told` of
    /// such things is gone already.
    pub(super) fn kept(&self, permissions: &Permissions, action: Actions, told: bool) -> bool {
        let allowed = self.is_allowed(permissions, action);
        assert!(allowed || !told, "it was not taken back: {self:?}");
        allowed
    }
}

impl Publication {
    /// Whether that session is among the receivers: what the lists of the specification say, one by
    /// one.
    pub(super) fn is_for(&self, key: SessionKey, peer: &Peer) -> bool {
        let options = &self.options;
        let on = |list: &Option<Box<[_]>>, name: &str| {
            list.as_ref()
                .map(|list| list.iter().any(|text: &Arc<str>| **text == *name))
        };
        let named =
            |list: &Option<Box<[SessionId]>>| list.as_ref().map(|list| list.contains(&peer.id));
        (key != self.publisher || options.exclude_me == Some(false))
            && named(&options.eligible) != Some(false)
            && on(&options.eligible_authid, &peer.authid) != Some(false)
            && on(&options.eligible_authrole, &peer.authrole) != Some(false)
            && named(&options.exclude) != Some(true)
            && on(&options.exclude_authid, &peer.authid) != Some(true)
            && on(&options.exclude_authrole, &peer.authrole) != Some(true)
    }
}
