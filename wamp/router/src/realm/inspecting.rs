//! What a realm tells its owner of itself.

use super::Realm;
use crate::{SessionInfo, SessionKey, StoredEvent};
use wamp_proto::Uri;

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
    /// Events in the history.
    pub stored_events: usize,
    /// Descriptions of procedures, topics and errors.
    pub descriptions: usize,
    /// PUBLISH messages refused since the start, also those that asked for no answer.
    pub refused_publications: u64,
}

impl Realm {
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

    /// The events of the history, in the order they were published.
    pub fn history(&self) -> impl Iterator<Item = &StoredEvent> {
        self.tables.broker.history.all().into_iter()
    }

    /// Those events of the history that are to last, each with its number, topic by topic.
    pub fn lasting_history(&self) -> impl Iterator<Item = (u64, &StoredEvent)> {
        self.tables.broker.history.lasting()
    }

    /// How many requests were refused since the start, by the error they were answered with;
    /// publications too that asked for no answer.
    pub fn refusals(&self) -> impl Iterator<Item = (&Uri, u64)> {
        self.refusals.iter()
    }

    /// How much the realm holds.
    pub fn counts(&self) -> Counts {
        Counts {
            sessions: self.sessions.len(),
            registrations: self.tables.dealer.registrations.len(),
            subscriptions: self.tables.broker.subscriptions.len(),
            calls: self.tables.dealer.calls.len(),
            retained_topics: self.tables.broker.retained.len(),
            stored_events: self.tables.broker.history.len(),
            descriptions: self.tables.reflection.len(),
            refused_publications: self.tables.broker.refused,
        }
    }

    /// Whether nothing is held for any session. Retained events and the history are not: they
    /// outlive their publishers.
    pub fn is_empty(&self) -> bool {
        let counts = self.counts();
        counts.sessions == 0
            && counts.registrations == 0
            && counts.subscriptions == 0
            && counts.calls == 0
            && counts.descriptions == 0
            && self.next_timeout().is_none()
    }
}
