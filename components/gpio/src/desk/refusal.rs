//! Why something is not done, in words that help.

use std::time::Duration;

use deskconn_component::{TooFast, Unavailable, failure};
use deskconn_protocol::uris;
use deskconn_state::StateError;
use wamp_client::InvocationError;

use crate::LineName;

/// Why a caller does not get what it wants.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No line has that name.
    #[error("there is no such line")]
    NoSuchLine,
    /// It tells, and can not be set.
    #[error("{0} is an input")]
    Input(LineName),
    /// Callers may not change it.
    #[error("{0} is not for callers to change")]
    ReadOnly(LineName),
    /// An argument is outside its limits.
    #[error("`{argument}` {should}")]
    Argument {
        argument: &'static str,
        should: String,
    },
    /// It would change more often than it may.
    #[error("that would be {wanted} changes a second, and the line takes {max_rate}")]
    TooManyChanges { wanted: u64, max_rate: u32 },
    /// It came too soon after others.
    #[error(transparent)]
    TooFast(#[from] TooFast),
    /// The line can not be had.
    #[error("{}", .0.reason)]
    Unavailable(#[from] Unavailable),
    /// It could not be kept.
    #[error("the schedule can not be kept: {0}")]
    NotKept(#[from] StateError),
}

impl Refusal {
    /// An argument that has to be from `least` to `most` milliseconds.
    pub(super) fn outside(argument: &'static str, least: u64, most: Duration) -> Self {
        Self::Argument {
            argument,
            should: format!("is a number from {least} to {}", most.as_millis()),
        }
    }

    fn uri(&self) -> &'static str {
        match self {
            Self::NoSuchLine => uris::ERROR_NOT_FOUND,
            Self::Input(_) | Self::ReadOnly(_) => uris::ERROR_DENIED,
            Self::Argument { .. } | Self::TooManyChanges { .. } => uris::ERROR_INVALID_ARGUMENT,
            Self::TooFast(_) => uris::ERROR_RATE_LIMITED,
            Self::Unavailable(_) => uris::ERROR_UNAVAILABLE,
            Self::NotKept(_) => uris::ERROR_FAILED,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoSuchLine => "`deskconn call org.deskconn.gpio.list` lists them".to_owned(),
            Self::Input(line) => {
                format!(
                    "give [components.gpio.lines.{line}] the direction \"output\", if it is one"
                )
            }
            Self::ReadOnly(line) => {
                format!("[components.gpio.lines.{line}] says `writable = false`")
            }
            Self::Argument { .. } => "the line's status tells its limits".to_owned(),
            Self::TooManyChanges { .. } => {
                "its `max_rate` in the configuration is the limit".to_owned()
            }
            Self::TooFast(_) => "wait a moment".to_owned(),
            Self::Unavailable(unavailable) => unavailable.hint.clone(),
            Self::NotKept(error) => error.hint(),
        }
    }
}

impl From<Refusal> for InvocationError {
    fn from(refusal: Refusal) -> Self {
        let error = failure(refusal.uri(), refusal.to_string(), refusal.hint());
        match refusal {
            Refusal::Argument { argument, .. } => error.kwarg("argument", argument),
            _ => error,
        }
    }
}
