//! The file that a realm's history lasts in: events by their numbers, changed by whole transactions.

use super::pending::Change;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use wamp_router::StoredEvent;

/// Each event by its number, as MessagePack with the names of its fields, after a checksum: the database
/// looks at its own only after a crash.
const EVENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("events");

/// How this program has written the file.
const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");

/// The form in which events are written; another one has another number.
const FORMAT: u64 = 1;

/// How much of the file is held in memory: it is read once, and then only written.
const CACHE: usize = 4 << 20;

/// Why a file can not be used in which the database panics: its way to say so.
pub(super) const NOT_UNDERSTOOD: &str = "the database does not understand it";

/// The octets of a checksum: the first of a SHA-256.
const CHECKSUM: usize = 8;

/// An open file.
#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
    path: PathBuf,
}

/// Why a history can not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The file can not be had.
    #[error("can not open the history {}: {source}", .path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no history, or a broken one.
    #[error("the history {} can not be read: {reason}", .path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What was to be written is not.
    #[error("the history {} can not be written: {source}", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: Box<redb::Error>,
    },
}

impl StoreError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Open { source, .. } => hint_of(source),
            Self::Broken { .. } => {
                "keep the file for a look, and move it out of the way: the next start makes a new one"
            }
            Self::Write { source, .. } => match &**source {
                redb::Error::Io(error) => hint_of(error),
                redb::Error::DatabaseAlreadyOpen => "give every realm and router a file of its own",
                _ => "look after the disk; it is tried again",
            },
        }
    }
}

fn hint_of(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space on that disk; it is tried again"
        }
        io::ErrorKind::NotFound => "make the directory",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "let this user write there"
        }
        _ => "look after the disk",
    }
}

impl Store {
    /// Opens the file, which is made if it is not there, readable by this user only.
    ///
    /// # Errors
    /// If it can not be had, or is no history.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(|source| StoreError::Open {
                path: path.to_owned(),
                source,
            })?;
        let opened = Database::builder().set_cache_size(CACHE).create_file(file);
        let database = opened.map_err(|error| match redb::Error::from(error) {
            redb::Error::Io(source) if source.kind() != io::ErrorKind::InvalidData => {
                StoreError::Open {
                    path: path.to_owned(),
                    source,
                }
            }
            error @ redb::Error::DatabaseAlreadyOpen => StoreError::Write {
                path: path.to_owned(),
                source: Box::new(error),
            },
            error => broken(path, &error),
        })?;
        let path = path.to_owned();
        Ok(Self { database, path })
    }

    /// Every event with its number, the oldest first.
    ///
    /// # Errors
    /// If the file is broken, or was written by another version of this program.
    pub(crate) fn read(&self) -> Result<Vec<(u64, StoredEvent)>, StoreError> {
        events(&self.database).map_err(|reason| broken(&self.path, &reason))
    }

    /// Writes changes down, all or none; when this returns, they are on the disk.
    ///
    /// # Errors
    /// If the disk does not take them. What was written before is as it was; the file has to be opened
    /// again.
    pub(crate) fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        // What comes and goes in the same breath need not be written.
        let forgotten = changes.iter().filter_map(|change| match change {
            Change::Forget(number) => Some(*number),
            Change::Record(..) => None,
        });
        let forgotten: HashSet<u64> = forgotten.collect();
        let recorded = changes.iter().filter_map(|change| match change {
            Change::Record(number, event) if !forgotten.contains(number) => {
                Some((*number, &**event))
            }
            _ => None,
        });
        let written = self.transact(|table| {
            for number in &forgotten {
                table.remove(number)?;
            }
            record(table, recorded)
        });
        written.map_err(|source| self.unwritten(source))
    }

    /// Has the file hold these events and no others; when this returns, it does.
    ///
    /// # Errors
    /// As [`Store::apply`].
    pub(crate) fn replace(&self, events: &[(u64, StoredEvent)]) -> Result<(), StoreError> {
        let written = self.transact(|table| {
            table.retain(|_, _| false)?;
            record(table, events.iter().map(|(number, event)| (*number, event)))
        });
        written.map_err(|source| self.unwritten(source))
    }

    fn transact(
        &self,
        change: impl FnOnce(&mut redb::Table<'_, u64, &'static [u8]>) -> Result<(), redb::Error>,
    ) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        transaction.open_table(ABOUT)?.insert("format", FORMAT)?;
        change(&mut transaction.open_table(EVENTS)?)?;
        Ok(transaction.commit()?)
    }

    fn unwritten(&self, source: redb::Error) -> StoreError {
        StoreError::Write {
            path: self.path.clone(),
            source: Box::new(source),
        }
    }
}

fn record<'a>(
    table: &mut redb::Table<'_, u64, &'static [u8]>,
    events: impl Iterator<Item = (u64, &'a StoredEvent)>,
) -> Result<(), redb::Error> {
    for (number, event) in events {
        let mut octets = vec![0; CHECKSUM];
        // Writing to memory in a format with a form for everything does not fail.
        let written =
            event.serialize(&mut rmp_serde::Serializer::new(&mut octets).with_struct_map());
        written.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let (checksum, event) = octets.split_at_mut(CHECKSUM);
        checksum.copy_from_slice(&checksum_of(event));
        table.insert(number, octets.as_slice())?;
    }
    Ok(())
}

/// The event that was written so, if nothing has changed.
fn event(octets: &[u8]) -> Option<StoredEvent> {
    let (checksum, event) = octets.split_at_checked(CHECKSUM)?;
    if *checksum != checksum_of(event) {
        return None;
    }
    rmp_serde::from_slice(event).ok()
}

fn checksum_of(octets: &[u8]) -> [u8; CHECKSUM] {
    let hash: [u8; 32] = Sha256::digest(octets).into();
    std::array::from_fn(|at| hash[at])
}

fn events(database: &Database) -> Result<Vec<(u64, StoredEvent)>, String> {
    let said = |error: redb::Error| error.to_string();
    let transaction = database.begin_read().map_err(|error| said(error.into()))?;
    let about = match transaction.open_table(ABOUT) {
        Ok(about) => about,
        // Nothing was written yet.
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(said(error.into())),
    };
    let format = about.get("format").map_err(|error| said(error.into()))?;
    let format = format.map(|format| format.value());
    if format != Some(FORMAT) {
        return Err("it was written by another version of this program".to_owned());
    }
    let table = transaction
        .open_table(EVENTS)
        .map_err(|error| said(error.into()))?;
    let mut events = Vec::new();
    for entry in table.iter().map_err(|error| said(error.into()))? {
        let (number, octets) = entry.map_err(|error| said(error.into()))?;
        let event = event(octets.value())
            .ok_or_else(|| format!("event {} is not as it was written", number.value()))?;
        events.push((number.value(), event));
    }
    Ok(events)
}

fn broken(path: &Path, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Broken {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use wamp_proto::{Payload, PublicationId, Serializer};

    fn event(number: u64) -> StoredEvent {
        StoredEvent {
            publication: PublicationId::from_random(number),
            time: number,
            topic: "com.example.topic".into(),
            details: Default::default(),
            audience: Default::default(),
            payload: Payload::new(Serializer::Json, &[number], &()).unwrap(),
        }
    }

    fn recorded(number: u64) -> Change {
        Change::Record(number, Box::new(event(number)))
    }

    fn numbers(path: &Path) -> Vec<u64> {
        let events = Store::open(path).unwrap().read().unwrap();
        for (number, event) in &events {
            assert_eq!(event.time, *number);
        }
        events.into_iter().map(|(number, _)| number).collect()
    }

    #[test]
    fn what_is_written_is_there_when_it_is_opened_again() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("history");
        assert!(numbers(&path).is_empty());
        let store = Store::open(&path).unwrap();
        store
            .apply(&[recorded(1), recorded(3), recorded(4)])
            .unwrap();
        let [comes, goes] = [recorded(5), Change::Forget(5)];
        store
            .apply(&[Change::Forget(1), comes, goes, recorded(6)])
            .unwrap();
        drop(store);
        assert_eq!(numbers(&path), [3, 4, 6]);
        Store::open(&path)
            .unwrap()
            .replace(&[(9, event(9))])
            .unwrap();
        assert_eq!(numbers(&path), [9]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_history_is_left_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("history");
        fs::write(&path, "my letters").unwrap();
        let error = Store::open(&path)
            .and_then(|store| store.read())
            .unwrap_err();
        assert!(error.to_string().contains("can not be read"), "{error}");
        assert!(error.hint().contains("move it out of the way"));
        assert_eq!(fs::read(&path).unwrap(), b"my letters");
    }

    #[test]
    fn octets_that_changed_on_the_disk_are_found() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("history");
        let store = Store::open(&path).unwrap();
        store
            .apply(&(1..100).map(recorded).collect::<Vec<_>>())
            .unwrap();
        drop(store);
        let mut octets = fs::read(&path).unwrap();
        let topic = b"com.example.topic";
        let at = octets.windows(topic.len()).position(|part| part == topic);
        octets[at.unwrap()] ^= 1;
        fs::write(&path, octets).unwrap();
        let error = Store::open(&path)
            .and_then(|store| store.read())
            .unwrap_err();
        assert!(matches!(error, StoreError::Broken { .. }), "{error}");
    }

    #[test]
    fn two_realms_do_not_write_to_one_file() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("history");
        let _store = Store::open(&path).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(error.hint().contains("a file of its own"), "{error}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let home = tempfile::tempdir().unwrap();
        let error = Store::open(&home.path().join("no/history")).unwrap_err();
        assert!(error.to_string().contains("no/history"), "{error}");
        assert_eq!(error.hint(), "make the directory");
    }
}
