//! The keyboard of this desk, whatever the way to it.

use std::collections::BTreeSet;
use std::io;

use deskconn_virtual_input::{Change, Device, Wanted};
use evdev::KeyCode;

use crate::key::Key;
use crate::keyboard::{KeyEvent, Keyboard};

/// The name of the virtual keyboard, as `/proc/bus/input/devices` and desktops show it.
const NAME: &str = "DeskConn Slides";

/// A virtual keyboard with the keys that were wanted and no others.
pub struct VirtualKeyboard(Box<dyn Device>);

impl VirtualKeyboard {
    /// What is to be opened for it: a keyboard with `keys` only, and no pointer.
    pub fn wanted(keys: &BTreeSet<Key>) -> Wanted {
        Wanted {
            keyboard: NAME,
            keys: keys.iter().map(|key| code(*key)).collect(),
            pointer: None,
        }
    }

    /// The keyboard of an open `device`.
    pub fn new(device: Box<dyn Device>) -> Self {
        Self(device)
    }
}

impl Keyboard for VirtualKeyboard {
    fn report(&mut self, events: &[KeyEvent]) -> io::Result<()> {
        let changes = events.iter();
        let changes = changes.map(|event| Change::Key(code(event.key), event.down));
        self.0.report(&changes.collect::<Vec<_>>())
    }
}

fn code(key: Key) -> KeyCode {
    match key {
        Key::Ctrl => KeyCode::KEY_LEFTCTRL,
        Key::Shift => KeyCode::KEY_LEFTSHIFT,
        Key::Alt => KeyCode::KEY_LEFTALT,
        Key::PageUp => KeyCode::KEY_PAGEUP,
        Key::PageDown => KeyCode::KEY_PAGEDOWN,
        Key::Home => KeyCode::KEY_HOME,
        Key::End => KeyCode::KEY_END,
        Key::Left => KeyCode::KEY_LEFT,
        Key::Right => KeyCode::KEY_RIGHT,
        Key::Esc => KeyCode::KEY_ESC,
        Key::F5 => KeyCode::KEY_F5,
        Key::B => KeyCode::KEY_B,
        Key::F => KeyCode::KEY_F,
        Key::G => KeyCode::KEY_G,
        Key::P => KeyCode::KEY_P,
        Key::W => KeyCode::KEY_W,
    }
}
