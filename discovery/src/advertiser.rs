//! Announces this machine, through Avahi or by ourselves, and moves between the two as Avahi comes and goes.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::avahi::{self, Publication};
use crate::record::Record;
use crate::responder::Responder;
use crate::{MdnsError, Options};

/// How long to leave Avahi alone after it failed us, and our own responder after it could not start.
const RETRY: Duration = Duration::from_secs(60);
/// The least time between two changes of the TXT record. Listeners drop a replaced record a second
/// after hearing its successor for the second time (RFC 6762 section 10.2); some overlook a record
/// that comes back before it was dropped, and would show a closed pairing window as open for an hour.
const TXT_PACE: Duration = Duration::from_millis(2500);
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
        let mut supervisor = Supervisor {
            backend: Backend::None,
            avahi: avahi::appeared().boxed(),
            status: watch::Sender::new(Status::Starting(BackendKind::Mdns)),
            window,
            may_change_at: Instant::now(),
            record,
            options,
        };
        if let Some(server) = avahi::find().await {
            supervisor.announce_through(server).await;
        }
        if supervisor.backend.is_none() {
            supervisor.announce_ourselves()?;
        }
        let status = supervisor.status.subscribe();
        let task = tokio::spawn(supervisor.run());
        Ok(Self {
            pairing,
            status,
            task,
        })
    }

    /// Tells the network whether a pairing window is open: at once, or a few
    /// seconds after the last change.
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

/// What a backend tells.
pub(crate) enum Notice {
    /// The network knows us by this instance name.
    Announced(String),
    /// The network does not know us for now.
    Quiet,
    /// The backend has ended, for this reason.
    Gone(String),
}

enum Backend {
    Avahi(Box<Publication>),
    Mdns(Responder),
    None,
}

impl Backend {
    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    async fn next(&mut self) -> Notice {
        match self {
            Self::Avahi(publication) => publication.next().await,
            Self::Mdns(responder) => responder.next().await,
            Self::None => {
                sleep(RETRY).await;
                Notice::Gone("nobody announced".to_owned())
            }
        }
    }

    async fn set_pairing(&mut self, open: bool) -> Result<(), String> {
        match self {
            Self::Avahi(publication) => publication
                .set_pairing(open)
                .await
                .map_err(|e| e.to_string()),
            Self::Mdns(responder) => responder.set_pairing(open).map_err(|e| e.to_string()),
            Self::None => Ok(()),
        }
    }

    async fn shutdown(self) {
        match self {
            Self::Avahi(publication) => publication.shutdown().await,
            Self::Mdns(responder) => responder.shutdown().await,
            Self::None => {}
        }
    }
}

/// The task that owns the backend.
struct Supervisor {
    record: Record,
    options: Options,
    backend: Backend,
    /// Resolves when Avahi can be moved to; not polled while it is the backend.
    avahi: BoxFuture<'static, avahi::Server>,
    /// The pairing window; its sender is dropped to end the announcement.
    window: watch::Receiver<bool>,
    /// When the TXT record may be changed next.
    may_change_at: Instant,
    status: watch::Sender<Status>,
}

impl Supervisor {
    async fn run(mut self) {
        loop {
            let has_avahi = matches!(self.backend, Backend::Avahi(_));
            let is_open = *self.window.borrow();
            tokio::select! {
                changed = self.window.changed() => {
                    if changed.is_err() {
                        return self.backend.shutdown().await;
                    }
                }
                () = sleep_until(self.may_change_at), if is_open != self.record.pairing => {
                    self.announce_pairing(is_open).await;
                }
                server = &mut self.avahi, if !has_avahi => {
                    // Our own goodbye first: Avahi would find the name taken.
                    std::mem::replace(&mut self.backend, Backend::None).shutdown().await;
                    self.announce_through(server).await;
                    self.ensure_backend();
                }
                notice = self.backend.next() => self.take(notice),
            }
        }
    }

    fn take(&mut self, notice: Notice) {
        match notice {
            Notice::Announced(instance) => {
                let Some(backend) = self.kind() else { return };
                tracing::info!(instance, ?backend, "announced");
                self.status
                    .send_replace(Status::Announced { backend, instance });
            }
            Notice::Quiet => self.starting(),
            Notice::Gone(reason) => {
                tracing::info!(reason, "the announcement has ended");
                self.backend = Backend::None;
                self.ensure_backend();
            }
        }
    }

    async fn announce_pairing(&mut self, open: bool) {
        self.record.pairing = open;
        self.may_change_at = Instant::now() + TXT_PACE;
        if let Err(reason) = self.backend.set_pairing(open).await {
            tracing::warn!(reason, "could not announce the pairing window");
        }
    }

    /// Moves the announcement to Avahi; there is no backend after that when Avahi refuses.
    async fn announce_through(&mut self, server: avahi::Server) {
        match Publication::start(server, &self.record, &self.options).await {
            Ok(publication) => {
                self.backend = Backend::Avahi(Box::new(publication));
                self.avahi = avahi::appeared().boxed();
                self.starting();
            }
            Err(error) => {
                tracing::warn!(%error, "avahi does not announce, doing it ourselves");
                self.avahi = async { sleep(RETRY).then(|()| avahi::appeared()).await }.boxed();
            }
        }
    }

    fn announce_ourselves(&mut self) -> Result<(), MdnsError> {
        self.backend = Backend::Mdns(Responder::start(&self.record, &self.options)?);
        self.starting();
        Ok(())
    }

    /// Announces by ourselves when nobody else does.
    fn ensure_backend(&mut self) {
        if !self.backend.is_none() {
            return;
        }
        if let Err(error) = self.announce_ourselves() {
            let reason = format!("{error}\nhint: {}", error.hint());
            tracing::warn!(%error, hint = error.hint(), "this machine is not announced");
            self.status.send_replace(Status::Failed { reason });
        }
    }

    fn starting(&self) {
        if let Some(kind) = self.kind() {
            self.status.send_replace(Status::Starting(kind));
        }
    }

    fn kind(&self) -> Option<BackendKind> {
        match self.backend {
            Backend::Avahi(_) => Some(BackendKind::Avahi),
            Backend::Mdns(_) => Some(BackendKind::Mdns),
            Backend::None => None,
        }
    }
}
