//! The local door: a Unix socket for programs of this machine.

use super::{Gate, ListenError, OUT_OF_HANDLES, Site, first_octet};
use crate::router::{Door, TOO_MANY};
use rustix::process::Pid;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// A bound Unix socket, removed when dropped.
#[derive(Debug)]
pub(crate) struct UnixDoor {
    listener: UnixListener,
    path: PathBuf,
    access: Access,
}

/// Whose programs may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Those of the daemon's own user, and root's.
    Owner,
    /// Those that the mode of the socket lets in.
    Mode(u32),
}

impl Access {
    /// The mode of the socket. Where the peer's user id decides, it only spares others the refusal.
    const fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Mode(mode) => mode,
        }
    }

    fn admits(self, uid: u32) -> bool {
        match self {
            Self::Owner => uid == 0 || uid == rustix::process::geteuid().as_raw(),
            Self::Mode(_) => true,
        }
    }
}

/// Listens on `path`, for those whom `access` admits. A socket that a dead daemon left is replaced;
/// one that answers is not.
pub(crate) fn bind(path: &Path, access: Access) -> Result<UnixDoor, ListenError> {
    let failed = |source| ListenError::Unix {
        path: path.to_owned(),
        source,
    };
    if let Some(parent) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .map_err(failed)?;
    }
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(ListenError::Taken {
                path: path.to_owned(),
            });
        }
        fs::remove_file(path).map_err(failed)?;
    }
    let listener = bind_private(path).map_err(failed)?;
    let door = UnixDoor {
        listener,
        path: path.to_owned(),
        access,
    };
    fs::set_permissions(path, fs::Permissions::from_mode(access.mode())).map_err(failed)?;
    Ok(door)
}

/// Makes a socket that is nobody else's from the beginning.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    use rustix::fs::Mode;
    // It is the whole process's, but not for long, and only takes something from what others make.
    let before = rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let bound = UnixListener::bind(path);
    rustix::process::umask(before);
    bound
}

impl UnixDoor {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets others connect from now on.
    ///
    /// # Errors
    /// If the mode of the socket can not be changed.
    pub(crate) fn set_access(&mut self, access: Access) -> io::Result<()> {
        self.access = access;
        fs::set_permissions(&self.path, fs::Permissions::from_mode(access.mode()))
    }

    /// Accepts connections until `shutdown`. Gives the door back, still bound: connections that come
    /// meanwhile wait.
    pub(crate) async fn run(
        self,
        site: Arc<Site>,
        gate: Gate,
        shutdown: CancellationToken,
    ) -> Self {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = shutdown.cancelled() => return self,
            };
            match accepted {
                Ok((stream, _)) => admit(stream, self.access, &site, &gate),
                Err(error) => {
                    warn!(%error, "could not accept a local connection");
                    tokio::time::sleep(OUT_OF_HANDLES).await;
                }
            }
        }
    }
}

impl Drop for UnixDoor {
    fn drop(&mut self) {
        // Nothing is left to do about one that can not be removed: the next start replaces it.
        drop(fs::remove_file(&self.path));
    }
}

/// Starts serving a connection, if its process may connect.
fn admit(stream: UnixStream, access: Access, site: &Arc<Site>, gate: &Gate) {
    let (uid, process) = match stream.peer_cred() {
        Ok(credentials) => (credentials.uid(), credentials.pid()),
        Err(error) => return warn!(%error, "a local program without credentials was refused"),
    };
    if !access.admits(uid) {
        return info!(uid, "a program of another user was refused");
    }
    let Some(place) = gate.enter() else {
        site.router.doors.connections_refused.count(TOO_MANY);
        return debug!("too many connections: a local one was closed");
    };
    site.router.doors.connections.one();
    let process = process.and_then(Pid::from_raw);
    let insiders = site.insiders.as_ref().zip(process);
    let component = insiders.map(|(insiders, process)| insiders.of_process(process));
    let component = match component.transpose() {
        Ok(component) => component.flatten(),
        Err(error) => return debug!(%error, "a local program that is gone was refused"),
    };
    let site = Arc::clone(site);
    gate.tasks.spawn(async move {
        let door = Door::Local { uid, component };
        let opening = first_octet::open(stream, door, Arc::clone(&site), None, ());
        match Box::pin(opening).await {
            Ok(Some(arrived)) => site.link(arrived).await,
            Ok(None) => {}
            Err(error) => debug!(%error, "a local connection failed"),
        }
        drop(place);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_left_by_a_dead_daemon_is_replaced_and_a_live_one_is_not() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run/deskconnd.sock");
        let door = bind(&path, Access::Owner).unwrap();
        assert!(matches!(
            bind(&path, Access::Owner),
            Err(ListenError::Taken { .. })
        ));
        // What a killed daemon leaves: the file without anyone behind it.
        std::mem::forget(std::mem::replace(
            &mut { door }.path,
            home.path().join("none"),
        ));
        assert!(bind(&path, Access::Owner).is_ok());
        assert!(!path.exists(), "removed when dropped");
    }

    #[tokio::test]
    async fn a_socket_is_never_open_to_more_than_it_is_for() {
        let home = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = home.path().join("bound");
        let _bound = bind_private(&path).unwrap();
        assert_eq!(mode(&path) & 0o077, 0);
        let path = home.path().join("run/deskconnd.sock");
        let mut door = bind(&path, Access::Owner).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        door.set_access(Access::Mode(0o660)).unwrap();
        assert_eq!(mode(&path), 0o660);
    }

    #[tokio::test]
    async fn a_file_in_the_place_of_the_socket_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deskconnd.sock");
        fs::write(&path, "precious").unwrap();
        assert!(matches!(
            bind(&path, Access::Owner),
            Err(ListenError::Unix { .. })
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}
