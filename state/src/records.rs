//! One TOML file a peer, named by the peer's device id.

use crate::{StateDir, StateError};
use deskconn_protocol::identity::DeviceId;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

const SUFFIX: &str = ".toml";

/// The records of a directory, all in memory; every change is on the disk before it is here.
#[derive(Debug)]
pub struct Records<T> {
    dir: StateDir,
    records: BTreeMap<DeviceId, T>,
}

/// A file that was left out, since it holds no record. It is not touched.
#[derive(Debug)]
pub struct Skipped(pub StateError);

impl<T: Serialize + DeserializeOwned> Records<T> {
    /// Reads every record of `dir`, and says which files were no records.
    ///
    /// # Errors
    /// If the directory can not be listed.
    pub fn open(dir: StateDir) -> Result<(Self, Vec<Skipped>), StateError> {
        let mut records = BTreeMap::new();
        let mut skipped = Vec::new();
        for name in dir.names(SUFFIX)? {
            match read(&dir, &name) {
                Ok((id, record)) => {
                    records.insert(id, record);
                }
                Err(error) => skipped.push(Skipped(error)),
            }
        }
        Ok((Self { dir, records }, skipped))
    }

    /// Writes the record of `id`, in place of the one there may be.
    ///
    /// # Errors
    /// If the disk refuses; the record there was stays.
    pub fn put(&mut self, id: DeviceId, record: T) -> Result<(), StateError> {
        let file = format!("{id}{SUFFIX}");
        let text = toml::to_string(&record).map_err(|error| StateError::Malformed {
            path: self.dir.path().join(&file),
            reason: error.to_string(),
        })?;
        self.dir.write(&file, &text)?;
        self.records.insert(id, record);
        Ok(())
    }

    /// Removes the record of `id` and returns it, or `None` if there is none.
    ///
    /// # Errors
    /// If the disk refuses; the record stays.
    pub fn remove(&mut self, id: &DeviceId) -> Result<Option<T>, StateError> {
        if !self.records.contains_key(id) {
            return Ok(None);
        }
        self.dir.remove(&format!("{id}{SUFFIX}"))?;
        Ok(self.records.remove(id))
    }

    /// The record of `id`.
    pub fn get(&self, id: &DeviceId) -> Option<&T> {
        self.records.get(id)
    }

    /// Every record, in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = (&DeviceId, &T)> {
        self.records.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

fn read<T: DeserializeOwned>(dir: &StateDir, name: &str) -> Result<(DeviceId, T), StateError> {
    let file = format!("{name}{SUFFIX}");
    let malformed = |reason: String| StateError::Malformed {
        path: dir.path().join(&file),
        reason,
    };
    let id = name
        .parse()
        .map_err(|_| malformed("its name is no device id".to_owned()))?;
    let text = dir
        .read(&file)?
        .ok_or_else(|| malformed("it vanished".to_owned()))?;
    let record = toml::from_str(&text).map_err(|error| malformed(error.message().to_owned()))?;
    Ok((id, record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::identity::Identity;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        name: String,
    }

    fn record(name: &str) -> Record {
        Record {
            name: name.to_owned(),
        }
    }

    fn id(seed: u8) -> DeviceId {
        Identity::from_seed(&[seed; 64]).id()
    }

    fn open(path: &std::path::Path) -> (Records<Record>, Vec<Skipped>) {
        Records::open(StateDir::open(path).unwrap()).unwrap()
    }

    #[test]
    fn records_are_there_again_after_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let (mut records, _) = open(home.path());
        records.put(id(1), record("phone")).unwrap();
        records.put(id(2), record("tablet")).unwrap();
        records.put(id(1), record("new phone")).unwrap();
        assert_eq!(records.remove(&id(2)).unwrap(), Some(record("tablet")));
        assert_eq!(records.remove(&id(3)).unwrap(), None);
        drop(records);
        let (records, skipped) = open(home.path());
        assert!(skipped.is_empty());
        assert_eq!(
            records.iter().collect::<Vec<_>>(),
            [(&id(1), &record("new phone"))]
        );
    }

    #[test]
    fn a_file_that_is_no_record_is_named_and_kept_and_the_rest_is_read() {
        let home = tempfile::tempdir().unwrap();
        let (mut records, _) = open(home.path());
        records.put(id(1), record("phone")).unwrap();
        drop(records);
        let dir = StateDir::open(home.path()).unwrap();
        dir.write(&format!("{}.toml", id(2)), "name = ").unwrap();
        dir.write("notes.toml", "name = 'x'").unwrap();
        drop(dir);
        let (records, skipped) = open(home.path());
        assert_eq!(records.len(), 1);
        assert_eq!(skipped.len(), 2);
        assert!(home.path().join("notes.toml").exists());
    }
}
