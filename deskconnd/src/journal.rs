//! The log is the owner's: what peers say goes into one line, and strangers fill only so many.

use deskconn_protocol::profile::clean_up_to;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::info;

/// How many lines about strangers may come in one [`STRETCH`]; a pairing makes about five.
const LINES: u32 = 60;

/// How long strangers have to be quieter once they have filled their lines.
const STRETCH: Duration = Duration::from_secs(60);

/// The longest text of a peer's that is logged, in characters.
const LONGEST: usize = 200;

/// `text`, which may repeat what a peer said, so that it can not break or fake a line.
pub(crate) fn one_line(text: &impl Display) -> String {
    clean_up_to(LONGEST, &text.to_string())
}

/// How much of the log is left for strangers: anybody on the network can knock, as often as they like.
#[derive(Debug)]
pub(crate) struct StrangerLog(Mutex<Stretch>);

#[derive(Debug)]
struct Stretch {
    began: Instant,
    lines: u32,
    left_out: u64,
}

impl StrangerLog {
    /// A log that strangers have not filled.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Stretch {
            began: Instant::now(),
            lines: 0,
            left_out: 0,
        }))
    }

    /// Whether one more line about a stranger is to be logged. Lines that were not are counted, and
    /// their number is logged with the next one.
    pub(crate) fn admits(&self) -> bool {
        // Nothing that can panic runs under this lock.
        let mut stretch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = stretch.count(Instant::now());
        drop(stretch);
        if let Some(lines @ 1..) = left_out {
            info!("{lines} lines about strangers were left out");
        }
        left_out.is_some()
    }
}

impl Stretch {
    /// Counts a line. Gives how many were left out before it, or `None` if it is to be left out too.
    fn count(&mut self, now: Instant) -> Option<u64> {
        let mut left_out = 0;
        if now.saturating_duration_since(self.began) >= STRETCH {
            left_out = self.left_out;
            *self = Self {
                began: now,
                lines: 0,
                left_out: 0,
            };
        }
        if self.lines >= LINES {
            self.left_out += 1;
            return None;
        }
        self.lines += 1;
        Some(left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_says_stays_in_its_line() {
        let said = "x\n2026-11-21 INFO a device was paired \u{1b}[31mred";
        let line = one_line(&said);
        assert_eq!(line, "x 2026-11-21 INFO a device was paired [31mred");
        assert_eq!(one_line(&"x".repeat(1000)).len(), LONGEST);
    }

    #[test]
    fn strangers_fill_so_many_lines_and_the_rest_is_counted() {
        let began = Instant::now();
        let mut stretch = Stretch {
            began,
            lines: 0,
            left_out: 0,
        };
        for _ in 0..LINES {
            assert_eq!(stretch.count(began), Some(0));
        }
        assert_eq!(stretch.count(began), None);
        assert_eq!(stretch.count(began + STRETCH / 2), None);
        assert_eq!(stretch.count(began + STRETCH), Some(2));
        assert_eq!(stretch.count(began + STRETCH), Some(0));
    }
}
