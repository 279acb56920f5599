//! The users of a router and by what they are known: tickets, secrets, verifiers and public keys, as a file has them.

use super::tls::Certified;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE as HEX};
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use toml::Spanned;
use wamp_proto::auth::kdf::{Derivation, Kdf, KdfError};
use wamp_proto::auth::{Secret, scram, wampcra};
use zeroize::Zeroizing;

/// `[[realm.user]]`. Where a key is the name of a method, it is by that method that the user is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::standalone) struct User {
    pub(in crate::standalone) authid: Spanned<String>,
    pub(in crate::standalone) role: Spanned<String>,
    pub(in crate::standalone) ticket: Option<Spanned<Secret>>,
    pub(super) ticket_file: Option<Spanned<PathBuf>>,
    pub(in crate::standalone) wampcra: Option<Signed>,
    #[serde(rename = "wamp-scram")]
    pub(in crate::standalone) wamp_scram: Option<Verifier>,
    pub(in crate::standalone) scram: Option<Verifier>,
    #[serde(default)]
    pub(in crate::standalone) cryptosign: Vec<Spanned<PublicKey>>,
    #[serde(default)]
    pub(in crate::standalone) tls: Certified,
}

/// `wampcra`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table, as { secret = \"…\" }")]
pub(in crate::standalone) struct Signed {
    pub(in crate::standalone) secret: Option<Spanned<Secret>>,
    pub(super) secret_file: Option<Spanned<PathBuf>>,
    salt: Option<String>,
    #[serde(default = "iterations")]
    iterations: u32,
    #[serde(default = "keylen")]
    keylen: u32,
}

/// What clients take for granted where a router says nothing (spec, "Challenge Response
/// Authentication").
const fn iterations() -> u32 {
    1000
}

const fn keylen() -> u32 {
    32
}

impl Signed {
    /// How the secret was derived from a password, if it was.
    pub(in crate::standalone) fn salting(&self) -> Option<wampcra::Salting> {
        Some(wampcra::Salting {
            salt: self.salt.clone()?,
            iterations: self.iterations,
            keylen: self.keylen,
        })
    }
}

/// `wamp-scram` and `scram`: what a password is checked by, of the dialect that its key in the file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "VerifierText")]
pub(in crate::standalone) struct Verifier(scram::Credential);

impl Verifier {
    /// The verifier for a dialect.
    pub(in crate::standalone) fn of(&self, dialect: scram::Dialect) -> scram::Credential {
        let mut credential = self.0.clone();
        credential.dialect = dialect;
        credential
    }
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table, as `deskconnd --scram-verifier` prints it"
)]
struct VerifierText {
    kdf: KdfName,
    iterations: u32,
    memory: Option<u32>,
    salt: String,
    stored_key: String,
    server_key: String,
}

#[derive(Deserialize)]
enum KdfName {
    #[serde(rename = "argon2id13")]
    Argon2id13,
    #[serde(rename = "pbkdf2")]
    Pbkdf2,
}

/// Why a verifier is none.
#[derive(Debug, thiserror::Error)]
enum NoVerifier {
    #[error("argon2id13 needs `memory`, in KiB, and pbkdf2 has none")]
    Memory,
    #[error("`{0}` is not base64")]
    Base64(&'static str),
    #[error("`{0}` is not the base64 of 32 octets")]
    Key(&'static str),
    #[error(transparent)]
    Kdf(#[from] KdfError),
}

impl TryFrom<VerifierText> for Verifier {
    type Error = NoVerifier;

    fn try_from(text: VerifierText) -> Result<Self, NoVerifier> {
        let iterations = text.iterations;
        let kdf = match (text.kdf, text.memory) {
            (KdfName::Argon2id13, Some(memory)) => Kdf::Argon2id13 { iterations, memory },
            (KdfName::Pbkdf2, None) => Kdf::Pbkdf2 { iterations },
            _ => return Err(NoVerifier::Memory),
        };
        let salt = BASE64
            .decode(text.salt.as_bytes())
            .map_err(|_| NoVerifier::Base64("salt"))?;
        // What a client would refuse to derive lets nobody in.
        Derivation::new(kdf, Secret::new(""), salt.clone(), 32)?;
        Ok(Self(scram::Credential {
            dialect: scram::Dialect::Spec,
            kdf,
            salt,
            stored_key: key("stored_key", &text.stored_key)?,
            server_key: key("server_key", &text.server_key)?,
        }))
    }
}

fn key(name: &'static str, text: &str) -> Result<[u8; 32], NoVerifier> {
    let octets = BASE64.decode(text.as_bytes());
    let octets = octets.map_err(|_| NoVerifier::Base64(name))?;
    octets.try_into().map_err(|_| NoVerifier::Key(name))
}

/// An entry of `cryptosign`: an Ed25519 public key that signatures can be checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::standalone) struct PublicKey(pub(in crate::standalone) [u8; 32]);

impl TryFrom<String> for PublicKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let octets = HEX.decode(text.as_bytes()).ok();
        let octets: [u8; 32] = octets
            .and_then(|octets| octets.try_into().ok())
            .ok_or("a public key is 64 hex digits")?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&octets);
        if key.is_ok_and(|key| !key.is_weak()) {
            Ok(Self(octets))
        } else {
            Err("that is not an Ed25519 public key")
        }
    }
}

/// The Ed25519 key a router proves itself with: the 32 octets it is made from.
#[derive(Clone)]
pub(in crate::standalone) struct SigningSeed(pub(in crate::standalone) Zeroizing<[u8; 32]>);

impl SigningSeed {
    /// Reads 64 hex digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let octets = Zeroizing::new(HEX.decode(text.as_bytes()).ok()?);
        let octets = <[u8; 32]>::try_from(octets.as_slice()).ok()?;
        Some(Self(Zeroizing::new(octets)))
    }
}

impl fmt::Debug for SigningSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSeed")
    }
}
