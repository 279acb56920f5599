//! How a new keeper gets the lines from an old one whose daemon is gone: it knocks, and the old one ends.
//!
//! The socket is in the component's directory, which only its owner can enter. The process works in
//! that directory, since the name of a socket can not be long.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

const SOCKET: &str = "keeper.sock";

/// How long an old keeper has to let go.
const PATIENCE: Duration = Duration::from_secs(5);

/// The place where the next keeper knocks.
#[derive(Debug)]
pub(super) struct Door(UnixListener);

impl Door {
    /// Has an older keeper in `dir` let go, and opens the door for the next.
    ///
    /// # Errors
    /// If the directory can not be used, or the older keeper does not let go.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        std::env::set_current_dir(dir)?;
        if let Ok(mut older) = UnixStream::connect(SOCKET) {
            older.set_read_timeout(Some(PATIENCE))?;
            // It says nothing; the end of its process ends the stream.
            match older.read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::Error::other(
                        "another keeper does not let go of the lines",
                    ));
                }
                _ => {}
            }
        }
        match std::fs::remove_file(SOCKET) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        UnixListener::bind(SOCKET).map(Self)
    }
}

impl AsFd for Door {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
