//! The paired devices: what is known of each, on disk and in memory.

use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::grants::{Grant, Matching};
use deskconn_protocol::identity::{DeviceId, PublicIdentity};
use deskconn_protocol::profile::Profile;
use deskconn_protocol::uris;
use deskconn_state::{Records, StateDir, StateError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tracing::warn;
use wamp_proto::{MatchPolicy, Uri};
use wamp_router::{Actions, Disclosure, Permissions, Rule};

/// How long a device that was paired may wait before its first session. One that never comes did not
/// get the daemon's last message, and does not know that it is paired.
const PENDING: Duration = Duration::from_secs(10 * 60);

/// The paired devices of this daemon.
#[derive(Debug)]
pub(crate) struct Devices {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    records: Records<Record>,
    /// How many sessions each device has now.
    sessions: HashMap<DeviceId, usize>,
}

/// `devices/<id>.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(crate) profile: Profile,
    #[serde(flatten)]
    pub(crate) keys: PublicIdentity,
    pub(crate) grants: Vec<Grant>,
    /// Seconds since 1970.
    paired_at: u64,
    /// Seconds since 1970; none as long as the device has not come back after pairing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_seen: Option<u64>,
}

impl Devices {
    /// Reads the devices kept in `dir`. What can not be read is named in the log and left alone.
    pub(crate) fn open(dir: StateDir) -> Result<Arc<Self>, StateError> {
        let (records, skipped) = Records::open(dir)?;
        for skipped in skipped {
            warn!(
                "a device was left out: {}; hint: {}",
                skipped.0,
                skipped.0.hint()
            );
        }
        let inner = Mutex::new(Inner {
            records,
            sessions: HashMap::new(),
        });
        Ok(Arc::new(Self { inner }))
    }

    /// Stores a device that was just paired; one that pairs again is replaced.
    pub(crate) fn add(
        &self,
        id: DeviceId,
        keys: PublicIdentity,
        profile: Profile,
        grants: Vec<Grant>,
    ) -> Result<Device, StateError> {
        let record = Record {
            profile,
            keys,
            grants,
            paired_at: unix_now(),
            last_seen: None,
        };
        let mut inner = self.lock();
        inner.records.put(id, record.clone())?;
        Ok(inner.describe(id, &record))
    }

    /// Removes a device and returns its name, or `None` if there is no such device.
    pub(crate) fn remove(&self, id: &DeviceId) -> Result<Option<String>, StateError> {
        let removed = self.lock().records.remove(id)?;
        Ok(removed.map(|record| record.profile.name))
    }

    /// Every device.
    pub(crate) fn list(&self) -> Vec<Device> {
        let inner = self.lock();
        inner
            .records
            .iter()
            .map(|(id, record)| inner.describe(*id, record))
            .collect()
    }

    /// How many devices are paired.
    pub(crate) fn count(&self) -> usize {
        self.lock().records.len()
    }

    /// The device whose X25519 key this is.
    pub(crate) fn by_x25519(&self, key: &[u8; 32]) -> Option<DeviceId> {
        let inner = self.lock();
        inner
            .records
            .iter()
            .find(|(_, record)| record.keys.x25519() == key)
            .map(|(id, _)| *id)
    }

    /// The record of a device, if it is paired.
    pub(crate) fn get(&self, id: &DeviceId) -> Option<Record> {
        self.lock().records.get(id).cloned()
    }

    /// Counts a session of a device that has just begun. False if the device is not paired any more.
    pub(crate) fn joined(&self, id: &DeviceId) -> bool {
        let mut inner = self.lock();
        let Some(record) = inner.records.get(id).cloned() else {
            return false;
        };
        *inner.sessions.entry(*id).or_default() += 1;
        inner.see(*id, record);
        true
    }

    /// Counts a session of a device that has just ended.
    pub(crate) fn left(&self, id: &DeviceId) {
        let mut inner = self.lock();
        match inner.sessions.get_mut(id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(inner.sessions.remove(id)),
        }
        if let Some(record) = inner.records.get(id).cloned() {
            inner.see(*id, record);
        }
    }

    /// Removes the devices that paired and never came back; returns their ids and names.
    pub(crate) fn purge_pending(&self) -> Vec<(DeviceId, String)> {
        let mut inner = self.lock();
        let now = unix_now();
        let stale: Vec<_> = inner
            .records
            .iter()
            .filter(|(_, record)| {
                let age = Duration::from_secs(now.saturating_sub(record.paired_at));
                record.last_seen.is_none() && age > PENDING
            })
            .map(|(id, record)| (*id, record.profile.name.clone()))
            .collect();
        stale
            .into_iter()
            .filter(|(id, _)| match inner.records.remove(id) {
                Ok(_) => true,
                Err(error) => {
                    warn!(
                        "a device that never came back stays: {error}; hint: {}",
                        error.hint()
                    );
                    false
                }
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic under this lock can not leave the records half changed: each change is one insert.
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    /// Notes that a device is here now. That it can not be noted does not keep the device out.
    fn see(&mut self, id: DeviceId, record: Record) {
        let seen = Record {
            last_seen: Some(unix_now()),
            ..record
        };
        if let Err(error) = self.records.put(id, seen) {
            warn!(
                "the time of a visit was not noted: {error}; hint: {}",
                error.hint()
            );
        }
    }

    fn describe(&self, id: DeviceId, record: &Record) -> Device {
        Device {
            id,
            profile: record.profile.clone(),
            grants: record.grants.clone(),
            paired_at: record.paired_at,
            last_seen: record.last_seen,
            connected: self.sessions.contains_key(&id),
        }
    }
}

/// What a device with these grants may do in the realm `deskconn`: what they name, and to leave for
/// good. Everything else is denied. Components always learn which device it was.
pub(crate) fn permissions(grants: &[Grant]) -> Arc<Permissions> {
    let rules = grants.iter().flat_map(Grant::rules).map(|rule| {
        let policy = match rule.matching {
            Matching::Exact => MatchPolicy::Exact,
            Matching::Prefix => MatchPolicy::Prefix,
        };
        let mut allow = Actions::NONE;
        if rule.call {
            allow = allow | Actions::CALL;
        }
        if rule.subscribe {
            allow = allow | Actions::SUBSCRIBE;
        }
        Rule::new(policy, Uri::from_static(rule.uri), allow).disclosing(Disclosure::Always)
    });
    let leave = Rule::new(
        MatchPolicy::Exact,
        Uri::from_static(uris::PAIRING_LEAVE),
        Actions::CALL,
    );
    let leave = leave.disclosing(Disclosure::Always);
    Arc::new(Permissions::new(rules.chain([leave])))
}

fn unix_now() -> u64 {
    // A clock before 1970 is shown as 1970; nothing depends on it.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
