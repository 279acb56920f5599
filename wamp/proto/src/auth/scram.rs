//! SCRAM: the client proves that it knows a password, the router that it knows what the password is
//! checked by (spec, "Salted Challenge Response Authentication"; RFC 5802, RFC 7677).
//!
//! ```text
//!   HELLO         authid, client nonce              ─────►
//!                                                   ◄─────  CHALLENGE     nonce, salt, kdf, its costs
//!   AUTHENTICATE  proof, under the key from password
//!                 and salt, over all of the above   ─────►
//!                                                   ◄─────  WELCOME       the router's signature over it
//! ```
//!
//! Neither the link nor the router's store holds anything that lets one in; from either, passwords can
//! be tried at the price of one key derivation each.

mod client;
mod router;

pub use client::{Exchange, ServerSignature};
pub use router::Verification;

use super::kdf::{Derivation, DerivedKey, Kdf, KdfError};
use super::{Secret, hmac_sha256};
use data_encoding::{BASE64, BASE64_NOPAD};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt};
use stringprep::saslprep;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The two ways in which SCRAM is spoken over WAMP. They are methods of different names and what a
/// router stores for one is of no use for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `wamp-scram`, as the specification has it.
    Spec,
    /// `scram`, as Autobahn and Crossbar.io have had it since before the specification. It differs:
    /// Argon2id is called `argon2id-13`; what keys are made of is not its output but the base64 of that,
    /// without padding; the password is not normalized; the nonces are joined before they are encoded;
    /// `authid` is not escaped and there is no channel binding, `c=` is empty; AUTHENTICATE has no
    /// extra; the router's signature is called `scram_server_signature`.
    Autobahn,
}

impl Dialect {
    const fn kdf_name(self, kdf: Kdf) -> &'static str {
        match (kdf, self) {
            (Kdf::Pbkdf2 { .. }, _) => "pbkdf2",
            (Kdf::Argon2id13 { .. }, Self::Spec) => "argon2id13",
            (Kdf::Argon2id13 { .. }, Self::Autobahn) => "argon2id-13",
        }
    }

    /// The member of `WELCOME.Details.authextra` that holds the router's signature.
    const fn signature_name(self) -> &'static str {
        match self {
            Self::Spec => "verifier",
            Self::Autobahn => "scram_server_signature",
        }
    }

    /// The way from `password` to the salted password.
    fn derivation(
        self,
        kdf: Kdf,
        password: &Secret,
        salt: &[u8],
    ) -> Result<Derivation, ScramError> {
        let password = match self {
            Self::Spec => Secret::new(normalize(password.expose())?),
            Self::Autobahn => password.clone(),
        };
        Ok(Derivation::new(kdf, password, salt.to_vec(), 32)?)
    }

    fn keys(self, kdf: Kdf, salted_password: &DerivedKey) -> Keys {
        let octets = salted_password.expose();
        match (self, kdf) {
            (Self::Autobahn, Kdf::Argon2id13 { .. }) => {
                Keys::new(Zeroizing::new(BASE64_NOPAD.encode(octets)).as_bytes())
            }
            _ => Keys::new(octets),
        }
    }

    /// RFC 5802's `AuthMessage`: what both sides sign.
    fn auth_message(self, parts: &Parts<'_>) -> String {
        let Parts {
            authid,
            client_nonce,
            nonce,
            salt,
            iterations,
            channel,
        } = parts;
        let (authid, channel) = match self {
            Self::Spec => (Cow::Owned(escape(authid)), BASE64.encode(channel)),
            Self::Autobahn => (Cow::Borrowed(*authid), String::new()),
        };
        format!(
            "n={authid},r={client_nonce},r={nonce},s={salt},i={iterations},c={channel},r={nonce}"
        )
    }
}

/// Why there is no credential for a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScramError {
    /// SASLprep refuses the text (RFC 4013, section 2.3).
    #[error("the text has characters that SASLprep does not allow")]
    Prohibited,
    /// The key can not be derived.
    #[error(transparent)]
    Kdf(#[from] KdfError),
}

/// What a router keeps of one principal's password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// For which method it is.
    pub dialect: Dialect,
    /// How the client derives its key.
    pub kdf: Kdf,
    /// With which salt. It is to be drawn at random for each principal, 16 octets long.
    pub salt: Vec<u8>,
    /// What the client's proof is checked by.
    pub stored_key: [u8; 32],
    /// What the router signs with.
    pub server_key: [u8; 32],
}

impl Credential {
    /// The credential for a new password. Takes as long as the derivation does.
    ///
    /// # Errors
    /// If the password can not be normalized or the derivation would cost more than the limits of
    /// [`kdf`](super::kdf).
    pub fn enrol(
        dialect: Dialect,
        kdf: Kdf,
        password: &Secret,
        salt: &[u8; 16],
    ) -> Result<Self, ScramError> {
        let salted_password = dialect.derivation(kdf, password, salt)?.run()?;
        let keys = dialect.keys(kdf, &salted_password);
        Ok(Self {
            dialect,
            kdf,
            salt: salt.to_vec(),
            stored_key: keys.stored,
            server_key: keys.server,
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("dialect", &self.dialect)
            .field("kdf", &self.kdf)
            .finish_non_exhaustive()
    }
}

impl Drop for Credential {
    fn drop(&mut self) {
        self.stored_key.zeroize();
        self.server_key.zeroize();
    }
}

/// RFC 5802's keys, all from the salted password.
#[derive(ZeroizeOnDrop)]
struct Keys {
    client: [u8; 32],
    stored: [u8; 32],
    server: [u8; 32],
}

impl Keys {
    fn new(salted_password: &[u8]) -> Self {
        let client = hmac_sha256(salted_password, &[b"Client Key"]);
        Self {
            client,
            stored: Sha256::digest(client).into(),
            server: hmac_sha256(salted_password, &[b"Server Key"]),
        }
    }
}

/// What goes into an `AuthMessage`, as it stands in the messages.
struct Parts<'a> {
    /// Normalized.
    authid: &'a str,
    client_nonce: &'a str,
    /// The client's and the router's.
    nonce: &'a str,
    salt: &'a str,
    iterations: u32,
    /// RFC 5802's `cbind-input`.
    channel: &'a [u8],
}

/// "CBindFlag + `,,` + CBindData".
fn channel_input(binding: Option<&super::ChannelBinding>) -> Vec<u8> {
    match binding {
        None => b"n,,".to_vec(),
        Some(binding) => [b"p=", binding.name.as_bytes(), b",,", &binding.id].concat(),
    }
}

/// RFC 4013's form of a name or a password.
pub(crate) fn normalize(text: &str) -> Result<Cow<'_, str>, ScramError> {
    saslprep(text).map_err(|_| ScramError::Prohibited)
}

/// "Replace every occurrence of `,` and `=`."
fn escape(text: &str) -> String {
    text.replace('=', "=3D").replace(',', "=2C")
}

fn xor(mut left: [u8; 32], right: &[u8; 32]) -> [u8; 32] {
    for (octet, other) in left.iter_mut().zip(right) {
        *octet ^= other;
    }
    left
}

#[cfg(test)]
mod tests;
