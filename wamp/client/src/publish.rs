//! Publishing to topics.

use crate::args;
use crate::driver::command::{Command, Outcome};
use crate::error::{CloseCause, RequestError, check_uri};
use crate::session::Session;
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::future::IntoFuture;
use wamp_proto::options::{PublishOptions, Text};
use wamp_proto::{MatchPolicy, Payload, PublicationId, SessionId, Uri};

/// A publication about to be made; from [`Session::publish`].
///
/// Awaiting it publishes, and waits for the router only if it is to [`acknowledge`]; otherwise a
/// router that refuses says nothing.
///
/// [`acknowledge`]: Publish::acknowledge
#[derive(Debug)]
#[must_use = "nothing is published until it is awaited"]
pub struct Publish<A = (), K = ()> {
    session: Result<Session, CloseCause>,
    topic: Uri,
    args: A,
    kwargs: K,
    options: PublishOptions,
}

impl Publish {
    /// A publication in `session`, or one that fails because there is none.
    pub(crate) fn new(session: Result<Session, CloseCause>, topic: Uri) -> Self {
        Self {
            session,
            topic,
            args: (),
            kwargs: (),
            options: PublishOptions::default(),
        }
    }
}

impl<A, K> Publish<A, K> {
    /// Gives positional arguments: a tuple or a list.
    pub fn args<T: Serialize>(self, args: T) -> Publish<T, K> {
        Publish {
            session: self.session,
            topic: self.topic,
            args,
            kwargs: self.kwargs,
            options: self.options,
        }
    }

    /// Gives one positional argument.
    pub fn arg<T: Serialize>(self, arg: T) -> Publish<(T,), K> {
        self.args((arg,))
    }

    /// Gives keyword arguments: a struct or a map.
    pub fn kwargs<T: Serialize>(self, kwargs: T) -> Publish<A, T> {
        Publish {
            session: self.session,
            topic: self.topic,
            args: self.args,
            kwargs,
            options: self.options,
        }
    }

    /// Waits for the router to confirm the publication.
    pub const fn acknowledge(mut self) -> Self {
        self.options.acknowledge = true;
        self
    }

    /// Whether this session is left out of the receivers, as it is by default (spec, "Publisher
    /// Exclusion").
    pub const fn exclude_me(mut self, exclude: bool) -> Self {
        self.options.exclude_me = Some(exclude);
        self
    }

    /// Asks the router to tell the receivers who publishes (spec, "Publisher Identification").
    pub const fn disclose_me(mut self) -> Self {
        self.options.disclose_me = true;
        self
    }

    /// Has the router keep the event for later subscribers (spec, "Event Retention").
    pub const fn retain(mut self) -> Self {
        self.options.retain = true;
        self
    }

    /// The only sessions that may receive the event.
    pub fn eligible(mut self, sessions: impl IntoIterator<Item = SessionId>) -> Self {
        self.options.eligible = Some(sessions.into_iter().collect());
        self
    }

    /// The only authids whose sessions may receive the event.
    pub fn eligible_authid(mut self, authids: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        let authids = authids.into_iter().map(Into::into);
        self.options.eligible_authid = Some(authids.collect());
        self
    }

    /// Sessions that must not receive the event.
    pub fn exclude(mut self, sessions: impl IntoIterator<Item = SessionId>) -> Self {
        self.options.exclude = Some(sessions.into_iter().collect());
        self
    }

    /// Sets every option at once, in place of those set before.
    pub fn options(mut self, options: PublishOptions) -> Self {
        self.options = options;
        self
    }
}

impl<A: Serialize, K: Serialize> Publish<A, K> {
    /// Everything that needs the arguments, so that the future does not.
    fn prepare(self) -> Result<Prepared, RequestError> {
        let session = self.session?;
        check_uri(&self.topic, MatchPolicy::Exact).map_err(RequestError::InvalidUri)?;
        let payload = args::write(session.serializer(), &self.args, &self.kwargs)?;
        Ok(Prepared {
            session,
            topic: self.topic,
            payload,
            options: self.options,
        })
    }
}

impl<A: Serialize, K: Serialize> IntoFuture for Publish<A, K> {
    /// The publication's id, if the router was asked to acknowledge it.
    type Output = Result<Option<PublicationId>, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let prepared = self.prepare();
        Box::pin(async move { prepared?.publish().await })
    }
}

struct Prepared {
    session: Session,
    topic: Uri,
    payload: Payload,
    options: PublishOptions,
}

impl Prepared {
    async fn publish(self) -> Result<Option<PublicationId>, RequestError> {
        let (reply, published) = Outcome::channel();
        let acknowledge = self.options.acknowledge;
        let publish = Command::Publish {
            options: self.options,
            topic: self.topic,
            payload: self.payload,
            reply: acknowledge.then_some(reply),
        };
        self.session.send(publish).await?;
        if !acknowledge {
            return Ok(None);
        }
        match published.await {
            Ok(published) => published.map(Some),
            Err(_) => Err(self.session.cause().into()),
        }
    }
}
