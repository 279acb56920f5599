//! Which keys give which characters, from the table in `layouts.toml`.

use std::collections::BTreeMap;

use evdev::KeyCode;
use serde::Deserialize;

use crate::keys::ROWS;

const BUILTIN: &str = include_str!("layouts.toml");

/// Letters, and what they are with an accent: the combining one, and the accent alone.
const ACCENTS: &[(char, char, &str, &str)] = &[
    ('\u{300}', '`', "aeiouAEIOU", "àèìòùÀÈÌÒÙ"),
    ('\u{301}', '´', "aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ"),
    ('\u{302}', '^', "aeiouAEIOU", "âêîôûÂÊÎÔÛ"),
    ('\u{308}', '¨', "aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"),
];

/// One press: a key, and what is held with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stroke {
    pub(crate) key: KeyCode,
    pub(crate) shift: bool,
    pub(crate) altgr: bool,
}

/// Where the characters are.
#[derive(Debug, Clone)]
pub struct Layout(BTreeMap<char, Stroke>);

/// The layouts this component knows, by name.
#[derive(Debug, Clone)]
pub struct Layouts(BTreeMap<String, Layout>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    plain: [String; 4],
    shift: [String; 4],
    #[serde(default)]
    altgr: [String; 4],
}

impl Layouts {
    /// The table this component ships.
    pub fn builtin() -> Self {
        // A malformed table fails every test of this crate.
        let rows: BTreeMap<String, Rows> =
            toml::from_str(BUILTIN).expect("layouts.toml is well-formed");
        let layouts = rows.into_iter().map(|(name, rows)| (name, rows.layout()));
        Self(layouts.collect())
    }

    /// The names of the layouts.
    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// The layout `name`.
    pub fn get(&self, name: &str) -> Option<&Layout> {
        self.0.get(name)
    }
}

impl Layout {
    /// The strokes that type `text`, or the characters that no key gives.
    pub(crate) fn strokes(&self, text: &str) -> Result<Vec<Stroke>, String> {
        let mut strokes = Vec::new();
        let mut missing = String::new();
        for character in text.chars() {
            match self.of(character) {
                Some(found) => strokes.extend(found),
                None if missing.contains(character) => {}
                None => missing.push(character),
            }
        }
        if missing.is_empty() {
            Ok(strokes)
        } else {
            Err(missing)
        }
    }

    fn of(&self, character: char) -> Option<Vec<Stroke>> {
        match character {
            ' ' => return Some(vec![plain(KeyCode::KEY_SPACE)]),
            '\n' => return Some(vec![plain(KeyCode::KEY_ENTER)]),
            '\t' => return Some(vec![plain(KeyCode::KEY_TAB)]),
            // Dead keys are no characters.
            '\u{300}'..='\u{36f}' => return None,
            _ => {}
        }
        if let Some(stroke) = self.0.get(&character) {
            return Some(vec![*stroke]);
        }
        ACCENTS.iter().find_map(|(dead, alone, letters, accented)| {
            let dead = *self.0.get(dead)?;
            if character == *alone {
                return Some(vec![dead, plain(KeyCode::KEY_SPACE)]);
            }
            let mut pairs = letters.chars().zip(accented.chars());
            let (letter, _) = pairs.find(|(_, accented)| *accented == character)?;
            Some(vec![dead, *self.0.get(&letter)?])
        })
    }
}

impl Rows {
    fn layout(&self) -> Layout {
        let mut places = BTreeMap::new();
        let levels = [
            (&self.plain, false, false),
            (&self.shift, true, false),
            (&self.altgr, false, true),
        ];
        for (rows, shift, altgr) in levels {
            for (row, keys) in rows.iter().zip(ROWS) {
                for (character, key) in row.chars().zip(keys) {
                    let stroke = Stroke {
                        key: *key,
                        shift,
                        altgr,
                    };
                    // The simplest way to a character that is there twice.
                    places.entry(character).or_insert(stroke);
                }
            }
        }
        places.remove(&' ');
        Layout(places)
    }
}

const fn plain(key: KeyCode) -> Stroke {
    Stroke {
        key,
        shift: false,
        altgr: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys for `text`: `^KEY` with Shift, `~KEY` with AltGr.
    fn keys(layout: &str, text: &str) -> Result<String, String> {
        let layouts = Layouts::builtin();
        let strokes = layouts.get(layout).expect("a layout").strokes(text)?;
        let written = strokes.iter().map(|stroke| {
            let key = format!("{:?}", stroke.key);
            let held = match (stroke.shift, stroke.altgr) {
                (true, _) => "^",
                (_, true) => "~",
                _ => "",
            };
            format!("{held}{}", key.trim_start_matches("KEY_"))
        });
        Ok(written.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_same_text_is_other_keys_in_other_layouts() {
        for (layout, expected) in [
            ("us", "^Z Y ^2 DOT"),
            ("gb", "^Z Y ^APOSTROPHE DOT"),
            ("de", "^Y Z ~Q DOT"),
            ("fr", "^W Y ~0 ^COMMA"),
        ] {
            assert_eq!(keys(layout, "Zy@.").as_deref(), Ok(expected), "{layout}");
        }
    }

    #[test]
    fn accents_are_dead_keys_where_there_is_no_key_of_their_own() {
        assert_eq!(keys("fr", "éê"), Ok("2 LEFTBRACE E".to_owned()));
        assert_eq!(keys("de", "é^"), Ok("EQUAL E GRAVE SPACE".to_owned()));
        assert_eq!(keys("fr", "ë"), Ok("^LEFTBRACE E".to_owned()));
    }

    #[test]
    fn what_no_key_gives_is_named() {
        assert_eq!(keys("us", "naïve übung ü"), Err("ïü".to_owned()));
        assert_eq!(keys("de", "\u{302}"), Err("\u{302}".to_owned()));
        assert_eq!(keys("us", "a\u{7}"), Err("\u{7}".to_owned()));
    }

    #[test]
    fn every_layout_has_what_everybody_types() {
        let ascii: String = (' '..='~').chain(['\n', '\t']).collect();
        let layouts = Layouts::builtin();
        for name in layouts.names() {
            let layout = layouts.get(&name).expect("a layout");
            assert!(
                layout.strokes(&ascii).is_ok(),
                "{name}: {:?}",
                layout.strokes(&ascii)
            );
        }
    }
}
