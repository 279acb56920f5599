//! Signed requests: who sent them, that nobody changed them, and that they come for the first time.
//!
//! The scheme is the one Crossbar's HTTP bridge has, so that its clients can be used: the query has `key`,
//! `timestamp`, `seq`, `nonce` and `signature`, the last being base64url of HMAC-SHA256 over the other
//! four and the body, one after the other. What it leaves to others is done here: a request counts once.

use super::instant;
use super::settings::BridgeSettings;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use wamp_proto::auth::Secret;

/// How many requests are remembered at a time, each with 48 octets and its place in a tree.
const REMEMBERED: usize = 1 << 18;

/// The longest of the texts that are signed, in octets.
const LONGEST: usize = 64;

/// An HMAC-SHA256.
type Code = [u8; 32];

/// Who may sign, and what was signed lately.
#[derive(Debug)]
pub(super) struct Keyring {
    secrets: HashMap<String, Secret>,
    /// In the place of the secret of a key that nobody has, so that asking for it takes as long.
    decoy: Secret,
    window: Duration,
    /// What was signed before is not taken: it may have been taken before the router started.
    since: SystemTime,
    /// The requests whose time is not over, by that time.
    seen: Mutex<BTreeSet<(SystemTime, Code)>>,
}

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsigned {
    /// It is not signed, or not in the way it has to be.
    #[error("the request has to be signed: `{0}` is missing in its query or makes no sense")]
    Malformed(&'static str),
    /// Nobody has that key, or its secret made another signature.
    #[error("the signature is wrong, or the key unknown")]
    Wrong,
    /// It was signed too long ago, or will be.
    #[error("the request was signed too long ago, before the router started, or in the future")]
    Stale,
    /// It has been taken before.
    #[error("the request has been taken before")]
    Replayed,
    /// There are too many to remember them all.
    #[error("too many signed requests in too short a time")]
    TooMany,
}

/// The query of a signed request.
#[derive(Default)]
struct Query {
    key: String,
    timestamp: String,
    seq: String,
    nonce: String,
    signature: String,
}

impl Keyring {
    /// The keys of a bridge.
    pub(super) fn new(settings: &BridgeSettings) -> Self {
        let keys = settings.keys.iter();
        let secrets = keys.filter_map(|key| Some((key.key.clone(), key.secret.clone()?)));
        Self {
            secrets: secrets.collect(),
            decoy: Secret::new("whatever is signed with this is not taken"),
            window: Duration::from_secs(settings.window),
            since: SystemTime::now(),
            seen: Mutex::default(),
        }
    }

    /// Takes a request that was signed with one of the keys and was not taken before.
    ///
    /// # Errors
    /// If it is not. Nothing is remembered of those whose signature is wrong.
    pub(super) fn take(&self, query: &str, body: &[u8], now: SystemTime) -> Result<(), Unsigned> {
        let query = Query::read(query)?;
        let at = instant::parse(&query.timestamp).ok_or(Unsigned::Malformed("timestamp"))?;
        let code = query.code()?;
        let known = self.secrets.get(&query.key);
        let is_right = query.is_signed_by(known.unwrap_or(&self.decoy), body, &code);
        if known.is_none() || !is_right {
            return Err(Unsigned::Wrong);
        }
        if at < self.since || distance(at, now) > self.window {
            return Err(Unsigned::Stale);
        }
        self.remember(at, code, now)
    }

    /// The code stands for the request: numbers can be moved from `seq` to `nonce` without changing it.
    fn remember(&self, at: SystemTime, code: Code, now: SystemTime) -> Result<(), Unsigned> {
        // Each change leaves a set.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |(at, _): &(SystemTime, Code)| *at + self.window < now;
        while seen.first().is_some_and(is_over) {
            seen.pop_first();
        }
        if seen.contains(&(at, code)) {
            return Err(Unsigned::Replayed);
        }
        if seen.len() >= REMEMBERED {
            return Err(Unsigned::TooMany);
        }
        seen.insert((at, code));
        Ok(())
    }
}

impl Query {
    fn read(query: &str) -> Result<Self, Unsigned> {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let (name, field) = match &*name {
                "key" => ("key", &mut read.key),
                "timestamp" => ("timestamp", &mut read.timestamp),
                "seq" => ("seq", &mut read.seq),
                "nonce" => ("nonce", &mut read.nonce),
                "signature" => ("signature", &mut read.signature),
                _ => continue,
            };
            // What is there twice could be read in two ways.
            if !field.is_empty() || value.len() > LONGEST {
                return Err(Unsigned::Malformed(name));
            }
            *field = value.into_owned();
        }
        for (name, number) in [("seq", &read.seq), ("nonce", &read.nonce)] {
            if number.is_empty() || !number.bytes().all(|octet| octet.is_ascii_digit()) {
                return Err(Unsigned::Malformed(name));
            }
        }
        match read.key.is_empty() {
            true => Err(Unsigned::Malformed("key")),
            false => Ok(read),
        }
    }

    /// The signature itself.
    fn code(&self) -> Result<Code, Unsigned> {
        let text = self.signature.trim_end_matches('=');
        let octets = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let code = octets.and_then(|octets| octets.try_into().ok());
        code.ok_or(Unsigned::Malformed("signature"))
    }

    /// Whether `code` is what `secret` makes of it all. How long it takes to say no tells nothing.
    fn is_signed_by(&self, secret: &Secret, body: &[u8], code: &Code) -> bool {
        let secret = secret.expose().as_bytes();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        for text in [&self.key, &self.timestamp, &self.seq, &self.nonce] {
            mac.update(text.as_bytes());
        }
        mac.update(body);
        mac.verify_slice(code).is_ok()
    }
}

/// How far two times are apart.
fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other)
        .unwrap_or_else(|earlier| earlier.duration())
}

#[cfg(test)]
mod tests;
