//! What sessions have for a while: until they give it back, leave, or the time is over.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use wamp_proto::SessionId;

/// How many one session may have at a time.
const PER_SESSION: usize = 8;

/// How many there are at most.
const ALL: usize = 64;

/// Leases on something, each with what its session asked for.
#[derive(Debug)]
pub(crate) struct Leases<T> {
    next: u64,
    held: BTreeMap<u64, Held<T>>,
}

#[derive(Debug)]
struct Held<T> {
    by: SessionId,
    until: Option<Instant>,
    what: T,
}

/// There are too many leases already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are too many leases already")]
pub(crate) struct TooMany;

/// The session has no such lease: it never had, or the time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this session has no such lease")]
pub(crate) struct NotHeld;

impl<T> Leases<T> {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self {
            next: 1,
            held: BTreeMap::new(),
        }
    }

    /// Gives `by` a lease from `now` on, for `ttl` or until it is ended.
    ///
    /// # Errors
    /// If the session, or all together, have as many as there may be.
    pub(crate) fn take(
        &mut self,
        by: SessionId,
        what: T,
        ttl: Option<Duration>,
        now: Instant,
    ) -> Result<u64, TooMany> {
        let of_session = self.held.values().filter(|held| held.by == by).count();
        if of_session >= PER_SESSION || self.held.len() >= ALL {
            return Err(TooMany);
        }
        let lease = self.next;
        self.next += 1;
        // A time too far off to be counted is none.
        let until = ttl.and_then(|ttl| now.checked_add(ttl));
        self.held.insert(lease, Held { by, until, what });
        Ok(lease)
    }

    /// Ends a lease that `by` has.
    ///
    /// # Errors
    /// If it has none of that number; nobody ends those of others.
    pub(crate) fn release(&mut self, by: SessionId, lease: u64) -> Result<(), NotHeld> {
        match self.held.get(&lease) {
            Some(held) if held.by == by => {
                self.held.remove(&lease);
                Ok(())
            }
            _ => Err(NotHeld),
        }
    }

    /// Ends what a session had; whether that was anything.
    pub(crate) fn left(&mut self, session: SessionId) -> bool {
        self.keep(|held| held.by != session)
    }

    /// The sessions that have some, each once.
    pub(crate) fn holders(&self) -> Vec<SessionId> {
        let mut holders: Vec<_> = self.held.values().map(|held| held.by).collect();
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    /// Ends what is over at `now`; whether that was anything.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        self.keep(|held| held.until.is_none_or(|until| now < until))
    }

    /// When the next one is over by itself.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.held.values().filter_map(|held| held.until).min()
    }

    /// What is asked for now.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = &T> {
        self.held.values().map(|held| &held.what)
    }

    /// Whether nobody has any.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn keep(&mut self, stays: impl Fn(&Held<T>) -> bool) -> bool {
        let before = self.held.len();
        self.held.retain(|_, held| stays(held));
        self.held.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: u64) -> SessionId {
        SessionId::new(id).expect("an id")
    }

    #[test]
    fn a_lease_ends_by_its_session_only() {
        let mut leases = Leases::new();
        let now = Instant::now();
        let lease = leases.take(session(1), 'a', None, now).expect("a lease");
        assert_eq!(leases.release(session(2), lease), Err(NotHeld));
        assert_eq!(leases.release(session(1), lease + 1), Err(NotHeld));
        assert!(!leases.is_empty());
        assert_eq!(leases.release(session(1), lease), Ok(()));
        assert_eq!(leases.release(session(1), lease), Err(NotHeld));
        assert!(leases.is_empty());
    }

    #[test]
    fn those_of_a_session_that_leaves_end_and_no_others() {
        let mut leases = Leases::new();
        let now = Instant::now();
        for (by, what) in [(1, 'a'), (2, 'b'), (1, 'c')] {
            leases.take(session(by), what, None, now).expect("a lease");
        }
        assert!(leases.left(session(1)));
        assert!(!leases.left(session(1)));
        assert_eq!(leases.wanted().collect::<String>(), "b");
    }

    #[test]
    fn a_lease_ends_when_its_time_is_over() {
        let mut leases = Leases::new();
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        for (ttl, what) in [(Some(20), 'a'), (None, 'b'), (Some(10), 'c')] {
            let ttl = ttl.map(Duration::from_secs);
            leases.take(session(1), what, ttl, now).expect("a lease");
        }
        assert_eq!(leases.next_end(), Some(at(10)));
        assert!(!leases.expire(at(9)));
        assert!(leases.expire(at(10)));
        assert_eq!(leases.wanted().collect::<String>(), "ab");
        assert!(leases.expire(at(3600)));
        assert_eq!(leases.next_end(), None);
        assert_eq!(leases.wanted().collect::<String>(), "b");
    }

    #[test]
    fn no_session_and_not_all_together_have_too_many() {
        let mut leases = Leases::new();
        let now = Instant::now();
        let mut take = |by| leases.take(session(by), (), None, now).map(drop);
        for by in 1..=8 {
            for _ in 0..PER_SESSION {
                assert_eq!(take(by), Ok(()));
            }
            assert_eq!(take(by), Err(TooMany));
        }
        assert_eq!(take(9), Err(TooMany));
    }
}
