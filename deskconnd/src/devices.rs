//! The paired devices: what is known of each, on disk and in memory.

mod end;
mod granting;
mod keys;
mod naming;
mod record;

pub(crate) use end::Now;
pub(crate) use granting::{Ended, NotChanged};
pub(crate) use keys::Keys;
pub(crate) use naming::NotNamed;

use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::grants::{Catalogue, Grant};
use deskconn_protocol::identity::{DeviceId, PublicIdentity};
use deskconn_protocol::profile::Profile;
use deskconn_state::{Records, StateDir, StateError};
use end::End;
use record::{Entry, Record};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
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
/// Adding, removing, granting and keeping wait for the disk; the rest does not, whatever the disk does.
#[derive(Debug)]
pub(crate) struct Devices {
    /// Taken before `known` where both are.
    disk: Mutex<Records<Record>>,
    known: Mutex<Known>,
    /// A device has come for the first time, which must not be forgotten.
    first_visit: Notify,
    /// What a device may do has changed, or will end.
    changed: Notify,
    catalogue: Catalogue,
}

#[derive(Debug)]
struct Known {
    /// As on the disk, but for those in `unsaved`.
    devices: BTreeMap<DeviceId, Entry>,
    /// How many sessions each device has now.
    sessions: HashMap<DeviceId, usize>,
    /// Devices whose record on the disk is behind, or should be gone.
    unsaved: BTreeSet<DeviceId>,
    /// Devices whose sessions may do more or less than they should.
    changed: BTreeSet<DeviceId>,
    /// Counts the changes of who has which certificate.
    certificates: u64,
}

/// What counts when a device comes.
#[derive(Debug)]
pub(crate) struct Paired {
    pub(crate) keys: Keys,
    /// What it may do now.
    pub(crate) grants: Vec<Grant>,
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
    /// Reads the devices kept in `dir`, where no grants are known but those of this version.
    #[cfg(test)]
    pub(crate) fn open(dir: StateDir) -> Result<Arc<Self>, StateError> {
        Self::open_with(dir, Catalogue::default())
    }

    /// Reads the devices kept in `dir`, whose grants are those of `catalogue`. What can not be read is
    /// named in the log and left alone.
    pub(crate) fn open_with(dir: StateDir, catalogue: Catalogue) -> Result<Arc<Self>, StateError> {
        dir.sweep()?;
        let (records, skipped) = Records::<Record>::open(dir)?;
        for skipped in skipped {
            warn!(
                "a device was left out: {}; hint: {}",
                skipped.0,
                skipped.0.hint()
            );
        }
        let now = Now::read();
        let devices = records.iter();
        let known = Known {
            devices: devices
                .map(|(id, record)| (*id, Entry::read(record, now)))
                .collect(),
            sessions: HashMap::new(),
            unsaved: BTreeSet::new(),
            changed: BTreeSet::new(),
            certificates: 0,
        };
        Ok(Arc::new(Self {
            disk: Mutex::new(records),
            known: Mutex::new(known),
            first_visit: Notify::new(),
            changed: Notify::new(),
            catalogue,
        }))
    }

    /// The grants a device can have.
    pub(crate) const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Stores a device that was just paired, for `lasting` if it ends; one that pairs again is replaced.
    /// Waits for the disk.
    pub(crate) fn add(
        &self,
        id: DeviceId,
        keys: PublicIdentity,
        profile: Profile,
        grants: Vec<Grant>,
        lasting: Option<Duration>,
    ) -> Result<Device, StateError> {
        let now = Now::read();
        let mut disk = self.disk();
        let paired = Keys::paired(keys);
        let before = self.known().devices.get(&id).map(|device| device.keys);
        let certificate = before.and_then(|keys| keys.certificate());
        let device = Entry {
            profile,
            keys: paired.with_certificate(certificate).unwrap_or(paired),
            grants: grants.into_iter().map(|grant| (grant, None)).collect(),
            paired_at: now.unix,
            last_seen: None,
            end: lasting.map(|span| End::after(span, now)),
        };
        disk.put(id, device.record())?;
        let mut known = self.known();
        let described = known.describe(id, &device);
        known.devices.insert(id, device);
        if described.connected {
            // With the grants it had before.
            known.changed.insert(id);
        }
        self.changed.notify_one();
        Ok(described)
    }

    /// Removes a device and returns its name, or `None` if there is no such device. Waits for the
    /// disk.
    pub(crate) fn remove(&self, id: &DeviceId) -> Result<Option<String>, StateError> {
        let mut disk = self.disk();
        let removed = disk.remove(id)?;
        self.known().devices.remove(id);
        Ok(removed.map(|record| record.name().to_owned()))
    }

    /// Every device.
    pub(crate) fn list(&self) -> Vec<Device> {
        let known = self.known();
        let devices = known.devices.iter();
        devices
            .map(|(id, device)| known.describe(*id, device))
            .collect()
    }

    /// A device as its owner sees it.
    pub(crate) fn describe(&self, id: &DeviceId) -> Option<Device> {
        let known = self.known();
        let device = known.devices.get(id)?;
        Some(known.describe(*id, device))
    }

    /// How many devices are paired.
    pub(crate) fn count(&self) -> usize {
        self.known().devices.len()
    }

    /// Whether a paired device has this X25519 key.
    pub(crate) fn know_key(&self, x25519: &[u8; 32]) -> bool {
        let now = Now::read();
        let known = self.known();
        let mut welcome = known.devices.values().filter(|device| !device.is_over(now));
        welcome.any(|device| {
            device
                .keys
                .sealed()
                .is_some_and(|keys| keys.x25519() == x25519)
        })
    }

    /// A device, if it is paired and its time is not over.
    pub(crate) fn get(&self, id: &DeviceId) -> Option<Paired> {
        let now = Now::read();
        let known = self.known();
        Some(known.welcome(id, now)?.paired(now))
    }

    /// Counts a session of a device that has just begun, unless it may not.
    pub(crate) fn joined(&self, id: &DeviceId) -> Result<(), Unwelcome> {
        let mut known = self.known();
        let Some(device) = known.welcome(id, Now::read()) else {
            return Err(Unwelcome::NotPaired);
        };
        let is_first = device.last_seen.is_none();
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
                devices.purge_pending();
                devices.save();
            });
            if kept.await.is_err() {
                warn!("the devices could not be looked after");
            }
        }
    }

    /// Writes down who was here when, and what has ended. Waits for the disk. What it does not take is
    /// tried again.
    pub(crate) fn save(&self) {
        let unsaved = std::mem::take(&mut self.known().unsaved);
        for id in unsaved {
            // Held over both: a device that is removed meanwhile must not come back.
            let mut disk = self.disk();
            let record = self.known().devices.get(&id).map(Entry::record);
            let saved = match record {
                Some(record) => disk.put(id, record),
                None => disk.remove(&id).map(drop),
            };
            if let Err(error) = saved {
                self.known().unsaved.insert(id);
                warn!(
                    "what has changed about a device was not noted: {error}; hint: {}",
                    error.hint()
                );
            }
        }
    }

    /// Forgets the devices that paired and never came back. The disk hears of it later.
    fn purge_pending(&self) {
        let now = Now::read().unix;
        let mut purged = Vec::new();
        let mut known = self.known();
        let Known {
            devices,
            sessions,
            unsaved,
            ..
        } = &mut *known;
        devices.retain(|id, device| {
            let age = Duration::from_secs(now.saturating_sub(device.paired_at));
            // One that pairs again may be here all the while; one that its owner named is waited for.
            let is_named = device.keys.sealed().is_none();
            let came_back = is_named || device.last_seen.is_some() || sessions.contains_key(id);
            let stays = came_back || age <= PENDING;
            if !stays {
                unsaved.insert(*id);
                purged.push((*id, device.profile.name.clone()));
            }
            stays
        });
        drop(known);
        for (id, name) in purged {
            info!(device = %id, name, "a device never came back: removed");
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
    /// A device that is paired and whose time is not over.
    fn welcome(&self, id: &DeviceId, now: Now) -> Option<&Entry> {
        self.devices.get(id).filter(|device| !device.is_over(now))
    }

    /// Notes that a device is here now, if it is paired.
    fn see(&mut self, id: DeviceId) {
        if let Some(device) = self.devices.get_mut(&id) {
            device.last_seen = Some(Now::read().unix);
            self.unsaved.insert(id);
        }
    }

    fn describe(&self, id: DeviceId, device: &Entry) -> Device {
        device.describe(id, self.sessions.contains_key(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::identity::Identity;
    use deskconn_protocol::profile::DeviceKind;
    use std::path::Path;

    pub(super) fn open(home: &Path) -> Arc<Devices> {
        Devices::open(StateDir::open(home).unwrap()).unwrap()
    }

    pub(super) fn pair(devices: &Devices) -> DeviceId {
        pair_as(devices, DeviceKind::Phone, None)
    }

    /// Pairs a device that calls itself `phone`.
    pub(super) fn pair_as(
        devices: &Devices,
        kind: DeviceKind,
        lasting: Option<Duration>,
    ) -> DeviceId {
        let keys = *Identity::from_seed(&[7; 64]).public();
        let profile = Profile::new("phone", "", "", kind);
        let grants = ["slides", "status"].map(|grant| grant.parse().unwrap());
        let device = devices.add(keys.id(), keys, profile, grants.into(), lasting);
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
        devices.save();
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
        devices.save();
        devices.purge_pending();
        assert_eq!(devices.count(), 1, "it is here, so it came back");
        std::fs::remove_dir(in_the_way).unwrap();
        devices.save();
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
        devices.save();
        drop(devices);
        assert_eq!(open(home.path()).count(), 0);
    }

    #[test]
    fn a_device_that_pairs_again_while_it_is_here_stays_paired() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        assert_eq!(devices.joined(&id), Ok(()));
        pair(&devices);
        age(&devices, id);
        devices.purge_pending();
        assert_eq!(devices.count(), 1, "its session would go on, unknown");
        devices.left(&id);
        devices.purge_pending();
        assert_eq!(devices.count(), 1, "it was here");
    }

    #[test]
    fn a_removed_device_is_not_written_down_again() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        assert_eq!(devices.joined(&id), Ok(()));
        devices.remove(&id).unwrap();
        devices.left(&id);
        devices.save();
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
