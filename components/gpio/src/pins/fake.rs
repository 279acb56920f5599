//! Pins that write down what is done to them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deskconn_component::Unavailable;

use super::Pins;
use crate::{Line, LineName};

/// Records what is done; clones share the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakePins(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    values: BTreeMap<LineName, bool>,
    missing: BTreeSet<String>,
    edges: BTreeMap<LineName, bool>,
    transcript: Vec<String>,
    panics: bool,
}

impl FakePins {
    /// What was done since this was asked last: `lamp=1`.
    pub(crate) fn transcript(&self) -> Vec<String> {
        std::mem::take(&mut self.record().transcript)
    }

    /// Unplugs the line `name`, or plugs it in again.
    pub(crate) fn plug(&self, name: &str, there: bool) {
        let mut record = self.record();
        if there {
            record.missing.remove(name);
        } else {
            record.missing.insert(name.to_owned());
        }
    }

    /// Lets the input `name` change to `value`.
    pub(crate) fn edge(&self, name: &LineName, value: bool) {
        let mut record = self.record();
        record.edges.insert(name.clone(), value);
        record.values.insert(name.clone(), value);
    }

    /// Lets the next thing that is done panic.
    pub(crate) fn panic_next(&self) {
        self.record().panics = true;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn check(&mut self, name: &LineName) -> io::Result<()> {
        assert!(!std::mem::take(&mut self.panics), "asked to");
        if self.missing.contains(name.as_str()) {
            return Err(io::Error::other("no such device"));
        }
        Ok(())
    }
}

impl Pins for FakePins {
    fn open(&mut self, name: &LineName, line: &Line, value: bool) -> Result<bool, Unavailable> {
        let mut record = self.record();
        if record.missing.contains(name.as_str()) {
            return Err(Unavailable::new(
                format!("there is no {}", line.place),
                "plug it in",
            ));
        }
        let value = match line.output() {
            Some(_) => value,
            None => record.values.get(name).copied().unwrap_or(false),
        };
        record.values.insert(name.clone(), value);
        record
            .transcript
            .push(format!("open {name}={}", u8::from(value)));
        Ok(value)
    }

    fn close(&mut self, name: &LineName) {
        self.record().transcript.push(format!("close {name}"));
    }

    fn set(&mut self, name: &LineName, value: bool) -> io::Result<()> {
        let mut record = self.record();
        record.check(name)?;
        record.values.insert(name.clone(), value);
        record
            .transcript
            .push(format!("{name}={}", u8::from(value)));
        Ok(())
    }

    fn read(&mut self, name: &LineName) -> io::Result<bool> {
        let mut record = self.record();
        record.check(name)?;
        Ok(record.values.get(name).copied().unwrap_or(false))
    }

    fn take_edges(&mut self, name: &LineName) -> io::Result<Option<bool>> {
        let mut record = self.record();
        record.check(name)?;
        Ok(record.edges.remove(name))
    }

    fn edges(&self, _name: &LineName) -> Option<BorrowedFd<'_>> {
        None
    }
}
