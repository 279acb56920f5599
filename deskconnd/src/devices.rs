//! The paired devices: what is known of each, on disk and in memory.

use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::{DeviceId, PublicIdentity};
use deskconn_protocol::profile::Profile;
use deskconn_state::{Records, StateDir, StateError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;
use tracing::{info, warn};

/// How long a device that was paired may wait before its first session. One that never comes did not
/// get the daemon's last message, and does not know that it is paired.
const PENDING: Duration = Duration::from_secs(10 * 60);

/// How often visits are written down. A disk that is an SD card should not see every one.
const KEEP: Duration = Duration::from_secs(60);

/// How many sessions a device may have at a time: some tabs of a browser, and some that nobody has
/// noticed yet are dead. Each may have the daemon hold a full outbox.
const MAX_SESSIONS: usize = 16;

/// The paired devices of this daemon.
///
/// Adding, removing and keeping wait for the disk; the rest does not, whatever the disk does.
#[derive(Debug)]
pub(crate) struct Devices {
    /// Taken before `known` where both are.
    disk: Mutex<Records<Record>>,
    known: Mutex<Known>,
    /// A device has come for the first time, which must not be forgotten.
    first_visit: Notify,
}

#[derive(Debug)]
struct Known {
    /// As on the disk, but for the last visits.
    devices: BTreeMap<DeviceId, Record>,
    /// How many sessions each device has now.
    sessions: HashMap<DeviceId, usize>,
    /// Devices whose last visit is not on the disk.
    unsaved: BTreeSet<DeviceId>,
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

/// Why a session of a device can not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwelcome {
    /// It is not paired any more.
    NotPaired,
    /// It has as many sessions as a device may have.
    TooMany,
}

impl Devices {
    /// Reads the devices kept in `dir`. What can not be read is named in the log and left alone.
    pub(crate) fn open(dir: StateDir) -> Result<Arc<Self>, StateError> {
        let (records, skipped) = Records::<Record>::open(dir)?;
        for skipped in skipped {
            warn!(
                "a device was left out: {}; hint: {}",
                skipped.0,
                skipped.0.hint()
            );
        }
        let devices = records.iter().map(|(id, record)| (*id, record.clone()));
        let known = Known {
            devices: devices.collect(),
            sessions: HashMap::new(),
            unsaved: BTreeSet::new(),
        };
        Ok(Arc::new(Self {
            disk: Mutex::new(records),
            known: Mutex::new(known),
            first_visit: Notify::new(),
        }))
    }

    /// Stores a device that was just paired; one that pairs again is replaced. Waits for the disk.
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
        let mut disk = self.disk();
        disk.put(id, record.clone())?;
        let mut known = self.known();
        let device = known.describe(id, &record);
        known.devices.insert(id, record);
        Ok(device)
    }

    /// Removes a device and returns its name, or `None` if there is no such device. Waits for the
    /// disk.
    pub(crate) fn remove(&self, id: &DeviceId) -> Result<Option<String>, StateError> {
        let mut disk = self.disk();
        let removed = disk.remove(id)?;
        self.known().devices.remove(id);
        Ok(removed.map(|record| record.profile.name))
    }

    /// Every device.
    pub(crate) fn list(&self) -> Vec<Device> {
        let known = self.known();
        let devices = known.devices.iter();
        devices
            .map(|(id, record)| known.describe(*id, record))
            .collect()
    }

    /// How many devices are paired.
    pub(crate) fn count(&self) -> usize {
        self.known().devices.len()
    }

    /// Whether a paired device has this X25519 key.
    pub(crate) fn know_key(&self, x25519: &[u8; 32]) -> bool {
        let known = self.known();
        let mut keys = known.devices.values().map(|record| record.keys.x25519());
        keys.any(|key| key == x25519)
    }

    /// The record of a device, if it is paired.
    pub(crate) fn get(&self, id: &DeviceId) -> Option<Record> {
        self.known().devices.get(id).cloned()
    }

    /// Counts a session of a device that has just begun, unless it may not.
    pub(crate) fn joined(&self, id: &DeviceId) -> Result<(), Unwelcome> {
        let mut known = self.known();
        let Some(record) = known.devices.get(id) else {
            return Err(Unwelcome::NotPaired);
        };
        let is_first = record.last_seen.is_none();
        let sessions = known.sessions.entry(*id).or_default();
        if *sessions >= MAX_SESSIONS {
            return Err(Unwelcome::TooMany);
        }
        *sessions += 1;
        known.see(*id);
        drop(known);
        if is_first {
            self.first_visit.notify_one();
        }
        Ok(())
    }

    /// Counts a session of a device that has just ended.
    pub(crate) fn left(&self, id: &DeviceId) {
        let mut known = self.known();
        match known.sessions.get_mut(id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(known.sessions.remove(id)),
        }
        known.see(*id);
    }

    /// Writes visits down and removes the devices that never came back, now and then, until dropped.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut clock = tokio::time::interval(KEEP);
        loop {
            tokio::select! {
                _ = clock.tick() => {}
                () = self.first_visit.notified() => {}
            }
            let devices = Arc::clone(&self);
            let kept = tokio::task::spawn_blocking(move || {
                devices.save_visits();
                devices.purge_pending();
            });
            if kept.await.is_err() {
                warn!("the devices could not be looked after");
            }
        }
    }

    /// Writes down who was here when. Waits for the disk. What it does not take is tried again.
    pub(crate) fn save_visits(&self) {
        let unsaved = std::mem::take(&mut self.known().unsaved);
        for id in unsaved {
            // Held over both: a device that is removed meanwhile must not come back.
            let mut disk = self.disk();
            let Some(record) = self.get(&id) else {
                continue;
            };
            if let Err(error) = disk.put(id, record) {
                self.known().unsaved.insert(id);
                warn!(
                    "the time of a visit was not noted: {error}; hint: {}",
                    error.hint()
                );
            }
        }
    }

    /// Removes the devices that paired and never came back. Waits for the disk.
    fn purge_pending(&self) {
        let now = unix_now();
        let is_stale = |record: &Record| {
            let age = Duration::from_secs(now.saturating_sub(record.paired_at));
            record.last_seen.is_none() && age > PENDING
        };
        let known = self.known();
        let stale = known.devices.iter().filter(|(_, record)| is_stale(record));
        let stale: Vec<_> = stale.map(|(id, _)| *id).collect();
        drop(known);
        for id in stale {
            match self.remove(&id) {
                Ok(Some(name)) => info!(device = %id, name, "a device never came back: removed"),
                Ok(None) => {}
                Err(error) => warn!(
                    "a device that never came back stays: {error}; hint: {}",
                    error.hint()
                ),
            }
        }
    }

    fn disk(&self) -> MutexGuard<'_, Records<Record>> {
        // Each change is on the disk, or it is not.
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing that can panic runs under this lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Notes that a device is here now, if it is paired.
    fn see(&mut self, id: DeviceId) {
        if let Some(record) = self.devices.get_mut(&id) {
            record.last_seen = Some(unix_now());
            self.unsaved.insert(id);
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

fn unix_now() -> u64 {
    // A clock before 1970 is shown as 1970; nothing depends on it.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::identity::Identity;
    use deskconn_protocol::profile::DeviceKind;
    use std::path::Path;

    fn open(home: &Path) -> Arc<Devices> {
        Devices::open(StateDir::open(home).unwrap()).unwrap()
    }

    fn pair(devices: &Devices) -> DeviceId {
        let keys = *Identity::from_seed(&[7; 64]).public();
        let profile = Profile::new("phone", "", "", DeviceKind::Phone);
        let device = devices.add(keys.id(), keys, profile, Grant::defaults());
        device.unwrap().id
    }

    /// As if the device had paired before `PENDING`.
    fn age(devices: &Devices, id: DeviceId) {
        devices.known().devices.get_mut(&id).unwrap().paired_at = 0;
    }

    #[test]
    fn a_device_and_its_last_visit_are_there_after_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        assert_eq!(devices.joined(&id), Ok(()));
        devices.left(&id);
        devices.save_visits();
        let before = devices.list();
        drop(devices);
        let after = open(home.path()).list();
        assert!(after[0].last_seen.is_some());
        assert_eq!(after, before);
    }

    #[test]
    fn a_visit_that_the_disk_does_not_take_is_a_visit_all_the_same() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        age(&devices, id);
        // A directory in the place of the temporary file lets no write through.
        let in_the_way = home.path().join(format!(".{id}.toml.new"));
        std::fs::create_dir(&in_the_way).unwrap();
        assert_eq!(devices.joined(&id), Ok(()));
        devices.save_visits();
        devices.purge_pending();
        assert_eq!(devices.count(), 1, "it is here, so it came back");
        std::fs::remove_dir(in_the_way).unwrap();
        devices.save_visits();
        drop(devices);
        assert!(open(home.path()).list()[0].last_seen.is_some());
    }

    #[test]
    fn a_device_that_never_came_back_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        devices.purge_pending();
        assert_eq!(devices.count(), 1, "it has its ten minutes");
        age(&devices, id);
        devices.purge_pending();
        assert_eq!(devices.count(), 0);
        assert_eq!(devices.joined(&id), Err(Unwelcome::NotPaired));
    }

    #[test]
    fn a_removed_device_is_not_written_down_again() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        assert_eq!(devices.joined(&id), Ok(()));
        devices.remove(&id).unwrap();
        devices.left(&id);
        devices.save_visits();
        drop(devices);
        assert_eq!(open(home.path()).count(), 0);
    }

    #[test]
    fn a_device_has_so_many_sessions_and_no_more() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        for _ in 0..MAX_SESSIONS {
            assert_eq!(devices.joined(&id), Ok(()));
        }
        assert_eq!(devices.joined(&id), Err(Unwelcome::TooMany));
        devices.left(&id);
        assert_eq!(devices.joined(&id), Ok(()));
    }
}
