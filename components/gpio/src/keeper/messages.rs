//! What the daemon and the keeper say to each other: JSON, one message a line.

use std::collections::BTreeMap;

use deskconn_component::Unavailable;
use deskconn_protocol::api::gpio::Doing;
use serde::{Deserialize, Serialize};

use super::Wave;
use crate::{Line, LineName};

/// From the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Take these lines; the first command, and only once.
    Open(BTreeMap<LineName, Line>),
    /// Do something with a line, and answer with a report of the same number.
    Do {
        /// The number.
        id: u64,
        /// The line.
        line: LineName,
        /// What to do.
        action: Action,
        /// Who wants it, for the events.
        by: Option<String>,
    },
    /// The daemon stops: make everything safe and let go.
    End,
}

/// What can be done with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Say what it is.
    Read,
    /// Set it, and end what is under way.
    Set(bool),
    /// Set it to what it is not, and end what is under way.
    Toggle,
    /// Let it change by itself.
    Play(Wave),
    /// End what is under way; it is off then, or as it was if nothing was.
    Stop,
}

/// From the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The answer to a command.
    Done {
        /// The command's number.
        id: u64,
        /// The line as it is now, or why it can not be used.
        result: Result<State, Unavailable>,
    },
    /// A line has changed, or can be used now, or no longer.
    Changed {
        /// The line.
        line: LineName,
        /// As it is now.
        state: Result<State, Unavailable>,
        /// Who did it.
        by: Option<String>,
    },
}

/// How a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whether it is on; while it plays, whether it was when that began.
    pub value: bool,
    /// What is under way.
    pub doing: Option<Doing>,
}
