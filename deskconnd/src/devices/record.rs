//! What is known of one device: as it is on the disk, and with its ends counted as it is in memory.

use super::end::{End, Now};
use super::{Keys, Paired};
use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::grants::{Grant, Grants};
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::profile::Profile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `devices/<id>.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(flatten)]
    profile: Profile,
    #[serde(flatten)]
    keys: Keys,
    /// Seconds since 1970, as all times here.
    paired_at: u64,
    /// When it is removed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
    /// None as long as the device has not come back after pairing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_seen: Option<u64>,
    #[serde(flatten)]
    grants: Grants,
}

impl Record {
    /// The device's name.
    pub(super) fn name(&self) -> &str {
        &self.profile.name
    }
}

/// A device in memory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) profile: Profile,
    pub(super) keys: Keys,
    pub(super) grants: BTreeMap<Grant, Option<End>>,
    pub(super) paired_at: u64,
    pub(super) last_seen: Option<u64>,
    /// When it is removed by itself.
    pub(super) end: Option<End>,
}

impl Entry {
    /// The device of a record that is read `now`.
    pub(super) fn read(record: &Record, now: Now) -> Self {
        let grants = record.grants.iter();
        Self {
            profile: record.profile.clone(),
            keys: record.keys,
            grants: grants
                .map(|(grant, until)| (grant.clone(), until.map(|until| End::at(until, now))))
                .collect(),
            paired_at: record.paired_at,
            last_seen: record.last_seen,
            end: record.until.map(|until| End::at(until, now)),
        }
    }

    /// What is kept of it.
    pub(super) fn record(&self) -> Record {
        Record {
            profile: self.profile.clone(),
            keys: self.keys,
            grants: self.granted(),
            paired_at: self.paired_at,
            last_seen: self.last_seen,
            until: self.end.map(End::until),
        }
    }

    /// What the owner is shown of it.
    pub(super) fn describe(&self, id: DeviceId, connected: bool) -> Device {
        Device {
            id,
            profile: self.profile.clone(),
            grants: self.granted(),
            paired_at: self.paired_at,
            until: self.end.map(End::until),
            last_seen: self.last_seen,
            connected,
            certificate: self.keys.certificate(),
        }
    }

    /// What counts when it comes now.
    pub(super) fn paired(&self, now: Now) -> Paired {
        Paired {
            keys: self.keys,
            grants: self.grants_at(now).cloned().collect(),
        }
    }

    /// Whether its time is over, so that it is as good as removed.
    pub(super) fn is_over(&self, now: Now) -> bool {
        self.end.is_some_and(|end| end.is_over(now))
    }

    /// What it may do now.
    pub(super) fn grants_at(&self, now: Now) -> impl Iterator<Item = &Grant> {
        let grants = self.grants.iter();
        grants
            .filter(move |(_, end)| !end.is_some_and(|end| end.is_over(now)))
            .map(|(grant, _)| grant)
    }

    /// Every end there is to wait for.
    pub(super) fn ends(&self) -> impl Iterator<Item = End> {
        let grants = self.grants.values().copied();
        grants.chain([self.end]).flatten()
    }

    fn granted(&self) -> Grants {
        let grants = self.grants.iter();
        grants
            .map(|(grant, end)| (grant.clone(), end.map(End::until)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::identity::Identity;
    use deskconn_protocol::profile::DeviceKind;
    use std::time::Duration;

    #[test]
    fn a_record_of_an_earlier_version_is_read() {
        let keys = Keys::paired(*Identity::from_seed(&[7; 64]).public());
        let now = Now::read();
        let entry = Entry {
            profile: Profile::new("phone", "", "", DeviceKind::Phone),
            keys,
            grants: Grant::defaults().into_iter().map(|g| (g, None)).collect(),
            paired_at: 1_800_000_000,
            last_seen: None,
            end: None,
        };
        let text = toml::to_string(&entry.record()).unwrap();
        assert!(!text.contains("until"), "{text}");
        let read: Record = toml::from_str(&text).unwrap();
        assert_eq!(Entry::read(&read, now).record(), entry.record());
    }

    #[test]
    fn ends_are_kept_in_the_record() {
        let now = Now::read();
        let hour = Duration::from_secs(3600);
        let register: Grant = "register:com.example.".parse().unwrap();
        let entry = Entry {
            profile: Profile::new("tablet", "", "", DeviceKind::Web),
            keys: Keys::paired(*Identity::from_seed(&[7; 64]).public()),
            grants: [(register, Some(End::after(hour, now)))].into(),
            paired_at: now.unix,
            last_seen: Some(now.unix),
            end: Some(End::after(2 * hour, now)),
        };
        let text = toml::to_string(&entry.record()).unwrap();
        let read: Record = toml::from_str(&text).expect(&text);
        let read = Entry::read(&read, now);
        assert_eq!(read.record(), entry.record());
        assert_eq!(read.ends().count(), 2);
        assert_eq!(read.grants_at(now).count(), 1);
        let later = Now {
            unix: now.unix + 3600,
            ..now
        };
        assert_eq!(read.grants_at(later).count(), 0);
        assert!(!read.is_over(later));
    }
}
