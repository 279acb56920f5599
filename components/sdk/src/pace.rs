//! How fast something may go on that is held back rather than refused. Pure: the time is given.

use std::time::{Duration, Instant};

/// What may come at so many a second in the long run, kept as the time at which all that has come is paid
/// for.
#[derive(Debug)]
pub struct Pace {
    per_second: u32,
    burst: u32,
    paid_at: Instant,
}

impl Pace {
    /// `per_second` may come, and `burst` at once after a quiet time. Nothing has come yet.
    pub const fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        Self {
            per_second,
            burst,
            paid_at: now,
        }
    }

    /// How long whoever sent `count` more has to wait before it may go on.
    pub fn after(&mut self, count: usize, now: Instant) -> Duration {
        let each = Duration::from_secs(1) / self.per_second.max(1);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.paid_at = self.paid_at.max(now) + each.saturating_mul(count);
        let credit = each.saturating_mul(self.burst);
        self.paid_at.saturating_duration_since(now + credit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_the_rate_is_kept() {
        let begin = Instant::now();
        let mut pace = Pace::new(1000, 16_000, begin);
        assert_eq!(pace.after(16_000, begin), Duration::ZERO);
        assert_eq!(pace.after(1000, begin), Duration::from_secs(1));
        let later = begin + Duration::from_secs(20);
        assert_eq!(pace.after(1000, later), Duration::ZERO);
    }
}
