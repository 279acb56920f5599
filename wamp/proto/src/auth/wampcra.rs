//! WAMP-CRA: the client signs a challenge with a shared secret (spec, "Challenge Response
//! Authentication").
//!
//! The secret does not cross the link, but who reads the link can try likely secrets against what does:
//! the secret is to be drawn at random. A salted secret is derived from a password by PBKDF2; that
//! slows the guessing as much as it slows the client, as long as the router is the right one. A wrong
//! one leaves the salt out.

use super::kdf::{Derivation, DerivedKey, Kdf, KdfError};
use super::{Secret, hmac_sha256};
use crate::date::iso_8601;
use crate::options::AnyDetails;
use crate::{Dict, SessionId, Value};
use data_encoding::{BASE64, HEXLOWER};
use std::time::SystemTime;
use subtle::ConstantTimeEq;

/// The longest challenge a client signs, in octets.
pub const MAX_CHALLENGE: usize = 16 * 1024;

/// The longest salt a client takes, in octets.
const MAX_SALT: usize = 1024;

/// The longest key a client derives, in octets.
const MAX_KEYLEN: u32 = 1024;

/// How a secret was derived from a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salting {
    /// The salt, whose text is what is salted with.
    pub salt: String,
    /// How often PBKDF2 repeats.
    pub iterations: u32,
    /// How many octets it gives.
    pub keylen: u32,
}

impl Salting {
    /// With a salt drawn at random, and a key of 32 octets.
    pub fn new(salt: &[u8; 16], iterations: u32) -> Self {
        Self {
            salt: BASE64.encode(salt),
            iterations,
            keylen: 32,
        }
    }

    /// The way from `password` to the key.
    ///
    /// # Errors
    /// If that would cost more than the limits of [`kdf`](super::kdf).
    pub fn derivation(&self, password: &Secret) -> Result<Derivation, KdfError> {
        let kdf = Kdf::Pbkdf2 {
            iterations: self.iterations,
        };
        let length = usize::try_from(self.keylen).unwrap_or(usize::MAX);
        let salt = self.salt.as_bytes().to_vec();
        Derivation::new(kdf, password.clone(), salt, length)
    }

    fn read(extra: &AnyDetails) -> Result<Option<Self>, &'static str> {
        let salt = match extra.get("salt") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Text(salt)) if salt.len() <= MAX_SALT => salt.clone(),
            Some(_) => return Err("the salt is not a text, or too long"),
        };
        let number = |key: &str, usual, most| match extra.get(key) {
            None | Some(Value::Null) => Ok(usual),
            Some(value) => value
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| *number <= most)
                .ok_or("the parameters of the salt are not numbers, or too large"),
        };
        // The spec names no defaults; these are the ones every implementation has.
        Ok(Some(Self {
            salt,
            iterations: number("iterations", 1000, u32::MAX)?,
            keylen: number("keylen", 32, MAX_KEYLEN)?,
        }))
    }
}

/// What a router keeps of one principal's secret.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The key challenges are signed with: the secret itself, or the base64 of the derived key.
    pub key: Secret,
    /// How the client gets from its password to the key, if it has to.
    pub salting: Option<Salting>,
}

impl Credential {
    /// A secret that both sides know as it is.
    pub const fn plain(secret: Secret) -> Self {
        Self {
            key: secret,
            salting: None,
        }
    }

    /// A password of which the router keeps a derived key. Takes as long as the derivation does.
    ///
    /// # Errors
    /// If that would cost more than the limits of [`kdf`](super::kdf).
    pub fn salted(password: &Secret, salting: Salting) -> Result<Self, KdfError> {
        let key = salting.derivation(password)?.run()?;
        Ok(Self {
            key: key_text(&key),
            salting: Some(salting),
        })
    }
}

/// Who is challenged, in which attempt. All of it is in the challenge, for the client to read.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// Who the client will be.
    pub authid: &'a str,
    /// In which role. The client learns it before it has proved anything.
    pub authrole: &'a str,
    /// Who vouches for it.
    pub authprovider: &'a str,
    /// The session there will be.
    pub session: SessionId,
    /// Drawn at random for this attempt; what makes each challenge another.
    pub nonce: [u8; 16],
    /// When the attempt began.
    pub time: SystemTime,
}

/// The router's side of one authentication: what has to be signed with which key.
#[derive(Clone, Debug)]
pub struct Verification {
    challenge: String,
    credential: Credential,
}

impl Verification {
    /// Challenges the client in `attempt` to sign with the key of `credential`.
    pub fn new(attempt: &Attempt<'_>, credential: Credential) -> Self {
        // "The string MUST BE a JSON serialized object which MUST contain" these.
        let text = |text: &str| Value::from(text);
        let members = [
            ("authid", text(attempt.authid)),
            ("authrole", text(attempt.authrole)),
            ("authmethod", text("wampcra")),
            ("authprovider", text(attempt.authprovider)),
            ("nonce", Value::from(HEXLOWER.encode(&attempt.nonce))),
            ("timestamp", Value::from(iso8601(attempt.time))),
            ("session", Value::from(attempt.session.get())),
        ];
        let object: Dict = members.map(|(key, value)| (key.to_owned(), value)).into();
        Self {
            challenge: serde_json::to_string(&object).expect("texts and a number are JSON"),
            credential,
        }
    }

    /// `CHALLENGE.Extra`.
    pub fn extra(&self) -> AnyDetails {
        let challenge = Value::from(self.challenge.as_str());
        let mut extra = AnyDetails::from([("challenge".to_owned(), challenge)]);
        if let Some(salting) = &self.credential.salting {
            let number = |number: u32| Value::from(u64::from(number));
            extra.insert("salt".to_owned(), Value::from(salting.salt.as_str()));
            extra.insert("iterations".to_owned(), number(salting.iterations));
            extra.insert("keylen".to_owned(), number(salting.keylen));
        }
        extra
    }

    /// Whether `signature`, as it stands in AUTHENTICATE, is the right one for this challenge.
    pub fn accepts(&self, signature: &Secret) -> bool {
        let right = sign(&self.credential.key, &self.challenge);
        let given = signature.expose().as_bytes();
        right.as_bytes().ct_eq(given).into()
    }
}

/// A router's challenge, read and found fit to be signed.
#[derive(Debug)]
pub(crate) struct Challenge {
    challenge: String,
    pub(crate) salting: Option<Salting>,
}

impl Challenge {
    /// Reads `CHALLENGE.Extra`. The error says what is wrong with it.
    pub(crate) fn read(extra: &AnyDetails) -> Result<Self, &'static str> {
        let challenge = extra
            .get("challenge")
            .and_then(Value::as_str)
            .ok_or("there is no challenge")?;
        if challenge.len() > MAX_CHALLENGE {
            return Err("the challenge is too long");
        }
        Ok(Self {
            challenge: challenge.to_owned(),
            salting: Salting::read(extra)?,
        })
    }

    /// `AUTHENTICATE.Signature`, by a secret without salt.
    pub(crate) fn sign(&self, secret: &Secret) -> String {
        sign(secret, &self.challenge)
    }

    /// `AUTHENTICATE.Signature`, by the key derived as [`Self::salting`] says.
    pub(crate) fn sign_with_derived(&self, key: &DerivedKey) -> String {
        sign(&key_text(key), &self.challenge)
    }
}

/// The signature of `challenge`: the base64 of its HMAC-SHA-256 under the text of `key`.
pub fn sign(key: &Secret, challenge: &str) -> String {
    let key = key.expose().as_bytes();
    BASE64.encode(&hmac_sha256(key, &[challenge.as_bytes()]))
}

/// A derived key as it is used: "working as the new shared secret", so as a text.
fn key_text(key: &DerivedKey) -> Secret {
    Secret::new(BASE64.encode(key.expose()))
}

/// A time as `2014-06-22T16:36:25.448Z`. Times before 1970 are 1970.
fn iso8601(time: SystemTime) -> String {
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH);
    iso_8601(since_1970.unwrap_or_default())
}

#[cfg(test)]
mod tests;
