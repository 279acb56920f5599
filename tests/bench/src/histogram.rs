//! How long things took: counts of durations, exact to one part in sixteen or better.

use std::time::Duration;

/// Steps for each doubling.
const STEPS: u64 = 32;
/// Doublings above the first [`STEPS`] nanoseconds: up to some hours.
const DOUBLINGS: u64 = 40;

/// Durations, counted in steps that grow with them.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; (STEPS * (DOUBLINGS + 1)) as usize],
            total: 0,
        }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let step = step_of(nanoseconds).min(self.counts.len() - 1);
        self.counts[step] += 1;
        self.total += 1;
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
    }

    /// The duration in microseconds that a fraction of all does not exceed; 0 of none.
    pub fn quantile(&self, fraction: f64) -> f64 {
        let rank = (self.total as f64 * fraction).ceil() as u64;
        let mut seen = 0;
        for (step, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank && seen > 0 {
                return middle_of(step) / 1000.0;
            }
        }
        0.0
    }
}

fn step_of(nanoseconds: u64) -> usize {
    let doublings = (nanoseconds / STEPS)
        .checked_ilog2()
        .map_or(0, |log| u64::from(log) + 1);
    let within = match doublings {
        0 => nanoseconds,
        above => (nanoseconds >> (above - 1)) - STEPS,
    };
    (doublings * STEPS + within) as usize
}

fn middle_of(step: usize) -> f64 {
    let (doublings, within) = (step as u64 / STEPS, step as u64 % STEPS);
    match doublings {
        0 => within as f64,
        above => ((STEPS + within) as f64 + 0.5) * (1_u64 << (above - 1)) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_where_they_belong() {
        let mut histogram = Histogram::default();
        for microseconds in 1..=1000 {
            histogram.record(Duration::from_micros(microseconds));
        }
        for (fraction, expected) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = histogram.quantile(fraction);
            assert!(
                (found / expected - 1.0).abs() < 0.04,
                "{found} is no {expected}"
            );
        }
    }

    #[test]
    fn nothing_is_too_short_or_too_long() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), 0.0);
        histogram.record(Duration::ZERO);
        histogram.record(Duration::MAX);
        assert_eq!(histogram.quantile(0.5), 0.0);
        assert!(histogram.quantile(1.0) > 1e9);
    }
}
