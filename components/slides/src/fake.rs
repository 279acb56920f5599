//! A keyboard that writes down what is pressed.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::keyboard::{KeyEvent, Keyboard};

/// Records reports; clones share the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeKeyboard(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    reports: Vec<String>,
    fail_next: bool,
}

impl FakeKeyboard {
    /// The reports so far, each as `+Shift +F5`.
    pub(crate) fn reports(&self) -> Vec<String> {
        self.state().reports.clone()
    }

    /// Makes the next report an error.
    pub(crate) fn fail_next_report(&self) {
        self.state().fail_next = true;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyboard for FakeKeyboard {
    fn report(&mut self, events: &[KeyEvent]) -> io::Result<()> {
        let mut state = self.state();
        if std::mem::take(&mut state.fail_next) {
            return Err(io::Error::other("the fake keyboard fails"));
        }
        let written: Vec<_> = events
            .iter()
            .map(|event| format!("{}{}", if event.down { '+' } else { '-' }, event.key.name()))
            .collect();
        state.reports.push(written.join(" "));
        Ok(())
    }
}
