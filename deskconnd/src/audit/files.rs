//! The files of the audit log: JSON lines, added to and turned over when they are full.

use deskconn_protocol::api::audit::{Entry, MAX_ENTRIES};
use deskconn_state::{StateDir, StateError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use tracing::warn;

/// Where the files are.
const DIRECTORY: &str = "audit";

/// How long a file may get, in octets.
const SIZE: u64 = 1 << 20;

/// How many full files of each sort are kept. With the one that is filled, and two sorts, the log
/// takes ten megabytes at most.
const KEPT: usize = 4;

/// Two sorts of entries in files of their own, so that nobody washes away who was trusted with what by
/// making many calls.
const SORTS: [Sort; 2] = [Sort::Trust, Sort::Use];

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Who is trusted, and with what.
    Trust,
    /// What is done.
    Use,
}

/// Which entries somebody wants to see.
#[derive(Debug)]
pub(super) struct Selection {
    /// Of this device only.
    pub(super) device: Option<String>,
    /// Not before this, in milliseconds since 1970.
    pub(super) since: u64,
    /// So many of the latest.
    pub(super) limit: usize,
}

impl Selection {
    /// As much as there may be in one answer.
    #[cfg(test)]
    pub(super) const fn everything() -> Self {
        Self {
            device: None,
            since: 0,
            limit: usize::MAX,
        }
    }

    fn chooses(&self, entry: &Entry) -> bool {
        let is_of = |device: &String| entry.who == *device;
        entry.at >= self.since && self.device.as_ref().is_none_or(is_of)
    }
}

/// The files of the log.
#[derive(Debug)]
pub(super) struct Files {
    state: StateDir,
    /// Whether the disk refused the last time, which is said once.
    refused: bool,
}

impl Files {
    /// Those in the directory `audit` of `state`, if there are any.
    pub(super) const fn new(state: StateDir) -> Self {
        Self {
            state,
            refused: false,
        }
    }

    /// Adds entries, all of a sort or none. Returns the sorts that the disk has not taken.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Vec<Sort> {
        let mut refused = Vec::new();
        let mut refusal = None;
        for sort in SORTS {
            let mine = entries.iter().filter(|entry| Sort::of(entry) == sort);
            let lines = mine.filter_map(|entry| serde_json::to_string(entry).ok());
            let lines: String = lines.map(|line| line + "\n").collect();
            if let Err(error) = self.append_lines(sort, &lines) {
                refused.push(sort);
                refusal = Some(error);
            }
        }
        if let Some(error) = refusal.as_ref().filter(|_| !self.refused) {
            warn!(
                "the audit log was not written, and what is missing is counted: {error}; hint: {}",
                error.hint()
            );
        }
        self.refused = refusal.is_some();
        refused
    }

    /// The chosen entries, the oldest first. Lines that are none are passed over.
    pub(super) fn read(&self, selection: &Selection) -> Result<Vec<Entry>, StateError> {
        let mut chosen = Vec::new();
        for sort in SORTS {
            for number in (0..=KEPT).rev() {
                let path = self.path(sort, number);
                let text = match fs::read(&path) {
                    Ok(text) => text,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(source) => return Err(failed("read", path, source)),
                };
                let lines = text.split(|octet| *octet == b'\n');
                let entries = lines.filter_map(|line| serde_json::from_slice(line).ok());
                chosen.extend(entries.filter(|entry| selection.chooses(entry)));
            }
        }
        chosen.sort_by_key(|entry| entry.at);
        let excess = chosen.len().saturating_sub(selection.limit);
        chosen.drain(..excess);
        Ok(chosen)
    }

    fn append_lines(&self, sort: Sort, lines: &str) -> Result<(), StateError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.state.subdir(DIRECTORY)?;
        let path = self.path(sort, 0);
        let length = fs::symlink_metadata(&path).map_or(0, |metadata| metadata.len());
        if length > 0 && length + lines.len() as u64 > SIZE {
            self.turn_over(sort)?;
        }
        let appended = open(&path).and_then(|file| add(file, lines, sort));
        appended.map_err(|source| failed("write", path, source))
    }

    /// Makes the file that is full the first of those that are kept, and forgets the last.
    fn turn_over(&self, sort: Sort) -> Result<(), StateError> {
        for number in (0..KEPT).rev() {
            let (from, to) = (self.path(sort, number), self.path(sort, number + 1));
            match fs::rename(&from, to) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("rename", from, source));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn path(&self, sort: Sort, number: usize) -> PathBuf {
        let name = match sort {
            Sort::Trust => "trust",
            Sort::Use => "use",
        };
        self.state.path().join(DIRECTORY).join(match number {
            0 => format!("{name}.jsonl"),
            number => format!("{name}.{number}.jsonl"),
        })
    }
}

impl Sort {
    pub(super) const fn of(entry: &Entry) -> Self {
        if entry.what.is_about_trust() {
            Self::Trust
        } else {
            Self::Use
        }
    }
}

impl Selection {
    /// The limit an answer has, whatever was asked for.
    pub(super) fn limit(asked: Option<usize>) -> usize {
        asked.unwrap_or(MAX_ENTRIES).min(MAX_ENTRIES)
    }
}

fn open(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        // A link in its place would lead elsewhere.
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}

/// Adds lines to the end of `file`, or nothing. What a crash has left of a line is ended first.
fn add(mut file: File, lines: &str, sort: Sort) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut text = lines.to_owned();
    if length > 0 {
        let mut last = [0];
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.insert(0, '\n');
        }
    }
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        file.set_len(length)?;
    }
    written?;
    // Of calls, the last may be lost with the power; a disk that is an SD card should not see each.
    match sort {
        Sort::Trust => file.sync_data(),
        Sort::Use => Ok(()),
    }
}

fn failed(action: &'static str, path: PathBuf, source: io::Error) -> StateError {
    StateError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry;
    use super::*;
    use deskconn_protocol::api::audit::What;
    use std::os::unix::fs::PermissionsExt;

    fn files(home: &tempfile::TempDir) -> Files {
        Files::new(StateDir::open(home.path()).unwrap())
    }

    fn call(who: &str, at: u64) -> Entry {
        Entry {
            at,
            uri: Some("org.deskconn.test.".to_owned() + &"x".repeat(200)),
            ..entry(What::Call, who)
        }
    }

    #[test]
    fn files_are_private_and_bounded_and_calls_do_not_push_out_what_was_trusted() {
        let home = tempfile::tempdir().unwrap();
        let mut files = files(&home);
        assert!(files.append(&[entry(What::Paired, "a")]).is_empty());
        for batch in 0..80 {
            let calls: Vec<_> = (0..400).map(|n| call("a", batch * 400 + n)).collect();
            assert!(files.append(&calls).is_empty());
        }
        let mut total = 0;
        for entry in fs::read_dir(home.path().join(DIRECTORY))
            .unwrap()
            .map(Result::unwrap)
        {
            let metadata = entry.metadata().unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
            assert!(metadata.len() <= SIZE);
            total += 1;
        }
        assert_eq!(total, 1 + 1 + KEPT);
        let all = files.read(&Selection::everything()).unwrap();
        assert!(all.len() < 80 * 400, "the first calls are gone");
        assert!(all.iter().any(|entry| entry.what == What::Paired));
    }

    #[test]
    fn a_selection_is_by_device_and_time_and_takes_the_latest() {
        let home = tempfile::tempdir().unwrap();
        let mut files = files(&home);
        files.append(&[call("a", 1), call("b", 2), call("a", 3), call("a", 4)]);
        let mut selection = Selection {
            device: Some("a".to_owned()),
            since: 2,
            limit: 10,
        };
        let times = |selection: &Selection| -> Vec<u64> {
            let read = files.read(selection).unwrap();
            read.iter().map(|entry| entry.at).collect()
        };
        assert_eq!(times(&selection), [3, 4]);
        selection.limit = 1;
        assert_eq!(times(&selection), [4]);
    }

    #[test]
    fn what_a_crash_left_of_a_line_spoils_no_other() {
        let home = tempfile::tempdir().unwrap();
        let mut files = files(&home);
        files.append(&[call("a", 1)]);
        let path = files.path(Sort::Use, 0);
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"at\":2,\"wh");
        fs::write(&path, text).unwrap();
        files.append(&[call("a", 3)]);
        let read = files.read(&Selection::everything()).unwrap();
        assert_eq!(
            read.iter().map(|entry| entry.at).collect::<Vec<_>>(),
            [1, 3]
        );
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        let mut files = files(&home);
        fs::create_dir(home.path().join(DIRECTORY)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, files.path(Sort::Use, 0)).unwrap();
        assert_eq!(files.append(&[call("a", 1)]).len(), 1);
        assert_eq!(fs::read_to_string(elsewhere).unwrap(), "precious");
    }
}
