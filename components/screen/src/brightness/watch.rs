//! Tells when somebody sets a backlight: keys, the desktop, another program.

use std::io;
use std::path::PathBuf;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::net::unix::pipe;

/// Watches files. The kernel reports what programs write to `brightness`, and by `actual_brightness`
/// what the firmware does (`sysfs_notify`), to inotify alike.
#[derive(Debug)]
pub(crate) struct Watch(
    /// What inotify reports is read like a pipe.
    pipe::Receiver,
);

impl Watch {
    /// A watch of nothing yet.
    ///
    /// # Errors
    /// If the system has none left.
    pub(crate) fn new() -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        pipe::Receiver::from_owned_fd_unchecked(inotify).map(Self)
    }

    /// Watches these files as well; those that are watched already stay so, those that are gone end
    /// by themselves.
    pub(crate) fn follow(&self, files: impl IntoIterator<Item = PathBuf>) {
        for file in files {
            // What can not be watched is seen when somebody looks.
            if let Err(error) = inotify::add_watch(&self.0, &file, WatchFlags::MODIFY) {
                tracing::debug!(file = %file.display(), %error, "a backlight can not be watched");
            }
        }
    }

    /// Waits until a file has changed. Cancel safe.
    pub(crate) async fn changed(&self) {
        while !self.drain() {
            if self.0.readable().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Takes everything that was reported; whether there was anything.
    fn drain(&self) -> bool {
        let mut reports = [0; 4096];
        let mut any = false;
        while self.0.try_read(&mut reports).is_ok_and(|read| read > 0) {
            any = true;
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[tokio::test]
    async fn a_write_is_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("brightness");
        fs::write(&file, "1").expect("a file");
        let watch = Watch::new().expect("a watch");
        watch.follow([file.clone(), folder.path().join("missing")]);

        fs::write(&file, "2").expect("a file");
        watch.changed().await;
        assert!(!watch.drain());
    }
}
