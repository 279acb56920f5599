//! The daemon's pairing window: which secrets are live, who is trying, and every limit on trying.
//!
//! ```text
//!            open                    ttl is over            last exchange ends
//!   closed ────────► open ──────────────────► closing ──────────────────────► closed
//!     ▲                │  wrong code × 10:       │  begun exchanges may
//!     │                │  the code closes,       │  still prove
//!     │                │  the QR stays           │
//!     │                ▼                         ▼
//!     ├──────────── deciding: a device has proved that it knows the secret, which is spent
//!     │  accept, decline
//!     └── close, or another open, from everywhere: every exchange ends at once
//! ```

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::responder::{Own, RESPONDER_ENTROPY, Responder, read_hello};
use super::round::Round;
use super::{
    BeginAnswer, BeginCall, Code, ConfirmAnswer, ConfirmCall, Declined, Method, Paired, Peer,
    QrSecret, Refusal,
};
use crate::grants::Grant;
use crate::identity::Identity;
use crate::pin::Pin;
use crate::profile::Profile;

/// How long a window stays open unless its owner says otherwise.
pub const DEFAULT_TTL: Duration = Duration::from_secs(120);

/// The longest a window may stay open: every second of it is a second for guessing.
pub const MAX_TTL: Duration = Duration::from_secs(15 * 60);

/// The two one-time secrets of a window.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// To be typed.
    pub code: Code,
    /// To be scanned.
    pub qr: QrSecret,
}

impl Secrets {
    /// Draws both secrets from `fill`, which fills a buffer with random bytes (`getrandom::fill` does).
    ///
    /// # Errors
    ///
    /// Only what `fill` fails with.
    pub fn generate<E>(mut fill: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let code = Code::generate(&mut fill)?;
        let mut bytes = Zeroizing::new([0; QrSecret::LEN]);
        fill(&mut bytes[..])?;
        Ok(Self {
            code,
            qr: QrSecret::from_bytes(&bytes),
        })
    }
}

/// What the window's owner should be shown at once. Taken with [`Window::poll_event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowEvent {
    /// Somebody proved that they do not know the secret.
    WrongCode {
        /// From where.
        source: IpAddr,
        /// Which secret they claimed to know.
        method: Method,
        /// How often that secret was wrong in this window.
        attempts: u32,
        /// How many wrong ones there may be; `None` for the QR secret, which can not be guessed.
        cap: Option<u32>,
    },
    /// Somebody was turned away because others were pairing. Told once in ten seconds.
    Busy {
        /// From where.
        source: IpAddr,
    },
    /// There were too many wrong codes; the QR code still works.
    CodeClosed,
    /// The window is closed and its secrets are worthless.
    Closed(CloseReason),
}

/// Why a window closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// A device paired.
    Paired,
    /// Its time was over.
    Expired,
    /// Its owner closed it.
    Cancelled,
    /// Its owner opened another.
    Replaced,
    /// A device knew the secret and then sent an identity that is none.
    Spoiled,
    /// A device knew the secret, and the owner did not let it in.
    Declined,
    /// A device knew the secret, and the owner did not say in time whether it gets in.
    Unanswered,
    /// A device knew the secret, and was gone before the owner had said whether it gets in.
    Gone,
}

impl From<Declined> for CloseReason {
    fn from(why: Declined) -> Self {
        match why {
            Declined::No => Self::Declined,
            Declined::Unanswered => Self::Unanswered,
            Declined::Cancelled => Self::Cancelled,
            Declined::Gone => Self::Gone,
        }
    }
}

/// The pairing window of a daemon. Time and randomness come in with each call; after each call the
/// owner takes the events, and calls [`Window::handle_timeout`] when [`Window::next_timeout`] is due.
///
/// `begin` and `confirm` compute for about a millisecond.
pub struct Window {
    own: Own,
    round: Option<Round>,
    asks: bool,
    /// Counts the devices that have proved that they know a secret.
    proven: u64,
    /// Whether it is open what becomes of the last of them.
    deciding: bool,
    events: VecDeque<WindowEvent>,
}

/// A device that has proved that it knows the secret, and of which its owner may say whether it gets in.
pub struct Proven {
    number: u64,
    responder: Responder,
    peer: Peer,
    wanted: Vec<Grant>,
}

impl Proven {
    /// Who it is.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// What it asks to be allowed.
    pub fn wanted(&self) -> &[Grant] {
        &self.wanted
    }

    /// The two words it shows.
    pub fn words(&self) -> [&'static str; 2] {
        self.responder.words()
    }
}

impl Window {
    /// The closed window of the daemon with these keys, which presents itself as `profile`.
    pub fn new(identity: Arc<Identity>, profile: Profile) -> Self {
        Self {
            own: Own {
                identity,
                profile,
                certificate: None,
            },
            round: None,
            asks: false,
            proven: 0,
            deciding: false,
            events: VecDeque::new(),
        }
    }

    /// Has devices that join from now on told by which certificate they know the daemon over TLS.
    pub fn known_by(&mut self, certificate: Pin) {
        self.own.certificate = Some(certificate);
    }

    /// Has joining devices told by which certificate they know the daemon over TLS.
    #[must_use]
    pub fn with_certificate(mut self, certificate: Option<Pin>) -> Self {
        self.own.certificate = certificate;
        self
    }

    /// Opens the window with fresh secrets for `ttl`, at most [`MAX_TTL`]. An open window is
    /// replaced: its secrets and exchanges end. `asks` is whether its owner is asked before a device is let
    /// in, which devices are told, so that they wait.
    pub fn open(&mut self, now: Instant, ttl: Duration, secrets: Secrets, asks: bool) {
        self.end(CloseReason::Replaced);
        self.asks = asks;
        self.round = Some(Round::new(secrets, now + ttl.min(MAX_TTL)));
    }

    /// Whether its owner is asked before a device is let in.
    pub fn asks(&self) -> bool {
        self.asks
    }

    /// Closes the window because its owner wishes so. Exchanges under way end.
    pub fn close(&mut self) {
        self.end(CloseReason::Cancelled);
    }

    /// Whether a pairing may be begun, `pm=1` in the announcement. Only as exact as the last call
    /// that was given the time.
    pub fn is_open(&self) -> bool {
        self.round.as_ref().is_some_and(Round::is_live)
    }

    /// Answers `org.deskconn.pairing.begin` from the address `source`.
    ///
    /// # Errors
    ///
    /// The refusal to answer with. Nothing is computed while no window is open.
    pub fn begin(
        &mut self,
        source: IpAddr,
        call: &BeginCall,
        now: Instant,
        entropy: &[u8; RESPONDER_ENTROPY],
    ) -> Result<BeginAnswer, Refusal> {
        self.handle_timeout(now);
        let source = source.to_canonical();
        let round = self
            .round
            .as_mut()
            .filter(|round| round.is_live())
            .ok_or(Refusal::NotPairing { closed: None })?;
        let hello = read_hello(call)?.ok_or(Refusal::Version)?;
        round.secret(hello.m)?;
        if let Some(free_at) = round.busy_until(source, now) {
            if round.tells_busy(now) {
                self.events.push_back(WindowEvent::Busy { source });
            }
            return Err(Refusal::Busy {
                retry_after: free_at.saturating_duration_since(now),
            });
        }
        let secret = round.secret(hello.m)?;
        let (responder, answer) =
            Responder::answer(secret, call, self.own.identity.id(), self.asks, entropy)?;
        round.add(source, now, responder, &answer);
        Ok(answer)
    }

    /// Takes `org.deskconn.pairing.confirm` from the address `source`. A right tag spends the window's
    /// secrets there and then; the window is closed when [`Window::accept`] or [`Window::decline`] has
    /// said what becomes of the device.
    ///
    /// # Errors
    ///
    /// The refusal to answer with, after [`Refusal::delay`]. An exchange can be confirmed once,
    /// whatever comes of it.
    pub fn prove(
        &mut self,
        source: IpAddr,
        call: &ConfirmCall,
        now: Instant,
    ) -> Result<Proven, Refusal> {
        self.handle_timeout(now);
        let source = source.to_canonical();
        let round = self.round.as_mut().ok_or(Refusal::Expired)?;
        let confirmed = round.confirm(source, call, now, &mut self.events);
        let (responder, sealed) = match confirmed {
            Ok(confirmed) => confirmed,
            Err(refusal) => {
                self.handle_timeout(now);
                return Err(refusal);
            }
        };
        match responder.open(&sealed) {
            Ok((peer, wanted)) => {
                self.round = None;
                self.proven += 1;
                self.deciding = true;
                Ok(Proven {
                    number: self.proven,
                    responder,
                    peer,
                    wanted,
                })
            }
            Err(malformed) => {
                self.end(CloseReason::Spoiled);
                Err(malformed.into())
            }
        }
    }

    /// Whether the window has not been closed since a device has proved that it knows the secret.
    pub fn awaits(&self, proven: &Proven) -> bool {
        self.deciding && proven.number == self.proven
    }

    /// Lets a device in that has proved that it knows the secret, with these grants. The caller stores it
    /// before it sends the answer.
    ///
    /// # Errors
    ///
    /// If the window was closed or opened anew meanwhile: the device is not let in then.
    pub fn accept(
        &mut self,
        proven: Proven,
        grants: Vec<Grant>,
    ) -> Result<(Paired, ConfirmAnswer), Refusal> {
        if !self.awaits(&proven) {
            return Err(Refusal::Declined(Declined::Cancelled));
        }
        self.end(CloseReason::Paired);
        Ok(proven.responder.accept(&self.own, proven.peer, grants))
    }

    /// Lets a device not in that has proved that it knows the secret, and closes the window.
    pub fn decline(&mut self, proven: Proven, why: Declined) -> Refusal {
        if self.awaits(&proven) {
            self.end(why.into());
        }
        Refusal::Declined(why)
    }

    /// Ends an exchange, named as in [`BeginAnswer::exchange`], whose session has left before it
    /// confirmed. It costs nobody an attempt.
    pub fn abandon(&mut self, exchange: &str, now: Instant) {
        if let Some(round) = &mut self.round {
            round.abandon(exchange);
        }
        self.handle_timeout(now);
    }

    /// When [`Window::handle_timeout`] is next due; `None` while nothing is going on.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.round.as_ref()?.next_timeout()
    }

    /// Ends whatever has taken too long by `now`: exchanges first, and the window when its time is
    /// over and its last exchange has ended.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.round.as_mut().is_some_and(|round| round.settle(now)) {
            self.end(CloseReason::Expired);
        }
    }

    /// The next thing to show the owner, oldest first.
    pub fn poll_event(&mut self) -> Option<WindowEvent> {
        self.events.pop_front()
    }

    fn end(&mut self, reason: CloseReason) {
        let was_deciding = std::mem::take(&mut self.deciding);
        if self.round.take().is_some() || was_deciding {
            self.events.push_back(WindowEvent::Closed(reason));
        }
    }
}
