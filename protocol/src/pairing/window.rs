//! The daemon's pairing window: which secrets are live, who is trying, and every limit on trying.
//!
//! ```text
//!            open                    ttl is over            last exchange ends
//!   closed ────────► open ──────────────────► closing ──────────────────────► closed
//!     ▲                │  wrong code × 10:       │  begun exchanges may
//!     │                │  the code closes,       │  still confirm
//!     └────────────────┘  the QR stays           │
//!        one success, or ◄───────────────────────┘
//!        close, or another open: every exchange ends at once
//! ```

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::responder::{RESPONDER_ENTROPY, Responder, read_hello};
use super::{
    BeginAnswer, BeginCall, Code, ConfirmAnswer, ConfirmCall, Method, Paired, PairingSecret, Peer,
    QrSecret, Refusal,
};
use crate::grants::Grant;
use crate::identity::Identity;
use crate::profile::Profile;

/// How long a window stays open unless its owner says otherwise.
pub const DEFAULT_TTL: Duration = Duration::from_secs(120);

/// The longest a window may stay open: every second of it is a second for guessing.
pub const MAX_TTL: Duration = Duration::from_secs(15 * 60);

/// How many wrong codes a window bears: a guesser's chance is then 10 in 10^8.
pub const MAX_WRONG_CODES: u32 = 10;

/// How many exchanges may be under way: each costs a SPAKE2 and a few hundred bytes.
pub const MAX_EXCHANGES: usize = 4;

/// How long an exchange may take: the time of two messages, not of typing.
pub const EXCHANGE_TIME: Duration = Duration::from_secs(10);

/// The longest a wrong secret delays its answer.
const MAX_DELAY: Duration = Duration::from_secs(8);

/// How many addresses that gave a wrong secret are remembered; the oldest is forgotten first.
const MAX_PENALTIES: usize = 64;

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
    /// Somebody was turned away because others were pairing.
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
}

/// The pairing window of a daemon. Time and randomness come in with each call; after each call the
/// owner takes the events, and calls [`Window::handle_timeout`] when [`Window::next_timeout`] is due.
///
/// `begin` and `confirm` compute for about a millisecond.
pub struct Window {
    identity: Arc<Identity>,
    profile: Profile,
    round: Option<Round>,
    events: VecDeque<WindowEvent>,
}

/// One opening of the window, until it has closed and its last exchange has ended.
struct Round {
    /// The live secrets; `None` once the time is over and only begun exchanges may end.
    live: Option<Live>,
    closes_at: Instant,
    wrong_codes: u32,
    wrong_qrs: u32,
    exchanges: Vec<Exchange>,
    /// Addresses that wait for the answer to a wrong secret, and until when.
    penalties: VecDeque<(IpAddr, Instant)>,
}

struct Live {
    /// `None` after too many wrong ones.
    code: Option<PairingSecret>,
    qr: PairingSecret,
}

struct Exchange {
    name: String,
    source: IpAddr,
    deadline: Instant,
    responder: Responder,
}

impl Window {
    /// The closed window of the daemon with these keys, which presents itself as `profile`.
    pub fn new(identity: Arc<Identity>, profile: Profile) -> Self {
        Self {
            identity,
            profile,
            round: None,
            events: VecDeque::new(),
        }
    }

    /// Opens the window with fresh secrets for `ttl`, at most [`MAX_TTL`]. An open window is
    /// replaced: its secrets and exchanges end.
    pub fn open(&mut self, now: Instant, ttl: Duration, secrets: Secrets) {
        self.end(CloseReason::Replaced);
        self.round = Some(Round {
            live: Some(Live {
                code: Some(PairingSecret::Code(secrets.code)),
                qr: PairingSecret::Qr(secrets.qr),
            }),
            closes_at: now + ttl.min(MAX_TTL),
            wrong_codes: 0,
            wrong_qrs: 0,
            exchanges: Vec::new(),
            penalties: VecDeque::new(),
        });
    }

    /// Closes the window because its owner wishes so. Exchanges under way end.
    pub fn close(&mut self) {
        self.end(CloseReason::Cancelled);
    }

    /// Whether a pairing may be begun, `pm=1` in the announcement. Only as exact as the last call
    /// that was given the time.
    pub fn is_open(&self) -> bool {
        self.round
            .as_ref()
            .is_some_and(|round| round.live.is_some())
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
        let closed = Refusal::NotPairing { closed: None };
        let round = self.round.as_mut().ok_or_else(|| closed.clone())?;
        let live = round.live.as_ref().ok_or(closed)?;
        let hello = read_hello(call)?.ok_or(Refusal::Version)?;
        let secret = live.secret(hello.m).ok_or(Refusal::NotPairing {
            closed: Some(hello.m),
        })?;
        if let Some(free_at) = round.busy_until(source, now) {
            self.events.push_back(WindowEvent::Busy { source });
            return Err(Refusal::Busy {
                retry_after: free_at.saturating_duration_since(now),
            });
        }
        let (responder, answer) = Responder::answer(secret, call, self.identity.id(), entropy)?;
        round.exchanges.push(Exchange {
            name: answer.exchange.clone(),
            source,
            deadline: now + EXCHANGE_TIME,
            responder,
        });
        Ok(answer)
    }

    /// Answers `org.deskconn.pairing.confirm` from the address `source`. A right tag spends the
    /// window's secrets there and then. `grant` is told who joins and what it asks for, and decides
    /// what it gets. The caller stores the device before it sends the answer.
    ///
    /// # Errors
    ///
    /// The refusal to answer with, after [`Refusal::delay`]. An exchange can be confirmed once,
    /// whatever comes of it.
    pub fn confirm(
        &mut self,
        source: IpAddr,
        call: &ConfirmCall,
        now: Instant,
        grant: impl FnOnce(&Peer, Vec<Grant>) -> Vec<Grant>,
    ) -> Result<(Paired, ConfirmAnswer), Refusal> {
        self.handle_timeout(now);
        let source = source.to_canonical();
        let round = self.round.as_mut().ok_or(Refusal::Expired)?;
        let responder = round
            .take_exchange(&call.exchange, source)
            .ok_or(Refusal::Expired)?;
        let outcome = call.sealed().map_err(Refusal::from).and_then(|sealed| {
            if responder.confirms(&sealed) {
                return Ok(sealed);
            }
            Err(round.count_wrong(responder.method, source, now, &mut self.events))
        });
        let sealed = match outcome {
            Ok(sealed) => sealed,
            Err(refusal) => {
                self.settle(now);
                return Err(refusal);
            }
        };
        match responder.open(&sealed) {
            Ok((peer, wanted)) => {
                self.end(CloseReason::Paired);
                let granted = grant(&peer, wanted);
                Ok(responder.accept(&self.identity, &self.profile, peer, granted))
            }
            Err(malformed) => {
                self.end(CloseReason::Spoiled);
                Err(malformed.into())
            }
        }
    }

    /// Ends an exchange, named as in [`BeginAnswer::exchange`], whose session has left before it
    /// confirmed. It costs nobody an attempt.
    pub fn abandon(&mut self, exchange: &str, now: Instant) {
        if let Some(round) = &mut self.round {
            round.exchanges.retain(|other| other.name != exchange);
        }
        self.settle(now);
    }

    /// When [`Window::handle_timeout`] is next due; `None` while nothing is going on.
    pub fn next_timeout(&self) -> Option<Instant> {
        let round = self.round.as_ref()?;
        let deadlines = round.exchanges.iter().map(|exchange| exchange.deadline);
        let closing = round.live.as_ref().map(|_| round.closes_at);
        deadlines.chain(closing).min()
    }

    /// Ends whatever has taken too long by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(round) = &mut self.round {
            round.exchanges.retain(|exchange| now < exchange.deadline);
        }
        self.settle(now);
    }

    /// The next thing to show the owner, oldest first.
    pub fn poll_event(&mut self) -> Option<WindowEvent> {
        self.events.pop_front()
    }

    /// Stops taking new exchanges when the time is over, and ends when the last one has.
    fn settle(&mut self, now: Instant) {
        let Some(round) = &mut self.round else {
            return;
        };
        if now >= round.closes_at {
            round.live = None;
        }
        if round.live.is_none() && round.exchanges.is_empty() {
            self.end(CloseReason::Expired);
        }
    }

    fn end(&mut self, reason: CloseReason) {
        if self.round.take().is_some() {
            self.events.push_back(WindowEvent::Closed(reason));
        }
    }
}

impl Live {
    fn secret(&self, method: Method) -> Option<&PairingSecret> {
        match method {
            Method::Code => self.code.as_ref(),
            Method::Qr => Some(&self.qr),
        }
    }
}

impl Round {
    /// When this address may try again, if it may not now.
    fn busy_until(&self, source: IpAddr, now: Instant) -> Option<Instant> {
        let own = self
            .exchanges
            .iter()
            .find(|exchange| exchange.source == source);
        if let Some(own) = own {
            return Some(own.deadline);
        }
        let penalty = self
            .penalties
            .iter()
            .rfind(|(address, until)| *address == source && now < *until);
        if let Some((_, until)) = penalty {
            return Some(*until);
        }
        if self.exchanges.len() < MAX_EXCHANGES {
            return None;
        }
        self.exchanges
            .iter()
            .map(|exchange| exchange.deadline)
            .min()
    }

    /// Takes an exchange out, so that it can be confirmed once. Its name came over the wire in
    /// clear: one who read it there can not end it from another address.
    fn take_exchange(&mut self, name: &str, source: IpAddr) -> Option<Responder> {
        let position = self
            .exchanges
            .iter()
            .position(|exchange| exchange.name == name && exchange.source == source)?;
        Some(self.exchanges.swap_remove(position).responder)
    }

    fn count_wrong(
        &mut self,
        method: Method,
        source: IpAddr,
        now: Instant,
        events: &mut VecDeque<WindowEvent>,
    ) -> Refusal {
        let (count, cap) = match method {
            Method::Code => (&mut self.wrong_codes, Some(MAX_WRONG_CODES)),
            Method::Qr => (&mut self.wrong_qrs, None),
        };
        *count = count.saturating_add(1);
        let attempts = *count;
        events.push_back(WindowEvent::WrongCode {
            source,
            method,
            attempts,
            cap,
        });
        if cap.is_some_and(|cap| attempts >= cap) {
            self.close_code(events);
        }
        let delay = delay_after(attempts);
        if self.penalties.len() == MAX_PENALTIES {
            self.penalties.pop_front();
        }
        self.penalties.push_back((source, now + delay));
        Refusal::BadCode {
            method,
            attempts_left: cap.map(|cap| cap - attempts),
            delay,
        }
    }

    /// Ends the code method, and the exchanges that would be further guesses at it.
    fn close_code(&mut self, events: &mut VecDeque<WindowEvent>) {
        if let Some(live) = &mut self.live {
            live.code = None;
        }
        self.exchanges
            .retain(|exchange| exchange.responder.method != Method::Code);
        events.push_back(WindowEvent::CodeClosed);
    }
}

/// One second for the first wrong secret, then twice as long each time up to [`MAX_DELAY`].
fn delay_after(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(3);
    Duration::from_secs(1 << doublings).min(MAX_DELAY)
}
