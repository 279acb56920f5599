//! The last event of each topic, kept for those who subscribe later (spec, "Event Retention").

use crate::publication::Publication;
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
        }
        // The one for all comes first, if there is one; the oldest of the others goes.
        let for_all = usize::from(events.first().is_some_and(|e| !e.recipients.are_listed()));
        if events.len() - for_all >= LISTED_EVENTS {
            events.remove(for_all);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipients::Recipients;
    use wamp_proto::options::EventDetails;
    use wamp_proto::{Payload, PublicationId};

    fn publication(number: u64, listed: bool) -> Publication {
        Publication {
            id: PublicationId::from_random(number),
            topic: "t".into(),
            details: EventDetails::default().into(),
            payload: Payload::NONE,
            recipients: if listed {
                Recipients::nobody()
            } else {
                Recipients::default()
            },
            rkey: None,
        }
    }

    fn kept(retained: &Retained) -> Vec<u64> {
        let topic = Uri::from("t");
        let events = retained.matching(MatchPolicy::Exact, &topic).flatten();
        events.map(|event| event.id.get() - 1).collect()
    }

    #[test]
    fn an_event_for_all_replaces_what_was_kept() {
        let mut retained = Retained::default();
        retained.keep(&publication(1, false), 1);
        retained.keep(&publication(2, true), 1);
        retained.keep(&publication(3, false), 1);
        assert_eq!(kept(&retained), [3]);
    }

    #[test]
    fn of_events_for_some_a_few_are_kept_beside_the_one_for_all() {
        let mut retained = Retained::default();
        retained.keep(&publication(1, false), 1);
        for number in 2..20 {
            retained.keep(&publication(number, true), 1);
        }
        assert_eq!(kept(&retained), [1, 12, 13, 14, 15, 16, 17, 18, 19]);
        let mut retained = Retained::default();
        for number in 2..20 {
            retained.keep(&publication(number, true), 1);
        }
        assert_eq!(kept(&retained).len(), LISTED_EVENTS);
    }
}
