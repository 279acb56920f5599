//! A keyboard made by the kernel, through `/dev/uinput`.
//!
//! It reaches every desktop, and the console, the way a plugged-in keyboard does.

use std::collections::BTreeSet;
use std::io;

use deskconn_component::Unavailable;
use deskconn_component::uinput::explain;
use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, BusType, EventType, InputEvent, InputId, KeyCode};

use super::KEYBOARD_NAME;
use crate::key::Key;
use crate::keyboard::{KeyEvent, Keyboard};

/// A virtual keyboard; the kernel removes it, releasing its keys, when this is dropped.
#[derive(Debug)]
pub(super) struct UinputKeyboard(VirtualDevice);

impl UinputKeyboard {
    /// Creates a keyboard that has `keys` only: the kernel drops any other.
    pub(super) fn create(keys: &BTreeSet<Key>) -> Result<Self, Unavailable> {
        let codes: AttributeSet<KeyCode> = keys.iter().map(|&key| code(key)).collect();
        VirtualDevice::builder()
            .and_then(|builder| {
                builder
                    .name(KEYBOARD_NAME)
                    .input_id(InputId::new(BusType::BUS_VIRTUAL, 0, 0, 1))
                    .with_keys(&codes)?
                    .build()
            })
            .map(Self)
            .map_err(|error| explain(&error))
    }
}

impl Keyboard for UinputKeyboard {
    fn report(&mut self, events: &[KeyEvent]) -> io::Result<()> {
        let events: Vec<_> = events
            .iter()
            .map(|event| {
                InputEvent::new(EventType::KEY.0, code(event.key).code(), event.down.into())
            })
            .collect();
        self.0.emit(&events)
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
