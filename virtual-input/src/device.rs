//! What a pointer and a keyboard can do.

use std::io;

use evdev::KeyCode;

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

    /// Who writes text on it, if it knows by itself what its keys give. Without one, keys are to be chosen
    /// by the layout that the desktop has.
    fn writer(&mut self) -> Option<&mut dyn Writer> {
        None
    }
}

impl<D: Device + ?Sized> Device for Box<D> {
    fn report(&mut self, changes: &[Change]) -> io::Result<()> {
        (**self).report(changes)
    }

    fn writer(&mut self) -> Option<&mut dyn Writer> {
        (**self).writer()
    }
}

/// A keyboard that knows which of its keys give a character, and has keys give others for a while.
pub trait Writer {
    /// The characters of `text` that it can not write.
    ///
    /// # Errors
    /// What the system says when the device is gone.
    fn unwritable(&mut self, text: &str) -> io::Result<String>;

    /// Gets ready to write `text`, or as much of its beginning as it can at once. What was written before must
    /// have been read: programs look a moment later than a key was pressed at what it gives.
    ///
    /// # Errors
    /// As for [`Writer::unwritable`].
    fn prepare(&mut self, text: &str) -> io::Result<Prepared>;

    /// Writes a character that it is ready for.
    ///
    /// # Errors
    /// As for [`Writer::unwritable`].
    fn write(&mut self, character: char) -> io::Result<()>;

    /// Has its keys give again what they gave before. What was written must have been read.
    ///
    /// # Errors
    /// As for [`Writer::unwritable`].
    fn finish(&mut self) -> io::Result<()>;
}

/// What a [`Writer`] is ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared {
    /// How many octets of the text; none if it can not write the first character.
    pub length: usize,
    /// Whether keys give something else now, which programs take a moment to notice.
    pub has_changed_keys: bool,
}
