//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits that grow with every failure, up to a bound, each drawn at random from the upper half of
/// its length, so that the clients of a router that comes back do not all come at once.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    stable: Duration,
    failures: u32,
    rng: fastrand::Rng,
}

impl Backoff {
    /// Half a second at first, half a minute at most; a session of a minute counts as a success.
    /// The lengths follow from `rng`.
    pub const fn new(rng: fastrand::Rng) -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            stable: Duration::from_secs(60),
            failures: 0,
            rng,
        }
    }

    /// The length of the first wait.
    #[must_use]
    pub const fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// The length of the longest wait.
    #[must_use]
    pub const fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// How long a session has to last for the waits to start anew. A router that lets clients in
    /// only to lose them is not tried any more often than one that is down.
    #[must_use]
    pub const fn stable(mut self, stable: Duration) -> Self {
        self.stable = stable;
        self
    }

    /// How long to wait after one more failure.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(30));
        self.failures = self.failures.saturating_add(1);
        let longest = doubled.min(self.longest);
        longest / 2 + longest.mul_f64(self.rng.f64() / 2.0)
    }

    /// Takes note of a session that lasted so long. Returns whether that starts the waits anew.
    pub(crate) fn session_lasted(&mut self, lasted: Duration) -> bool {
        let stable = lasted >= self.stable;
        if stable {
            self.reset();
        }
        stable
    }

    /// Starts anew.
    pub(crate) const fn reset(&mut self) {
        self.failures = 0;
    }
}

impl Default for Backoff {
    /// [`Backoff::new`] with the process's own randomness.
    fn default() -> Self {
        Self::new(fastrand::Rng::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn backoff() -> Backoff {
        let backoff = Backoff::new(fastrand::Rng::with_seed(1));
        backoff
            .first(SECOND)
            .longest(10 * SECOND)
            .stable(60 * SECOND)
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_drawn_from_their_upper_half() {
        let mut backoff = backoff();
        for longest in [1, 2, 4, 8, 10, 10, 10] {
            let longest = longest * SECOND;
            let wait = backoff.next_wait();
            assert!(wait >= longest / 2 && wait <= longest, "{wait:?}");
        }
        for _ in 0..100 {
            assert!(backoff.next_wait() <= 10 * SECOND);
        }
    }

    #[test]
    fn clients_do_not_wait_alike() {
        let wait = |seed| Backoff::new(fastrand::Rng::with_seed(seed)).next_wait();
        assert_ne!(wait(1), wait(2));
        assert_eq!(wait(1), wait(1));
    }

    #[test]
    fn only_a_session_that_lasted_starts_the_waits_anew() {
        let mut backoff = backoff();
        for _ in 0..3 {
            backoff.next_wait();
        }
        assert!(!backoff.session_lasted(59 * SECOND));
        assert!(backoff.next_wait() > 2 * SECOND);
        assert!(backoff.session_lasted(60 * SECOND));
        assert!(backoff.next_wait() <= SECOND);
    }
}
