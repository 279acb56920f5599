//! Writing text: by the keys that give its characters, and for others by spare keys, which are lent to them
//! until others need them or [`Writer::finish`].

use std::collections::BTreeSet;
use std::io;

use x11rb::connection::Connection;
use x11rb::protocol::xkb::{ConnectionExt as _, ID};
use x11rb::protocol::xproto::{ConnectionExt as _, Keycode, ModMask};

use super::X11;
use super::keymap::Stroke;
use super::keysym::{self, Keysym};
use crate::device::{Prepared, Writer};

/// How many spare keys are used at most: others may want some too.
const MOST: usize = 32;

impl Writer for X11 {
    fn unwritable(&mut self, text: &str) -> io::Result<String> {
        self.catch_up()?;
        self.look_at_state()?;
        let can_lend = !self.lent.is_empty() || self.keymap.spare().next().is_some();
        let can_be_lent = |c| can_lend && keysym::of_character(c).is_some();
        let cannot = text
            .chars()
            .filter(|c| self.stroke(*c).is_none() && !can_be_lent(*c));
        Ok(cannot.collect())
    }

    fn prepare(&mut self, text: &str) -> io::Result<Prepared> {
        self.catch_up()?;
        self.look_at_state()?;
        let missing = text.chars().filter(|c| self.stroke(*c).is_none());
        let missing: BTreeSet<_> = missing.collect();
        let mut spare: Vec<_> = self.keymap.spare().take(MOST).collect();
        if missing.len() > spare.len().min(MOST.saturating_sub(self.lent.len())) {
            spare.append(&mut self.lent.clone());
            spare.truncate(MOST);
            self.finish()?;
        }
        let mut has_changed_keys = false;
        let mut length = 0;
        for character in text.chars() {
            if self.stroke(character).is_none() {
                let Some((keysym, key)) = keysym::of_character(character).zip(spare.pop()) else {
                    break;
                };
                self.have_it_give(key, keysym)?;
                self.lent.push(key);
                has_changed_keys = true;
            }
            length += character.len_utf8();
        }
        self.connection.flush().map_err(io::Error::other)?;
        Ok(Prepared {
            length,
            has_changed_keys,
        })
    }

    fn write(&mut self, character: char) -> io::Result<()> {
        let Some(stroke) = self.stroke(character) else {
            // Somebody has changed the keymap meanwhile.
            let gone = format!("no key gives `{}` any more", character.escape_debug());
            return Err(io::Error::other(gone));
        };
        let Stroke { key, shift, altgr } = stroke;
        let held = [(shift, keysym::SHIFT), (altgr, keysym::LEVEL3)];
        let held = held.into_iter().filter(|(is_held, _)| *is_held);
        let held: Vec<_> = held
            .filter_map(|(_, keysym)| self.keymap.place(keysym))
            .collect();
        let down = held.iter().chain([&key]).map(|key| (*key, true));
        let up = [&key].into_iter().chain(held.iter().rev());
        let up = up.map(|key| (*key, false));
        for (key, is_down) in down.chain(up) {
            self.press(key, is_down)?;
        }
        self.connection.flush().map_err(io::Error::other)
    }

    fn finish(&mut self) -> io::Result<()> {
        for key in std::mem::take(&mut self.lent) {
            self.have_it_give(key, 0)?;
        }
        self.connection.flush().map_err(io::Error::other)
    }
}

impl X11 {
    fn stroke(&self, character: char) -> Option<Stroke> {
        self.keymap.stroke(character, self.group, self.caps)
    }

    /// Notes which of the layouts is in use, and whether Caps Lock is on.
    fn look_at_state(&mut self) -> io::Result<()> {
        let state = self
            .connection
            .xkb_get_state(ID::USE_CORE_KBD.into())
            .map_err(io::Error::other)?
            .reply()
            .map_err(io::Error::other)?;
        self.group = u8::from(state.group);
        self.caps = state.locked_mods.contains(ModMask::LOCK);
        Ok(())
    }

    /// Lends `key` to a character, with Shift and without; or takes it back, for 0.
    fn have_it_give(&mut self, key: Keycode, keysym: Keysym) -> io::Result<()> {
        let twice = [keysym; 2];
        self.connection
            .change_keyboard_mapping(1, key, 2, &twice)
            .map_err(io::Error::other)?;
        self.keymap.set(key, keysym);
        Ok(())
    }
}
