//! The pointer and the keyboard: the kernel's, and recording ones in tests.

#[cfg(test)]
pub(crate) mod fake;
mod kernel;

use std::io;

use evdev::KeyCode;

pub use kernel::{KEYBOARD_NAME, POINTER_NAME, open};

/// Something that a pointer or a keyboard does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A key or a button goes down, or up.
    Key(KeyCode, bool),
    /// The pointer moves so far to the right and down.
    Move(i32, i32),
    /// The wheel turns so far to the right and down, in 120ths of a step.
    Scroll(i32, i32),
}

/// A pointer and a keyboard that the rest of the system takes for real ones.
pub trait Device: Send {
    /// Does `changes` at once, as one report.
    ///
    /// # Errors
    /// What the system says when a device is gone.
    fn report(&mut self, changes: &[Change]) -> io::Result<()>;
}

impl<D: Device + ?Sized> Device for Box<D> {
    fn report(&mut self, changes: &[Change]) -> io::Result<()> {
        (**self).report(changes)
    }
}
