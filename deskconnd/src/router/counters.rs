//! What a realm's sessions send, receive and end with, counted. Every count is one relaxed atomic: no
//! lock is taken and nobody waits for who reads them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use wamp_proto::Message;
use wamp_router::CloseReason;

/// The codes of messages are below this.
const CODES: usize = 72;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// One more.
    pub(crate) fn one(&self) {
        self.add(1);
    }

    /// So many more.
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many there were.
    pub(crate) fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts by a name, of which there are few: what peers make up is counted as `other`.
#[derive(Debug)]
pub(crate) struct Tally(Vec<(&'static str, Count)>);

impl Tally {
    fn of(names: impl IntoIterator<Item = &'static str>) -> Self {
        let names = names.into_iter().chain(["other"]);
        Self(names.map(|name| (name, Count::default())).collect())
    }

    /// One more of that name.
    pub(crate) fn count(&self, name: &str) {
        let known = self.0.iter().find(|(known, _)| *known == name);
        if let Some((_, count)) = known.or_else(|| self.0.last()) {
            count.one();
        }
    }

    /// The names that were counted, each with how often.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let totals = self.0.iter().map(|(name, count)| (*name, count.total()));
        totals.filter(|(_, total)| *total > 0)
    }
}

/// The counts of one realm.
#[derive(Debug)]
pub(crate) struct Counters {
    /// What its sessions have sent.
    pub(crate) received: Traffic,
    /// What its sessions were sent.
    pub(crate) sent: Traffic,
    /// Sessions that have joined.
    pub(crate) joined: Count,
    /// Sessions that have ended, by [`CloseReason::name`].
    pub(crate) closed: Tally,
    /// EVENTs left out because their receivers read too slowly.
    pub(crate) left_out: Count,
    /// Octets that wait for sessions now.
    queued: AtomicUsize,
}

/// Messages that went one way.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// By their code.
    messages: [Count; CODES],
    /// Octets of their payloads.
    pub(crate) payload: Count,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            messages: std::array::from_fn(|_| Count::default()),
            payload: Count::default(),
        }
    }
}

impl Traffic {
    /// To count messages that come one after the other; those of one kind in a row are added at once.
    pub(crate) const fn several(&self) -> Several<'_> {
        Several {
            traffic: self,
            code: 0,
            messages: 0,
            octets: 0,
        }
    }

    fn add(&self, code: u64, messages: u64, octets: u64) {
        let code = usize::try_from(code).ok();
        if let Some(count) = code.and_then(|code| self.messages.get(code)) {
            count.add(messages);
        }
        self.payload.add(octets);
    }

    /// The messages that were seen, by their names, each with how often.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let totals = Message::KINDS.iter().filter_map(|(code, name)| {
            let count = self.messages.get(usize::try_from(*code).ok()?)?;
            Some((*name, count.total()))
        });
        totals.filter(|(_, total)| *total > 0)
    }
}

/// Messages of one kind that were seen and not counted yet. They are when it is dropped.
pub(crate) struct Several<'a> {
    traffic: &'a Traffic,
    code: u64,
    messages: u64,
    octets: u64,
}

impl Several<'_> {
    /// Counts a message.
    pub(crate) fn count(&mut self, message: &Message) {
        if message.code() != self.code {
            self.add();
            self.code = message.code();
        }
        let octets = message.payload().map_or(0, wamp_proto::Payload::len);
        self.messages += 1;
        self.octets += octets as u64;
    }

    fn add(&mut self) {
        if self.messages > 0 {
            let (messages, octets) = (self.messages, self.octets);
            self.traffic.add(self.code, messages, octets);
            (self.messages, self.octets) = (0, 0);
        }
    }
}

impl Drop for Several<'_> {
    fn drop(&mut self) {
        self.add();
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            received: Traffic::default(),
            sent: Traffic::default(),
            joined: Count::default(),
            closed: Tally::of(CloseReason::NAMES),
            left_out: Count::default(),
            queued: AtomicUsize::default(),
        }
    }
}

impl Counters {
    /// How many octets wait for sessions.
    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// So many octets wait more.
    pub(super) fn enqueue(&self, octets: usize) {
        self.queued.fetch_add(octets, Ordering::Relaxed);
    }

    /// So many octets wait no more.
    pub(super) fn dequeue(&self, octets: usize) {
        self.queued.fetch_sub(octets, Ordering::Relaxed);
    }
}

/// The errors with which a client is kept from joining, as ABORT says them.
const REFUSALS: [&str; 12] = [
    "wamp.error.no_such_realm",
    "wamp.error.no_such_role",
    "wamp.error.no_such_principal",
    "wamp.error.no_matching_auth_method",
    "wamp.error.authentication_denied",
    "wamp.error.authentication_failed",
    "wamp.error.authorization_failed",
    "wamp.error.not_authorized",
    "wamp.error.limit_exceeded",
    "wamp.error.protocol_violation",
    "wamp.close.system_shutdown",
    "wamp.close.goodbye_and_out",
];

/// What came to nothing before it was a session, whichever the realm.
#[derive(Debug)]
pub(crate) struct DoorCounters {
    /// Connections that were taken.
    pub(crate) connections: Count,
    /// Connections that were closed at once.
    pub(crate) connections_refused: Tally,
    /// Clients that were told that they may not join, or did not come so far, by the error.
    pub(crate) joins_refused: Tally,
}

impl Default for DoorCounters {
    fn default() -> Self {
        Self {
            connections: Count::default(),
            connections_refused: Tally::of([TOO_MANY, TOO_FAST]),
            joins_refused: Tally::of(REFUSALS),
        }
    }
}

/// Connections closed because as many are open as may be.
pub(crate) const TOO_MANY: &str = "too_many";
/// Connections closed because they came too fast.
pub(crate) const TOO_FAST: &str = "too_fast";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_its_place() {
        for (code, name) in Message::KINDS {
            assert!((1..CODES as u64).contains(code), "{name}");
        }
    }

    #[test]
    fn names_that_nobody_knows_are_counted_together() {
        let tally = Tally::of(["known"]);
        for name in ["made up", "known", "other"] {
            tally.count(name);
        }
        assert_eq!(
            tally.iter().collect::<Vec<_>>(),
            [("known", 1), ("other", 2)]
        );
    }
}
