//! `org.deskconn.pairing.*`: the pairing window as procedures, one for the owner and two for strangers.

use crate::audit::{Audit, entry};
use crate::devices::Devices;
use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::api::grants::Lasting;
use deskconn_protocol::api::pairing::{Open, Update, WEB_LASTING};
use deskconn_protocol::identity::Identity;
use deskconn_protocol::link::PairingLink;
use deskconn_protocol::pairing::{
    BeginCall, ConfirmAnswer, ConfirmCall, DEFAULT_TTL, MAX_TTL, RESPONDER_ENTROPY, Refusal,
    Secrets, Window,
};
use deskconn_protocol::pin::Pin;
use deskconn_protocol::profile::{DeviceKind, Profile};
use deskconn_protocol::uris;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};
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
}

struct Round {
    window: Window,
    /// Counts the openings, so that one call does not close the window of the next.
    opening: u64,
    /// How long the device is to stay paired, if the owner says.
    lasting: Option<Lasting>,
    /// The owner's screen.
    updates: Option<mpsc::Sender<Update>>,
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
            }),
            identity,
            name,
            devices,
            audit,
            addresses: Box::new(addresses),
            open: watch::Sender::new(false),
            computing: tokio::sync::Mutex::new(()),
        })
    }

    /// Tells whether the window is open.
    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.open.subscribe()
    }

    /// Registers the owner's procedure, in the realm `deskconn`.
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
        Ok(())
    }

    /// Registers the strangers' procedures, in the realm `deskconn.pairing`.
    pub(crate) async fn serve_strangers(
        self: &Arc<Self>,
        session: &Session,
    ) -> Result<(), RequestError> {
        let pairing = Arc::clone(self);
        session
            .register(Uri::from_static(uris::PAIRING_BEGIN), move |invocation| {
                let pairing = Arc::clone(&pairing);
                async move { answer(pairing.begin(&invocation).await).await }
            })
            .await?;
        let pairing = Arc::clone(self);
        session
            .register(Uri::from_static(uris::PAIRING_CONFIRM), move |invocation| {
                let pairing = Arc::clone(&pairing);
                async move { answer(pairing.confirm(&invocation).await).await }
            })
            .await?;
        Ok(())
    }

    /// Opens the window and tells the owner what happens in it until it is closed. The window lives
    /// as long as this call: whoever cancels it, or goes away, closes the window.
    async fn open(
        &self,
        invocation: &Invocation,
        announce: &Session,
    ) -> Result<Reply, InvocationError> {
        let Open { ttl_ms, lasting } = invocation.kwargs()?;
        let ttl = ttl_ms.map_or(DEFAULT_TTL, Duration::from_millis);
        let mut opening = self.begin_round(ttl.min(MAX_TTL), lasting)?;
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
        round.window.open(Instant::now(), ttl, secrets);
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

    async fn begin(self: Arc<Self>, invocation: &Invocation) -> Result<Reply, Refusal> {
        let source = source(invocation);
        let call: BeginCall = invocation
            .kwargs()
            .map_err(|_| Refusal::Malformed("arguments"))?;
        let computing = Arc::clone(&self);
        let _turn = computing.computing.lock().await;
        let answer = off_the_reactor(move || {
            let mut entropy = [0; RESPONDER_ENTROPY];
            getrandom::fill(&mut entropy).map_err(|_| Refusal::Expired)?;
            self.change(|window, now| window.begin(source, &call, now, &entropy))
        });
        answer.await.map(Reply::kwargs)
    }

    async fn confirm(self: Arc<Self>, invocation: &Invocation) -> Result<Reply, Confirmed> {
        let source = source(invocation);
        let call: ConfirmCall = invocation
            .kwargs()
            .map_err(|_| Confirmed::Refused(Refusal::Malformed("arguments")))?;
        let computing = Arc::clone(&self);
        let _turn = computing.computing.lock().await;
        off_the_reactor(move || self.confirm_and_store(source, &call))
            .await
            .map(Reply::kwargs)
    }

    /// The device is on the disk before anybody is told that it is paired.
    fn confirm_and_store(
        &self,
        source: IpAddr,
        call: &ConfirmCall,
    ) -> Result<ConfirmAnswer, Confirmed> {
        let mut round = self.lock();
        let outcome = round
            .window
            .confirm(source, call, Instant::now(), |_, wanted| grant(wanted));
        let result = match outcome {
            Err(refusal) => Err(Confirmed::Refused(refusal)),
            Ok((paired, answer)) => {
                let peer = paired.peer;
                let span = span(round.lasting, peer.profile.kind);
                match self
                    .devices
                    .add(peer.id, peer.keys, peer.profile, paired.grants, span)
                {
                    Ok(device) => {
                        info!(device = %device.id, from = %source, "a device was paired");
                        self.audit.note(Entry {
                            from: Some(source.to_string()),
                            ..entry(What::Paired, device.id.as_str())
                        });
                        let words = paired.words.map(str::to_owned);
                        round.tell(Update::Paired { device, words });
                        Ok(answer)
                    }
                    Err(error) => {
                        error!(
                            "a device could not be stored: {error}; hint: {}",
                            error.hint()
                        );
                        let hint = error.hint();
                        round.tell(Update::NotStored { hint: hint.clone() });
                        Err(Confirmed::NotStored(hint))
                    }
                }
            }
        };
        self.settle(&mut round);
        result
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
                Update::WrongAttempt { from, attempts, .. } => {
                    warn!(%from, attempts, "somebody used a wrong pairing code");
                    self.audit.note(Entry {
                        from: Some(from.to_string()),
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

/// Why a confirmation came to nothing.
enum Confirmed {
    Refused(Refusal),
    /// The code was right, but the device could not be kept; what to do about it.
    NotStored(String),
}

impl From<Refusal> for Confirmed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Answers a stranger. A wrong code is answered slowly.
async fn answer<E: Into<Confirmed>>(result: Result<Reply, E>) -> Result<Reply, InvocationError> {
    let refusal = match result.map_err(Into::into) {
        Ok(reply) => return Ok(reply),
        Err(Confirmed::Refused(refusal)) => refusal,
        Err(Confirmed::NotStored(hint)) => {
            let uri = Uri::from_static(uris::ERROR_FAILED);
            return Err(
                InvocationError::new(uri, "the computer could not store this device").hint(hint),
            );
        }
    };
    tokio::time::sleep(refusal.delay()).await;
    let details = refusal.details();
    let mut error = InvocationError::new(Uri::from_static(refusal.uri()), refusal.to_string())
        .hint(details.hint);
    if let Some(left) = details.attempts_left {
        error = error.kwarg("attempts_left", u64::from(left));
    }
    if let Some(retry) = details.retry_after_ms {
        error = error.kwarg("retry_after_ms", retry);
    }
    Err(error)
}

/// How long a device of this kind stays paired: what its owner says, else a web page for a day's talks
/// and every other for good.
fn span(lasting: Option<Lasting>, kind: DeviceKind) -> Option<Duration> {
    match (lasting, kind) {
        (Some(lasting), _) => lasting.span(),
        (None, DeviceKind::Web) => Some(WEB_LASTING),
        (None, _) => None,
    }
}

/// The default grants, whatever a device wishes for: more is the owner's to give.
fn grant(_wanted: Vec<deskconn_protocol::grants::Grant>) -> Vec<deskconn_protocol::grants::Grant> {
    deskconn_protocol::grants::Grant::defaults()
}

/// The address a stranger calls from, which is its authid; the owner's own programs are here.
fn source(invocation: &Invocation) -> IpAddr {
    let authid = invocation
        .caller_authid()
        .and_then(|authid| authid.parse().ok());
    authid.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// Runs a computation of milliseconds where it holds up no session.
async fn off_the_reactor<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(compute).await {
        Ok(result) => result,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
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
    fn a_web_page_stays_paired_for_half_a_day_unless_its_owner_says_otherwise() {
        let hour = Duration::from_secs(3600);
        for (lasting, kind, expected) in [
            (None, DeviceKind::Web, Some(12 * hour)),
            (None, DeviceKind::Phone, None),
            (Some(Lasting::from(hour)), DeviceKind::Web, Some(hour)),
            (Some(Lasting::from(hour)), DeviceKind::Phone, Some(hour)),
            (Some(Lasting::Forever), DeviceKind::Web, None),
        ] {
            assert_eq!(span(lasting, kind), expected, "{lasting:?} {kind:?}");
        }
    }

    #[test]
    fn a_window_lives_as_long_as_its_own_call_and_no_longer() {
        let home = tempfile::tempdir().unwrap();
        let pairing = pairing(&home);
        let is_open = pairing.watch();
        let mut first = pairing.begin_round(DEFAULT_TTL, None).unwrap();
        let second = pairing.begin_round(DEFAULT_TTL, None).unwrap();
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
