//! `org.deskconn.daemon.grant` and `revoke`: changing what a device may do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::identity::DeviceId;

/// How long something lasts: `"forever"`, or `{"for_ms": 28800000}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasting {
    /// It does not end by itself.
    Forever,
    /// So many milliseconds from now.
    ForMs(u64),
}

impl Lasting {
    /// The time it lasts, if it ends.
    pub const fn span(self) -> Option<Duration> {
        match self {
            Self::Forever => None,
            Self::ForMs(milliseconds) => Some(Duration::from_millis(milliseconds)),
        }
    }
}

impl From<Duration> for Lasting {
    fn from(span: Duration) -> Self {
        Self::ForMs(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Arguments of `org.deskconn.daemon.grant`. The result is the device, as `api::daemon::Device`;
/// `org.deskconn.daemon.on_device_changed` carries the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granting {
    /// The device.
    pub id: DeviceId,
    /// What it may do from now on, besides what it may do already. One that it has begins anew.
    pub grants: Vec<String>,
    /// For how long; without an end if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Lasting>,
    /// Whether a web page gets what web pages are not meant to have.
    #[serde(default)]
    pub force: bool,
}

/// Arguments of `org.deskconn.daemon.revoke`, whose result is the device too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoking {
    /// The device.
    pub id: DeviceId,
    /// What it may not do any more. It must have all of them; else nothing changes.
    pub grants: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::Lasting;

    #[test]
    fn a_span_is_said_in_milliseconds_or_as_forever_in_every_serializer() {
        for (lasting, text) in [
            (Lasting::Forever, r#""forever""#),
            (Lasting::ForMs(28_800_000), r#"{"for_ms":28800000}"#),
        ] {
            assert_eq!(serde_json::to_string(&lasting).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Lasting>(text).ok(), Some(lasting));
            let packed = rmp_serde::to_vec_named(&lasting).expect("MessagePack");
            assert_eq!(
                rmp_serde::from_slice::<Lasting>(&packed).ok(),
                Some(lasting)
            );
            let same: serde_json::Value = rmp_serde::from_slice(&packed).expect("MessagePack");
            assert_eq!(serde_json::from_str(text).ok(), Some(same));
        }
    }
}
