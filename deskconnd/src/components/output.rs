//! What the process of a component writes, line by line: kept as far as there is room, and taken no faster
//! than it may write.

use deskconn_component::Pace;
use deskconn_protocol::api::components::{Line, Stream};
use deskconn_protocol::profile::clean_up_to;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncRead, AsyncReadExt};
use tracing::debug;

/// How many lines are kept of a component.
const LINES: usize = 1000;

/// The longest line, in octets. What is longer is several lines.
const LONGEST: usize = 1024;

/// How many seconds' worth of output may come at once.
const BURST: u32 = 16;

/// What a component has written lately.
#[derive(Debug, Default)]
pub(super) struct Output(Mutex<VecDeque<Line>>);

impl Output {
    /// The latest lines, `limit` at most, oldest first.
    pub(super) fn latest(&self, limit: usize) -> Vec<Line> {
        let lines = self.lock();
        let skipped = lines.len().saturating_sub(limit);
        lines.iter().skip(skipped).cloned().collect()
    }

    /// Adds a line; the oldest makes room for it.
    pub(super) fn write(&self, stream: Stream, text: &str) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let line = Line {
            at: since.map_or(0, |since| since.as_millis() as u64),
            stream,
            text: clean_up_to(LONGEST, text),
        };
        let mut lines = self.lock();
        if lines.len() >= LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Writes down what comes out of `output` until it ends. More than `octets_per_second`, in the long
    /// run, has to wait, so that the component does, and `too_fast` is told.
    pub(super) async fn follow(
        self: Arc<Self>,
        name: String,
        stream: Stream,
        mut output: impl AsyncRead + Unpin,
        octets_per_second: u32,
        too_fast: impl Fn(),
    ) {
        let burst = octets_per_second.saturating_mul(BURST);
        let mut pace = Pace::new(octets_per_second, burst, Instant::now());
        let mut lines = Lines::default();
        let mut octets = [0; 4096];
        while let Ok(read @ 1..) = output.read(&mut octets).await {
            for line in lines.split(octets.get(..read).unwrap_or_default()) {
                debug!(component = name, "{}", clean_up_to(LONGEST, &line));
                self.write(stream, &line);
            }
            let wait = pace.after(read, Instant::now());
            if !wait.is_zero() {
                too_fast();
                tokio::time::sleep(wait).await;
            }
        }
        if let Some(rest) = lines.rest() {
            self.write(stream, &rest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Line>> {
        // Nothing that can panic runs between two changes.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts octets into lines.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// The lines that `octets` complete, and what is too long to wait for its end.
    fn split(&mut self, octets: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for octet in octets {
            if *octet != b'\n' {
                self.0.push(*octet);
            }
            if *octet == b'\n' || self.0.len() >= LONGEST {
                lines.push(String::from_utf8_lossy(&self.0).into_owned());
                self.0.clear();
            }
        }
        lines
    }

    /// What no line break ended.
    fn rest(self) -> Option<String> {
        let Self(octets) = self;
        (!octets.is_empty()).then(|| String::from_utf8_lossy(&octets).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn texts(kept: &Output) -> Vec<String> {
        let lines = kept.latest(usize::MAX).into_iter();
        lines.map(|line| line.text).collect()
    }

    #[tokio::test]
    async fn every_line_is_kept_and_the_last_without_its_end() {
        let kept = Arc::new(Output::default());
        let output: &[u8] = b"one\ntwo\xff\n\nthree";
        let following =
            Arc::clone(&kept).follow("lamp".to_owned(), Stream::Out, output, 1024, || {
                panic!("that is not much")
            });
        following.await;
        assert_eq!(texts(&kept), ["one", "two\u{fffd}", "", "three"]);
    }

    #[test]
    fn the_oldest_lines_make_room() {
        let kept = Output::default();
        for number in 0..=LINES {
            kept.write(Stream::Out, &number.to_string());
        }
        assert_eq!(kept.latest(usize::MAX).len(), LINES);
        assert_eq!(texts(&kept).first().map(String::as_str), Some("1"));
        let latest = kept.latest(2);
        assert_eq!(latest.len(), 2);
        assert_eq!(latest[1].text, LINES.to_string());
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_without_end_is_cut_and_who_writes_too_much_waits() {
        let kept = Arc::new(Output::default());
        let flood = vec![b'x'; 64 * 1024];
        let told = std::sync::atomic::AtomicU32::new(0);
        let count = || {
            told.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        };
        let begin = tokio::time::Instant::now();
        let following =
            Arc::clone(&kept).follow("lamp".to_owned(), Stream::Err, &*flood, 1024, count);
        following.await;
        assert!(begin.elapsed() >= Duration::from_secs(1), "{begin:?}");
        assert!(told.into_inner() > 0);
        assert_eq!(texts(&kept).len(), 64);
    }
}
