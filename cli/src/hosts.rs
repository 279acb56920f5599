//! The daemons this computer was paired with, and the identity it shows them: files below `client/` in
//! the state directory, apart from the daemon's own.

use std::sync::Arc;

use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::{DeviceId, Identity, PublicIdentity};
use deskconn_protocol::pin::Pin;
use deskconn_state::{Records, StateDir, load_or_create_identity};
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::error::CliError;
use crate::select::{Named, select};

/// The most addresses of a daemon that are kept.
const MAX_ADDRESSES: usize = 8;

/// A daemon this computer was paired with; `hosts/<id>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Host {
    /// Its display name.
    pub(crate) name: String,
    /// Where it was reached or said to be, the last good one first: IP addresses and host names.
    pub(crate) addresses: Vec<String>,
    /// Its TCP port.
    pub(crate) port: u16,
    /// What it granted us when it was paired.
    pub(crate) grants: Vec<Grant>,
    /// When it was paired, in seconds since 1970.
    pub(crate) joined_at: u64,
    /// By what it is known over TLS, if it spoke it when it was paired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<Pin>,
    /// Its keys, by which we know it.
    pub(crate) keys: PublicIdentity,
}

impl Host {
    /// Where to try to reach it, in this order.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let address = |host: &String| Address {
            host: host.clone(),
            port: self.port,
        };
        self.addresses.iter().map(address).collect()
    }

    /// Puts `address` first, since the daemon answered there. One that means something on this network
    /// only for now, a link-local IPv6 address, is not kept. Returns whether anything changed.
    pub(crate) fn remember(&mut self, address: &Address) -> bool {
        let before = (self.addresses.clone(), self.port);
        let is_scoped = address.host.contains('%');
        if !is_scoped {
            self.addresses.retain(|host| *host != address.host);
            self.addresses.insert(0, address.host.clone());
            self.addresses.truncate(MAX_ADDRESSES);
            self.port = address.port;
        }
        before != (self.addresses.clone(), self.port)
    }
}

/// A host and its id, as [`select`] wants it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The daemon's device id.
    pub(crate) id: DeviceId,
    /// What is known of it.
    pub(crate) host: Host,
}

impl Named for Known {
    fn id(&self) -> &DeviceId {
        &self.id
    }

    fn name(&self) -> &str {
        &self.host.name
    }
}

/// The files.
#[derive(Debug)]
pub(crate) struct Hosts {
    dir: StateDir,
    records: Records<Host>,
}

impl Hosts {
    /// Reads the hosts kept in `dir`; also says, one line each, what was left out because it could not
    /// be read.
    ///
    /// # Errors
    ///
    /// If the directory can not be read.
    pub(crate) fn open(dir: StateDir) -> Result<(Self, Vec<String>), CliError> {
        let (records, skipped) = Records::open(dir.subdir("hosts")?)?;
        let skipped = skipped.iter().map(|skipped| skipped.0.to_string());
        let skipped = skipped.collect();
        Ok((Self { dir, records }, skipped))
    }

    /// The keys this computer shows to daemons, made when they are first asked for.
    ///
    /// # Errors
    ///
    /// If they can not be read or written.
    pub(crate) fn identity(&self) -> Result<Arc<Identity>, CliError> {
        Ok(Arc::new(load_or_create_identity(&self.dir)?))
    }

    /// Every host, in the order of the names.
    pub(crate) fn list(&self) -> Vec<Known> {
        let known = |(id, host): (&DeviceId, &Host)| Known {
            id: *id,
            host: host.clone(),
        };
        // A record whose file name and key do not agree would be somebody else's.
        let records = self.records.iter();
        let mut hosts: Vec<Known> = records
            .filter(|(id, host)| host.keys.id() == **id)
            .map(known)
            .collect();
        hosts.sort_by(|a, b| a.host.name.cmp(&b.host.name));
        hosts
    }

    /// The host that `wanted` names.
    ///
    /// # Errors
    ///
    /// If there is none or more than one.
    pub(crate) fn find(&self, wanted: &str) -> Result<Known, CliError> {
        let hosts = self.list();
        let found = select(&hosts, wanted, "computer").cloned();
        if hosts.is_empty() {
            return found.map_err(|error| error.hint("pair with it first: `deskconn join`"));
        }
        found
    }

    /// Keeps `host`, in place of what was known of it.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub(crate) fn keep(&mut self, host: Host) -> Result<(), CliError> {
        Ok(self.records.put(host.keys.id(), host)?)
    }

    /// Forgets the host of that id.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub(crate) fn forget(&mut self, id: &DeviceId) -> Result<(), CliError> {
        self.records.remove(id)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn host(seed: u8, name: &str) -> Host {
        Host {
            name: name.to_owned(),
            addresses: vec!["192.0.2.7".to_owned(), "fd00::7".to_owned()],
            port: 5020,
            grants: ["slides", "status"]
                .map(|grant| grant.parse().expect("a grant"))
                .into(),
            joined_at: 1_800_000_000,
            certificate: Some(Pin([7; 32])),
            keys: *Identity::from_seed(&[seed; 64]).public(),
        }
    }

    fn open(home: &tempfile::TempDir) -> Hosts {
        let dir = StateDir::open_shared(home.path().join("client")).expect("a directory");
        let (hosts, skipped) = Hosts::open(dir).expect("hosts");
        assert_eq!(skipped, Vec::<String>::new());
        hosts
    }

    #[test]
    fn hosts_and_the_identity_are_there_the_next_time() {
        let home = tempfile::tempdir().expect("a directory");
        let mut hosts = open(&home);
        let id = hosts.identity().expect("an identity").id();
        hosts.keep(host(1, "study-laptop")).expect("kept");
        hosts.keep(host(2, "desk")).expect("kept");
        hosts.forget(&host(2, "desk").keys.id()).expect("forgotten");
        let hosts = open(&home);
        assert_eq!(hosts.identity().expect("an identity").id(), id);
        let names: Vec<_> = hosts.list().into_iter().map(|known| known.host).collect();
        assert_eq!(names, [host(1, "study-laptop")]);
    }

    #[test]
    fn a_record_is_text_a_person_can_read() {
        let text = toml_of(&host(1, "study-laptop"));
        let expected = expect![[r#"
            name = "study-laptop"
            addresses = ["192.0.2.7", "fd00::7"]
            port = 5020
            grants = ["slides", "status"]
            joined_at = 1800000000
            certificate = "0707070707070707070707070707070707070707070707070707070707070707"

            [keys]
            ed25519 = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
            x25519 = "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209"
        "#]];
        expected.assert_eq(&text);
    }

    /// The record's text, as [`Hosts::keep`] writes it.
    fn toml_of(host: &Host) -> String {
        let home = tempfile::tempdir().expect("a directory");
        open(&home).keep(host.clone()).expect("kept");
        let file = home
            .path()
            .join(format!("client/hosts/{}.toml", host.keys.id()));
        std::fs::read_to_string(file).expect("the record")
    }

    #[test]
    fn a_record_under_another_id_is_not_used() {
        let home = tempfile::tempdir().expect("a directory");
        let text = toml_of(&host(1, "study-laptop"));
        let other = host(2, "").keys.id();
        let dir = StateDir::open_shared(home.path().join("client/hosts")).expect("a directory");
        dir.write(&format!("{other}.toml"), &text).expect("written");
        assert!(open(&home).list().is_empty());
    }

    #[test]
    fn the_address_that_answered_is_tried_first_the_next_time() {
        let mut host = host(1, "desk");
        let address = |text: &str| text.parse::<Address>().expect("an address");
        assert!(host.remember(&address("[fd00::7]:5021")));
        assert_eq!(host.addresses, ["fd00::7", "192.0.2.7"]);
        assert_eq!(host.port, 5021);
        assert!(!host.remember(&address("[fd00::7]:5021")));
        assert!(!host.remember(&address("[fe80::1%2]:5021")));
        for n in 0..20 {
            host.remember(&address(&format!("10.0.0.{n}")));
        }
        assert_eq!(host.addresses.len(), MAX_ADDRESSES);
        assert_eq!(host.addresses()[0].to_string(), "10.0.0.19:5020");
    }

    #[test]
    fn without_any_host_the_error_says_how_to_get_one() {
        let home = tempfile::tempdir().expect("a directory");
        let error = open(&home).find("desk").expect_err("nothing");
        assert_eq!(
            error.hint.as_deref(),
            Some("pair with it first: `deskconn join`")
        );
    }
}
