//! `org.deskconn.daemon.log`: who did what, and whether they were allowed to. Never what they sent.

use serde::{Deserialize, Serialize};

use crate::identity::DeviceId;

/// Arguments of `org.deskconn.daemon.log`. What is left out chooses everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogQuery {
    /// Only what this device did, or what was done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Only what happened so many milliseconds ago or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<u64>,
    /// At most so many entries, the latest; no more than [`MAX_ENTRIES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// How many entries one answer holds at most.
pub const MAX_ENTRIES: usize = 1000;

/// Result of `org.deskconn.daemon.log`, oldest first; also what `org.deskconn.daemon.on_log` carries as
/// entries come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// What happened.
    pub entries: Vec<Entry>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in milliseconds since 1970, by the system's clock.
    pub at: u64,
    /// What.
    pub what: What,
    /// Who did it, or whom it was done about: a device id, `owner`, or `stranger`.
    pub who: String,
    /// From where, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The procedure, topic or pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Whether it was allowed; for calls, registrations, publications and subscriptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// The reason, the grants, or how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A session began.
    Joined,
    /// A client was turned away.
    Refused,
    /// A device was paired.
    Paired,
    /// Somebody used a wrong pairing code.
    WrongCode,
    /// A device was removed, or left for good.
    Unpaired,
    /// The time of a device was over: it was removed.
    Ended,
    /// A device may do more.
    Granted,
    /// A device may do less.
    Revoked,
    /// A device has another certificate, or none any more.
    Certified,
    /// A procedure was called.
    Call,
    /// A procedure was registered.
    Register,
    /// An event was published.
    Publish,
    /// A topic was subscribed to.
    Subscribe,
    /// Entries are missing here: the disk took none, or they came too fast.
    Lost,
}

impl What {
    /// Whether it changed who is trusted with what, or tried to.
    pub const fn is_about_trust(self) -> bool {
        matches!(
            self,
            Self::Paired
                | Self::WrongCode
                | Self::Unpaired
                | Self::Ended
                | Self::Granted
                | Self::Revoked
                | Self::Certified
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, What};

    #[test]
    fn an_entry_is_one_flat_object_without_what_is_not_known() {
        let entry = Entry {
            at: 1_800_000_000_000,
            what: What::WrongCode,
            who: "stranger".to_owned(),
            from: Some("192.0.2.66".to_owned()),
            uri: None,
            allowed: None,
            detail: Some("3".to_owned()),
        };
        let text = serde_json::to_string(&entry).expect("JSON");
        assert_eq!(
            text,
            r#"{"at":1800000000000,"what":"wrong_code","who":"stranger","from":"192.0.2.66","detail":"3"}"#
        );
        assert_eq!(serde_json::from_str::<Entry>(&text).ok(), Some(entry));
    }
}
