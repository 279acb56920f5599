//! `org.deskconn.slides.*`: turning the slides of whatever presents on this computer.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::{Backend, NotUsed};
use crate::uris;

/// Everything that can be done to a presentation, one procedure each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Show the next slide.
    Next,
    /// Show the previous slide.
    Previous,
    /// Show the first slide.
    First,
    /// Show the last slide.
    Last,
    /// Start at the first slide.
    Start,
    /// Start at the current slide.
    StartCurrent,
    /// End the presentation.
    Stop,
    /// Make the screen black, or show the slide again.
    Black,
    /// Make the screen white, or show the slide again.
    White,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 9] = [
        Self::Next,
        Self::Previous,
        Self::First,
        Self::Last,
        Self::Start,
        Self::StartCurrent,
        Self::Stop,
        Self::Black,
        Self::White,
    ];

    /// The action's name: the verb of its procedure and its key in `profiles.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Previous => "previous",
            Self::First => "first",
            Self::Last => "last",
            Self::Start => "start",
            Self::StartCurrent => "start_current",
            Self::Stop => "stop",
            Self::Black => "black",
            Self::White => "white",
        }
    }

    /// The procedure that does it.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Next => uris::SLIDES_NEXT,
            Self::Previous => uris::SLIDES_PREVIOUS,
            Self::First => uris::SLIDES_FIRST,
            Self::Last => uris::SLIDES_LAST,
            Self::Start => uris::SLIDES_START,
            Self::StartCurrent => uris::SLIDES_START_CURRENT,
            Self::Stop => uris::SLIDES_STOP,
            Self::Black => uris::SLIDES_BLACK,
            Self::White => uris::SLIDES_WHITE,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no action's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown action `{0}`")]
pub struct UnknownAction(pub String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(name: &str) -> Result<Self, UnknownAction> {
        Self::ALL
            .into_iter()
            .find(|action| action.name() == name)
            .ok_or_else(|| UnknownAction(name.to_owned()))
    }
}

/// What `org.deskconn.slides.on_action` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnAction {
    /// What was done.
    pub action: Action,
    /// The `authid` of who did it: a device id, or the owner's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Result of `org.deskconn.slides.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Whether keys can be pressed at all.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The way that keys take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    /// The ways that were tried before.
    #[serde(default)]
    pub not_used: Vec<NotUsed>,
    /// The name of the profile in use.
    pub profile: String,
}

/// Result of `org.deskconn.slides.profiles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Profiles {
    /// The name of the profile in use.
    pub current: String,
    /// Every profile there is.
    pub profiles: Vec<Profile>,
}

/// A program whose keys are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// Its name, `libreoffice`.
    pub name: String,
    /// Its title, `LibreOffice Impress`.
    pub title: String,
    /// What can be done to it; the other actions are refused.
    pub actions: Vec<Action>,
}

/// Arguments of `org.deskconn.slides.set_profile`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetProfile {
    /// The name of the profile to use.
    pub profile: String,
}

/// Result of `org.deskconn.slides.timer.*`, and what `org.deskconn.slides.timer.on_change` carries: a
/// stopwatch that all remotes share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimerStatus {
    /// Whether it runs.
    pub running: bool,
    /// What it shows, in milliseconds.
    pub elapsed_ms: u64,
    /// What it showed at each mark, the latest hundred.
    pub marks_ms: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Action;
    use crate::uris;

    #[test]
    fn every_action_is_a_procedure_of_its_name() {
        for action in Action::ALL {
            let name = serde_json::to_string(&action).expect("JSON");
            assert_eq!(action.name(), name.trim_matches('"'));
            assert_eq!(action.name().parse(), Ok(action));
            assert_eq!(action.uri(), uris::SLIDES_PREFIX.to_owned() + action.name());
        }
        assert!("Next".parse::<Action>().is_err());
        assert_eq!(HashSet::from(Action::ALL).len(), Action::ALL.len());
    }
}
