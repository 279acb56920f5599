//! Well-typed messages made of arbitrary octets.

mod values;

use values::META;
pub(crate) use values::NAMES;

use arbitrary::{Arbitrary, Result, Unstructured};
use wamp_proto::message::{
    Abort, Authenticate, Call, Cancel, Challenge, Error, Event, Goodbye, Hello, Interrupt,
    Invocation, Publish, Published, Register, Registered, Subscribe, Subscribed, Unregister,
    Unregistered, Unsubscribe, Unsubscribed, Welcome, Yield, request_type,
};
use wamp_proto::options::{
    CallOptions, CancelMode, CancelOptions, CloseDetails, EventDetails, HelloDetails,
    InterruptOptions, InvocationDetails, InvokePolicy, PublishOptions, RegisterOptions,
    ResultDetails, RunMode, SubscribeOptions, WelcomeDetails, YieldOptions,
};
use wamp_proto::{Message, PublicationId, Roles, SessionId, Uri};

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
                details: EventDetails::default().into(),
                payload: self.payload()?,
            }
            .into(),
            10 => wamp_proto::message::Result {
                request: self.request()?,
                details: ResultDetails::default().into(),
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
                details: InvocationDetails::default().into(),
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
            options: self.publish_options()?.into(),
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
            options.rkey = self.maybe(Self::text)?;
        }
        Ok(options)
    }

    fn subscribe(&mut self) -> Result<Subscribe> {
        Ok(Subscribe {
            request: self.request()?,
            options: SubscribeOptions {
                r#match: self.maybe(Self::policy)?,
                nkey: self.rarely(Self::text)?,
                get_retained: self.octets.arbitrary()?,
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
        let modes = [RunMode::All, RunMode::Partition];
        let options = CallOptions {
            timeout: if timed { Some(self.time()?) } else { None },
            runmode: self.rarely(|s| s.octets.choose(&modes).copied())?,
            rkey: self.rarely(Self::text)?,
            ppt_scheme: self.rarely(Self::text)?,
            receive_progress,
            progress,
            disclose_me,
            ..CallOptions::default()
        };
        Ok(Call {
            request: self.request()?,
            options: options.into(),
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
            }
            .into(),
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
            }
            .into(),
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
}
