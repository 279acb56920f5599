//! How much one session, and the realm, may hold.

use crate::context::Refusal;
use serde::Deserialize;
use std::fmt;
use wamp_proto::{Uri, uris};

/// Bounds on what peers can make a realm remember. A request beyond one is answered with
/// `wamp.error.limit_exceeded`. With serde, what is left out is the default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Registrations of one session; each costs about 300 octets and its URI.
    pub registrations: usize,
    /// Subscriptions of one session; each costs about 300 octets and its URI, or 30 where the
    /// subscription has other subscribers.
    pub subscriptions: usize,
    /// Calls of one session that have not ended; each costs about 200 octets. A call to all shards
    /// counts once for each.
    pub calls: usize,
    /// Testaments of one session, each with its payload.
    pub testaments: usize,
    /// Topics in the realm whose last event is kept, with its payload. Beyond this `retain` is
    /// ignored, as the specification lets a broker do.
    pub retained_topics: usize,
    /// Descriptions that one session gives of procedures, topics and errors.
    pub descriptions: usize,
    /// Octets of a description.
    pub description: usize,
    /// About how many octets of events one answer from the history holds; at least one event.
    pub history_result: usize,
    /// Octets of a URI. Longer ones are answered with `wamp.error.invalid_uri`.
    pub uri_length: usize,
    /// What all sessions may hold together.
    pub totals: Totals,
}

/// Bounds on what all sessions of a realm hold together, which one of them can not know.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Totals {
    /// Sessions; each costs some kilooctets, its link included.
    pub sessions: usize,
    /// Sessions of one authid.
    pub sessions_of_authid: usize,
    /// Procedures and patterns with callees.
    pub registrations: usize,
    /// Topics and patterns with subscribers.
    pub subscriptions: usize,
    /// Calls that have not ended. A call to all shards counts once for each.
    pub calls: usize,
}

impl Default for Totals {
    /// As much as a machine with a few gigaoctets of memory holds.
    fn default() -> Self {
        Self {
            sessions: 65_536,
            sessions_of_authid: 65_536,
            registrations: 262_144,
            subscriptions: 1_048_576,
            calls: 262_144,
        }
    }
}

/// Why a realm takes no further session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Full {
    /// It has [`Totals::sessions`].
    Realm,
    /// It has [`Totals::sessions_of_authid`].
    Authid,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Realm => "the realm has as many sessions as it takes",
            Self::Authid => "this authid has as many sessions as it may",
        })
    }
}

impl std::error::Error for Full {}

impl Default for Limits {
    fn default() -> Self {
        Self {
            registrations: 4096,
            subscriptions: 65_536,
            calls: 4096,
            testaments: 64,
            retained_topics: 4096,
            descriptions: 1024,
            description: 16_384,
            history_result: 1 << 20,
            uri_length: 1024,
            totals: Totals::default(),
        }
    }
}

impl Limits {
    /// Refuses a URI or pattern that is too long.
    pub(crate) fn check_length(&self, uri: &Uri) -> Result<(), Refusal> {
        if uri.len() > self.uri_length {
            return Err(Refusal::new(uris::INVALID_URI, "the URI is too long"));
        }
        Ok(())
    }
}
