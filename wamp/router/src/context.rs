//! What a handler works with besides its own tables, and how it refuses a request.

use crate::egress::Egress;
use crate::events::MetaEvent;
use crate::refusals::Refusals;
use crate::session::Sessions;
use crate::{RealmConfig, SessionKey};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Instant;
use wamp_proto::message::{Error, request_type};
use wamp_proto::{Message, Outbound, Payload, PublicationId, RequestId, Uri, uris};

/// The realm around the broker and the dealer while one message or timer is handled.
pub(crate) struct Context<'a> {
    pub(crate) sessions: &'a mut Sessions,
    pub(crate) config: &'a RealmConfig,
    pub(crate) rng: &'a mut fastrand::Rng,
    /// What is to be told once the handler is done.
    pub(crate) events: &'a mut VecDeque<MetaEvent>,
    pub(crate) refusals: &'a mut Refusals,
    pub(crate) now: Instant,
    pub(crate) out: &'a mut dyn Egress,
}

impl Context<'_> {
    pub(crate) fn send(&mut self, to: SessionKey, message: impl Into<Message>) {
        self.out.send(to, Outbound::Owned(message.into()));
    }

    /// Answers a request with ERROR.
    pub(crate) fn refuse(
        &mut self,
        to: SessionKey,
        request_type: u64,
        request: RequestId,
        refusal: Refusal,
    ) {
        self.refusals.count(&refusal.error);
        let payload = Payload::sentence(&refusal.message);
        self.send(
            to,
            Error::new(request_type, request, refusal.error, payload),
        );
    }

    /// Answers a CALL with ERROR. More arguments may come for it, if it was to have several parts.
    pub(crate) fn refuse_call(
        &mut self,
        to: SessionKey,
        request: RequestId,
        in_parts: bool,
        refusal: Refusal,
    ) {
        self.refuse(to, request_type::CALL, request, refusal);
        if in_parts && let Some(caller) = self.sessions.get_mut(to) {
            caller.call_is_unfinished(request);
        }
    }

    pub(crate) fn next_publication(&mut self) -> PublicationId {
        PublicationId::from_random(self.rng.u64(..))
    }

    /// Checks the length of a URI or pattern that a client gave.
    pub(crate) fn check_length(&self, uri: &Uri) -> Result<(), Refusal> {
        self.config.limits.check_length(uri)
    }
}

/// Why a request is answered with ERROR.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) error: Uri,
    /// A sentence for people.
    pub(crate) message: Cow<'static, str>,
}

impl Refusal {
    pub(crate) fn new(error: Uri, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            error,
            message: message.into(),
        }
    }

    pub(crate) fn invalid_uri(uri: &Uri) -> Self {
        Self::new(
            uris::INVALID_URI,
            format!("{uri:?} is not a valid URI here"),
        )
    }

    pub(crate) fn reserved() -> Self {
        Self::new(
            uris::INVALID_URI,
            "URIs that begin with \"wamp\" are the router's own",
        )
    }

    pub(crate) fn not_authorized(verb: &str, uri: &Uri) -> Self {
        Self::new(
            uris::NOT_AUTHORIZED,
            format!("not authorized to {verb} {uri:?}"),
        )
    }

    pub(crate) fn limit(what: &'static str) -> Self {
        Self::new(uris::LIMIT_EXCEEDED, what)
    }

    pub(crate) fn canceled(message: &'static str) -> Self {
        Self::new(uris::CANCELED, message)
    }
}
