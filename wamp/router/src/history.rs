//! Events kept for later questions (spec, "Event History").

mod stored;

pub(crate) use stored::on;
pub use stored::{Audience, StoredEvent};

use crate::uri_index::UriIndex;
use std::collections::VecDeque;
use wamp_proto::{MatchPolicy, Uri};

/// Which events are kept, and how many.
///
/// An event is kept under the topic or pattern that fits it best, as a call finds its registration:
/// so a busy topic can have a small share of its own within a wide pattern, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryTopic {
    /// The topic or pattern.
    pub uri: Uri,
    /// How it matches.
    pub policy: MatchPolicy,
    /// How many events are kept at most; the oldest goes first.
    pub events: usize,
    /// How many octets they may take. An event of more is not kept.
    pub octets: usize,
}

/// The events of a realm that are kept.
#[derive(Debug, Default)]
pub(crate) struct History {
    index: UriIndex<usize>,
    shares: Vec<Share>,
    /// How many events were kept so far, which gives them an order.
    kept: u64,
}

/// What is kept under one topic or pattern.
#[derive(Debug)]
struct Share {
    topic: HistoryTopic,
    /// The oldest first, each with its number.
    events: VecDeque<(u64, StoredEvent)>,
    octets: usize,
}

impl History {
    /// A history without events.
    pub(crate) fn new(topics: &[HistoryTopic]) -> Self {
        let mut history = Self::default();
        for topic in topics {
            let at = history.shares.len();
            history.index.insert(topic.policy, topic.uri.clone(), at);
            history.shares.push(Share {
                topic: topic.clone(),
                events: VecDeque::new(),
                octets: 0,
            });
        }
        history
    }

    /// Whether events of that topic are kept.
    pub(crate) fn keeps(&self, topic: &str) -> bool {
        !self.shares.is_empty() && self.index.best(topic).is_some()
    }

    /// Keeps an event, if its topic is one of those, and returns it. What exceeds the share goes.
    pub(crate) fn keep(&mut self, event: StoredEvent) -> Option<&StoredEvent> {
        let (_, at) = self.index.best(&event.topic)?;
        let share = self.shares.get_mut(at)?;
        let octets = event.octets();
        if share.topic.events == 0 || octets > share.topic.octets {
            return None;
        }
        while share.events.len() >= share.topic.events || share.octets + octets > share.topic.octets
        {
            let (_, oldest) = share.events.pop_front()?;
            share.octets -= oldest.octets();
        }
        self.kept += 1;
        share.octets += octets;
        share.events.push_back((self.kept, event));
        share.events.back().map(|(_, event)| event)
    }

    /// The events whose topics the pattern matches, in the order they were published.
    pub(crate) fn matching(&self, policy: MatchPolicy, pattern: &Uri) -> Vec<&StoredEvent> {
        self.in_order(|event| pattern.matches(policy, &event.topic))
    }

    /// All events, in the order they were published.
    pub(crate) fn all(&self) -> Vec<&StoredEvent> {
        self.in_order(|_| true)
    }

    pub(crate) fn len(&self) -> usize {
        self.shares.iter().map(|share| share.events.len()).sum()
    }

    fn in_order(&self, wanted: impl Fn(&StoredEvent) -> bool) -> Vec<&StoredEvent> {
        let events = self.shares.iter().flat_map(|share| &share.events);
        let mut found: Vec<_> = events.filter(|(_, event)| wanted(event)).collect();
        found.sort_unstable_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, event)| event).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wamp_proto::{Payload, PublicationId, Serializer};

    fn topic(policy: MatchPolicy, uri: &'static str, events: usize) -> HistoryTopic {
        HistoryTopic {
            uri: uri.into(),
            policy,
            events,
            octets: usize::MAX,
        }
    }

    fn event(number: u64, topic: &'static str) -> StoredEvent {
        StoredEvent {
            publication: PublicationId::from_random(number - 1),
            time: number,
            topic: topic.into(),
            details: Default::default(),
            audience: Default::default(),
            payload: Payload::new(Serializer::Json, &[number], &()).expect("a payload"),
        }
    }

    fn times(events: &[&StoredEvent]) -> Vec<u64> {
        events.iter().map(|event| event.time).collect()
    }

    #[test]
    fn an_event_counts_under_the_topic_that_fits_best() {
        let mut history = History::new(&[
            topic(MatchPolicy::Prefix, "a.", 3),
            topic(MatchPolicy::Exact, "a.busy", 1),
            topic(MatchPolicy::Exact, "a.secret", 0),
        ]);
        assert!(history.keep(event(1, "b")).is_none());
        assert!(history.keep(event(2, "a.secret")).is_none());
        for number in 3..6 {
            assert!(history.keep(event(number, "a.busy")).is_some());
            assert!(history.keep(event(number + 10, "a.calm")).is_some());
        }
        assert!(history.keep(event(6, "a.other")).is_some());
        assert_eq!(times(&history.all()), [14, 5, 15, 6]);
        let calm = history.matching(MatchPolicy::Exact, &"a.calm".into());
        assert_eq!(times(&calm), [14, 15]);
    }

    #[test]
    fn octets_are_bounded_too() {
        let size = event(1, "a").octets();
        let mut history = History::new(&[HistoryTopic {
            octets: 2 * size,
            ..topic(MatchPolicy::Exact, "a", 10)
        }]);
        for number in 1..=3 {
            history.keep(event(number, "a"));
        }
        assert_eq!(times(&history.all()), [2, 3]);
        let mut large = event(4, "a");
        large.payload = Payload::new(Serializer::Json, &["x".repeat(1000)], &()).expect("JSON");
        assert!(history.keep(large).is_none());
        assert_eq!(times(&history.all()), [2, 3]);
    }
}
