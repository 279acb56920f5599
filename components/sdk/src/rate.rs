//! How often something may be done.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// At most so many actions in any stretch of time of a given length.
#[derive(Debug)]
pub struct RateLimit {
    limit: usize,
    window: Duration,
    admitted: VecDeque<Instant>,
}

/// One action more than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} actions in {} ms", window.as_millis())]
pub struct TooFast {
    limit: usize,
    window: Duration,
}

impl RateLimit {
    /// A limit of `limit` actions in any `window`.
    pub fn new(limit: usize, window: Duration) -> Self {
        Self {
            limit,
            window,
            admitted: VecDeque::with_capacity(limit),
        }
    }

    /// Counts an action at `now`.
    ///
    /// # Errors
    ///
    /// [`TooFast`] if the window ending at `now` is full; such an action does not count.
    pub fn admit(&mut self, now: Instant) -> Result<(), TooFast> {
        while let Some(&oldest) = self.admitted.front()
            && now.saturating_duration_since(oldest) >= self.window
        {
            self.admitted.pop_front();
        }
        if self.admitted.len() >= self.limit {
            return Err(TooFast {
                limit: self.limit,
                window: self.window,
            });
        }
        self.admitted.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_window_holds_at_most_the_limit() {
        let start = Instant::now();
        let mut rate = RateLimit::new(2, Duration::from_secs(1));
        let mut admitted_at = |ms| rate.admit(start + Duration::from_millis(ms)).is_ok();

        let times = [0, 600, 700, 999, 1000, 1100, 1599, 1600, 1700];
        let answers: Vec<_> = times.map(&mut admitted_at).to_vec();

        assert_eq!(
            answers,
            [true, true, false, false, true, false, false, true, false]
        );
    }

    #[test]
    fn says_the_limit() {
        let now = Instant::now();
        let mut rate = RateLimit::new(1, Duration::from_secs(1));

        rate.admit(now).expect("the first fits");
        let error = rate.admit(now).expect_err("the second does not");

        assert_eq!(error.to_string(), "more than 1 actions in 1000 ms");
    }
}
