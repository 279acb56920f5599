//! A stopwatch that every remote sees: started and paused by any of them, with marks.

use std::time::{Duration, Instant};

use deskconn_protocol::api::slides::TimerStatus;

/// More marks than anybody reads.
const MAX_MARKS: usize = 100;

/// A stopwatch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timer {
    /// What has run up before it was last started.
    before: Duration,
    started: Option<Instant>,
    marks: Vec<Duration>,
}

/// What can be done to a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Press {
    /// Let it run, or run on.
    Start,
    /// Let it stand.
    Pause,
    /// Back to nothing, standing and without marks.
    Reset,
    /// Note the time it shows.
    Mark,
}

impl Timer {
    /// Does `press` at `now`; true if anything has changed. Beyond a hundred marks, the first one goes.
    pub(crate) fn press(&mut self, press: Press, now: Instant) -> bool {
        match press {
            Press::Start if self.started.is_some() => return false,
            Press::Start => self.started = Some(now),
            Press::Pause if self.started.is_none() => return false,
            Press::Pause => {
                self.before = self.elapsed(now);
                self.started = None;
            }
            Press::Reset => *self = Self::default(),
            Press::Mark => {
                if self.marks.len() >= MAX_MARKS {
                    self.marks.remove(0);
                }
                self.marks.push(self.elapsed(now));
            }
        }
        true
    }

    /// What it shows at `now`.
    pub(crate) fn status(&self, now: Instant) -> TimerStatus {
        TimerStatus {
            running: self.started.is_some(),
            elapsed_ms: millis(self.elapsed(now)),
            marks_ms: self.marks.iter().map(|mark| millis(*mark)).collect(),
        }
    }

    fn elapsed(&self, now: Instant) -> Duration {
        let running = self
            .started
            .map(|started| now.saturating_duration_since(started));
        self.before + running.unwrap_or_default()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_from_start_to_pause_and_on() {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let mut timer = Timer::default();
        assert!(timer.press(Press::Start, at(0)));
        assert!(!timer.press(Press::Start, at(500)), "it runs already");
        timer.press(Press::Mark, at(700));
        assert!(timer.press(Press::Pause, at(1000)));
        assert!(!timer.press(Press::Pause, at(2000)), "it stands already");
        assert_eq!(timer.status(at(5000)).elapsed_ms, 1000);
        timer.press(Press::Start, at(6000));
        timer.press(Press::Mark, at(6500));
        let expected = TimerStatus {
            running: true,
            elapsed_ms: 2000,
            marks_ms: vec![700, 1500],
        };
        assert_eq!(timer.status(at(7000)), expected);
        timer.press(Press::Reset, at(8000));
        assert_eq!(timer.status(at(9000)), TimerStatus::default());
    }

    #[test]
    fn of_many_marks_the_latest_stay() {
        let begin = Instant::now();
        let mut timer = Timer::default();
        timer.press(Press::Start, begin);
        for second in 0..150 {
            timer.press(Press::Mark, begin + Duration::from_secs(second));
        }
        let marks = timer.status(begin).marks_ms;
        assert_eq!((marks.len(), marks[0], marks[99]), (100, 50_000, 149_000));
    }
}
