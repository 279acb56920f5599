//! What messages are made of: ids and names come from small pools, so that they often mean something to
//! who receives them.

use super::Messages;
use arbitrary::{Arbitrary, Result};
use std::collections::BTreeMap;
use wamp_proto::options::Text;
use wamp_proto::{
    Dict, Feature, Features, MatchPolicy, Payload, RegistrationId, RequestId, Serializer,
    SessionId, SubscriptionId, Uri, Value,
};

/// Procedures, topics, patterns and errors, which overlap in many ways.
const URIS: &[&str] = &[
    "a",
    "a.b",
    "a.b.c",
    "ab",
    "b.b",
    "",
    "a.",
    ".b",
    "a..c",
    "..",
    "a b",
    "A.#",
    "wamp.error.unavailable",
    "wamp.session.on_join",
    "wamp.session.",
    "wamp..on_leave",
    "wamp.subscription.on_create",
    "wamp.registration.on_delete",
    "a.name.that.is.longer.than.the.realm.allows",
];

/// Procedures that a router answers itself.
pub(super) const META: &[&str] = &[
    "wamp.session.count",
    "wamp.session.list",
    "wamp.session.get",
    "wamp.session.kill",
    "wamp.session.kill_by_authid",
    "wamp.session.kill_by_authrole",
    "wamp.session.kill_all",
    "wamp.session.add_testament",
    "wamp.session.flush_testaments",
    "wamp.registration.list",
    "wamp.registration.lookup",
    "wamp.registration.match",
    "wamp.registration.get",
    "wamp.registration.list_callees",
    "wamp.registration.count_callees",
    "wamp.subscription.list",
    "wamp.subscription.lookup",
    "wamp.subscription.match",
    "wamp.subscription.get",
    "wamp.subscription.list_subscribers",
    "wamp.subscription.count_subscribers",
    "wamp.subscription.get_events",
    "wamp.reflect.define",
    "wamp.reflect.describe",
    "wamp.reflection.procedure.list",
    "wamp.reflection.procedure.describe",
    "wamp.reflection.topic.list",
    "wamp.reflection.topic.describe",
    "wamp.reflection.error.list",
    "wamp.reflection.error.describe",
    "wamp.none",
];

/// Authids, authroles, methods and the like.
pub(crate) const NAMES: &[&str] = &["ana", "ben", "owner", "user", "cryptosign", "anonymous", ""];

/// Keys that mean something somewhere.
const KEYS: &[&str] = &[
    "reason",
    "message",
    "scope",
    "publish_options",
    "exclude_me",
    "eligible",
    "match",
    "kind",
    "limit",
    "reverse",
    "from_publication",
    "pubkey",
    "challenge",
    "channel_binding",
    "nonce",
    "salt",
    "kdf",
    "iterations",
    "keylen",
    "signature",
    "verifier",
];

/// Texts that mean something somewhere.
const TEXTS: &[&str] = &[
    "procedure",
    "topic",
    "prefix",
    "wildcard",
    "destroyed",
    "detached",
    "x-noise-h",
    "\0AA==",
];

impl Messages<'_, '_> {
    /// Arguments in any serializer, or none.
    pub(super) fn payload(&mut self) -> Result<Payload> {
        if self.octets.arbitrary()? {
            return Ok(Payload::NONE);
        }
        let args = self.items(Self::value_of_arguments)?;
        let kwargs = self.dict(2)?;
        let serializer = *self.octets.choose(&Serializer::ALL)?;
        // JSON has no NaN.
        Ok(Payload::new(serializer, &args, &kwargs).unwrap_or(Payload::NONE))
    }

    /// What meta procedures take: ids, names and options.
    pub(super) fn value_of_arguments(&mut self) -> Result<Value> {
        Ok(match self.octets.int_in_range(0..=5)? {
            0 => Value::from(self.session()?.get()),
            1 => Value::from(u64::from(self.octets.int_in_range(0..=9_u8)?)),
            2 => Value::from(*self.octets.choose(URIS)?),
            3 => Value::from(self.name()?),
            4 => Value::List(vec![Value::from(self.name()?)]),
            _ => self.value(2)?,
        })
    }

    pub(crate) fn value(&mut self, depth: u8) -> Result<Value> {
        let kinds = if depth == 0 { 7 } else { 9 };
        Ok(match self.octets.int_in_range(0..=kinds)? {
            0 => Value::Null,
            1 => Value::Bool(self.octets.arbitrary()?),
            2 => Value::Int(self.octets.arbitrary()?),
            3 => Value::from(u64::arbitrary(self.octets)?),
            4 => Value::Float(self.octets.arbitrary()?),
            5 => Value::from(*self.octets.choose(TEXTS)?),
            6 => Value::from(String::arbitrary(self.octets)?),
            7 => Value::Bytes(self.octets.arbitrary()?),
            8 => Value::List(self.items(|s| s.value(depth - 1))?),
            _ => Value::Dict(self.dict(depth - 1)?),
        })
    }

    pub(super) fn dict(&mut self, depth: u8) -> Result<Dict> {
        let entries = self.items(|s| {
            let key = (*s.octets.choose(KEYS)?).to_owned();
            Ok((key, s.value(depth)?))
        })?;
        Ok(BTreeMap::from_iter(entries))
    }

    pub(super) fn features(&mut self) -> Result<Features> {
        // Most features need others to be of use.
        if self.octets.arbitrary()? {
            return Ok(Features::of(Feature::ALL));
        }
        let mut features = Vec::new();
        let bits = u32::arbitrary(self.octets)?;
        for feature in Feature::ALL {
            if bits & (1 << *feature as u32) != 0 {
                features.push(*feature);
            }
        }
        Ok(Features::of(&features))
    }

    pub(super) fn policy(&mut self) -> Result<MatchPolicy> {
        let policies = [
            MatchPolicy::Exact,
            MatchPolicy::Prefix,
            MatchPolicy::Wildcard,
        ];
        self.octets.choose(&policies).copied()
    }

    pub(super) fn uri(&mut self) -> Result<Uri> {
        self.octets.choose(URIS).copied().map(Uri::from)
    }

    pub(super) fn name(&mut self) -> Result<&'static str> {
        self.octets.choose(NAMES).copied()
    }

    pub(super) fn text(&mut self) -> Result<Text> {
        self.name().map(Text::from)
    }

    /// Milliseconds: usually few, sometimes more than any clock counts.
    pub(super) fn time(&mut self) -> Result<u64> {
        if self.octets.ratio(1, 16)? {
            return self.octets.arbitrary();
        }
        self.octets.int_in_range(0..=100)
    }

    pub(super) fn session(&mut self) -> Result<SessionId> {
        if self.sessions.is_empty() || self.octets.ratio(1, 8)? {
            return Ok(SessionId::from_random(self.octets.arbitrary()?));
        }
        self.octets.choose(self.sessions).copied()
    }

    pub(super) fn request(&mut self) -> Result<RequestId> {
        let id = self.octets.int_in_range(1..=12)?;
        RequestId::new(id).ok_or(arbitrary::Error::IncorrectFormat)
    }

    pub(super) fn registration(&mut self) -> Result<RegistrationId> {
        let id = self.octets.int_in_range(1..=12)?;
        RegistrationId::new(id).ok_or(arbitrary::Error::IncorrectFormat)
    }

    pub(super) fn subscription(&mut self) -> Result<SubscriptionId> {
        let id = self.octets.int_in_range(1..=12)?;
        SubscriptionId::new(id).ok_or(arbitrary::Error::IncorrectFormat)
    }

    pub(super) fn flags(&mut self) -> Result<[bool; 4]> {
        let bits = u8::arbitrary(self.octets)?;
        Ok([0, 1, 2, 3].map(|bit| bits & (1 << bit) != 0))
    }

    pub(super) fn maybe<T>(
        &mut self,
        make: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        if self.octets.arbitrary()? {
            make(self).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn rarely<T>(
        &mut self,
        make: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        if self.octets.ratio(1, 16)? {
            make(self).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn items<T>(&mut self, make: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.octets.int_in_range(0..=3)?;
        (0..count).map(|_| make(self)).collect()
    }

    pub(super) fn list<T>(&mut self, make: impl Fn(&mut Self) -> Result<T>) -> Result<Box<[T]>> {
        self.items(make).map(Vec::into_boxed_slice)
    }
}
