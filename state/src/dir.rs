//! A private directory, held by one process at a time, whose files are replaced as a whole.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A directory for state, locked as long as this value (or a clone) lives.
#[derive(Debug, Clone)]
pub struct StateDir {
    path: PathBuf,
    lock: Option<Arc<File>>,
}

/// Why state can not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file system refuses.
    #[error("can not {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, as "write".
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others may read or write it.
    #[error("{} is open to other users (mode {mode:03o})", .path.display())]
    Exposed {
        /// The file or directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Another process holds the directory.
    #[error("{} is in use by another process", .path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The file is not what it should be.
    #[error("{} can not be understood: {reason}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl StateError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Io { path, source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space on that disk; nothing was lost".to_owned()
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => format!(
                    "let this user write {}, or choose another place with --state-dir",
                    path.parent().unwrap_or(path).display()
                ),
                _ => "choose another place with --state-dir".to_owned(),
            },
            Self::Exposed { path, .. } => format!(
                "run `chmod go= {}`; if others may have read it, remove the file and pair again",
                path.display()
            ),
            Self::InUse { .. } => {
                "stop the other daemon, or give this one its own --state-dir".to_owned()
            }
            Self::Malformed { path, .. } => {
                format!("mend {} or move it away", path.display())
            }
        }
    }
}

/// What the name of a file ends in that is being written, behind a dot before its own name.
const TEMPORARY: &str = ".new";

impl StateDir {
    /// Opens the directory, made with mode 0700 if it is not there, for this process alone. What a crash
    /// has left in it is swept away.
    ///
    /// # Errors
    /// If it can not be made, written or locked, or if other users may write it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StateError> {
        let mut dir = Self::open_shared(path)?;
        let path = dir.path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(not_elsewhere())
            .open(&path)
            .map_err(|source| failed("write", &path, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::InUse { path: dir.path }),
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path, source)),
        }
        dir.lock = Some(Arc::new(lock));
        dir.sweep()?;
        Ok(dir)
    }

    /// Opens the directory without keeping other processes out, for programs that run for a moment.
    ///
    /// # Errors
    /// If it can not be made, or if other users may write it.
    pub fn open_shared(path: impl Into<PathBuf>) -> Result<Self, StateError> {
        let path = path.into();
        make_private_dir(&path)?;
        Ok(Self { path, lock: None })
    }

    /// The directory `name` below this one, which is held along with it.
    ///
    /// # Errors
    /// As [`StateDir::open_shared`].
    pub fn subdir(&self, name: &str) -> Result<Self, StateError> {
        let path = self.path.join(name);
        make_private_dir(&path)?;
        Ok(Self {
            path,
            lock: self.lock.clone(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text of the file `name`, or `None` if there is no such file.
    ///
    /// # Errors
    /// If it can not be read, is a symbolic link, or if other users may read or write it.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<String>>, StateError> {
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        let options = options.read(true).custom_flags(not_elsewhere());
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed("read", &path, source)),
        };
        let metadata = file
            .metadata()
            .map_err(|source| failed("read", &path, source))?;
        if metadata.mode() & 0o077 != 0 {
            return Err(StateError::Exposed {
                path,
                mode: metadata.mode() & 0o777,
            });
        }
        let text = io::read_to_string(file).map_err(|source| failed("read", &path, source))?;
        Ok(Some(Zeroizing::new(text)))
    }

    /// Writes the file `name` anew. When this returns the text is on the disk; when it fails, or the
    /// machine stops, the file is as it was.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn write(&self, name: &str, text: &str) -> Result<(), StateError> {
        let path = self.path.join(name);
        let temporary = self.path.join(format!(".{name}{TEMPORARY}"));
        // Programs that share the directory write one after the other; the lock goes with the handle.
        let turn = File::open(&self.path).and_then(|dir| dir.lock().map(|()| dir));
        let _turn = turn.map_err(|source| failed("write", &path, source))?;
        let written = write_flushed(&temporary, text).and_then(|()| fs::rename(&temporary, &path));
        if let Err(source) = written {
            // Only what this call made is removed, and it may not have come so far.
            drop(fs::remove_file(&temporary));
            return Err(failed("write", &path, source));
        }
        self.flush()
    }

    /// Removes the file `name`; when this returns it stays removed. No such file is no error.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn remove(&self, name: &str) -> Result<(), StateError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Ok(()) => self.flush(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(failed("remove", &path, source)),
        }
    }

    /// The names of the files in it that end in `suffix`, without it.
    ///
    /// # Errors
    /// If the directory can not be read.
    pub fn names(&self, suffix: &str) -> Result<Vec<String>, StateError> {
        let listed = |source| failed("list", &self.path, source);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(listed)? {
            let name = entry.map_err(listed)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(suffix));
            names.extend(
                name.filter(|name| !name.starts_with('.'))
                    .map(str::to_owned),
            );
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Removes what a write left behind that was cut short before, for the one process that has this
    /// directory for itself. What other programs put there stays.
    ///
    /// # Errors
    /// If the directory can not be read, or a file not removed.
    pub fn sweep(&self) -> Result<(), StateError> {
        let failed = |source| failed("clean", &self.path, source);
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let is_ours = name.to_str().is_some_and(|name| {
                name.len() > TEMPORARY.len() + 1
                    && name.starts_with('.')
                    && name.ends_with(TEMPORARY)
            });
            let is_file = entry.file_type().map_err(failed)?.is_file();
            if is_ours && is_file {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Makes renames and removals in the directory last.
    fn flush(&self) -> Result<(), StateError> {
        let synced = File::open(&self.path).and_then(|dir| dir.sync_all());
        synced.map_err(|source| failed("write", &self.path, source))
    }
}

fn write_flushed(path: &Path, text: &str) -> io::Result<()> {
    // A left-over of a crash would keep its mode, and a link would lead elsewhere: start afresh.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn make_private_dir(path: &Path) -> Result<(), StateError> {
    let make = DirBuilder::new().recursive(true).mode(0o700).create(path);
    make.map_err(|source| failed("make the directory", path, source))?;
    let metadata = fs::metadata(path).map_err(|source| failed("read", path, source))?;
    if metadata.mode() & 0o022 != 0 {
        let path = path.to_owned();
        return Err(StateError::Exposed {
            path,
            mode: metadata.mode() & 0o777,
        });
    }
    Ok(())
}

/// Refuses a symbolic link, which would lead elsewhere (`O_NOFOLLOW` of open(2)).
const fn not_elsewhere() -> i32 {
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> StateError {
    if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return StateError::Malformed {
            path: path.to_owned(),
            reason: "it is a symbolic link".to_owned(),
        };
    }
    StateError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn files_are_private_and_replaced_as_a_whole() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path().join("a/b")).unwrap();
        assert_eq!(mode(dir.path()), 0o700);
        assert_eq!(dir.read("x.toml").unwrap(), None);
        dir.write("x.toml", "one").unwrap();
        dir.write("x.toml", "two").unwrap();
        assert_eq!(dir.read("x.toml").unwrap().unwrap().as_str(), "two");
        assert_eq!(mode(&dir.path().join("x.toml")), 0o600);
        assert_eq!(dir.names(".toml").unwrap(), ["x"]);
        dir.remove("x.toml").unwrap();
        dir.remove("x.toml").unwrap();
        assert_eq!(dir.names(".toml").unwrap(), [""; 0]);
    }

    #[test]
    fn what_others_may_read_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path()).unwrap();
        dir.write("key", "secret").unwrap();
        let path = dir.path().join("key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = dir.read("key").unwrap_err();
        assert!(
            matches!(error, StateError::Exposed { mode: 0o640, .. }),
            "{error}"
        );
        assert!(error.hint().contains("chmod go="));
    }

    #[test]
    fn a_directory_others_may_write_is_refused() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            StateDir::open(home.path()),
            Err(StateError::Exposed { .. })
        ));
    }

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let home = tempfile::tempdir().unwrap();
        let first = StateDir::open(home.path()).unwrap();
        assert!(matches!(
            StateDir::open(home.path()),
            Err(StateError::InUse { .. })
        ));
        drop(first);
        assert!(StateDir::open(home.path()).is_ok());
    }

    #[test]
    fn a_write_that_fails_keeps_the_old_text_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path()).unwrap();
        dir.write("x", "old").unwrap();
        // A directory in the place of the temporary file can not be removed as a file.
        fs::create_dir(dir.path().join(".x.new")).unwrap();
        assert!(dir.write("x", "new").is_err());
        assert_eq!(dir.read("x").unwrap().unwrap().as_str(), "old");
    }

    #[test]
    fn programs_that_write_one_file_at_once_all_succeed() {
        let home = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let dir = StateDir::open_shared(home.path()).unwrap();
                    for text in ["one", "two"].repeat(20) {
                        dir.write("x", text).unwrap();
                    }
                });
            }
        });
        let dir = StateDir::open_shared(home.path()).unwrap();
        assert_eq!(dir.read("x").unwrap().unwrap().as_str(), "two");
    }

    #[test]
    fn symbolic_links_are_replaced_and_neither_read_nor_written_through() {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
        let path = home.path().join("state");
        let dir = StateDir::open_shared(&path).unwrap();
        let link = |name: &str| std::os::unix::fs::symlink(&elsewhere, path.join(name)).unwrap();

        link("key");
        let error = dir.read("key").unwrap_err();
        assert!(
            error.to_string().ends_with("it is a symbolic link"),
            "{error}"
        );
        dir.write("key", "new").unwrap();
        assert_eq!(dir.read("key").unwrap().unwrap().as_str(), "new");
        link("lock");
        assert!(matches!(
            StateDir::open(&path),
            Err(StateError::Malformed { .. })
        ));
        assert_eq!(fs::read_to_string(elsewhere).unwrap(), "precious");
    }

    #[test]
    fn left_overs_of_a_crash_are_swept_away_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path()).unwrap();
        dir.write("x.toml", "kept").unwrap();
        for name in [".x.toml.new", ".first.toml.new"] {
            fs::write(dir.path().join(name), "half").unwrap();
        }
        for name in ["new", ".new", "notes.new", ".profile"] {
            fs::write(dir.path().join(name), "not ours").unwrap();
        }
        fs::create_dir(dir.path().join(".dir.new")).unwrap();
        drop(dir);
        let dir = StateDir::open(home.path()).unwrap();
        let names = fs::read_dir(dir.path()).unwrap();
        let mut names: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
        names.sort();
        let kept = [
            ".dir.new",
            ".new",
            ".profile",
            "lock",
            "new",
            "notes.new",
            "x.toml",
        ];
        assert_eq!(names, kept);
    }

    #[test]
    fn a_left_over_of_a_crash_is_replaced_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path()).unwrap();
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        std::os::unix::fs::symlink(&elsewhere, dir.path().join(".x.new")).unwrap();
        dir.write("x", "new").unwrap();
        assert_eq!(fs::read_to_string(elsewhere).unwrap(), "precious");
        assert_eq!(dir.read("x").unwrap().unwrap().as_str(), "new");
    }
}
