//! Changing what a device may do, and noticing what has ended.

use super::end::{End, Now};
use super::{Devices, Entry};
use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::profile::DeviceKind;
use deskconn_state::StateError;
use std::collections::BTreeSet;
use std::time::Duration;

/// How many grants a device may have. Each is asked for everything that the device does.
const MAX_GRANTS: usize = 64;

/// How long an end may be slept through at a stretch: a clock that is set, or a machine that wakes up,
/// tells nobody.
const LOOK: Duration = Duration::from_secs(10);

/// Why a device may do what it did before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotChanged {
    /// It is not paired.
    #[error("there is no such device")]
    NoDevice,
    /// It does not have this grant.
    #[error("the device does not have `{0}`, so nothing was changed")]
    NotHeld(Grant),
    /// It is a web page, and this is not for web pages.
    #[error("`{0}` is not for web pages, and this device is one")]
    NotForWeb(Grant),
    /// It has more than enough.
    #[error("a device has at most {MAX_GRANTS} grants")]
    TooMany,
    /// The disk refuses.
    #[error("what the device may do is unchanged: {0}")]
    NotStored(#[source] StateError),
}

/// What the disk said to a change that has taken effect.
pub(crate) type Stored = Result<(), StateError>;

/// What is not as it was.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Devices whose sessions may do more or less than they should.
    pub(crate) changed: BTreeSet<DeviceId>,
    /// Devices whose time is over, and their names. They are paired no longer.
    pub(crate) removed: Vec<(DeviceId, String)>,
}

impl Ended {
    fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }
}

impl Devices {
    /// Gives a device further grants, for `lasting` if they end. They are on the disk first. Waits for
    /// the disk.
    pub(crate) fn grant(
        &self,
        id: &DeviceId,
        grants: &BTreeSet<Grant>,
        lasting: Option<Duration>,
        force: bool,
    ) -> Result<Device, NotChanged> {
        let now = Now::read();
        let mut disk = self.disk();
        let device = self.known().welcome(id, now).cloned();
        let mut device = device.ok_or(NotChanged::NoDevice)?;
        if device.profile.kind == DeviceKind::Web
            && !force
            && let Some(grant) = grants
                .iter()
                .find(|grant| !self.catalogue.is_for_web(grant))
        {
            return Err(NotChanged::NotForWeb(grant.clone()));
        }
        let end = lasting.map(|span| End::after(span, now));
        let given = grants.iter().map(|grant| (grant.clone(), end));
        device.grants.extend(given);
        if device.grants.len() > MAX_GRANTS {
            return Err(NotChanged::TooMany);
        }
        disk.put(*id, device.record())
            .map_err(NotChanged::NotStored)?;
        self.replace_grants(id, device).ok_or(NotChanged::NoDevice)
    }

    /// Takes grants from a device, all of which it must have. They are gone whatever the disk says;
    /// what it does not take is tried again. Waits for the disk.
    pub(crate) fn revoke(
        &self,
        id: &DeviceId,
        grants: &BTreeSet<Grant>,
        effective: impl FnOnce(),
    ) -> Result<(Device, Stored), NotChanged> {
        let mut disk = self.disk();
        let device = self.known().devices.get(id).cloned();
        let mut device = device.ok_or(NotChanged::NoDevice)?;
        for grant in grants {
            let held = device.grants.remove(grant);
            held.ok_or_else(|| NotChanged::NotHeld(grant.clone()))?;
        }
        let record = device.record();
        let described = self.replace_grants(id, device);
        let described = described.ok_or(NotChanged::NoDevice)?;
        effective();
        let stored = disk.put(*id, record);
        if stored.is_err() {
            self.known().unsaved.insert(*id);
        }
        Ok((described, stored))
    }

    /// Waits until devices have come to be allowed less, or something else than before.
    pub(crate) async fn changed(&self) -> Ended {
        loop {
            let ended = self.notice(Now::read());
            if !ended.is_empty() {
                return ended;
            }
            match self.next_look(Now::read()) {
                Some(look) => drop(tokio::time::timeout(look, self.changed.notified()).await),
                None => self.changed.notified().await,
            }
        }
    }

    /// Forgets the grants and the devices whose time is over. The disk hears of it later: what is over
    /// counts for nothing there.
    pub(super) fn notice(&self, now: Now) -> Ended {
        let mut known = self.known();
        let mut changed = std::mem::take(&mut known.changed);
        let mut removed = Vec::new();
        known.devices.retain(|id, device| {
            let is_over = device.is_over(now);
            if is_over {
                removed.push((*id, device.profile.name.clone()));
            }
            !is_over
        });
        let mut behind: Vec<_> = removed.iter().map(|(id, _)| *id).collect();
        for (id, device) in &mut known.devices {
            let before = device.grants.len();
            let is_over = |end: &mut Option<End>| end.is_some_and(|end| end.is_over(now));
            device.grants.retain(|_, end| !is_over(end));
            if device.grants.len() < before {
                changed.insert(*id);
                behind.push(*id);
            }
        }
        known.unsaved.extend(behind);
        Ended { changed, removed }
    }

    /// How long nothing ends, as far as can be said; `None` if nothing ends at all.
    fn next_look(&self, now: Now) -> Option<Duration> {
        let known = self.known();
        let ends = known.devices.values().flat_map(Entry::ends);
        ends.map(|end| end.left(now).min(LOOK)).min()
    }

    /// Puts the grants of a changed copy in force.
    fn replace_grants(&self, id: &DeviceId, changed: Entry) -> Option<Device> {
        let mut known = self.known();
        let device = known.devices.get_mut(id)?;
        device.grants = changed.grants;
        let device = device.clone();
        self.changed.notify_one();
        Some(known.describe(*id, &device))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{open, pair, pair_as};
    use super::*;

    fn grants(names: &[&str]) -> BTreeSet<Grant> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    /// What the device may do, and what stands on the disk.
    fn held(devices: &Devices, id: &DeviceId) -> [Vec<String>; 2] {
        let now = devices
            .get(id)
            .map_or_else(Vec::new, |paired| paired.grants);
        let now = now.iter().map(ToString::to_string);
        let disk = devices.disk();
        let entry = disk.get(id).map(|record| Entry::read(record, Now::read()));
        let kept = entry.map_or_else(Vec::new, |entry| entry.grants.into_keys().collect());
        [
            now.collect(),
            kept.iter().map(ToString::to_string).collect(),
        ]
    }

    #[test]
    fn a_grant_is_on_the_disk_or_not_given() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        let register = grants(&["register:com.example."]);
        let in_the_way = home.path().join(format!(".{id}.toml.new"));
        std::fs::create_dir(&in_the_way).unwrap();
        let refused = devices.grant(&id, &register, None, false);
        assert!(matches!(refused, Err(NotChanged::NotStored(_))));
        assert_eq!(
            held(&devices, &id),
            [["slides", "status"], ["slides", "status"]]
        );
        std::fs::remove_dir(in_the_way).unwrap();
        devices.grant(&id, &register, None, false).unwrap();
        drop(devices);
        let all = ["register:com.example.", "slides", "status"];
        assert_eq!(held(&open(home.path()), &id), [all, all]);
    }

    #[test]
    fn a_grant_is_gone_before_the_disk_knows_and_though_it_refuses() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        let in_the_way = home.path().join(format!(".{id}.toml.new"));
        std::fs::create_dir(&in_the_way).unwrap();
        let at_once = || assert_eq!(devices.get(&id).unwrap().grants.len(), 1);
        let (device, stored) = devices.revoke(&id, &grants(&["slides"]), at_once).unwrap();
        assert!(stored.is_err());
        assert_eq!(device.grants.iter().count(), 1);
        let [now, kept] = held(&devices, &id);
        assert_eq!((now.len(), kept.len()), (1, 2));
        std::fs::remove_dir(in_the_way).unwrap();
        devices.save();
        assert_eq!(held(&devices, &id), [["status"], ["status"]]);
    }

    #[test]
    fn what_a_device_does_not_have_is_not_taken_from_it_nor_anything_else() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        let not_held = grants(&["slides", "slidse"]);
        let refused = devices.revoke(&id, &not_held, || unreachable!("nothing changes"));
        assert!(matches!(refused, Err(NotChanged::NotHeld(grant)) if grant.as_str() == "slidse"));
        assert_eq!(held(&devices, &id)[0].len(), 2);
    }

    #[test]
    fn a_web_page_gets_what_is_for_web_pages_unless_its_owner_insists() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair_as(&devices, DeviceKind::Web, None);
        let register = grants(&["register:com.example.", "slides"]);
        let refused = devices.grant(&id, &register, None, false);
        assert!(matches!(refused, Err(NotChanged::NotForWeb(_))));
        assert_eq!(held(&devices, &id)[0].len(), 2);
        assert!(
            devices
                .grant(&id, &grants(&["slides"]), None, false)
                .is_ok()
        );
        assert!(devices.grant(&id, &register, None, true).is_ok());
    }

    #[test]
    fn a_grant_and_a_device_end_by_themselves_and_on_the_disk() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair_as(&devices, DeviceKind::Web, Some(Duration::from_secs(7200)));
        let hour = Some(Duration::from_secs(3600));
        devices
            .grant(&id, &grants(&["slides"]), hour, false)
            .unwrap();
        let start = Now::read();
        let later = |seconds| Now {
            unix: start.unix + seconds,
            ..start
        };
        assert!(devices.notice(start).is_empty());
        assert!(devices.notice(later(3000)).is_empty());
        assert!(devices.next_look(start).unwrap() <= LOOK);
        let ended = devices.notice(later(3700));
        assert_eq!((ended.changed.len(), ended.removed.len()), (1, 0));
        devices.save();
        assert_eq!(held(&devices, &id), [["status"], ["status"]]);
        let ended = devices.notice(later(7300));
        assert_eq!(ended.removed, [(id, "phone".to_owned())]);
        assert!(devices.get(&id).is_none());
        assert!(devices.next_look(start).is_none());
        devices.save();
        drop(devices);
        assert_eq!(open(home.path()).count(), 0);
    }

    #[test]
    fn a_device_whose_time_is_over_is_not_let_in_however_long_nobody_noticed() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair_as(&devices, DeviceKind::Web, Some(Duration::ZERO));
        assert!(devices.get(&id).is_none());
        assert!(devices.joined(&id).is_err());
        let key = *devices.known().devices[&id].keys.sealed().unwrap().x25519();
        assert!(!devices.know_key(&key));
    }

    #[test]
    fn grants_are_bounded() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        let many = (0..MAX_GRANTS).map(|n| format!("register:com.x{n}.").parse().unwrap());
        let refused = devices.grant(&id, &many.collect(), None, false);
        assert!(matches!(refused, Err(NotChanged::TooMany)));
    }
}
