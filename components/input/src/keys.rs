//! The keys that can be named: by what stands on them on a US keyboard.

use deskconn_protocol::api::input::{Button, Modifier};
use evdev::KeyCode;

/// Names and keys. Letters and digits are their own names.
const NAMED: &[(&str, KeyCode)] = &[
    ("backspace", KeyCode::KEY_BACKSPACE),
    ("delete", KeyCode::KEY_DELETE),
    ("down", KeyCode::KEY_DOWN),
    ("end", KeyCode::KEY_END),
    ("enter", KeyCode::KEY_ENTER),
    ("escape", KeyCode::KEY_ESC),
    ("home", KeyCode::KEY_HOME),
    ("insert", KeyCode::KEY_INSERT),
    ("left", KeyCode::KEY_LEFT),
    ("menu", KeyCode::KEY_COMPOSE),
    ("page_down", KeyCode::KEY_PAGEDOWN),
    ("page_up", KeyCode::KEY_PAGEUP),
    ("print", KeyCode::KEY_SYSRQ),
    ("right", KeyCode::KEY_RIGHT),
    ("space", KeyCode::KEY_SPACE),
    ("super", KeyCode::KEY_LEFTMETA),
    ("tab", KeyCode::KEY_TAB),
    ("up", KeyCode::KEY_UP),
    ("f1", KeyCode::KEY_F1),
    ("f2", KeyCode::KEY_F2),
    ("f3", KeyCode::KEY_F3),
    ("f4", KeyCode::KEY_F4),
    ("f5", KeyCode::KEY_F5),
    ("f6", KeyCode::KEY_F6),
    ("f7", KeyCode::KEY_F7),
    ("f8", KeyCode::KEY_F8),
    ("f9", KeyCode::KEY_F9),
    ("f10", KeyCode::KEY_F10),
    ("f11", KeyCode::KEY_F11),
    ("f12", KeyCode::KEY_F12),
];

/// The places of the characters, row by row: [`crate::layout`] says which is where.
pub(crate) const ROWS: [&[KeyCode]; 4] = [
    &[
        KeyCode::KEY_GRAVE,
        KeyCode::KEY_1,
        KeyCode::KEY_2,
        KeyCode::KEY_3,
        KeyCode::KEY_4,
        KeyCode::KEY_5,
        KeyCode::KEY_6,
        KeyCode::KEY_7,
        KeyCode::KEY_8,
        KeyCode::KEY_9,
        KeyCode::KEY_0,
        KeyCode::KEY_MINUS,
        KeyCode::KEY_EQUAL,
    ],
    &[
        KeyCode::KEY_Q,
        KeyCode::KEY_W,
        KeyCode::KEY_E,
        KeyCode::KEY_R,
        KeyCode::KEY_T,
        KeyCode::KEY_Y,
        KeyCode::KEY_U,
        KeyCode::KEY_I,
        KeyCode::KEY_O,
        KeyCode::KEY_P,
        KeyCode::KEY_LEFTBRACE,
        KeyCode::KEY_RIGHTBRACE,
    ],
    &[
        KeyCode::KEY_A,
        KeyCode::KEY_S,
        KeyCode::KEY_D,
        KeyCode::KEY_F,
        KeyCode::KEY_G,
        KeyCode::KEY_H,
        KeyCode::KEY_J,
        KeyCode::KEY_K,
        KeyCode::KEY_L,
        KeyCode::KEY_SEMICOLON,
        KeyCode::KEY_APOSTROPHE,
        KeyCode::KEY_BACKSLASH,
    ],
    &[
        KeyCode::KEY_102ND,
        KeyCode::KEY_Z,
        KeyCode::KEY_X,
        KeyCode::KEY_C,
        KeyCode::KEY_V,
        KeyCode::KEY_B,
        KeyCode::KEY_N,
        KeyCode::KEY_M,
        KeyCode::KEY_COMMA,
        KeyCode::KEY_DOT,
        KeyCode::KEY_SLASH,
    ],
];

/// What stands in those places on a US keyboard; a space where it has no key.
const US: [&str; 4] = [
    "`1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'\\",
    " zxcvbnm,./",
];

/// The key called `name`.
pub(crate) fn key(name: &str) -> Option<KeyCode> {
    let mut named = NAMED.iter().filter(|(known, _)| *known == name);
    named.next().map(|(_, key)| *key).or_else(|| {
        let mut characters = name.chars();
        let (character, None) = (characters.next()?, characters.next()) else {
            return None;
        };
        let places = US.iter().zip(ROWS);
        let places = places.flat_map(|(row, keys)| row.chars().zip(keys));
        let mut found = places.filter(|(known, _)| *known == character && *known != ' ');
        found.next().map(|(_, key)| *key)
    })
}

/// The names of all keys.
pub(crate) fn names() -> Vec<String> {
    let named = NAMED.iter().map(|(name, _)| (*name).to_owned());
    let characters = US.iter().flat_map(|row| row.chars());
    let characters = characters.filter(|c| *c != ' ').map(String::from);
    named.chain(characters).collect()
}

/// The key of a modifier.
pub(crate) const fn modifier(modifier: Modifier) -> KeyCode {
    match modifier {
        Modifier::Ctrl => KeyCode::KEY_LEFTCTRL,
        Modifier::Shift => KeyCode::KEY_LEFTSHIFT,
        Modifier::Alt => KeyCode::KEY_LEFTALT,
        Modifier::Super => KeyCode::KEY_LEFTMETA,
    }
}

/// The key of a button.
pub(crate) const fn button(button: Button) -> KeyCode {
    match button {
        Button::Left => KeyCode::BTN_LEFT,
        Button::Right => KeyCode::BTN_RIGHT,
        Button::Middle => KeyCode::BTN_MIDDLE,
    }
}

/// Every key that the keyboard needs.
pub(crate) fn all() -> impl Iterator<Item = KeyCode> {
    let modifiers = [
        KeyCode::KEY_LEFTCTRL,
        KeyCode::KEY_LEFTSHIFT,
        KeyCode::KEY_LEFTALT,
        KeyCode::KEY_RIGHTALT,
    ];
    let named = NAMED.iter().map(|(_, key)| *key);
    named
        .chain(ROWS.into_iter().flatten().copied())
        .chain(modifiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_key_and_nothing_else_is() {
        for name in names() {
            assert!(key(&name).is_some(), "{name}");
        }
        assert_eq!(key("q"), Some(KeyCode::KEY_Q));
        assert_eq!(key("page_down"), Some(KeyCode::KEY_PAGEDOWN));
        for name in ["", " ", "power", "PAGE_DOWN", "qq", "é"] {
            assert_eq!(key(name), None, "{name}");
        }
    }
}
