//! Keeps the announcement up: chooses the backend, moves to Avahi when it appears and away when it goes.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::avahi::{self, AvahiError, Publication};
use crate::record::Record;
use crate::responder::Responder;
use crate::{BackendKind, MdnsError, Options, Status};

/// How long to leave Avahi alone after it failed us, and our own responder after it could not start.
const RETRY: Duration = Duration::from_secs(60);
/// The least time between two changes of the TXT record. Listeners drop a replaced record a second
/// after hearing its successor for the second time (RFC 6762 section 10.2); some overlook a record
/// that comes back before it was dropped, and would show a closed pairing window as open for an hour.
const TXT_PACE: Duration = Duration::from_millis(2500);

/// What a backend tells.
pub(crate) enum Notice {
    /// The network knows us by this instance name.
    Announced(String),
    /// The network does not know us for now.
    Quiet,
    /// The program that announced for us has ended.
    Stopped,
    /// The backend does not work, for this reason, and should be left alone for a while.
    Failed(String),
    /// It has been left alone long enough.
    Retry,
}

/// The task that owns the backend.
pub(crate) struct Supervisor {
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
    /// Announces through Avahi if it runs, else by ourselves. Whether a pairing window is open is
    /// read from `window`; when its sender is dropped, the announcement is to end.
    pub(crate) async fn start(
        record: Record,
        options: Options,
        window: watch::Receiver<bool>,
    ) -> Result<Self, MdnsError> {
        let mut supervisor = Self {
            record,
            options,
            backend: Backend::None,
            avahi: avahi::appeared().boxed(),
            window,
            may_change_at: Instant::now(),
            status: watch::Sender::new(Status::Starting(BackendKind::Mdns)),
        };
        if let Some(server) = avahi::find().await {
            supervisor.announce_through(server).await;
        }
        if supervisor.backend.is_none() {
            supervisor.announce_ourselves()?;
        }
        Ok(supervisor)
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Keeps the announcement up until it is to end, then says goodbye.
    pub(crate) async fn run(mut self) {
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
                    self.end_backend().await;
                    self.announce_through(server).await;
                    self.ensure_backend();
                }
                notice = self.backend.next() => self.take(notice).await,
            }
        }
    }

    async fn take(&mut self, notice: Notice) {
        match notice {
            Notice::Announced(instance) => {
                let Some(backend) = self.kind() else { return };
                tracing::info!(instance, ?backend, "announced");
                self.status
                    .send_replace(Status::Announced { backend, instance });
            }
            Notice::Quiet => self.starting(),
            Notice::Stopped => {
                tracing::info!("avahi has stopped");
                self.end_backend().await;
                self.ensure_backend();
            }
            Notice::Failed(reason) => {
                tracing::warn!(reason, backend = ?self.kind(), "the announcement failed");
                let through_avahi = matches!(self.backend, Backend::Avahi(_));
                self.end_backend().await;
                if through_avahi {
                    self.avahi = avahi_after_a_while();
                    self.ensure_backend();
                } else {
                    self.status.send_replace(Status::Failed { reason });
                }
            }
            Notice::Retry => self.ensure_backend(),
        }
    }

    async fn end_backend(&mut self) {
        std::mem::replace(&mut self.backend, Backend::None)
            .shutdown()
            .await;
    }

    async fn announce_pairing(&mut self, open: bool) {
        self.record.pairing = open;
        self.may_change_at = Instant::now() + TXT_PACE;
        self.backend.set_pairing(open).await;
    }

    /// Moves the announcement to Avahi; there is no backend after that when Avahi refuses.
    async fn announce_through(&mut self, server: avahi::Server) {
        match Publication::start(server, &self.record, &self.options).await {
            Ok(publication) => {
                self.backend = Backend::Avahi(Box::new(publication));
                self.avahi = avahi::appeared().boxed();
                self.starting();
            }
            Err(AvahiError::Stopped) => self.avahi = avahi::appeared().boxed(),
            Err(error) => {
                tracing::warn!(%error, "avahi does not announce, doing it ourselves");
                self.avahi = avahi_after_a_while();
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
                Notice::Retry
            }
        }
    }

    async fn set_pairing(&mut self, open: bool) {
        match self {
            Self::Avahi(publication) => publication.set_pairing(open).await,
            Self::Mdns(responder) => responder.set_pairing(open),
            Self::None => {}
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

/// Avahi, once it has been left alone for a while.
fn avahi_after_a_while() -> BoxFuture<'static, avahi::Server> {
    sleep(RETRY).then(|()| avahi::appeared()).boxed()
}
