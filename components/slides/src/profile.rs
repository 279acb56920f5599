//! Which keys a viewer takes for which action, from the table in `profiles.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use deskconn_protocol::api::slides::{Action, UnknownAction};

use crate::key::{Chord, ChordError, Key};

const BUILTIN: &str = include_str!("profiles.toml");

/// One viewer: a program that shows slides, and its keys.
#[derive(Debug, Clone)]
pub struct Profile {
    title: String,
    strokes: BTreeMap<Action, Vec<Chord>>,
}

impl Profile {
    /// The viewer's name for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The actions this viewer has keys for.
    pub fn actions(&self) -> impl Iterator<Item = Action> + '_ {
        self.strokes.keys().copied()
    }
}

/// The viewers this component knows, by name.
#[derive(Debug, Clone)]
pub struct Profiles(BTreeMap<String, Profile>);

/// Why there are no keys to press.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No viewer has this name.
    #[error("unknown profile `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The viewer cannot do this from the keyboard.
    #[error("{viewer} has no key for {action}")]
    NoKey {
        /// The viewer's title.
        viewer: String,
        /// The action asked for.
        action: Action,
        /// The profiles that have a key for it.
        others: Vec<String>,
    },
}

impl ProfileError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        let (Self::Unknown { known: names, .. } | Self::NoKey { others: names, .. }) = self;
        format!("choose one of the profiles {}", names.join(", "))
    }
}

impl Profiles {
    /// The table this component ships.
    pub fn builtin() -> Self {
        // A malformed table fails every test of this crate.
        Self::parse(BUILTIN).expect("profiles.toml is well-formed")
    }

    /// The names and the viewers, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.0
            .iter()
            .map(|(name, profile)| (name.as_str(), profile))
    }

    /// The viewer `name`.
    ///
    /// # Errors
    ///
    /// [`ProfileError::Unknown`] for a name that is not in the table.
    pub fn get(&self, name: &str) -> Result<&Profile, ProfileError> {
        self.0.get(name).ok_or_else(|| ProfileError::Unknown {
            name: name.to_owned(),
            known: self.0.keys().cloned().collect(),
        })
    }

    /// The chords to press, one after another, to do `action` in the viewer `name`.
    ///
    /// # Errors
    ///
    /// [`ProfileError::Unknown`] for a name that is not in the table, [`ProfileError::NoKey`]
    /// where the viewer has no key for it.
    pub fn chords(&self, name: &str, action: Action) -> Result<&[Chord], ProfileError> {
        let profile = self.get(name)?;
        let chords = profile.strokes.get(&action).map(Vec::as_slice);
        chords.ok_or_else(|| ProfileError::NoKey {
            viewer: profile.title.clone(),
            action,
            others: self
                .iter()
                .filter(|(_, other)| other.strokes.contains_key(&action))
                .map(|(name, _)| name.to_owned())
                .collect(),
        })
    }

    /// Every key some viewer needs: what the virtual keyboard must have, and no more.
    pub fn keys(&self) -> BTreeSet<Key> {
        self.0
            .values()
            .flat_map(|profile| profile.strokes.values().flatten())
            .flat_map(|chord| chord.keys().iter().copied())
            .collect()
    }

    fn parse(text: &str) -> Result<Self, TableError> {
        let rows: BTreeMap<String, Row> = toml::from_str(text)?;
        let profiles = rows
            .into_iter()
            .map(|(name, row)| Ok((name, row.into_profile()?)))
            .collect::<Result<_, TableError>>()?;
        Ok(Self(profiles))
    }
}

#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    #[error(transparent)]
    Action(#[from] UnknownAction),
    #[error(transparent)]
    Chord(#[from] ChordError),
}

#[derive(Deserialize)]
struct Row {
    title: String,
    #[serde(flatten)]
    strokes: BTreeMap<String, String>,
}

impl Row {
    fn into_profile(self) -> Result<Profile, TableError> {
        let strokes = self
            .strokes
            .iter()
            .map(|(action, chords)| {
                let chords = chords
                    .split(' ')
                    .map(str::parse)
                    .collect::<Result<_, _>>()?;
                Ok((action.parse()?, chords))
            })
            .collect::<Result<_, TableError>>()?;
        Ok(Profile {
            title: self.title,
            strokes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chords(profile: &str, action: Action) -> Result<String, ProfileError> {
        let profiles = Profiles::builtin();
        let chords = profiles.chords(profile, action)?;
        let written: Vec<_> = chords.iter().map(Chord::to_string).collect();
        Ok(written.join(" "))
    }

    #[test]
    fn generic_can_do_everything() {
        for action in Action::ALL {
            assert!(chords("generic", action).is_ok(), "{action}");
        }
    }

    #[test]
    fn every_viewer_turns_slides_and_ends_the_show() {
        for (name, _) in Profiles::builtin().iter() {
            for action in [Action::Next, Action::Previous, Action::Stop] {
                assert!(chords(name, action).is_ok(), "{name} {action}");
            }
        }
    }

    #[test]
    fn viewers_start_with_their_own_keys() {
        let starts = |name| {
            (
                chords(name, Action::Start),
                chords(name, Action::StartCurrent),
            )
        };
        let keys = |start: &str, current: &str| (Ok(start.to_owned()), Ok(current.to_owned()));

        assert_eq!(starts("libreoffice-impress"), keys("F5", "Shift+F5"));
        assert_eq!(starts("google-slides"), keys("Ctrl+Shift+F5", "Ctrl+F5"));
        assert_eq!(
            starts("okular"),
            keys("Ctrl+Home Ctrl+Shift+P", "Ctrl+Shift+P")
        );
    }

    #[test]
    fn a_viewer_without_a_key_names_others_that_have_one() {
        let error = chords("pdfpc", Action::White).expect_err("pdfpc cannot go white");

        assert_eq!(error.to_string(), "pdfpc has no key for white");
        assert_eq!(
            error.hint(),
            "choose one of the profiles evince, generic, google-slides, \
             libreoffice-impress, powerpoint"
        );
    }

    #[test]
    fn an_unknown_profile_names_the_known_ones() {
        let error = chords("slideware", Action::Next).expect_err("there is no such viewer");

        assert_eq!(error.to_string(), "unknown profile `slideware`");
        assert!(error.hint().contains("chrome-pdf, evince, firefox-pdf"));
    }

    #[test]
    fn every_key_of_the_component_is_needed_by_some_viewer() {
        assert_eq!(Profiles::builtin().keys(), Key::ALL.into_iter().collect());
    }

    #[test]
    fn a_table_with_unknown_words_is_refused() {
        let refused = |line: &str| {
            let table = format!("[x]\ntitle = \"X\"\n{line}\n");
            Profiles::parse(&table)
                .map(|_| ())
                .map_err(|e| e.to_string())
        };
        assert_eq!(refused("next = \"PageDown\""), Ok(()));
        assert_eq!(
            refused("jump = \"PageDown\""),
            Err("unknown action `jump`".into())
        );
        assert_eq!(
            refused("next = \"Enter\""),
            Err("unknown key `Enter`".into())
        );
        assert_eq!(refused("next = \"\""), Err("unknown key ``".into()));
    }
}
