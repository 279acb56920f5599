//! Announces this machine: what callers see of it. [`crate::supervisor`] does the work.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::record::Record;
use crate::supervisor::Supervisor;
use crate::{MdnsError, Options};

/// How long [`Advertiser::shutdown`] waits: past the backends' own deadlines.
const SHUTDOWN: Duration = Duration::from_secs(6);

/// What to tell the network about this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The device's display name.
    pub name: String,
    /// The device id: 32 characters of lower-case base32, of which eight are announced.
    pub device_id: String,
    /// The TCP port the daemon listens on.
    pub port: u16,
    /// Whether a pairing window is open.
    pub pairing: bool,
}

/// Who announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendKind {
    /// The Avahi daemon of this machine, over D-Bus.
    Avahi,
    /// Our own multicast DNS responder.
    Mdns,
}

/// How the announcement fares.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The backend checks that the name is free, or waits for a network to announce on.
    Starting(BackendKind),
    /// The network knows this machine.
    Announced {
        /// Who announces.
        backend: BackendKind,
        /// The instance name in use, another one than asked for when that was taken.
        instance: String,
    },
    /// Nobody announces; it is tried again every minute.
    Failed {
        /// What went wrong, and a hint.
        reason: String,
    },
}

/// Why announcing could not begin. The machine can still be reached by QR code and by address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdvertiseError {
    /// There is nothing to connect to at port 0, and no device without an id.
    #[error("the announcement lacks a port or a device id")]
    InvalidAnnouncement,
    /// Avahi does not run, and multicast DNS can not be spoken without it.
    #[error(transparent)]
    Mdns(#[from] MdnsError),
}

impl AdvertiseError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InvalidAnnouncement => {
                "announce the port the daemon listens on, and its device id"
            }
            Self::Mdns(error) => error.hint(),
        }
    }
}

/// A running announcement. When dropped it ends in the background, with a goodbye if there is time.
pub struct Advertiser {
    pairing: watch::Sender<bool>,
    status: watch::Receiver<Status>,
    task: JoinHandle<()>,
}

impl Advertiser {
    /// Starts announcing: through Avahi if it runs, else by ourselves. The name is checked and the
    /// announcement sent in the background, see [`Advertiser::changed`].
    ///
    /// # Errors
    ///
    /// [`AdvertiseError`] when the announcement makes no sense or this machine can not announce now.
    pub async fn start(
        announcement: Announcement,
        options: Options,
    ) -> Result<Self, AdvertiseError> {
        let record = Record::new(&announcement)
            .filter(|record| record.port != 0)
            .ok_or(AdvertiseError::InvalidAnnouncement)?;
        let (pairing, window) = watch::channel(record.pairing);
        let supervisor = Supervisor::start(record, options, window).await?;
        let status = supervisor.status();
        let task = tokio::spawn(supervisor.run());
        Ok(Self {
            pairing,
            status,
            task,
        })
    }

    /// Tells the network whether a pairing window is open: at once, or a few seconds after the last
    /// change.
    pub fn set_pairing(&self, open: bool) {
        self.pairing.send_replace(open);
    }

    /// How the announcement fares now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits until the status is another one than when last asked here; cancel safe.
    pub async fn changed(&mut self) -> Status {
        if self.status.changed().await.is_err() {
            // The task ends only after us, unless it panicked.
            std::future::pending::<()>().await;
        }
        self.status.borrow_and_update().clone()
    }

    /// Takes the announcement back, with a goodbye, and returns when it has been sent, after at most
    /// six seconds.
    pub async fn shutdown(self) {
        let Self {
            pairing, mut task, ..
        } = self;
        drop(pairing);
        if timeout(SHUTDOWN, &mut task).await.is_err() {
            tracing::warn!("the announcement was not taken back in time");
            task.abort();
        }
    }
}
