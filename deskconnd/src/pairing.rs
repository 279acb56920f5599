//! `org.deskconn.pairing.*`: the pairing window as procedures, two for the owner and two for strangers.

mod strangers;

use crate::audit::{Audit, entry};
use crate::devices::Devices;
use crate::journal::StrangerLog;
use deskconn_component::failure;
use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::api::grants::Lasting;
use deskconn_protocol::api::pairing::{Answer, Open, Update};
use deskconn_protocol::identity::{DeviceId, Identity};
use deskconn_protocol::link::PairingLink;
use deskconn_protocol::pairing::{DEFAULT_TTL, MAX_TTL, Secrets, Window};
use deskconn_protocol::pin::Pin;
use deskconn_protocol::profile::Profile;
use deskconn_protocol::uris;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{info, warn};
use wamp_client::{Invocation, InvocationError, Reply, RequestError, Session};
use wamp_proto::Uri;

/// How many updates may wait for the owner's screen. Each address is answered once a second at most,
/// and there are tens, so this is more than a window can bring between two looks.
const UPDATES: usize = 256;

/// The pairing window of this daemon.
pub(crate) struct Pairing {
    round: Mutex<Round>,
    identity: Arc<Identity>,
    name: String,
    devices: Arc<Devices>,
    audit: Arc<Audit>,
    /// Where strangers reach this computer, for the links.
    addresses: Box<dyn Fn() -> Vec<SocketAddr> + Send + Sync>,
    /// Whether the window is open, for the announcement and the status.
    open: watch::Sender<bool>,
    /// Held by the one stranger that is computed for; the others wait as tasks, not as threads.
    computing: tokio::sync::Mutex<()>,
    /// Bounds what the audit log has of strangers who come while no window is open.
    knocks: StrangerLog,
}

struct Round {
    window: Window,
    /// Counts the openings, so that one call does not close the window of the next.
    opening: u64,
    /// How long the device is to stay paired, if the owner says.
    lasting: Option<Lasting>,
    /// The owner's screen.
    updates: Option<mpsc::Sender<Update>>,
    /// Of whom the owner is to say whether it gets in.
    asked: Option<Asked>,
}

/// A device that waits for the owner's word.
struct Asked {
    id: DeviceId,
    answer: oneshot::Sender<bool>,
}

/// An open window, closed when dropped: it lives no longer than the call that opened it.
struct Opening<'a> {
    pairing: &'a Pairing,
    number: u64,
    updates: mpsc::Receiver<Update>,
}

impl Opening<'_> {
    /// Closes the window, if it is still this one that is open.
    fn close(&self) {
        let mut round = self.pairing.lock();
        if round.opening == self.number {
            round.window.close();
            self.pairing.settle(&mut round);
        }
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.close();
    }
}

impl Pairing {
    /// The closed window of the daemon with these keys and this profile. `addresses` are asked for
    /// when a window opens, devices are told by which certificate they know this computer over TLS.
    pub(crate) fn new(
        identity: Arc<Identity>,
        profile: Profile,
        devices: Arc<Devices>,
        audit: Arc<Audit>,
        addresses: impl Fn() -> Vec<SocketAddr> + Send + Sync + 'static,
        certificate: Option<Pin>,
    ) -> Arc<Self> {
        let name = profile.name.clone();
        let window = Window::new(Arc::clone(&identity), profile).with_certificate(certificate);
        Arc::new(Self {
            round: Mutex::new(Round {
                window,
                opening: 0,
                lasting: None,
                updates: None,
                asked: None,
            }),
            identity,
            name,
            devices,
            audit,
            addresses: Box::new(addresses),
            open: watch::Sender::new(false),
            computing: tokio::sync::Mutex::new(()),
            knocks: StrangerLog::new(),
        })
    }

    /// Has devices told that they know this computer by another certificate from now on.
    pub(crate) fn known_by(&self, certificate: Pin) {
        self.lock().window.known_by(certificate);
    }

    /// Tells whether the window is open.
    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.open.subscribe()
    }

    /// Registers the owner's procedures, in the realm `deskconn`.
    pub(crate) async fn serve_owner(
        self: &Arc<Self>,
        session: &Session,
    ) -> Result<(), RequestError> {
        let pairing = Arc::clone(self);
        let announce = session.clone();
        session
            .register(Uri::from_static(uris::PAIRING_OPEN), move |invocation| {
                let (pairing, announce) = (Arc::clone(&pairing), announce.clone());
                async move { pairing.open(&invocation, &announce).await }
            })
            .await?;
        let pairing = Arc::clone(self);
        session
            .register(Uri::from_static(uris::PAIRING_ANSWER), move |invocation| {
                let pairing = Arc::clone(&pairing);
                async move { pairing.answer(&invocation) }
            })
            .await?;
        Ok(())
    }

    /// Tells a device that waits what the owner says.
    fn answer(&self, invocation: &Invocation) -> Result<(), InvocationError> {
        let Answer { id, accept } = invocation.kwargs()?;
        let mut round = self.lock();
        let asked = round.asked.take_if(|asked| asked.id == id);
        let told = asked.is_some_and(|asked| asked.answer.send(accept).is_ok());
        match told {
            true => Ok(()),
            false => Err(failure(
                uris::ERROR_NOT_FOUND,
                "no such device waits to be let in",
                "it has gone, or the window is closed: open another",
            )),
        }
    }

    /// Opens the window and tells the owner what happens in it until it is closed. The window lives
    /// as long as this call: whoever cancels it, or goes away, closes the window.
    async fn open(
        &self,
        invocation: &Invocation,
        announce: &Session,
    ) -> Result<Reply, InvocationError> {
        let Open {
            ttl_ms,
            lasting,
            confirm,
        } = invocation.kwargs()?;
        let ttl = ttl_ms.map_or(DEFAULT_TTL, Duration::from_millis);
        let mut opening = self.begin_round(ttl.min(MAX_TTL), lasting, confirm)?;
        let mut cancelled = false;
        loop {
            let timeout = self.lock().window.next_timeout();
            let timeout = tokio::time::sleep_until(timeout.unwrap_or_else(far_off).into());
            tokio::select! {
                update = opening.updates.recv() => match update {
                    Some(closed @ Update::Closed { .. }) => return Ok(Reply::kwargs(closed)),
                    Some(update) => {
                        if let Update::Paired { device, .. } = &update {
                            let paired = announce.publish(Uri::from_static(uris::DAEMON_ON_DEVICE_PAIRED));
                            if let Err(error) = paired.kwargs(device).await {
                                warn!(%error, "the pairing was not announced");
                            }
                        }
                        invocation.progress(Reply::kwargs(update)).await?;
                    }
                    // Another window has taken the place of this one.
                    None => return Err(InvocationError::canceled()),
                },
                () = timeout => self.change(|window, now| window.handle_timeout(now)),
                _ = invocation.cancelled(), if !cancelled => {
                    cancelled = true;
                    opening.close();
                }
            }
        }
    }

    /// Draws secrets, opens the window with them and returns where its updates come out.
    fn begin_round(
        &self,
        ttl: Duration,
        lasting: Option<Lasting>,
        asks: bool,
    ) -> Result<Opening<'_>, InvocationError> {
        let secrets = Secrets::generate(getrandom::fill).map_err(|error| {
            InvocationError::new(
                Uri::from_static(uris::ERROR_FAILED),
                format!("the system has no randomness: {error}"),
            )
        })?;
        let mut links = Vec::new();
        let addresses = (self.addresses)();
        if let Some(port) = addresses.first().map(SocketAddr::port) {
            let link = PairingLink {
                secret: secrets.qr.clone(),
                id: self.identity.id(),
                addresses: addresses.iter().map(SocketAddr::ip).collect(),
                port,
                name: Some(self.name.clone()),
            };
            links.extend(
                link.addresses
                    .iter()
                    .map(|address| link.to_http(*address).into()),
            );
            links.push(link.to_native().into());
        }
        let (sender, updates) = mpsc::channel(UPDATES);
        let opened = Update::Opened {
            name: self.name.clone(),
            id: self.identity.id(),
            code: secrets.code.to_string().into(),
            links,
            expires_in_ms: millis(ttl),
        };
        let mut round = self.lock();
        round.window.open(Instant::now(), ttl, secrets, asks);
        // The screen before this one learns that its window was replaced.
        self.settle(&mut round);
        // The channel is new and empty.
        drop(sender.try_send(opened));
        round.updates = Some(sender);
        round.lasting = lasting;
        round.opening += 1;
        info!("a pairing window is open for {} s", ttl.as_secs());
        Ok(Opening {
            pairing: self,
            number: round.opening,
            updates,
        })
    }

    /// Changes the window and passes on what comes of it.
    fn change<T>(&self, change: impl FnOnce(&mut Window, Instant) -> T) -> T {
        let mut round = self.lock();
        let result = change(&mut round.window, Instant::now());
        self.settle(&mut round);
        result
    }

    /// Passes the window's events to the owner's screen, and its state to whoever watches.
    fn settle(&self, round: &mut Round) {
        while let Some(event) = round.window.poll_event() {
            let update = Update::from(event);
            match &update {
                Update::WrongAttempt {
                    from,
                    attempts,
                    cap,
                    ..
                } => {
                    warn!(%from, attempts, "somebody used a wrong pairing code");
                    let of = cap.map_or_else(String::new, |cap| format!("/{cap}"));
                    self.audit.note(Entry {
                        from: Some(from.to_string()),
                        detail: Some(format!("{attempts}{of}")),
                        ..entry(What::WrongCode, "stranger")
                    });
                }
                Update::CodeClosed => {
                    warn!("too many wrong pairing codes: only the QR code works now");
                }
                _ => {}
            }
            let closed = matches!(update, Update::Closed { .. });
            round.tell(update);
            if closed {
                round.updates = None;
                round.asked = None;
            }
        }
        let open = round.window.is_open();
        self.open
            .send_if_modified(|was| std::mem::replace(was, open) != open);
    }

    fn lock(&self) -> MutexGuard<'_, Round> {
        // The window is consistent after each of its calls; a panic between two of them leaves it so.
        self.round
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Round {
    /// Tells the owner's screen, if there is one.
    fn tell(&mut self, update: Update) {
        if let Some(updates) = &self.updates
            && updates.try_send(update).is_err()
        {
            warn!("the pairing screen does not keep up: something was not shown on it");
        }
    }
}

fn far_off() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::profile::DeviceKind;
    use deskconn_state::StateDir;

    fn pairing(home: &tempfile::TempDir) -> Arc<Pairing> {
        let identity = Arc::new(Identity::from_seed(&[1; 64]));
        let profile = Profile::new("desk", "", "", DeviceKind::Daemon);
        let devices = Devices::open(StateDir::open(home.path()).unwrap()).unwrap();
        Pairing::new(
            identity,
            profile,
            devices,
            Audit::off(home.path()),
            Vec::new,
            None,
        )
    }

    #[test]
    fn a_window_lives_as_long_as_its_own_call_and_no_longer() {
        let home = tempfile::tempdir().unwrap();
        let pairing = pairing(&home);
        let is_open = pairing.watch();
        let mut first = pairing.begin_round(DEFAULT_TTL, None, false).unwrap();
        let second = pairing.begin_round(DEFAULT_TTL, None, false).unwrap();
        let shown = [(); 2].map(|()| first.updates.try_recv().unwrap());
        assert!(matches!(
            shown,
            [Update::Opened { .. }, Update::Closed { .. }]
        ));
        first.close();
        drop(first);
        assert!(*is_open.borrow(), "the second window is still open");
        drop(second);
        assert!(!*is_open.borrow());
    }
}
