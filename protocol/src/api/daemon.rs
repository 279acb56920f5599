//! `org.deskconn.daemon.*`: the daemon's state, its devices and its components.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::grants::Lasting;
use crate::grants::Grants;
use crate::identity::{DeviceId, VerifyingKey};
use crate::pin::Pin;
use crate::profile::Profile;

/// Result of `org.deskconn.daemon.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The daemon's display name.
    pub name: String,
    /// The daemon's device id.
    pub id: DeviceId,
    /// The daemon's version.
    pub version: String,
    /// How long it has been running.
    pub uptime_ms: u64,
    /// Whether a pairing window is open.
    pub pairing: bool,
    /// How many sessions there are in the realm `deskconn`.
    pub sessions: u64,
    /// How many devices are paired.
    pub devices: u64,
    /// Where it listens, as URLs.
    pub listening: Vec<String>,
    /// How it is known over TLS, if it speaks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// The components there are.
    pub components: Vec<Component>,
}

/// How the daemon is known over TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// The key of its certificate.
    pub pin: Pin,
    /// Its certificate, in PEM.
    pub certificate: String,
    /// Where it is reached over TLS, as URLs, the likeliest first.
    pub urls: Vec<String>,
}

/// Result of `org.deskconn.daemon.metrics`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// What is counted, and how much there is at the moment.
    pub metrics: Vec<Metric>,
}

/// One number, as monitoring systems take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// What it is, as `deskconn_sessions`. Names that end in `_total` only grow while the daemon runs.
    pub name: String,
    /// Of what, as the realm.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How much.
    pub value: u64,
}

impl fmt::Display for Metric {
    /// As a line of Prometheus' text format, `deskconn_calls{realm="deskconn"} 2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let mut before = '{';
        for (key, value) in &self.labels {
            let value = value.replace('\\', r"\\").replace('"', r#"\""#);
            write!(f, "{before}{key}=\"{}\"", value.replace('\n', r"\n"))?;
            before = ',';
        }
        if !self.labels.is_empty() {
            f.write_str("}")?;
        }
        write!(f, " {}", self.value)
    }
}

/// One component and how it is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name, `slides`.
    pub name: String,
    /// How it is doing.
    pub state: ComponentState,
    /// Why it is not running, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a component is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    /// Its procedures can be called.
    Running,
    /// Its configuration gives it nothing to do.
    Idle,
    /// It is being started, perhaps again.
    Starting,
    /// This machine lacks what it needs.
    Unavailable,
    /// It failed and is not started again.
    Failed,
    /// The configuration turns it off.
    Disabled,
}

/// Result of `org.deskconn.daemon.devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// The paired devices.
    pub devices: Vec<Device>,
}

/// A paired device; also what `org.deskconn.daemon.on_device_paired` and `on_device_changed` carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// How it presents itself.
    #[serde(flatten)]
    pub profile: Profile,
    /// What it may do.
    #[serde(flatten)]
    pub grants: Grants,
    /// When it was paired, in seconds since 1970.
    pub paired_at: u64,
    /// When it is removed by itself, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// When it was last here, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<u64>,
    /// Whether it is here now.
    #[serde(default)]
    pub connected: bool,
    /// The certificate it may show instead of signing, over TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Pin>,
}

/// Arguments of `org.deskconn.daemon.add_device`, whose result is the device: a WAMP client that can not
/// pair, and logs in over TLS by a key or a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddDevice {
    /// What it is to be called.
    pub name: String,
    /// The key it signs with (`cryptosign`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<VerifyingKey>,
    /// The certificate it shows (`tls`). One of the two is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Pin>,
    /// What it may do; if left out, what every device may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<String>>,
    /// For how long; without an end if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Lasting>,
}

/// Arguments of `org.deskconn.daemon.set_certificate`, whose result is the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCertificate {
    /// The device.
    pub id: DeviceId,
    /// The certificate it may show from now on, in place of the one there may be; none if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Pin>,
}

/// Arguments of `org.deskconn.daemon.unpair`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpair {
    /// The device to remove.
    pub id: DeviceId,
}

/// Result of `org.deskconn.daemon.unpair`, and what `org.deskconn.daemon.on_device_removed` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpaired {
    /// The device that was removed.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::Device;
    use crate::grants::Grant;
    use crate::identity::Identity;
    use crate::profile::{DeviceKind, Profile};

    #[test]
    fn a_device_is_one_flat_object() {
        let id = Identity::from_seed(&[1; 64]).id();
        let device = Device {
            id,
            profile: Profile::new("Zoë’s phone", "Android 16", "", DeviceKind::Phone),
            grants: ["slides", "status"]
                .map(|grant| grant.parse::<Grant>().expect("a grant"))
                .into_iter()
                .collect(),
            paired_at: 1_800_000_000,
            until: None,
            last_seen: None,
            connected: true,
            certificate: None,
        };
        let text = serde_json::to_string(&device).expect("JSON");
        assert_eq!(
            text,
            format!(
                r#"{{"id":"{id}","name":"Zoë’s phone","platform":"Android 16","model":"","kind":"phone","grants":["slides","status"],"paired_at":1800000000,"connected":true}}"#
            )
        );
        assert_eq!(serde_json::from_str::<Device>(&text).ok(), Some(device));
    }
}
