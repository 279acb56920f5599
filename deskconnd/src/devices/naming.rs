//! Devices that can not pair: WAMP clients that their owner names, by a key or a certificate.

use super::end::{End, Now};
use super::{Devices, Entry, Keys, Paired};
use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::pin::Pin;
use deskconn_protocol::profile::Profile;
use deskconn_state::StateError;
use std::collections::BTreeSet;
use std::time::Duration;

/// Why a device is not known by what its owner named.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotNamed {
    /// There is nothing to know it by.
    #[error("neither a key nor a certificate was named")]
    Nothing,
    /// A device has this key already.
    #[error("the device `{0}` has this key already")]
    KnownKey(String),
    /// A device has this certificate already.
    #[error("the device `{0}` has this certificate already")]
    KnownCertificate(String),
    /// It is not paired.
    #[error("there is no such device")]
    NoDevice,
    /// It would be known by nothing any more.
    #[error("the device has nothing but its certificate to be known by")]
    OnlyCertificate,
    /// The disk refuses.
    #[error("it could not be kept: {0}")]
    NotStored(#[source] StateError),
}

impl Devices {
    /// Adds a device that its owner names, for `lasting` if it ends. Waits for the disk.
    pub(crate) fn name(
        &self,
        profile: Profile,
        keys: Keys,
        grants: BTreeSet<Grant>,
        lasting: Option<Duration>,
    ) -> Result<Device, NotNamed> {
        let now = Now::read();
        let id = keys.id().ok_or(NotNamed::Nothing)?;
        let mut disk = self.disk();
        if let Some(known) = self.known().devices.get(&id) {
            return Err(NotNamed::KnownKey(known.profile.name.clone()));
        }
        self.refuse_known(keys.certificate(), &id)?;
        let device = Entry {
            profile,
            keys,
            grants: grants.into_iter().map(|grant| (grant, None)).collect(),
            paired_at: now.unix,
            last_seen: None,
            end: lasting.map(|span| End::after(span, now)),
        };
        disk.put(id, device.record()).map_err(NotNamed::NotStored)?;
        let mut known = self.known();
        known.certificates += 1;
        let described = known.describe(id, &device);
        known.devices.insert(id, device);
        // It may have an end to wait for.
        self.changed.notify_one();
        Ok(described)
    }

    /// Gives a device this certificate in place of the one it has, or none. `cut` ends the sessions that
    /// came by the one it had, which counts no more whatever the disk says; that is waited for.
    pub(crate) fn set_certificate(
        &self,
        id: &DeviceId,
        certificate: Option<Pin>,
        cut: impl Fn(),
    ) -> Result<Device, NotNamed> {
        let mut disk = self.disk();
        let device = self.known().welcome(id, Now::read()).cloned();
        let mut device = device.ok_or(NotNamed::NoDevice)?;
        self.refuse_known(certificate, id)?;
        let before = device.keys;
        let after = before.with_certificate(certificate);
        device.keys = after.ok_or(NotNamed::OnlyCertificate)?;
        if let Some(meanwhile) = before.with_certificate(None) {
            self.put_keys(id, meanwhile);
            cut();
        }
        if let Err(error) = disk.put(*id, device.record()) {
            self.known().unsaved.insert(*id);
            return Err(NotNamed::NotStored(error));
        }
        let described = self.put_keys(id, device.keys);
        cut();
        described.ok_or(NotNamed::NoDevice)
    }

    /// The device that has this certificate, if its time is not over.
    pub(crate) fn certified(&self, certificate: Pin) -> Option<(DeviceId, Paired)> {
        let now = Now::read();
        let known = self.known();
        let mut devices = known.devices.iter();
        let (id, device) = devices.find(|(_, device)| {
            device.keys.certificate() == Some(certificate) && !device.is_over(now)
        })?;
        Some((*id, device.paired(now)))
    }

    /// Whether a device may show a certificate.
    pub(crate) fn have_certificates(&self) -> bool {
        let known = self.known();
        let mut devices = known.devices.values();
        devices.any(|device| device.keys.certificate().is_some())
    }

    /// Counts the changes of who has which certificate.
    pub(crate) fn edition(&self) -> u64 {
        self.known().certificates
    }

    fn refuse_known(&self, certificate: Option<Pin>, id: &DeviceId) -> Result<(), NotNamed> {
        let known = self.known();
        let mut others = known.devices.iter().filter(|(other, _)| *other != id);
        let taken = certificate.and_then(|certificate| {
            others.find(|(_, device)| device.keys.certificate() == Some(certificate))
        });
        match taken {
            Some((_, device)) => Err(NotNamed::KnownCertificate(device.profile.name.clone())),
            None => Ok(()),
        }
    }

    fn put_keys(&self, id: &DeviceId, keys: Keys) -> Option<Device> {
        let mut known = self.known();
        known.certificates += 1;
        let device = known.devices.get_mut(id)?;
        device.keys = keys;
        let device = device.clone();
        Some(known.describe(*id, &device))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{open, pair};
    use super::*;
    use deskconn_protocol::identity::{Identity, VerifyingKey};
    use deskconn_protocol::profile::DeviceKind;
    use std::cell::Cell;

    const PINS: [Option<Pin>; 2] = [Some(Pin([1; 32])), Some(Pin([2; 32]))];

    fn key(seed: u8) -> Option<VerifyingKey> {
        VerifyingKey::new(*Identity::from_seed(&[seed; 64]).public().ed25519()).ok()
    }

    fn name(
        devices: &Devices,
        key: Option<VerifyingKey>,
        certificate: Option<Pin>,
    ) -> Result<Device, NotNamed> {
        let profile = Profile::new("robot", "", "", DeviceKind::Other);
        let keys = Keys::named(key, certificate).ok_or(NotNamed::Nothing)?;
        let grants = Grant::defaults().into_iter().collect();
        devices.name(profile, keys, grants, None)
    }

    #[test]
    fn a_named_device_is_there_after_a_restart_and_is_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = name(&devices, key(1), PINS[0]).unwrap().id;
        devices.known().devices.get_mut(&id).unwrap().paired_at = 0;
        devices.purge_pending();
        drop(devices);
        let devices = open(home.path());
        assert!(devices.get(&id).unwrap().keys.named_key().is_some());
        assert_eq!(devices.certified(PINS[0].unwrap()).unwrap().0, id);
    }

    #[test]
    fn nobody_is_known_by_what_another_is_known_by() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let paired = pair(&devices);
        let other = name(&devices, None, PINS[0]).unwrap().id;
        let refused = name(&devices, key(7), None);
        assert!(matches!(refused, Err(NotNamed::KnownKey(of)) if of == "phone"));
        for taken in [
            name(&devices, key(1), PINS[0]),
            devices.set_certificate(&paired, PINS[0], || ()),
        ] {
            assert!(matches!(taken, Err(NotNamed::KnownCertificate(of)) if of == "robot"));
        }
        assert!(devices.set_certificate(&other, PINS[0], || ()).is_ok());
    }

    #[test]
    fn a_certificate_that_was_taken_away_counts_no_more_and_though_the_disk_refuses() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        let edition = devices.edition();
        devices.set_certificate(&id, PINS[0], || ()).unwrap();
        assert_ne!(devices.edition(), edition);
        let in_the_way = home.path().join(format!(".{id}.toml.new"));
        std::fs::create_dir(&in_the_way).unwrap();
        let cuts = Cell::new(0);
        for after in [PINS[1], None] {
            let refused = devices.set_certificate(&id, after, || cuts.set(cuts.get() + 1));
            assert!(matches!(refused, Err(NotNamed::NotStored(_))));
            assert!(devices.certified(PINS[0].unwrap()).is_none());
            assert!(devices.certified(PINS[1].unwrap()).is_none());
        }
        assert_eq!(cuts.get(), 2);
        std::fs::remove_dir(in_the_way).unwrap();
        devices.save();
        drop(devices);
        assert!(!open(home.path()).have_certificates());
    }

    #[test]
    fn a_device_that_pairs_again_keeps_its_certificate() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = pair(&devices);
        devices.set_certificate(&id, PINS[0], || ()).unwrap();
        pair(&devices);
        assert_eq!(devices.certified(PINS[0].unwrap()).unwrap().0, id);
    }

    #[test]
    fn a_device_is_never_left_with_nothing_to_know_it_by() {
        let home = tempfile::tempdir().unwrap();
        let devices = open(home.path());
        let id = name(&devices, None, PINS[0]).unwrap().id;
        let refused = devices.set_certificate(&id, None, || ());
        assert!(matches!(refused, Err(NotNamed::OnlyCertificate)));
        devices.set_certificate(&id, PINS[1], || ()).unwrap();
        assert_eq!(devices.certified(PINS[1].unwrap()).unwrap().0, id);
    }
}
