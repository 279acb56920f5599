//! What a realm is to be like.

use crate::{Epoch, HistoryTopic, Limits};
use wamp_proto::{Uri, UriRule};

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
    /// What date `now` means; without it, the meta API does not say when things were created, and
    /// no history is kept.
    pub epoch: Option<Epoch>,
    /// Which events are kept for `wamp.subscription.get_events` (spec, "Event History").
    pub history: Vec<HistoryTopic>,
}

impl RealmConfig {
    /// A realm of that name with the default rules and limits, and no history.
    pub fn new(name: impl Into<Uri>) -> Self {
        Self {
            name: name.into(),
            agent: concat!("wamp-router/", env!("CARGO_PKG_VERSION")).to_owned(),
            uri_rule: UriRule::default(),
            request_ids: RequestIds::default(),
            limits: Limits::default(),
            epoch: None,
            history: Vec::new(),
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
