//! When a trust ends: by the clock people see, and by one that nobody can set back.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// This moment by both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Seconds since 1970. It may jump, and be wrong.
    pub(crate) unix: u64,
    /// It only goes forward, but stands still while the machine sleeps and starts anew with it.
    pub(crate) instant: Instant,
}

impl Now {
    /// This moment.
    pub(crate) fn read() -> Self {
        // A clock before 1970 is taken for 1970.
        let unix = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            unix: unix.map_or(0, |since| since.as_secs()),
            instant: Instant::now(),
        }
    }
}

/// The end of something, which is over as soon as either clock says so. So a clock that is set back
/// gives no more time to what a running daemon knows of, and sleep none either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    until: u64,
    /// None if that is further away than the clock goes.
    by: Option<Instant>,
}

impl End {
    /// The end at `until`, in seconds since 1970, as somebody finds it `now`.
    pub(crate) fn at(until: u64, now: Now) -> Self {
        let left = Duration::from_secs(until.saturating_sub(now.unix));
        Self {
            until,
            by: now.instant.checked_add(left),
        }
    }

    /// The end of something that begins `now` and lasts for `span`.
    pub(crate) fn after(span: Duration, now: Now) -> Self {
        let part = u64::from(span.subsec_nanos() > 0);
        let seconds = span.as_secs().saturating_add(part);
        Self {
            until: now.unix.saturating_add(seconds),
            by: now.instant.checked_add(span),
        }
    }

    /// In seconds since 1970.
    pub(crate) const fn until(self) -> u64 {
        self.until
    }

    /// Whether it has come.
    pub(crate) fn is_over(self, now: Now) -> bool {
        now.unix >= self.until || self.by.is_some_and(|by| now.instant >= by)
    }

    /// How long that takes, if nobody sets the clock.
    pub(crate) fn left(self, now: Now) -> Duration {
        let left = Duration::from_secs(self.until.saturating_sub(now.unix));
        self.by.map_or(left, |by| {
            left.min(by.saturating_duration_since(now.instant))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    #[test]
    fn an_end_comes_by_whichever_clock_is_first() {
        let start = Now {
            unix: 1_000_000,
            instant: Instant::now(),
        };
        let later = |unix: i64, seconds: u64| Now {
            unix: start.unix.saturating_add_signed(unix),
            instant: start.instant + Duration::from_secs(seconds),
        };
        let given = End::after(Duration::from_secs(HOUR), start);
        let read = End::at(given.until(), start);
        for end in [given, read] {
            assert!(!end.is_over(later(3599, 3599)));
            assert!(end.is_over(later(3600, 3600)));
            assert!(end.is_over(later(3600, 10)), "the machine slept");
            assert!(end.is_over(later(-9_000, 3600)), "the clock was set back");
            assert_eq!(end.left(later(3500, 3400)), Duration::from_secs(100));
        }
    }

    #[test]
    fn an_end_that_is_too_far_away_for_the_clock_is_no_mistake() {
        let now = Now::read();
        for end in [End::at(u64::MAX, now), End::after(Duration::MAX, now)] {
            assert!(!end.is_over(now));
        }
    }
}
