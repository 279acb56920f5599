//! What the keys of an X server give (X11 protocol, section 5).

use std::io;

use evdev::KeyCode;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, Keycode};
use x11rb::rust_connection::RustConnection;

use super::keysym::{self, Keysym};

/// What the kernel's number of a key is less than X's, where X has its keys from the kernel.
const OFFSET: u16 = 8;

/// Every key, and what it gives: two keysyms in the first layout, two in the second, then two with AltGr in
/// the first and two in the second.
#[derive(Debug, Clone)]
pub(super) struct Keymap {
    first: Keycode,
    /// How many keysyms each key has.
    width: usize,
    keysyms: Vec<Keysym>,
}

/// How a character is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stroke {
    pub(super) key: Keycode,
    pub(super) shift: bool,
    pub(super) altgr: bool,
}

impl Keymap {
    /// The server's keymap as it is now.
    pub(super) fn of(connection: &RustConnection) -> io::Result<Self> {
        let setup = connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let reply = connection
            .get_keyboard_mapping(first, last.saturating_sub(first).saturating_add(1))
            .map_err(io::Error::other)?
            .reply()
            .map_err(io::Error::other)?;
        Ok(Self {
            first,
            width: usize::from(reply.keysyms_per_keycode).max(1),
            keysyms: reply.keysyms,
        })
    }

    /// Where a key is that is called by its place on a US keyboard: the key that means this in the first
    /// layout, or the one in that place if there is none.
    pub(super) fn key(&self, key: KeyCode) -> Keycode {
        let found = keysym::of_key(key).and_then(|keysym| self.place(keysym));
        found.unwrap_or_else(|| Keycode::try_from(key.code() + OFFSET).unwrap_or(self.first))
    }

    /// The key that has `keysym`, if possible without others.
    pub(super) fn place(&self, keysym: Keysym) -> Option<Keycode> {
        let at = |column| {
            let mut keys = self.keys();
            keys.find(|(_, gives)| gives.get(column) == Some(&keysym))
        };
        let found = (0..self.width).find_map(at);
        found.map(|(key, _)| key)
    }

    /// How `character` is written in the layout `group`, 0 or 1; in others nothing is known.
    pub(super) fn stroke(&self, character: char, group: u8, caps: bool) -> Option<Stroke> {
        if group > 1 {
            return None;
        }
        let wanted = keysym::of_character(character)?;
        let older = keysym::older(wanted);
        let group = usize::from(group);
        // Levels by the columns that they are in.
        let levels = [2 * group, 2 * group + 1, 4 + 2 * group, 5 + 2 * group];
        let has_altgr = self.place(keysym::LEVEL3).is_some();
        (0..if has_altgr { 4 } else { 2 }).find_map(|level| {
            let column = *levels.get(level)?;
            let (key, gives) = self.keys().find(|(_, gives)| {
                let given = gives.get(column);
                given == Some(&wanted) || (older.is_some() && given == older.as_ref())
            })?;
            // Caps Lock does Shift's work for keys of letters.
            let shift = (level % 2 == 1) != (caps && is_letter(gives, 2 * group));
            Some(Stroke {
                key,
                shift,
                altgr: level > 1,
            })
        })
    }

    /// Keys that give nothing.
    pub(super) fn spare(&self) -> impl Iterator<Item = Keycode> {
        let empty = self
            .keys()
            .filter(|(_, gives)| gives.iter().all(|it| *it == 0));
        empty.map(|(key, _)| key)
    }

    fn keys(&self) -> impl Iterator<Item = (Keycode, &[Keysym])> {
        (self.first..=Keycode::MAX).zip(self.keysyms.chunks(self.width))
    }

    /// Has `key` give `keysym`, whatever is held with it; nothing for 0.
    pub(super) fn set(&mut self, key: Keycode, keysym: Keysym) {
        let begin = usize::from(key.saturating_sub(self.first)) * self.width;
        let gives = self.keysyms.iter_mut().skip(begin).take(self.width);
        gives.for_each(|it| *it = keysym);
    }
}

/// Whether a key has a small letter and the same large one.
fn is_letter(gives: &[Keysym], column: usize) -> bool {
    let character = |at: usize| {
        let keysym = *gives.get(at)?;
        let code = keysym.checked_sub(0x0100_0000).unwrap_or(keysym);
        char::from_u32(code)
    };
    let (Some(small), Some(large)) = (character(column), character(column + 1)) else {
        return false;
    };
    small != large && small.to_uppercase().eq([large])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key 24 with q and Q, and @ with AltGr; 10 with 1 and !; 50 Shift, 108 AltGr; in the second layout, 24
    /// gives a Cyrillic letter.
    fn keymap() -> Keymap {
        let mut keymap = Keymap {
            first: 8,
            width: 6,
            keysyms: vec![0; 6 * 248],
        };
        let mut put = |key: usize, gives: [Keysym; 6]| {
            keymap.keysyms[(key - 8) * 6..(key - 7) * 6].copy_from_slice(&gives);
        };
        put(10, [0x31, 0x21, 0x31, 0x21, 0, 0]);
        put(24, [0x71, 0x51, 0x0100_0439, 0x0100_0419, 0x40, 0]);
        put(26, [0x65, 0x45, 0x65, 0x45, 0x20ac, 0]);
        put(50, [keysym::SHIFT; 6]);
        put(108, [keysym::LEVEL3; 6]);
        keymap
    }

    fn stroke(key: Keycode, shift: bool, altgr: bool) -> Option<Stroke> {
        Some(Stroke { key, shift, altgr })
    }

    #[test]
    fn characters_are_where_the_layout_in_use_has_them() {
        let keymap = keymap();
        assert_eq!(keymap.stroke('q', 0, false), stroke(24, false, false));
        assert_eq!(keymap.stroke('Q', 0, false), stroke(24, true, false));
        assert_eq!(keymap.stroke('@', 0, false), stroke(24, false, true));
        assert_eq!(keymap.stroke('€', 0, false), stroke(26, false, true));
        assert_eq!(keymap.stroke('q', 1, false), None);
        assert_eq!(keymap.stroke('й', 1, false), stroke(24, false, false));
        assert_eq!(keymap.stroke('!', 1, false), stroke(10, true, false));
        assert_eq!(keymap.stroke('q', 2, false), None);
        assert_eq!(keymap.stroke('☂', 0, false), None);
    }

    #[test]
    fn caps_lock_is_made_up_for_with_letters_only() {
        let keymap = keymap();
        assert_eq!(keymap.stroke('q', 0, true), stroke(24, true, false));
        assert_eq!(keymap.stroke('Q', 0, true), stroke(24, false, false));
        assert_eq!(keymap.stroke('1', 0, true), stroke(10, false, false));
        assert_eq!(keymap.stroke('й', 1, true), stroke(24, true, false));
    }

    #[test]
    fn a_key_that_no_keysym_names_is_in_its_place() {
        let keymap = keymap();
        assert_eq!(keymap.key(KeyCode::KEY_Q), 24);
        assert_eq!(keymap.key(KeyCode::KEY_LEFTSHIFT), 50);
        assert_eq!(keymap.key(KeyCode::KEY_PAGEDOWN), 117);
    }

    #[test]
    fn a_spare_key_gives_what_it_is_told_and_is_spare_no_more() {
        let mut keymap = keymap();
        let spare = keymap.spare().next().expect("a key");
        keymap.set(spare, 0x0100_2602);
        assert_eq!(keymap.stroke('☂', 0, false), stroke(spare, false, false));
        assert_ne!(keymap.spare().next(), Some(spare));
        keymap.set(spare, 0);
        assert_eq!(keymap.spare().next(), Some(spare));
    }
}
