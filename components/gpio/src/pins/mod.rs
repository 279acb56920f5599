//! The ways to pins: the kernel's, and recording ones in tests.

#[cfg(test)]
pub(crate) mod fake;
mod find;
mod kernel;

use std::io;
use std::os::fd::BorrowedFd;

use deskconn_component::Unavailable;

use crate::{Line, LineName};

pub(crate) use find::chips;
pub use kernel::KernelPins;

/// Lines that can be taken, set and read. Values are logical: on or off, whatever the voltage.
pub trait Pins {
    /// Takes the line `name`, an output with the value `value`, and gives the value it has.
    ///
    /// # Errors
    /// What is missing or in the way, and what to do about it.
    fn open(&mut self, name: &LineName, line: &Line, value: bool) -> Result<bool, Unavailable>;

    /// Lets go of the line.
    fn close(&mut self, name: &LineName);

    /// Sets an output.
    ///
    /// # Errors
    /// If it is not open, or the chip is gone.
    fn set(&mut self, name: &LineName, value: bool) -> io::Result<()>;

    /// Reads an input.
    ///
    /// # Errors
    /// As [`Pins::set`].
    fn read(&mut self, name: &LineName) -> io::Result<bool>;

    /// Takes the edges that wait at an input, and gives the value after the last of them.
    ///
    /// # Errors
    /// As [`Pins::set`].
    fn take_edges(&mut self, name: &LineName) -> io::Result<Option<bool>>;

    /// What becomes readable when an input has an edge.
    fn edges(&self, name: &LineName) -> Option<BorrowedFd<'_>>;
}
