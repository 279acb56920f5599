//! Who a device is: its two keys, its id, and the only things its keys ever sign.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey};
use serde::{Deserialize, Serialize};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::hex;
use crate::pairing::Side;

pub use device_id::{DeviceId, NotADeviceId};
pub use verifying_key::{NotAKey, VerifyingKey};

mod device_id;
mod verifying_key;

/// How many random bytes make an [`Identity`].
pub const SEED_LEN: usize = 64;

/// A device's own keys: Ed25519 to sign with, X25519 to open sealed links with.
///
/// The secrets are wiped when it is dropped, and `Debug` prints only the id.
pub struct Identity {
    signing: SigningKey,
    sealing: StaticSecret,
    public: PublicIdentity,
}

impl Identity {
    /// Makes an identity from 64 random bytes: the Ed25519 seed, then the X25519 secret.
    pub fn from_seed(seed: &[u8; SEED_LEN]) -> Self {
        let mut halves = Zeroizing::new([[0u8; 32]; 2]);
        halves[0].copy_from_slice(&seed[..32]);
        halves[1].copy_from_slice(&seed[32..]);
        Self::from_secrets(&halves[0], &halves[1])
    }

    /// Reads what [`Identity::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// If the text is not an identity of a version this program knows, or its id is not the id of
    /// its key. No error repeats any of the text: it holds secrets.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let file: IdentityFile = toml::from_str(text).map_err(|_| IdentityError::Syntax)?;
        if file.version != 1 {
            return Err(IdentityError::Version(file.version));
        }
        let ed25519 = secret(&file.ed25519_secret).ok_or(IdentityError::Key("ed25519"))?;
        let x25519 = secret(&file.x25519_secret).ok_or(IdentityError::Key("x25519"))?;
        let identity = Self::from_secrets(&ed25519, &x25519);
        if file.id != identity.id() {
            return Err(IdentityError::IdMismatch {
                written: file.id,
                derived: identity.id(),
            });
        }
        Ok(identity)
    }

    /// Writes the identity as a small TOML file, secrets included.
    pub fn to_text(&self) -> Zeroizing<String> {
        let ed25519 = Zeroizing::new(hex::encode(self.signing.as_bytes()));
        let x25519 = Zeroizing::new(hex::encode(self.sealing.as_bytes()));
        Zeroizing::new(format!(
            "# The identity of this device. Whoever has this file is this device.\n\
             version = 1\n\
             id = \"{}\"\n\
             ed25519_secret = \"{}\"\n\
             x25519_secret = \"{}\"\n",
            self.id(),
            *ed25519,
            *x25519
        ))
    }

    /// The public keys.
    pub fn public(&self) -> &PublicIdentity {
        &self.public
    }

    /// The device id.
    pub fn id(&self) -> DeviceId {
        self.public.id()
    }

    /// The X25519 secret, for the sealed link's handshake (protocol §5).
    pub fn x25519_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.sealing.to_bytes())
    }

    /// Signs both public keys into one pairing, as its side `side` (protocol §4, `sig`).
    pub fn sign_pairing(&self, side: Side, th: &[u8; 32]) -> [u8; 64] {
        let message = pairing_message(side, th, &self.public);
        self.signing.sign(&message).to_bytes()
    }

    /// Signs a router's challenge, bound to the link it came by: the one bare 32-byte value the key
    /// ever signs (protocol §5). For the whole answer see [`crate::cryptosign`].
    pub fn sign_challenge(&self, challenge: &[u8; 32], channel_binding: &[u8; 32]) -> [u8; 64] {
        let message = challenge_message(challenge, channel_binding);
        self.signing.sign(&message).to_bytes()
    }

    fn from_secrets(ed25519: &[u8; 32], x25519: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(ed25519);
        let sealing = StaticSecret::from(*x25519);
        let public = PublicIdentity {
            ed25519: signing.verifying_key().to_bytes(),
            x25519: PublicKey::from(&sealing).to_bytes(),
        };
        Self {
            signing,
            sealing,
            public,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.id()).finish()
    }
}

/// Another device's keys, known to be usable ones.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PublicKeys", into = "PublicKeys")]
pub struct PublicIdentity {
    ed25519: [u8; 32],
    x25519: [u8; 32],
}

impl PublicIdentity {
    /// Takes two public keys.
    ///
    /// # Errors
    ///
    /// If the Ed25519 key is not a point or the same as no key at all, or if the X25519 key would
    /// make every shared secret zero (RFC 7748 §6.1).
    pub fn new(ed25519: [u8; 32], x25519: [u8; 32]) -> Result<Self, WeakKey> {
        VerifyingKey::new(ed25519)?;
        let any_secret = StaticSecret::from([1; 32]);
        let shared = any_secret.diffie_hellman(&PublicKey::from(x25519));
        if !shared.was_contributory() {
            return Err(WeakKey("x25519"));
        }
        Ok(Self { ed25519, x25519 })
    }

    /// The key that signs.
    pub fn ed25519(&self) -> &[u8; 32] {
        &self.ed25519
    }

    /// The key that opens sealed links.
    pub fn x25519(&self) -> &[u8; 32] {
        &self.x25519
    }

    /// The id these keys belong to.
    pub fn id(&self) -> DeviceId {
        DeviceId::from_key(&self.ed25519)
    }

    /// Whether `signature` is what [`Identity::sign_pairing`] made for this side and transcript.
    pub fn verify_pairing(&self, side: Side, th: &[u8; 32], signature: &[u8; 64]) -> bool {
        self.verify(&pairing_message(side, th, self), signature)
    }

    /// Whether `signature` is what [`Identity::sign_challenge`] made for this challenge and link.
    pub fn verify_challenge(
        &self,
        challenge: &[u8; 32],
        channel_binding: &[u8; 32],
        signature: &[u8; 64],
    ) -> bool {
        self.verify(&challenge_message(challenge, channel_binding), signature)
    }

    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        ed25519_dalek::VerifyingKey::from_bytes(&self.ed25519).is_ok_and(|key| {
            key.verify_strict(message, &Signature::from_bytes(signature))
                .is_ok()
        })
    }
}

impl fmt::Debug for PublicIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicIdentity").field(&self.id()).finish()
    }
}

impl TryFrom<PublicKeys> for PublicIdentity {
    type Error = WeakKey;

    fn try_from(keys: PublicKeys) -> Result<Self, WeakKey> {
        Self::new(keys.ed25519, keys.x25519)
    }
}

/// Why a text is not an [`Identity`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// It is not TOML, or lacks a key.
    #[error("not an identity file")]
    Syntax,
    /// It was written by a later version.
    #[error("identity file of version {0}, this program knows version 1")]
    Version(u32),
    /// A secret is not 32 bytes of hexadecimal.
    #[error("the {0} secret is not 64 hexadecimal digits")]
    Key(&'static str),
    /// The file's id and key do not belong together.
    #[error("the file says {written} but its key belongs to {derived}")]
    IdMismatch {
        /// The id in the file.
        written: DeviceId,
        /// The id of the key in the file.
        derived: DeviceId,
    },
}

/// A public key that protects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {0} key is not a usable public key")]
pub struct WeakKey(&'static str);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityFile {
    version: u32,
    id: DeviceId,
    ed25519_secret: Zeroizing<String>,
    x25519_secret: Zeroizing<String>,
}

#[derive(Serialize, Deserialize)]
struct PublicKeys {
    #[serde(with = "hex::array")]
    ed25519: [u8; 32],
    #[serde(with = "hex::array")]
    x25519: [u8; 32],
}

impl From<PublicIdentity> for PublicKeys {
    fn from(public: PublicIdentity) -> Self {
        Self {
            ed25519: public.ed25519,
            x25519: public.x25519,
        }
    }
}

fn secret(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    hex::decode_array(text).map(Zeroizing::new)
}

/// 123 bytes and a fixed beginning: never to be mistaken for a challenge.
fn pairing_message(side: Side, th: &[u8; 32], public: &PublicIdentity) -> Vec<u8> {
    let prefix = match side {
        Side::A => b"deskconn-pair-v1 identity A",
        Side::B => b"deskconn-pair-v1 identity B",
    };
    [&prefix[..], th, &public.ed25519, &public.x25519].concat()
}

pub(crate) fn challenge_message(challenge: &[u8; 32], channel_binding: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|i| challenge[i] ^ channel_binding[i])
}

#[cfg(test)]
mod tests;
