//! `org.deskconn.daemon.components` and `component_*`: the components of a daemon, and its owner's hand on
//! them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::daemon::Component;

/// Result of `org.deskconn.daemon.components`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Components {
    /// Every component this daemon knows.
    pub components: Vec<Details>,
}

/// A component as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Its name and how it is doing.
    #[serde(flatten)]
    pub component: Component,
    /// Whose it is.
    pub origin: Origin,
    /// What its procedures and topics begin with.
    pub prefixes: Vec<String>,
    /// Its process, if it has one of its own that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// How far it is held to its sandbox, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Held>,
    /// How often it was started again after it had failed.
    pub restarts: u64,
    /// What it did that it should not have, and what was done about it: the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<Incident>,
}

/// Whose a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It came with the daemon.
    BuiltIn,
    /// It is a command of the configuration.
    ThirdParty,
}

/// How far the kernel holds a process to its sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// To all of it.
    Fully,
    /// To what this kernel knows of.
    Partly,
    /// Not at all: this kernel can not.
    Not,
}

/// Something that a component did, or that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// When it was last, in seconds since 1970.
    pub at: u64,
    /// What, in a sentence.
    pub what: String,
    /// How often in a row.
    pub times: u64,
}

/// Arguments of `org.deskconn.daemon.component_restart`, `component_enable` and `component_disable`, whose
/// results are the component's [`Details`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// The component's name.
    pub name: String,
}

/// Arguments of `org.deskconn.daemon.component_logs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogsQuery {
    /// The component's name.
    pub name: String,
    /// At most so many lines, the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Result of `org.deskconn.daemon.component_logs`, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logs {
    /// What the component's process has written, as far as it is kept.
    pub lines: Vec<Line>,
}

/// A line that a component's process has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Where.
    pub stream: Stream,
    /// What, without what could not be shown.
    pub text: String,
}

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// By the daemon, about the component.
    Daemon,
}

/// Arguments of `org.deskconn.daemon.component_report`, by which a component in a process of its own says
/// how it is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Whether it can do what it is for.
    pub available: bool,
    /// Why not; or why there is nothing to do, if it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{Component, Details, Origin};
    use crate::api::daemon::ComponentState;

    #[test]
    fn a_component_is_one_flat_object() {
        let details = Details {
            component: Component {
                name: "lamp".to_owned(),
                state: ComponentState::Running,
                reason: None,
            },
            origin: Origin::ThirdParty,
            prefixes: vec!["local.lamp.".to_owned()],
            pid: None,
            sandbox: None,
            restarts: 2,
            incidents: Vec::new(),
        };
        let text = serde_json::to_string(&details).expect("JSON");
        assert_eq!(
            text,
            r#"{"name":"lamp","state":"running","origin":"third_party","prefixes":["local.lamp."],"restarts":2}"#
        );
        assert_eq!(serde_json::from_str::<Details>(&text).ok(), Some(details));
    }
}
