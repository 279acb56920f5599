//! The time in which something is measured: after it has got going, before it ends.

use super::{Measured, Target};
use crate::histogram::Histogram;
use std::time::{Duration, Instant};

/// A measurement that goes on.
#[derive(Debug)]
pub(super) struct Window {
    stage: Stage,
    begins: Instant,
    duration: Duration,
    operations: u64,
    latency: Histogram,
    /// The router's processor time when it began.
    ran: Option<Duration>,
    took: Duration,
    cpu: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    GettingGoing,
    Measuring,
    Over,
}

impl Window {
    /// Begins to measure after a fifth of `duration`.
    pub(super) fn new(duration: Duration) -> Self {
        Self {
            stage: Stage::GettingGoing,
            begins: Instant::now() + duration / 5,
            duration,
            operations: 0,
            latency: Histogram::default(),
            ran: None,
            took: Duration::ZERO,
            cpu: None,
        }
    }

    /// Counts an operation that was started at `sent` and has ended.
    pub(super) fn count(&mut self, sent: Instant, now: Instant) {
        if self.stage == Stage::Measuring {
            self.operations += 1;
            self.latency.record(now - sent);
        }
    }

    /// Looks at the clock; says whether more is to be started.
    pub(super) fn goes_on(&mut self, target: &Target) -> bool {
        let ran = || target.process.and_then(|process| process.ran().ok());
        let now = Instant::now();
        match self.stage {
            Stage::GettingGoing if now >= self.begins => {
                self.ran = ran();
                self.begins = Instant::now();
                self.stage = Stage::Measuring;
            }
            Stage::Measuring if now >= self.begins + self.duration => {
                self.took = now - self.begins;
                self.cpu = ran().zip(self.ran).map(|(after, before)| after - before);
                self.stage = Stage::Over;
            }
            _ => {}
        }
        self.stage != Stage::Over
    }

    /// What came of it.
    pub(super) fn measured(&self, target: &Target) -> Measured {
        let operations = self.operations as f64;
        let resident = target.process.and_then(|process| process.resident().ok());
        Measured {
            rate: operations / self.took.as_secs_f64(),
            p50: self.latency.quantile(0.5),
            p90: self.latency.quantile(0.9),
            p99: self.latency.quantile(0.99),
            p999: self.latency.quantile(0.999),
            cpu: self
                .cpu
                .map(|cpu| cpu.as_secs_f64() * 1e6 / operations.max(1.0)),
            resident: resident.map(|octets| octets as f64 / f64::from(1 << 20)),
            more: Default::default(),
        }
    }
}
