//! A level that is reached in small steps.

use std::time::Duration;

use tokio::time::Instant;

use super::display::Display;

/// The time between two steps: smooth to the eye, and slow enough for a monitor's DDC/CI.
const STEP: Duration = Duration::from_millis(40);

/// The longest ramp.
const LONGEST: Duration = Duration::from_secs(60);

/// Screens on their way.
#[derive(Debug)]
pub(crate) struct Ramp {
    ways: Vec<Way>,
    began: Instant,
    time: Duration,
    next: Instant,
}

#[derive(Debug)]
struct Way {
    id: String,
    from: u32,
    to: u32,
}

impl Ramp {
    /// From where the screens are to `percent`, in `time` from `now` on.
    pub(crate) fn new(displays: &[Display], percent: u8, time: Duration, now: Instant) -> Self {
        let way = |display: &Display| Way {
            id: display.id.clone(),
            from: display.level,
            to: display.level_at(percent),
        };
        Self {
            ways: displays.iter().map(way).collect(),
            began: now,
            time: time.min(LONGEST),
            next: now,
        }
    }

    /// When the next step is due.
    pub(crate) const fn next(&self) -> Instant {
        self.next
    }

    /// The levels to set at `now`, and whether they are the last.
    pub(crate) fn step(&mut self, now: Instant) -> (Vec<(String, u32)>, bool) {
        self.next = now + STEP;
        let gone = now.saturating_duration_since(self.began);
        let last = gone >= self.time;
        let part = if last {
            1.0
        } else {
            gone.as_secs_f64() / self.time.as_secs_f64()
        };
        let levels = self.ways.iter().map(|way| (way.id.clone(), way.at(part)));
        (levels.collect(), last)
    }

    /// Gives up the screens that somebody else has set: those are not on their way any more.
    pub(crate) fn observe(&mut self, displays: &[Display]) {
        self.ways.retain(|way| {
            let display = displays.iter().find(|display| display.id == way.id);
            let (low, high) = (way.from.min(way.to), way.from.max(way.to));
            display.is_some_and(|display| (low..=high).contains(&display.level))
        });
    }
}

impl Way {
    /// Where it is after `part` of the time, 0 to 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between two levels"
    )]
    fn at(&self, part: f64) -> u32 {
        let (from, to) = (f64::from(self.from), f64::from(self.to));
        ((to - from).mul_add(part, from)).round() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(id: &str, level: u32) -> Display {
        Display {
            id: id.to_owned(),
            name: id.to_owned(),
            level,
            max: 1000,
        }
    }

    #[test]
    fn goes_evenly_and_ends_where_it_should() {
        let start = Instant::now();
        let displays = [display("a", 1000), display("b", 0)];
        let mut ramp = Ramp::new(&displays, 50, Duration::from_secs(1), start);
        let mut at = |ms| {
            let (levels, last) = ramp.step(start + Duration::from_millis(ms));
            let levels: Vec<_> = levels.into_iter().map(|(_, level)| level).collect();
            (levels, last)
        };
        assert_eq!(at(0), (vec![1000, 0], false));
        assert_eq!(at(500), (vec![750, 250], false));
        assert_eq!(at(1000), (vec![500, 500], true));
        assert_eq!(at(9000), (vec![500, 500], true));
    }

    #[test]
    fn a_ramp_of_no_time_is_one_step() {
        let start = Instant::now();
        let mut ramp = Ramp::new(&[display("a", 10)], 1, Duration::ZERO, start);
        assert_eq!(ramp.step(start), (vec![("a".to_owned(), 10)], true));
    }

    #[test]
    fn a_screen_that_somebody_sets_meanwhile_is_left_alone() {
        let start = Instant::now();
        let displays = [display("a", 1000), display("b", 1000)];
        let mut ramp = Ramp::new(&displays, 50, Duration::from_secs(1), start);
        ramp.observe(&[display("a", 200), display("b", 900)]);
        let (levels, _) = ramp.step(start + Duration::from_secs(1));
        assert_eq!(levels, [("b".to_owned(), 500)]);
    }
}
