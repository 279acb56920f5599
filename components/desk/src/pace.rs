//! How often each caller may do something.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use deskconn_component::{RateLimit, failure};
use deskconn_protocol::uris;
use wamp_client::InvocationError;

/// Of how many callers it is known. Each has paired before; more than these are no household's.
const CALLERS: usize = 256;

/// A limit for every caller, so that none takes what is another's.
#[derive(Debug)]
pub(crate) struct Paces {
    limit: usize,
    window: Duration,
    of: Mutex<BTreeMap<String, RateLimit>>,
}

impl Paces {
    /// Every caller may do something `limit` times in any `window`.
    pub(crate) const fn new(limit: usize, window: Duration) -> Self {
        Self {
            limit,
            window,
            of: Mutex::new(BTreeMap::new()),
        }
    }

    /// Counts what `authid` does at `now`.
    ///
    /// # Errors
    /// `org.deskconn.error.rate_limited`, and it does not count.
    pub(crate) fn admit(&self, authid: &str, now: Instant) -> Result<(), InvocationError> {
        // Nothing that can panic runs under this lock.
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= CALLERS && !of.contains_key(authid) {
            of.clear();
        }
        let pace = of.entry(authid.to_owned());
        let pace = pace.or_insert_with(|| RateLimit::new(self.limit, self.window));
        pace.admit(now).map_err(|error| {
            let hint = "wait a moment";
            failure(uris::ERROR_RATE_LIMITED, error.to_string(), hint)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_takes_nothing_of_the_others() {
        let paces = Paces::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let mut did = Vec::new();
        for (who, second) in [("a", 0), ("a", 1), ("a", 2), ("b", 2), ("a", 10), ("a", 10)] {
            let now = start + Duration::from_secs(second);
            did.push(paces.admit(who, now).is_ok());
        }
        assert_eq!(did, [true, true, false, true, true, false]);
    }

    #[test]
    fn what_is_known_of_callers_does_not_grow() {
        let paces = Paces::new(1, Duration::from_secs(10));
        let now = Instant::now();
        for caller in 0..=CALLERS {
            paces.admit(&caller.to_string(), now).expect("its first");
        }
        assert!(paces.of.lock().expect("no panic").len() <= CALLERS);
    }
}
