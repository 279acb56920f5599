//! Events kept for later questions (spec, "Event History").

mod stored;

pub(crate) use stored::on;
pub use stored::{Audience, StoredEvent};

use crate::Egress;
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
    /// Whether they are to outlast the realm: if so, [`Egress::record`](crate::Egress::record) is told
    /// of them.
    pub lasting: bool,
}

/// The events of a realm that are kept.
#[derive(Debug, Default)]
pub(crate) struct History {
    index: UriIndex<usize>,
    shares: Vec<Share>,
    /// The number of the last event that was kept. They give events an order.
    last: u64,
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

    /// Keeps an event, if its topic is one of those. What exceeds the share goes. What becomes of
    /// events that are to last is told.
    pub(crate) fn keep(&mut self, event: StoredEvent, out: &mut dyn Egress) {
        let number = self.last + 1;
        let share = self.put(number, event, &mut |oldest| out.forget(oldest));
        if let Some(share) = share.filter(|share| share.topic.lasting)
            && let Some((number, event)) = share.events.back()
        {
            out.record(*number, event);
        }
    }

    /// Keeps an event again under the number it had. Adds to `forgotten` the numbers of those that are
    /// not recorded any more, this one perhaps.
    pub(crate) fn restore(&mut self, number: u64, event: StoredEvent, forgotten: &mut Vec<u64>) {
        let share = self.put(number, event, &mut |oldest| forgotten.push(oldest));
        if !share.is_some_and(|share| share.topic.lasting) {
            forgotten.push(number);
        }
    }

    /// Puts an event into its share, if it has one. `forget` is told which of those that are to last go
    /// for it.
    fn put(
        &mut self,
        number: u64,
        event: StoredEvent,
        forget: &mut dyn FnMut(u64),
    ) -> Option<&Share> {
        let (_, at) = self.index.best(&event.topic)?;
        let share = self.shares.get_mut(at)?;
        let octets = event.octets();
        if share.topic.events == 0 || octets > share.topic.octets {
            return None;
        }
        while share.events.len() >= share.topic.events || share.octets + octets > share.topic.octets
        {
            let (oldest, event) = share.events.pop_front()?;
            share.octets -= event.octets();
            if share.topic.lasting {
                forget(oldest);
            }
        }
        self.last = self.last.max(number);
        share.octets += octets;
        share.events.push_back((number, event));
        Some(share)
    }

    /// The events that are to last, each with its number.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = (u64, &StoredEvent)> {
        let lasting = self.shares.iter().filter(|share| share.topic.lasting);
        let events = lasting.flat_map(|share| &share.events);
        events.map(|(number, event)| (*number, event))
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
    use crate::{CloseReason, SessionKey};
    use wamp_proto::{Outbound, Payload, PublicationId, Serializer};

    fn topic(policy: MatchPolicy, uri: &'static str, events: usize) -> HistoryTopic {
        HistoryTopic {
            uri: uri.into(),
            policy,
            events,
            octets: usize::MAX,
            lasting: true,
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

    /// What is recorded: positive, and what is forgotten: negative.
    #[derive(Default)]
    struct Told(Vec<i64>);

    impl Egress for Told {
        fn send(&mut self, _: SessionKey, _: Outbound) {}

        fn close(&mut self, _: SessionKey, _: CloseReason) {}

        fn record(&mut self, number: u64, _: &StoredEvent) {
            self.0.push(number.cast_signed());
        }

        fn forget(&mut self, number: u64) {
            self.0.push(-number.cast_signed());
        }
    }

    /// What is told when these events are kept.
    fn told(history: &mut History, events: impl IntoIterator<Item = StoredEvent>) -> Vec<i64> {
        let mut told = Told::default();
        for event in events {
            history.keep(event, &mut told);
        }
        told.0
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
        let not_kept = [event(1, "b"), event(2, "a.secret")];
        assert!(told(&mut history, not_kept).is_empty());
        let kept = (3..6).flat_map(|n| [event(n, "a.busy"), event(n + 10, "a.calm")]);
        let kept = told(&mut history, kept.chain([event(6, "a.other")]));
        assert_eq!(kept, [1, 2, -1, 3, 4, -3, 5, 6, -2, 7]);
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
        let events = (1..=3).map(|number| event(number, "a"));
        assert_eq!(told(&mut history, events), [1, 2, -1, 3]);
        assert_eq!(times(&history.all()), [2, 3]);
        let mut large = event(4, "a");
        large.payload = Payload::new(Serializer::Json, &["x".repeat(1000)], &()).expect("JSON");
        assert!(told(&mut history, [large]).is_empty());
        assert_eq!(times(&history.all()), [2, 3]);
    }

    #[test]
    fn what_is_restored_keeps_its_number_and_what_has_no_place_is_named() {
        let passing = HistoryTopic {
            lasting: false,
            ..topic(MatchPolicy::Exact, "passing", 9)
        };
        let mut history = History::new(&[topic(MatchPolicy::Exact, "a", 2), passing]);
        let mut forgotten = Vec::new();
        let events = [(3, "a"), (5, "passing"), (7, "gone"), (8, "a"), (11, "a")];
        for (number, topic) in events {
            history.restore(number, event(number, topic), &mut forgotten);
        }
        assert_eq!(forgotten, [5, 7, 3]);
        let lasting = history
            .lasting()
            .map(|(number, event)| (number, event.time));
        assert_eq!(lasting.collect::<Vec<_>>(), [(8, 8), (11, 11)]);
        assert!(told(&mut history, [event(1, "passing")]).is_empty());
        assert_eq!(told(&mut history, [event(1, "a")]), [-8, 13]);
    }
}
