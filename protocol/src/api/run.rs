//! `org.deskconn.run.*`: commands that the owner of this computer has given names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::octets::Octets;

/// Result of `org.deskconn.run.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commands {
    /// Every command that has a name.
    pub commands: Vec<Command>,
}

/// Result of `org.deskconn.run.<command>.status` and `stop`, and what `on_change` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// Its name, as in the URIs.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether it can be started, as far as can be seen.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many times it runs now.
    pub running: u32,
    /// Whether it has to end before it can be started again.
    pub one_at_a_time: bool,
    /// After how many milliseconds it is ended.
    pub timeout_ms: u64,
    /// How it ended the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
}

/// The end of a run that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Last {
    /// When it ended, in seconds since 1970.
    pub at: u64,
    /// How.
    #[serde(flatten)]
    pub ended: Ended,
}

/// A part of the result of `org.deskconn.run.<command>.start`: what the command has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Where it has written it.
    pub stream: Stream,
    /// What, if it is text in UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Octets>,
}

/// Where a command writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Result of `org.deskconn.run.<command>.start`: how the command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Why it ended.
    pub why: Why,
    /// Its exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// How long it ran, in milliseconds.
    pub ms: u64,
    /// How many octets it wrote that are in no part, because there were too many.
    pub left_out: u64,
}

/// Why a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// By itself.
    Exited,
    /// Its caller has cancelled the call, gone away, or lost the grant.
    Cancelled,
    /// Somebody has called `stop`, or the component ends.
    Stopped,
    /// It took longer than it may.
    TimedOut,
}
