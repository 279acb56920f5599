//! A pointer and a keyboard that write down what is done.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Change, Device};

/// Records reports; clones share the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeDevice(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    reports: Vec<String>,
    is_gone: bool,
}

impl FakeDevice {
    /// The reports since this was asked last: `+LEFTSHIFT +A`, `move 1 2`.
    pub(crate) fn reports(&self) -> Vec<String> {
        std::mem::take(&mut self.record().reports)
    }

    /// Takes the device away.
    pub(crate) fn unplug(&self) {
        self.record().is_gone = true;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device for FakeDevice {
    fn report(&mut self, changes: &[Change]) -> io::Result<()> {
        let mut record = self.record();
        if record.is_gone {
            return Err(io::Error::other("the fake device is gone"));
        }
        let written = changes.iter().map(|change| match change {
            Change::Key(key, down) => {
                let key = format!("{key:?}");
                let key = key.trim_start_matches("KEY_");
                format!("{}{key}", if *down { '+' } else { '-' })
            }
            Change::Move(dx, dy) => format!("move {dx} {dy}"),
            Change::Scroll(dx, dy) => format!("scroll {dx} {dy}"),
        });
        let written: Vec<_> = written.collect();
        record.reports.push(written.join(" "));
        Ok(())
    }
}
