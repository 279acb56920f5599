//! The joining device's side of a pairing, A.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::hello::{HelloA, HelloB, to_text};
use super::messages::{open_identity, seal_identity};
use super::spake::{SCALAR_ENTROPY, Share, Spake, parse_share};
use super::transcript::{Keys, transcript_hash};
use super::{
    BeginAnswer, BeginCall, ConfirmAnswer, ConfirmCall, Malformed, Paired, PairingSecret, Side,
    VERSION,
};
use crate::grants::Grant;
use crate::hex;
use crate::identity::{DeviceId, Identity};
use crate::profile::Profile;

/// How many random bytes [`Initiator::begin`] needs: 64 for the SPAKE2 scalar, then a nonce of 16.
pub const INITIATOR_ENTROPY: usize = SCALAR_ENTROPY + 16;

/// What a device brings to a pairing.
#[derive(Debug)]
pub struct Join {
    /// The code that was typed or the secret that was scanned.
    pub secret: PairingSecret,
    /// Our keys.
    pub identity: Arc<Identity>,
    /// How we present ourselves.
    pub profile: Profile,
    /// `name/version` of our program.
    pub app: String,
    /// What we ask to be allowed.
    pub grants: Vec<Grant>,
    /// The daemon we mean, when a QR link named it.
    pub expected: Option<DeviceId>,
}

/// A pairing that has been begun. It takes one answer and is used up: a client must not try again by
/// itself, because every try gives a false daemon another guess at the code.
pub struct Initiator {
    join: Join,
    spake: Spake,
    share: Share,
    hello: String,
}

impl Initiator {
    /// Begins to join with fresh random bytes; returns what to call `org.deskconn.pairing.begin` with.
    pub fn begin(join: Join, entropy: &[u8; INITIATOR_ENTROPY]) -> (Self, BeginCall) {
        let (scalar, nonce) = split(entropy);
        let (spake, share) = Spake::start(Side::A, join.secret.password(), &scalar);
        let hello = to_text(&HelloA {
            v: vec![VERSION],
            m: join.secret.method(),
            nonce,
            kind: join.profile.kind,
            app: join.app.clone(),
        });
        let call = BeginCall {
            hello: hello.clone(),
            share: hex::encode(&share),
        };
        let initiator = Self {
            join,
            spake,
            share,
            hello,
        };
        (initiator, call)
    }

    /// Takes the daemon's answer; returns what to call `org.deskconn.pairing.confirm` with.
    ///
    /// # Errors
    ///
    /// If the answer is malformed, of another version, or from another daemon than the one meant.
    /// Nothing about us has been told then.
    pub fn on_begin(self, answer: &BeginAnswer) -> Result<(Confirming, ConfirmCall), PairingError> {
        answer.check_size()?;
        let hello = HelloB::parse(&answer.hello)?;
        if hello.v != VERSION {
            return Err(PairingError::Version(hello.v));
        }
        if let Some(expected) = self.join.expected.filter(|meant| *meant != hello.id) {
            return Err(PairingError::WrongDaemon {
                expected,
                found: hello.id,
            });
        }
        let share = parse_share(&answer.share)?;
        let key = self.spake.finish(&share)?;
        let th = transcript_hash(&self.hello, &answer.hello, &self.share, &share);
        let keys = Keys::derive(th, &key);
        let sealed = seal_identity(
            &keys,
            Side::A,
            &self.join.identity,
            &self.join.profile,
            &self.join.grants,
            None,
        );
        let call = ConfirmCall {
            exchange: answer.exchange.clone(),
            ciphertext: hex::encode(&sealed.ciphertext),
            tag: hex::encode(&sealed.tag),
        };
        let confirming = Confirming {
            keys,
            daemon: hello.id,
            asks: hello.asks,
        };
        Ok((confirming, call))
    }
}

/// A pairing in which we have proved ourselves and wait for the daemon's proof.
pub struct Confirming {
    keys: Keys,
    daemon: DeviceId,
    asks: bool,
}

impl Confirming {
    /// Whether the daemon asks its owner before it answers, for which [`super::ASKING_TIME`] may pass.
    pub fn asks(&self) -> bool {
        self.asks
    }

    /// The two words that the daemon shows too, if it knows the secret as we do.
    pub fn words(&self) -> [&'static str; 2] {
        self.keys.words()
    }

    /// Takes the daemon's confirmation; returns the daemon, to be stored, and what it granted us.
    ///
    /// # Errors
    ///
    /// If the daemon did not prove that it knows the secret, or that it is who it said it was.
    /// Nothing of it may be stored then.
    pub fn on_confirm(self, answer: &ConfirmAnswer) -> Result<Paired, PairingError> {
        let sealed = answer.sealed()?;
        if !self.keys.confirms(Side::B, &sealed) {
            return Err(PairingError::NotConfirmed);
        }
        let (peer, grants) = open_identity(&self.keys, Side::B, &sealed)?;
        if peer.id != self.daemon {
            return Err(PairingError::WrongDaemon {
                expected: self.daemon,
                found: peer.id,
            });
        }
        Ok(Paired {
            peer,
            grants,
            words: self.keys.words(),
        })
    }
}

/// Why the joining device gave a pairing up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairingError {
    /// The daemon chose a version we did not offer.
    #[error("the computer speaks pairing version {0}, this program version 1")]
    Version(u32),
    /// Another daemon answered than the one meant.
    #[error("expected the computer {expected} but {found} answered")]
    WrongDaemon {
        /// Who was meant.
        expected: DeviceId,
        /// Who answered.
        found: DeviceId,
    },
    /// The daemon's tag is wrong.
    #[error("the computer did not prove that it knows the code")]
    NotConfirmed,
    /// Part of the daemon's answer is not what it should be; names it.
    #[error("malformed answer from the computer: {0}")]
    Malformed(&'static str),
}

impl PairingError {
    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Version(_) => "update the older of the two programs",
            Self::WrongDaemon { .. } => {
                "something stands between you and your computer: use another network"
            }
            Self::NotConfirmed => "make sure this is your computer, then use a new code",
            Self::Malformed(_) => "is this a DeskConn daemon? update it if it is",
        }
    }
}

impl From<Malformed> for PairingError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what)
    }
}

fn split(entropy: &[u8; INITIATOR_ENTROPY]) -> (Zeroizing<[u8; SCALAR_ENTROPY]>, [u8; 16]) {
    let mut scalar = Zeroizing::new([0; SCALAR_ENTROPY]);
    let mut nonce = [0; 16];
    scalar.copy_from_slice(&entropy[..SCALAR_ENTROPY]);
    nonce.copy_from_slice(&entropy[SCALAR_ENTROPY..]);
    (scalar, nonce)
}
