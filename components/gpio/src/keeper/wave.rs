//! Changes that follow one another at exact times: a pulse, blinking, PWM.

use std::time::{Duration, Instant};

use deskconn_protocol::api::gpio::Doing;
use serde::{Deserialize, Serialize};

/// A part at one value, then one at the other, so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// What it is for those who look.
    pub doing: Doing,
    /// The value of the first part; at the end it is the other.
    pub value: bool,
    /// How long the first part is.
    pub first: Duration,
    /// How long the other part is. Not the last one's: it ends when that would begin.
    pub second: Duration,
    /// How many times; `None`: without end.
    pub times: Option<u32>,
}

/// A wave that plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Playing {
    wave: Wave,
    /// Whether the first part is on.
    in_first: bool,
    /// How many times are still to come, this one included.
    left: Option<u32>,
    /// When the part ends.
    until: Instant,
}

/// What a wave does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The line gets this value, and the wave goes on.
    Set(bool),
    /// The line gets this value, and the wave is over.
    Last(bool),
}

impl Wave {
    /// Starts at `now`; the line has to be set to [`Wave::value`].
    pub(super) fn start(self, now: Instant) -> Playing {
        Playing {
            wave: self,
            in_first: true,
            left: self.times,
            until: now + self.first,
        }
    }
}

impl Playing {
    pub(super) const fn doing(&self) -> Doing {
        self.wave.doing
    }

    /// When [`Playing::step`] has something to do.
    pub(super) const fn until(&self) -> Instant {
        self.until
    }

    /// What is due at `now`, if something is.
    pub(super) fn step(&mut self, now: Instant) -> Option<Step> {
        if now < self.until {
            return None;
        }
        let value = self.wave.value;
        self.in_first = !self.in_first;
        if self.in_first {
            self.go_on(now, self.wave.first);
            return Some(Step::Set(value));
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return Some(Step::Last(!value));
            }
        }
        self.go_on(now, self.wave.second);
        Some(Step::Set(!value))
    }

    /// The next part ends so much after the last, so that lateness does not add up; but after a long
    /// sleep nothing is made up for.
    fn go_on(&mut self, now: Instant, part: Duration) {
        self.until += part;
        if self.until <= now {
            self.until = now + part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps that are seen by somebody who looks at these milliseconds.
    fn steps(wave: Wave, at: &[u64]) -> Vec<(u64, Step)> {
        let start = Instant::now();
        let mut playing = wave.start(start);
        let step = |ms: &u64| {
            let now = start + Duration::from_millis(*ms);
            Some((*ms, playing.step(now)?))
        };
        at.iter().filter_map(step).collect()
    }

    fn wave(doing: Doing, first: u64, second: u64, times: Option<u32>) -> Wave {
        Wave {
            doing,
            value: true,
            first: Duration::from_millis(first),
            second: Duration::from_millis(second),
            times,
        }
    }

    #[test]
    fn a_pulse_ends_once() {
        let pulse = wave(Doing::Pulse, 100, 0, Some(1));
        assert_eq!(steps(pulse, &[0, 99, 100]), [(100, Step::Last(false))]);
    }

    #[test]
    fn blinking_ends_when_it_goes_off_for_the_last_time() {
        let blink = wave(Doing::Blink, 10, 20, Some(2));
        assert_eq!(
            steps(blink, &[5, 10, 29, 30, 40]),
            [
                (10, Step::Set(false)),
                (30, Step::Set(true)),
                (40, Step::Last(false))
            ]
        );
    }

    #[test]
    fn lateness_does_not_add_up_and_long_sleeps_are_not_made_up_for() {
        let pwm = wave(Doing::Pwm, 10, 10, None);
        assert_eq!(
            steps(pwm, &[13, 20, 500, 505, 510]),
            [
                (13, Step::Set(false)),
                (20, Step::Set(true)),
                (500, Step::Set(false)),
                (510, Step::Set(true))
            ]
        );
    }
}
