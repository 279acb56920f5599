//! Pairing, `deskconn-pair-v1`: from a one-time code to a device that is trusted (protocol §4).
//!
//! ```text
//!  the joining device, A                          the daemon, B
//!
//!  Initiator::begin ──── BeginCall ────►  Window::begin     SPAKE2: both now hold a key,
//!  Initiator::on_begin ◄── BeginAnswer ──                   the same one if the code was
//!        │
//!  Confirming ────────── ConfirmCall ───► Window::prove     A's tag proves the code (or costs
//!        │                                     │            an attempt), then A's identity opens;
//!        │                               (its owner says yes)
//!  Confirming::on_confirm ◄ ConfirmAnswer ─ Window::accept  B's tag proves the code to A
//!        ▼                                       ▼
//!      Paired                                  Paired       the same verifier words on both
//! ```
//!
//! A proves itself first, so a false device gets one guess for each attempt it is counted, and one that
//! goes away has learnt nothing. The machines hold no socket and no clock: the daemon's shell feeds
//! [`Window`] with calls and times, a client passes [`Initiator`]'s messages to any WAMP session.

use std::fmt;
use std::time::Duration;

pub use code::{Code, NotACode, QrSecret};
pub use hello::Method;
pub use initiator::{Confirming, INITIATOR_ENTROPY, Initiator, Join, PairingError};
pub use messages::{BeginAnswer, BeginCall, ConfirmAnswer, ConfirmCall};
pub use refusal::{Declined, Refusal, RefusalDetails};
pub use responder::RESPONDER_ENTROPY;
pub use round::{EXCHANGE_TIME, MAX_EXCHANGES, MAX_WRONG_CODES};
pub use window::{CloseReason, DEFAULT_TTL, MAX_TTL, Proven, Secrets, Window, WindowEvent};

use crate::grants::Grant;
use crate::identity::{DeviceId, PublicIdentity};
use crate::pin::Pin;
use crate::profile::Profile;

mod code;
mod hello;
mod initiator;
mod messages;
mod refusal;
mod responder;
mod round;
mod spake;
mod transcript;
mod window;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

/// How long the owner may take to say whether a device that knows the secret gets in.
pub const ASKING_TIME: Duration = Duration::from_secs(45);

/// The protocol version spoken here.
pub const VERSION: u32 = 1;

/// The most octets the texts of one pairing message may have together.
pub const MAX_MESSAGE: usize = 4096;

/// Which end of a pairing: A joins, B is the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The device that joins.
    A,
    /// The daemon.
    B,
}

/// What proves that a device may join: the typed code or the scanned secret.
#[derive(Debug, Clone)]
pub enum PairingSecret {
    /// The eight digits.
    Code(Code),
    /// The secret of the QR code.
    Qr(QrSecret),
}

impl PairingSecret {
    /// How the secret travelled.
    pub fn method(&self) -> Method {
        match self {
            Self::Code(_) => Method::Code,
            Self::Qr(_) => Method::Qr,
        }
    }

    fn password(&self) -> &[u8] {
        match self {
            Self::Code(code) => code.password(),
            Self::Qr(secret) => secret.password(),
        }
    }
}

/// The other end of a finished pairing, as its signature vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its id, the hash of its key.
    pub id: DeviceId,
    /// Its keys.
    pub keys: PublicIdentity,
    /// How it presents itself.
    pub profile: Profile,
    /// By what it is known over TLS, if it is a daemon that speaks it.
    pub certificate: Option<Pin>,
}

/// A finished pairing, as either side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paired {
    /// The other device.
    pub peer: Peer,
    /// What the joining device may do from now on.
    pub grants: Vec<Grant>,
    /// The two words both screens show.
    pub words: [&'static str; 2],
}

/// A message from the peer is not what the protocol says; the text says which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
        })
    }
}
