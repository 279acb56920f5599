//! Well-typed messages made of arbitrary octets.
//!
//! Ids and names come from small pools, so that they often mean something to who receives them.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::collections::BTreeMap;
use wamp_proto::message::{
    Abort, Authenticate, Call, Cancel, Challenge, Error, Event, Goodbye, Hello, Interrupt,
    Invocation, Publish, Published, Register, Registered, Subscribe, Subscribed, Unregister,
    Unregistered, Unsubscribe, Unsubscribed, Welcome, Yield, request_type,
};
use wamp_proto::options::*;
use wamp_proto::{
    Dict, Feature, Features, MatchPolicy, Message, Payload, PublicationId, RegistrationId,
    RequestId, Roles, Serializer, SessionId, SubscriptionId, Uri, Value,
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
const META: &[&str] = &[
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
    "prefix",
    "wildcard",
    "destroyed",
    "detached",
    "x-noise-h",
    "\0AA==",
];

/// Where messages come from: the octets, and the ids of the sessions there are.
pub(crate) struct Messages<'a, 'o> {
    octets: &'a mut Unstructured<'o>,
    sessions: &'a [SessionId],
}

impl<'a, 'o> Messages<'a, 'o> {
    pub(crate) const fn new(octets: &'a mut Unstructured<'o>, sessions: &'a [SessionId]) -> Self {
        Self { octets, sessions }
    }

    /// One that a client in an open session may send.
    pub(crate) fn of_client(&mut self) -> Result<Message> {
        Ok(match self.octets.int_in_range(0..=9)? {
            0 => self.publish()?.into(),
            1 => self.subscribe()?.into(),
            2 => self.unsubscribe()?.into(),
            3 => self.call()?.into(),
            4 => self.call_meta()?.into(),
            5 => self.cancel()?.into(),
            6 => self.register()?.into(),
            7 => self.unregister()?.into(),
            8 => self.answer()?.into(),
            _ => self.error()?.into(),
        })
    }

    /// Any message at all.
    pub(crate) fn any(&mut self) -> Result<Message> {
        Ok(match self.octets.int_in_range(0..=16)? {
            0 => self.hello()?.into(),
            1 => self.welcome()?.into(),
            2 => Abort {
                details: self.close()?,
                reason: self.uri()?,
                payload: self.payload()?,
            }
            .into(),
            3 => Challenge {
                authmethod: self.name()?.to_owned(),
                extra: self.dict(2)?,
            }
            .into(),
            4 => Authenticate {
                signature: String::arbitrary(self.octets)?.into(),
                extra: self.dict(2)?,
            }
            .into(),
            5 => Goodbye {
                details: self.close()?,
                reason: self.uri()?,
            }
            .into(),
            6 => Published {
                request: self.request()?,
                publication: PublicationId::from_random(1),
            }
            .into(),
            7 => Subscribed {
                request: self.request()?,
                subscription: self.subscription()?,
            }
            .into(),
            8 => Unsubscribed {
                request: self.maybe(Self::request)?,
                details: None,
            }
            .into(),
            9 => Event {
                subscription: self.subscription()?,
                publication: PublicationId::from_random(1),
                details: EventDetails::default(),
                payload: self.payload()?,
            }
            .into(),
            10 => wamp_proto::message::Result {
                request: self.request()?,
                details: ResultDetails::default(),
                payload: self.payload()?,
            }
            .into(),
            11 => Registered {
                request: self.request()?,
                registration: self.registration()?,
            }
            .into(),
            12 => Unregistered {
                request: self.maybe(Self::request)?,
                details: None,
            }
            .into(),
            13 => Invocation {
                request: self.request()?,
                registration: self.registration()?,
                details: InvocationDetails::default(),
                payload: self.payload()?,
            }
            .into(),
            14 => Interrupt {
                request: self.request()?,
                options: InterruptOptions::default(),
            }
            .into(),
            _ => return self.of_client(),
        })
    }

    pub(crate) fn roles(&mut self) -> Result<Roles> {
        Ok(Roles {
            publisher: self.maybe(Self::features)?,
            subscriber: self.maybe(Self::features)?,
            caller: self.maybe(Self::features)?,
            callee: self.maybe(Self::features)?,
            broker: None,
            dealer: None,
        })
    }

    fn hello(&mut self) -> Result<Hello> {
        let details = HelloDetails {
            roles: self.maybe(Self::roles)?,
            authid: self.maybe(|s| Ok(s.name()?.to_owned()))?,
            authmethods: self.maybe(|s| Ok(vec![s.name()?.to_owned()]))?,
            authextra: self.maybe(|s| s.dict(2))?,
            ..HelloDetails::default()
        };
        Ok(Hello {
            realm: self.uri()?,
            details: Box::new(details),
        })
    }

    fn welcome(&mut self) -> Result<Welcome> {
        let details = WelcomeDetails {
            authid: self.maybe(Self::text)?,
            authextra: self.maybe(|s| s.dict(2))?,
            ..WelcomeDetails::default()
        };
        Ok(Welcome {
            session: self.session()?,
            details: Box::new(details),
        })
    }

    fn publish(&mut self) -> Result<Publish> {
        Ok(Publish {
            request: self.request()?,
            options: self.publish_options()?,
            topic: self.uri()?,
            payload: self.payload()?,
        })
    }

    fn publish_options(&mut self) -> Result<PublishOptions> {
        let [acknowledge, disclose_me, retain, limited] = self.flags()?;
        let mut options = PublishOptions {
            acknowledge,
            disclose_me,
            retain,
            exclude_me: self.octets.arbitrary()?,
            ..PublishOptions::default()
        };
        if limited {
            options.exclude = self.maybe(|s| s.list(Self::session))?;
            options.exclude_authid = self.maybe(|s| s.list(Self::text))?;
            options.exclude_authrole = self.maybe(|s| s.list(Self::text))?;
            options.eligible = self.maybe(|s| s.list(Self::session))?;
            options.eligible_authid = self.maybe(|s| s.list(Self::text))?;
            options.eligible_authrole = self.maybe(|s| s.list(Self::text))?;
            options.ppt_scheme = self.maybe(Self::text)?;
        }
        Ok(options)
    }

    fn subscribe(&mut self) -> Result<Subscribe> {
        Ok(Subscribe {
            request: self.request()?,
            options: SubscribeOptions {
                r#match: self.maybe(Self::policy)?,
                get_retained: self.octets.arbitrary()?,
                ..SubscribeOptions::default()
            },
            topic: self.uri()?,
        })
    }

    fn unsubscribe(&mut self) -> Result<Unsubscribe> {
        Ok(Unsubscribe {
            request: self.request()?,
            subscription: self.subscription()?,
        })
    }

    fn call(&mut self) -> Result<Call> {
        let [receive_progress, progress, disclose_me, timed] = self.flags()?;
        let options = CallOptions {
            timeout: if timed { Some(self.time()?) } else { None },
            ppt_scheme: self.rarely(Self::text)?,
            receive_progress,
            progress,
            disclose_me,
            ..CallOptions::default()
        };
        Ok(Call {
            request: self.request()?,
            options,
            procedure: self.uri()?,
            payload: self.payload()?,
        })
    }

    fn call_meta(&mut self) -> Result<Call> {
        Ok(Call {
            request: self.request()?,
            options: CallOptions {
                progress: self.octets.ratio(1, 16)?,
                ..CallOptions::default()
            },
            procedure: Uri::from(*self.octets.choose(META)?),
            payload: self.payload()?,
        })
    }

    fn cancel(&mut self) -> Result<Cancel> {
        let modes = [CancelMode::Skip, CancelMode::Kill, CancelMode::KillNoWait];
        Ok(Cancel {
            request: self.request()?,
            options: CancelOptions {
                mode: self.maybe(|s| s.octets.choose(&modes).copied())?,
            },
        })
    }

    fn register(&mut self) -> Result<Register> {
        let policies = [
            InvokePolicy::Single,
            InvokePolicy::First,
            InvokePolicy::Last,
            InvokePolicy::RoundRobin,
            InvokePolicy::Random,
        ];
        let [force_reregister, disclose_caller, forward_timeout, limited] = self.flags()?;
        let options = RegisterOptions {
            r#match: self.maybe(Self::policy)?,
            invoke: self.maybe(|s| s.octets.choose(&policies).copied())?,
            concurrency: match limited {
                true => Some(self.octets.int_in_range(0..=3)?),
                false => None,
            },
            force_reregister,
            disclose_caller,
            forward_timeout,
            nkey: self.rarely(Self::text)?,
        };
        Ok(Register {
            request: self.request()?,
            options,
            procedure: self.uri()?,
        })
    }

    fn unregister(&mut self) -> Result<Unregister> {
        Ok(Unregister {
            request: self.request()?,
            registration: self.registration()?,
        })
    }

    fn answer(&mut self) -> Result<Yield> {
        Ok(Yield {
            request: self.request()?,
            options: YieldOptions {
                ppt_scheme: self.rarely(Self::text)?,
                progress: self.octets.arbitrary()?,
                ..YieldOptions::default()
            },
            payload: self.payload()?,
        })
    }

    fn error(&mut self) -> Result<Error> {
        let request_type = match self.octets.ratio(1, 16)? {
            true => self.octets.int_in_range(0..=80)?,
            false => request_type::INVOCATION,
        };
        Ok(Error {
            request_type,
            request: self.request()?,
            details: self.dict(1)?,
            error: self.uri()?,
            payload: self.payload()?,
        })
    }

    fn close(&mut self) -> Result<CloseDetails> {
        let message = self.maybe(|s| String::arbitrary(s.octets))?;
        Ok(CloseDetails { message })
    }

    /// Arguments in any serializer, or none.
    fn payload(&mut self) -> Result<Payload> {
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
    fn value_of_arguments(&mut self) -> Result<Value> {
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

    fn dict(&mut self, depth: u8) -> Result<Dict> {
        let entries = self.items(|s| {
            let key = (*s.octets.choose(KEYS)?).to_owned();
            Ok((key, s.value(depth)?))
        })?;
        Ok(BTreeMap::from_iter(entries))
    }

    fn features(&mut self) -> Result<Features> {
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

    fn policy(&mut self) -> Result<MatchPolicy> {
        let policies = [
            MatchPolicy::Exact,
            MatchPolicy::Prefix,
            MatchPolicy::Wildcard,
        ];
        self.octets.choose(&policies).copied()
    }

    fn uri(&mut self) -> Result<Uri> {
        self.octets.choose(URIS).copied().map(Uri::from)
    }

    fn name(&mut self) -> Result<&'static str> {
        self.octets.choose(NAMES).copied()
    }

    fn text(&mut self) -> Result<Text> {
        self.name().map(Text::from)
    }

    /// Milliseconds: usually few, sometimes more than any clock counts.
    fn time(&mut self) -> Result<u64> {
        if self.octets.ratio(1, 16)? {
            return self.octets.arbitrary();
        }
        self.octets.int_in_range(0..=100)
    }

    fn session(&mut self) -> Result<SessionId> {
        if self.sessions.is_empty() || self.octets.ratio(1, 8)? {
            return Ok(SessionId::from_random(self.octets.arbitrary()?));
        }
        self.octets.choose(self.sessions).copied()
    }

    fn request(&mut self) -> Result<RequestId> {
        let id = self.octets.int_in_range(1..=12)?;
        RequestId::new(id).ok_or(arbitrary::Error::IncorrectFormat)
    }

    fn registration(&mut self) -> Result<RegistrationId> {
        let id = self.octets.int_in_range(1..=12)?;
        RegistrationId::new(id).ok_or(arbitrary::Error::IncorrectFormat)
    }

    fn subscription(&mut self) -> Result<SubscriptionId> {
        let id = self.octets.int_in_range(1..=12)?;
        SubscriptionId::new(id).ok_or(arbitrary::Error::IncorrectFormat)
    }

    fn flags(&mut self) -> Result<[bool; 4]> {
        let bits = u8::arbitrary(self.octets)?;
        Ok([0, 1, 2, 3].map(|bit| bits & (1 << bit) != 0))
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.octets.arbitrary()? {
            make(self).map(Some)
        } else {
            Ok(None)
        }
    }

    fn rarely<T>(&mut self, make: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.octets.ratio(1, 16)? {
            make(self).map(Some)
        } else {
            Ok(None)
        }
    }

    fn items<T>(&mut self, make: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.octets.int_in_range(0..=3)?;
        (0..count).map(|_| make(self)).collect()
    }

    fn list<T>(&mut self, make: impl Fn(&mut Self) -> Result<T>) -> Result<Box<[T]>> {
        self.items(make).map(Vec::into_boxed_slice)
    }
}
