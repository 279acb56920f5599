//! What X calls the meaning of a key: its keysym (X11 protocol, appendix A).

use evdev::KeyCode;

/// A keysym.
pub(super) type Keysym = u32;

pub(super) const SHIFT: Keysym = 0xffe1;

/// AltGr.
pub(super) const LEVEL3: Keysym = 0xfe03;

const RETURN: Keysym = 0xff0d;
const TAB: Keysym = 0xff09;

/// What begins keysyms that are Unicode.
const UNICODE: Keysym = 0x0100_0000;

/// Keys that give no character.
const NAMED: &[(KeyCode, Keysym)] = &[
    (KeyCode::KEY_BACKSPACE, 0xff08),
    (KeyCode::KEY_TAB, TAB),
    (KeyCode::KEY_ENTER, RETURN),
    (KeyCode::KEY_ESC, 0xff1b),
    (KeyCode::KEY_HOME, 0xff50),
    (KeyCode::KEY_LEFT, 0xff51),
    (KeyCode::KEY_UP, 0xff52),
    (KeyCode::KEY_RIGHT, 0xff53),
    (KeyCode::KEY_DOWN, 0xff54),
    (KeyCode::KEY_PAGEUP, 0xff55),
    (KeyCode::KEY_PAGEDOWN, 0xff56),
    (KeyCode::KEY_END, 0xff57),
    (KeyCode::KEY_SYSRQ, 0xff61),
    (KeyCode::KEY_INSERT, 0xff63),
    (KeyCode::KEY_COMPOSE, 0xff67),
    (KeyCode::KEY_F1, 0xffbe),
    (KeyCode::KEY_F2, 0xffbf),
    (KeyCode::KEY_F3, 0xffc0),
    (KeyCode::KEY_F4, 0xffc1),
    (KeyCode::KEY_F5, 0xffc2),
    (KeyCode::KEY_F6, 0xffc3),
    (KeyCode::KEY_F7, 0xffc4),
    (KeyCode::KEY_F8, 0xffc5),
    (KeyCode::KEY_F9, 0xffc6),
    (KeyCode::KEY_F10, 0xffc7),
    (KeyCode::KEY_F11, 0xffc8),
    (KeyCode::KEY_F12, 0xffc9),
    (KeyCode::KEY_LEFTSHIFT, SHIFT),
    (KeyCode::KEY_LEFTCTRL, 0xffe3),
    (KeyCode::KEY_LEFTALT, 0xffe9),
    (KeyCode::KEY_RIGHTALT, LEVEL3),
    (KeyCode::KEY_LEFTMETA, 0xffeb),
    (KeyCode::KEY_DELETE, 0xffff),
];

/// Keys by what they give on a US keyboard.
const CHARACTERS: &[(KeyCode, char)] = &[
    (KeyCode::KEY_SPACE, ' '),
    (KeyCode::KEY_GRAVE, '`'),
    (KeyCode::KEY_1, '1'),
    (KeyCode::KEY_2, '2'),
    (KeyCode::KEY_3, '3'),
    (KeyCode::KEY_4, '4'),
    (KeyCode::KEY_5, '5'),
    (KeyCode::KEY_6, '6'),
    (KeyCode::KEY_7, '7'),
    (KeyCode::KEY_8, '8'),
    (KeyCode::KEY_9, '9'),
    (KeyCode::KEY_0, '0'),
    (KeyCode::KEY_MINUS, '-'),
    (KeyCode::KEY_EQUAL, '='),
    (KeyCode::KEY_Q, 'q'),
    (KeyCode::KEY_W, 'w'),
    (KeyCode::KEY_E, 'e'),
    (KeyCode::KEY_R, 'r'),
    (KeyCode::KEY_T, 't'),
    (KeyCode::KEY_Y, 'y'),
    (KeyCode::KEY_U, 'u'),
    (KeyCode::KEY_I, 'i'),
    (KeyCode::KEY_O, 'o'),
    (KeyCode::KEY_P, 'p'),
    (KeyCode::KEY_LEFTBRACE, '['),
    (KeyCode::KEY_RIGHTBRACE, ']'),
    (KeyCode::KEY_A, 'a'),
    (KeyCode::KEY_S, 's'),
    (KeyCode::KEY_D, 'd'),
    (KeyCode::KEY_F, 'f'),
    (KeyCode::KEY_G, 'g'),
    (KeyCode::KEY_H, 'h'),
    (KeyCode::KEY_J, 'j'),
    (KeyCode::KEY_K, 'k'),
    (KeyCode::KEY_L, 'l'),
    (KeyCode::KEY_SEMICOLON, ';'),
    (KeyCode::KEY_APOSTROPHE, '\''),
    (KeyCode::KEY_BACKSLASH, '\\'),
    (KeyCode::KEY_102ND, '<'),
    (KeyCode::KEY_Z, 'z'),
    (KeyCode::KEY_X, 'x'),
    (KeyCode::KEY_C, 'c'),
    (KeyCode::KEY_V, 'v'),
    (KeyCode::KEY_B, 'b'),
    (KeyCode::KEY_N, 'n'),
    (KeyCode::KEY_M, 'm'),
    (KeyCode::KEY_COMMA, ','),
    (KeyCode::KEY_DOT, '.'),
    (KeyCode::KEY_SLASH, '/'),
];

/// What a key means that is called by its place on a US keyboard.
pub(super) fn of_key(key: KeyCode) -> Option<Keysym> {
    let named = NAMED.iter().find(|(known, _)| *known == key);
    named.map(|(_, keysym)| *keysym).or_else(|| {
        let character = CHARACTERS.iter().find(|(known, _)| *known == key);
        character.and_then(|(_, character)| of_character(*character))
    })
}

/// The keysym of a character; none for those that control something.
pub(super) fn of_character(character: char) -> Option<Keysym> {
    match character {
        '\n' => Some(RETURN),
        '\t' => Some(TAB),
        _ if character.is_control() => None,
        // The first 256 are their own keysyms.
        '\0'..='\u{ff}' => Some(u32::from(character)),
        _ => Some(UNICODE | u32::from(character)),
    }
}

/// The keysym that the same character has besides, from before there was Unicode.
pub(super) const fn older(keysym: Keysym) -> Option<Keysym> {
    const EURO: Keysym = 0x20ac;
    if keysym == UNICODE | EURO {
        Some(EURO)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_latin_1_or_unicode_and_none_controls_anything() {
        assert_eq!(of_character('é'), Some(0xe9));
        assert_eq!(of_character('€'), Some(0x0100_20ac));
        assert_eq!(of_character('☂'), Some(0x0100_2602));
        assert_eq!(of_character('\n'), Some(0xff0d));
        for control in ['\0', '\u{8}', '\u{1b}', '\u{7f}', '\u{90}'] {
            assert_eq!(of_character(control), None, "{control:?}");
        }
    }

    #[test]
    fn keys_are_named_as_on_a_us_keyboard() {
        assert_eq!(of_key(KeyCode::KEY_PAGEDOWN), Some(0xff56));
        assert_eq!(of_key(KeyCode::KEY_B), Some(0x62));
        assert_eq!(of_key(KeyCode::KEY_POWER), None);
    }
}
