//! A pointer and a keyboard that write down what is done.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deskconn_virtual_input::{Change, Device, Prepared, Writer};

/// Records reports; clones share the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeDevice(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    reports: Vec<String>,
    is_gone: bool,
    writes: bool,
}

impl FakeDevice {
    /// The reports since this was asked last: `+LEFTSHIFT +A`, `move 1 2`.
    pub(crate) fn reports(&self) -> Vec<String> {
        std::mem::take(&mut self.record().reports)
    }

    /// A device that knows what its keys give, and can write two characters at a time; none of them a `☂`.
    pub(crate) fn that_writes() -> Self {
        let device = Self::default();
        device.record().writes = true;
        device
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

    fn writer(&mut self) -> Option<&mut dyn Writer> {
        let writes = self.record().writes;
        writes.then_some(self)
    }
}

impl Writer for FakeDevice {
    fn unwritable(&mut self, text: &str) -> io::Result<String> {
        Ok(text.chars().filter(|c| *c == '☂').collect())
    }

    fn prepare(&mut self, text: &str) -> io::Result<Prepared> {
        let length = text.chars().take(2).map(char::len_utf8).sum();
        self.record().reports.push(format!("ready for {length}"));
        Ok(Prepared {
            length,
            has_changed_keys: true,
        })
    }

    fn write(&mut self, character: char) -> io::Result<()> {
        self.record().reports.push(character.to_string());
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.record().reports.push("finished".to_owned());
        Ok(())
    }
}
