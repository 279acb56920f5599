//! The last event of each topic, kept for those who subscribe later (spec, "Event Retention").

use crate::broker::Publication;
use std::collections::BTreeMap;
use wamp_proto::{MatchPolicy, Uri};

/// How many events for listed receivers are kept per topic beside the one for all.
const LISTED_EVENTS: usize = 8;

/// Topics and the events kept for them.
#[derive(Debug, Default)]
pub(crate) struct Retained {
    topics: BTreeMap<Uri, Vec<Publication>>,
}

impl Retained {
    /// Keeps `publication`, unless that would take more than `limit` topics: "A Broker MAY decline
    /// to provide event retention on certain topics".
    ///
    /// "This event retention is limited to one event that all subscribers would receive, and MAY
    /// include other supplemental events that have limited distribution".
    pub(crate) fn keep(&mut self, publication: &Publication, limit: usize) {
        let topic = publication.topic.as_str();
        if !self.topics.contains_key(topic) && self.topics.len() >= limit {
            return;
        }
        let mut kept = publication.clone();
        // The table must not keep the frame alive in which these came.
        kept.topic = kept.topic.detached();
        kept.payload = kept.payload.detached();
        let events = self.topics.entry(kept.topic.clone()).or_default();
        if !kept.recipients.are_listed() {
            events.clear();
        } else if events.len() > LISTED_EVENTS {
            // The first may be the one for all; the oldest of the others goes.
            let oldest = usize::from(events.first().is_some_and(|e| !e.recipients.are_listed()));
            events.remove(oldest);
        }
        events.push(kept);
    }

    /// The topics that the pattern matches, each with its events from the oldest on.
    pub(crate) fn matching(
        &self,
        policy: MatchPolicy,
        pattern: &Uri,
    ) -> impl Iterator<Item = &[Publication]> {
        let exact = (policy == MatchPolicy::Exact).then(|| self.topics.get(pattern.as_str()));
        let by_pattern = (policy != MatchPolicy::Exact).then(|| {
            let topics = self.topics.iter();
            topics
                .filter(move |(topic, _)| pattern.matches(policy, topic))
                .map(|(_, e)| e)
        });
        let found = exact
            .flatten()
            .into_iter()
            .chain(by_pattern.into_iter().flatten());
        found.map(Vec::as_slice)
    }

    pub(crate) fn len(&self) -> usize {
        self.topics.len()
    }
}
