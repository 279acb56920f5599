//! The keys this component can press: these and no others.

use std::fmt;
use std::str::FromStr;

/// A key by its place on a US keyboard.
///
/// The list is the component's safety belt: with no Enter, no Space and a handful of letters,
/// nothing useful can be typed through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Left Ctrl.
    Ctrl,
    /// Left Shift.
    Shift,
    /// Left Alt.
    Alt,
    /// Page Up.
    PageUp,
    /// Page Down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Escape.
    Esc,
    /// F5.
    F5,
    /// The letter B.
    B,
    /// The letter F.
    F,
    /// The letter G.
    G,
    /// The letter P.
    P,
    /// The letter W.
    W,
}

impl Key {
    /// Every key, modifiers first.
    pub const ALL: [Self; 16] = [
        Self::Ctrl,
        Self::Shift,
        Self::Alt,
        Self::PageUp,
        Self::PageDown,
        Self::Home,
        Self::End,
        Self::Left,
        Self::Right,
        Self::Esc,
        Self::F5,
        Self::B,
        Self::F,
        Self::G,
        Self::P,
        Self::W,
    ];

    /// The key's name in `profiles.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ctrl => "Ctrl",
            Self::Shift => "Shift",
            Self::Alt => "Alt",
            Self::PageUp => "PageUp",
            Self::PageDown => "PageDown",
            Self::Home => "Home",
            Self::End => "End",
            Self::Left => "Left",
            Self::Right => "Right",
            Self::Esc => "Esc",
            Self::F5 => "F5",
            Self::B => "B",
            Self::F => "F",
            Self::G => "G",
            Self::P => "P",
            Self::W => "W",
        }
    }

    fn is_modifier(self) -> bool {
        matches!(self, Self::Ctrl | Self::Shift | Self::Alt)
    }
}

/// Keys held together: any modifiers, then one other key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord(Vec<Key>);

impl Chord {
    /// The keys in the order they go down.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|key| key.name()).collect();
        f.write_str(&names.join("+"))
    }
}

/// A text that names no chord.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// One of the parts is not in [`Key::ALL`].
    #[error("unknown key `{0}`")]
    UnknownKey(String),
    /// Not modifiers followed by one other key, or a modifier twice.
    #[error("`{0}` is not modifiers and then one key")]
    Shape(String),
}

impl FromStr for Chord {
    type Err = ChordError;

    /// Reads `Ctrl+Shift+P`.
    fn from_str(text: &str) -> Result<Self, ChordError> {
        let keys = text
            .split('+')
            .map(|name| {
                Key::ALL
                    .into_iter()
                    .find(|key| key.name() == name)
                    .ok_or_else(|| ChordError::UnknownKey(name.to_owned()))
            })
            .collect::<Result<Vec<_>, _>>()?;

        let well_formed = keys.split_last().is_some_and(|(last, modifiers)| {
            !last.is_modifier()
                && modifiers.iter().all(|key| key.is_modifier())
                && modifiers.is_sorted_by(|a, b| a < b)
        });
        if well_formed {
            Ok(Self(keys))
        } else {
            Err(ChordError::Shape(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_a_name_of_its_own() {
        for key in Key::ALL {
            let found: Vec<_> = Key::ALL
                .into_iter()
                .filter(|other| other.name() == key.name())
                .collect();
            assert_eq!(found, [key]);
        }
    }

    #[test]
    fn a_chord_is_modifiers_and_then_one_key() {
        let read = |text: &str| text.parse::<Chord>().map(|chord| chord.0);

        assert_eq!(read("PageDown"), Ok(vec![Key::PageDown]));
        assert_eq!(
            read("Ctrl+Shift+P"),
            Ok(vec![Key::Ctrl, Key::Shift, Key::P])
        );
        for text in ["Shift", "B+W", "F5+Shift", "Ctrl+Ctrl+P", "Shift+Ctrl+P"] {
            assert_eq!(read(text), Err(ChordError::Shape(text.to_owned())));
        }
        for (text, unknown) in [("Enter", "Enter"), ("", ""), ("Ctrl+", ""), ("b", "b")] {
            assert_eq!(read(text), Err(ChordError::UnknownKey(unknown.to_owned())));
        }
    }

    #[test]
    fn a_chord_is_written_as_it_is_read() {
        let chord: Result<Chord, _> = "Ctrl+Alt+P".parse();
        assert_eq!(
            chord.map(|chord| chord.to_string()),
            Ok("Ctrl+Alt+P".into())
        );
    }
}
