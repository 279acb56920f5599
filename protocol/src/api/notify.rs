//! `org.deskconn.notify.*`: notifications on the desk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `org.deskconn.notify.status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notify {
    /// Whether notifications can be shown here.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether this desktop shows buttons; without, it shows notifications as if they had none.
    pub actions: bool,
}

/// Arguments of `org.deskconn.notify.show`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Show {
    /// What it is about, in a line. The desk puts before it whom it is from.
    #[schemars(length(max = 200))]
    pub title: String,
    /// More about it: plain text, in lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub body: Option<String>,
    /// How urgent it is; `normal` if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// What somebody at the desk can answer, a button each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    pub actions: Vec<Answer>,
}

/// How urgent a notification is. Many desktops keep `critical` ones until somebody has seen them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It can wait.
    Low,
    /// As most things.
    #[default]
    Normal,
    /// It can not.
    Critical,
}

/// One of the things that can be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// What `on_action` calls it: a to z, digits and `_`. `default` is a click on the notification itself.
    #[schemars(length(min = 1, max = 32))]
    pub id: String,
    /// What its button says.
    #[schemars(length(max = 60))]
    pub label: String,
}

/// Result of `org.deskconn.notify.show`, and arguments of `.close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// Its number, which means something to the device that has shown it only.
    pub id: u64,
}

/// What `org.deskconn.notify.on_action` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// Which notification.
    pub id: u64,
    /// The `id` of what was answered.
    pub action: String,
}

/// What `org.deskconn.notify.on_closed` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// Which notification.
    pub id: u64,
    /// Why it is not shown any more.
    pub reason: ClosedBy,
}

/// Why a notification is not shown any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBy {
    /// Its time was over.
    Expired,
    /// Somebody at the desk has put it away.
    Dismissed,
    /// The device that has shown it has closed it.
    Device,
    /// The desktop does not say why, or has gone, or newer ones took its place.
    Unknown,
}
