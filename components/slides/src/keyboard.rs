//! Pressing chords so that no key ever stays down.

use std::io;

use crate::key::{Chord, Key};

/// A key going down or up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyEvent {
    /// Which key.
    pub key: Key,
    /// Down, else up.
    pub down: bool,
}

/// A keyboard the rest of the system takes for a real one.
pub trait Keyboard {
    /// Sends `events` in this order, as one report.
    ///
    /// # Errors
    ///
    /// What the operating system says when the keyboard is gone or does not take the report.
    fn report(&mut self, events: &[KeyEvent]) -> io::Result<()>;
}

impl<K: Keyboard + ?Sized> Keyboard for Box<K> {
    fn report(&mut self, events: &[KeyEvent]) -> io::Result<()> {
        (**self).report(events)
    }
}

/// A keyboard, and the keys that are down on it. Dropping it releases them.
#[derive(Debug)]
pub struct Keys<K: Keyboard> {
    keyboard: K,
    held: Vec<Key>,
}

impl<K: Keyboard> Keys<K> {
    /// A keyboard with no key down.
    pub fn new(keyboard: K) -> Self {
        Self {
            keyboard,
            held: Vec::new(),
        }
    }

    /// Presses and releases `chord`: its keys go down in one report and up, the other way
    /// round, in the next.
    ///
    /// # Errors
    ///
    /// The keyboard's; then every key has been released as far as it still takes reports.
    pub fn press(&mut self, chord: &Chord) -> io::Result<()> {
        let pressed = self.hold(chord);
        let released = self.release();
        pressed.and(released)
    }

    /// Presses `chord` and leaves it down until [`Keys::release`].
    ///
    /// # Errors
    ///
    /// The keyboard's.
    pub fn hold(&mut self, chord: &Chord) -> io::Result<()> {
        // Noted first: after a report that failed half-way any of the keys may be down.
        self.held.extend(chord.keys());
        self.keyboard.report(&events(chord.keys().iter(), true))
    }

    /// Releases every key that is down, the last one first.
    ///
    /// # Errors
    ///
    /// The keyboard's; the keys count as down until a release succeeds.
    pub fn release(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.keyboard
            .report(&events(self.held.iter().rev(), false))?;
        self.held.clear();
        Ok(())
    }
}

impl<K: Keyboard> Drop for Keys<K> {
    fn drop(&mut self) {
        // A keyboard that no longer takes reports is gone, and its keys with it.
        self.release().ok();
    }
}

fn events<'a>(keys: impl Iterator<Item = &'a Key>, down: bool) -> Vec<KeyEvent> {
    keys.map(|&key| KeyEvent { key, down }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakeKeyboard;

    fn chord(text: &str) -> Chord {
        text.parse().expect("a chord")
    }

    #[test]
    fn a_chord_goes_down_in_order_and_up_the_other_way_round() {
        let keyboard = FakeKeyboard::default();
        let mut keys = Keys::new(keyboard.clone());

        keys.press(&chord("Ctrl+Shift+P")).expect("pressed");

        assert_eq!(keyboard.reports(), ["+Ctrl +Shift +P", "-P -Shift -Ctrl"]);
    }

    #[test]
    fn dropping_releases_what_is_held() {
        let keyboard = FakeKeyboard::default();
        let mut keys = Keys::new(keyboard.clone());

        keys.hold(&chord("Shift+F5")).expect("held");
        drop(keys);

        assert_eq!(keyboard.reports(), ["+Shift +F5", "-F5 -Shift"]);
    }

    #[test]
    fn nothing_is_released_twice() {
        let keyboard = FakeKeyboard::default();
        let mut keys = Keys::new(keyboard.clone());

        keys.press(&chord("B")).expect("pressed");
        keys.release().expect("nothing to do");
        drop(keys);

        assert_eq!(keyboard.reports(), ["+B", "-B"]);
    }

    #[test]
    fn keys_are_released_after_a_failed_press() {
        let keyboard = FakeKeyboard::default();
        let mut keys = Keys::new(keyboard.clone());

        keyboard.fail_next_report();
        let error = keys
            .press(&chord("Shift+F5"))
            .expect_err("the report failed");

        assert_eq!(error.to_string(), "the fake keyboard fails");
        assert_eq!(keyboard.reports(), ["-F5 -Shift"]);
    }

    #[test]
    fn a_release_that_failed_is_tried_again() {
        let keyboard = FakeKeyboard::default();
        let mut keys = Keys::new(keyboard.clone());

        keys.hold(&chord("W")).expect("held");
        keyboard.fail_next_report();
        keys.release().expect_err("the report failed");
        drop(keys);

        assert_eq!(keyboard.reports(), ["+W", "-W"]);
    }
}
