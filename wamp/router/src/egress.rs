//! The realm's only way out, and every way a session ends.

use crate::{Actions, SessionInfo, SessionKey, StoredEvent};
use std::fmt;
use wamp_proto::error::Violation;
use wamp_proto::handshake::router::{abort_message, abort_with};
use wamp_proto::message::Goodbye;
use wamp_proto::options::CloseDetails;
use wamp_proto::{Message, Outbound, Uri, uris};

/// Where a realm puts what it decides, while it decides it.
///
/// There is no failure: a way out that is full notes that, and the owner of the realm ends the
/// session by [`Realm::leave`](crate::Realm::leave) once the current call has returned.
pub trait Egress {
    /// Queues `message` for the session, behind all that was queued before.
    fn send(&mut self, to: SessionKey, message: Outbound);

    /// The session has ended and the realm has forgotten it: what was sent before is to be flushed,
    /// then the link dropped.
    fn close(&mut self, session: SessionKey, reason: CloseReason);

    /// An event of a topic whose history is to last was put into it, under this number, which is greater
    /// than those before. Whoever writes such events down gives them to the next realm, by
    /// [`Realm::restore_history`](crate::Realm::restore_history), with their numbers.
    fn record(&mut self, _number: u64, _event: &StoredEvent) {}

    /// The history holds the event of that number, which was recorded, no more.
    fn forget(&mut self, _number: u64) {}

    /// A session wanted to do `action` with a URI or pattern, and was allowed to by its permissions or
    /// not. For whoever keeps an account of that; nothing is said of payloads.
    fn judged(&mut self, _by: &SessionInfo, _action: Actions, _uri: &Uri, _allowed: bool) {}
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The client said GOODBYE.
    Goodbye,
    /// The client said ABORT.
    Aborted,
    /// The client broke the protocol.
    Violation(Violation),
    /// Somebody who may has ended it, as by `wamp.session.kill`.
    Killed {
        /// The reason given, for GOODBYE.
        reason: Uri,
        /// The sentence given, for people.
        message: Option<String>,
    },
    /// The client's access was taken back.
    Revoked,
    /// The client did not read what was sent to it.
    Overflow,
    /// Nothing was heard from the client for too long.
    IdleTimeout,
    /// The link broke or was closed without GOODBYE.
    LinkLost,
    /// The router shuts down.
    Shutdown,
}

impl CloseReason {
    /// Every name there is.
    pub const NAMES: [&'static str; 9] = [
        "goodbye",
        "aborted",
        "violation",
        "killed",
        "revoked",
        "overflow",
        "idle_timeout",
        "link_lost",
        "shutdown",
    ];

    /// A short name, the same for all of a kind, for logs and counters.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Goodbye => "goodbye",
            Self::Aborted => "aborted",
            Self::Violation(_) => "violation",
            Self::Killed { .. } => "killed",
            Self::Revoked => "revoked",
            Self::Overflow => "overflow",
            Self::IdleTimeout => "idle_timeout",
            Self::LinkLost => "link_lost",
            Self::Shutdown => "shutdown",
        }
    }

    /// The message that tells the client, if it is told.
    pub fn farewell(&self) -> Option<Message> {
        match self {
            // "the other peer replies with GOODBYE, wamp.close.goodbye_and_out" (spec, "Session
            // Closing").
            Self::Goodbye => Some(goodbye(uris::GOODBYE_AND_OUT, None)),
            Self::Violation(violation) => Some(abort_message(violation)),
            Self::Killed { reason, message } => Some(goodbye(reason.clone(), message.clone())),
            Self::Revoked => Some(goodbye(uris::KILLED, Some(self.to_string()))),
            Self::Shutdown => Some(goodbye(uris::SYSTEM_SHUTDOWN, None)),
            // The queue is full, and it is the last thing the client will read from it.
            Self::Overflow => Some(abort_with(uris::LIMIT_EXCEEDED, &self.to_string())),
            Self::Aborted | Self::IdleTimeout | Self::LinkLost => None,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Goodbye => f.write_str("the client left"),
            Self::Aborted => f.write_str("the client aborted the session"),
            Self::Violation(violation) => write!(f, "the client broke the protocol: {violation}"),
            Self::Killed { reason, .. } => write!(f, "the session was ended: {reason}"),
            Self::Revoked => f.write_str("access was taken back"),
            Self::Overflow => f.write_str("the client reads too slowly"),
            Self::IdleTimeout => f.write_str("nothing was heard for too long"),
            Self::LinkLost => f.write_str("the link was lost"),
            Self::Shutdown => f.write_str("the router shuts down"),
        }
    }
}

fn goodbye(reason: Uri, message: Option<String>) -> Message {
    let details = CloseDetails { message };
    Goodbye { details, reason }.into()
}
