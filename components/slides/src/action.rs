//! What a remote can do to a slide show.

use std::fmt;
use std::str::FromStr;

/// One thing a presenter does to a slide show, whatever program shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// One step forward: the next slide or the next effect on this one.
    Next,
    /// One step back.
    Previous,
    /// To the first slide.
    First,
    /// To the last slide.
    Last,
    /// Start the show from the first slide.
    Start,
    /// Start the show from the slide being edited.
    StartCurrent,
    /// End the show.
    Stop,
    /// Make the screen black; again shows the slide.
    Black,
    /// Make the screen white; again shows the slide.
    White,
}

impl Action {
    /// Every action, in the order people read them.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_found_by_its_name() {
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(action));
        }
    }

    #[test]
    fn other_names_are_refused() {
        let refused = "Next".parse::<Action>().map_err(|e| e.to_string());
        assert_eq!(refused, Err("unknown action `Next`".to_owned()));
    }
}
