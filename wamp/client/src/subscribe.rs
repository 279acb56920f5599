//! Subscribing to topics.

use crate::driver::command::{
    Abandoned, Command, Guard, Key, Outcome, Revocation, Revoker, StartSubscription,
};
use crate::error::{RequestError, check_uri};
use crate::event::{self, Event, EventHandler};
use crate::queue::{Bounds, Queue};
use crate::session::Session;
use futures_util::future::BoxFuture;
use std::{future::IntoFuture, sync::Arc};
use wamp_proto::options::SubscribeOptions;
use wamp_proto::{MatchPolicy, SubscriptionId, Uri};

/// How many events wait for a slow handler, unless it asks for another number.
const EVENTS: usize = 1024;

/// How many octets those may hold.
const OCTETS: usize = 4 << 20;

/// A subscription with a handler, about to be made; from [`Session::subscribe`] or
/// [`Client::subscribe`].
///
/// Awaiting it subscribes and waits for the router. If that future is dropped, the subscription is
/// taken back.
///
/// [`Client::subscribe`]: crate::Client::subscribe
#[must_use = "nothing is subscribed until it is awaited"]
pub struct Subscribe<In = Session> {
    pub(crate) place: In,
    pub(crate) topic: Topic,
    pub(crate) handler: EventHandler,
}

/// A subscription with a stream, about to be made; from [`Session::events`] or [`Client::events`].
///
/// Awaiting it subscribes and waits for the router.
///
/// [`Client::events`]: crate::Client::events
#[derive(Debug)]
#[must_use = "nothing is subscribed until it is awaited"]
pub struct SubscribeEvents<In = Session> {
    pub(crate) place: In,
    pub(crate) topic: Topic,
}

/// What is subscribed to, apart from where.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub(crate) uri: Uri,
    options: SubscribeOptions,
    capacity: usize,
}

/// The options that both kinds take.
macro_rules! subscribe_options {
    ($type:ident) => {
        impl<In> $type<In> {
            /// How the topic matches (spec, "Pattern-based Subscription"); exactly by default.
            pub fn matching(mut self, policy: MatchPolicy) -> Self {
                self.topic.options.r#match = Some(policy);
                self
            }

            /// Asks for the event that was kept for new subscribers (spec, "Event Retention").
            pub fn retained(mut self) -> Self {
                self.topic.options.get_retained = true;
                self
            }

            /// How many events wait while earlier ones are handled; 1024 by default, and no more
            /// than 4 MiB of payload. Beyond that the oldest are dropped.
            pub fn capacity(mut self, events: usize) -> Self {
                self.topic.capacity = events.max(1);
                self
            }
        }
    };
}

subscribe_options!(Subscribe);
subscribe_options!(SubscribeEvents);

impl<In> Subscribe<In> {
    pub(crate) fn new(place: In, topic: Uri, handler: EventHandler) -> Self {
        let topic = Topic::new(topic);
        Self {
            place,
            topic,
            handler,
        }
    }
}

impl<In> SubscribeEvents<In> {
    pub(crate) fn new(place: In, topic: Uri) -> Self {
        let topic = Topic::new(topic);
        Self { place, topic }
    }
}

impl IntoFuture for Subscribe {
    type Output = Result<Subscription, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.topic.handle(self.place, self.handler))
    }
}

impl IntoFuture for SubscribeEvents {
    type Output = Result<EventStream, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let listening = self.topic.subscribe(self.place, None).await?;
            Ok(EventStream(listening))
        })
    }
}

impl Topic {
    fn new(uri: Uri) -> Self {
        Self {
            uri,
            options: SubscribeOptions::default(),
            capacity: EVENTS,
        }
    }

    /// A queue as large as asked for.
    pub(crate) fn queue(&self) -> Arc<Queue<Event>> {
        Arc::new(Queue::new(Bounds {
            items: self.capacity,
            octets: OCTETS,
        }))
    }

    /// Subscribes in a session, for a handler.
    pub(crate) async fn handle(
        self,
        session: Session,
        handler: EventHandler,
    ) -> Result<Subscription, RequestError> {
        let mut listening = self.subscribe(session, Some(handler)).await?;
        listening.guard.disarm();
        Ok(listening.subscription)
    }

    async fn subscribe(
        self,
        session: Session,
        handler: Option<EventHandler>,
    ) -> Result<Listening, RequestError> {
        let policy = self.options.r#match.unwrap_or_default();
        check_uri(&self.uri, policy).map_err(RequestError::InvalidUri)?;
        let listener = Key::unique();
        let guard = session.guard(Abandoned::Listener(listener));
        let queue = self.queue();
        let (revoker, revocation) = Revoker::channel();
        let (reply, subscribed) = Outcome::channel();
        let subscribe = Command::Subscribe(StartSubscription {
            options: self.options,
            topic: self.uri.clone(),
            listener,
            queue: Arc::clone(&queue),
            handler,
            revoker,
            reply,
        });
        session.send(subscribe).await?;
        let id = match subscribed.await {
            Ok(id) => id?,
            Err(_) => return Err(session.cause().into()),
        };
        let subscription = Subscription {
            session,
            id,
            listener,
            topic: self.uri,
            revocation,
        };
        Ok(Listening {
            subscription,
            queue,
            guard,
        })
    }
}

/// A subscription that the driver feeds, and the guard that ends it.
#[derive(Debug)]
struct Listening {
    subscription: Subscription,
    queue: Arc<Queue<Event>>,
    guard: Guard,
}

/// A topic subscribed to in a session. It stays so until it is unsubscribed or the session ends,
/// whether this is kept or dropped.
#[derive(Clone, Debug)]
pub struct Subscription {
    session: Session,
    id: SubscriptionId,
    listener: Key,
    topic: Uri,
    revocation: Revocation,
}

impl Subscription {
    /// The subscription's id, as the realm knows it.
    pub const fn id(&self) -> SubscriptionId {
        self.id
    }

    /// The topic or pattern.
    pub const fn topic(&self) -> &Uri {
        &self.topic
    }

    /// That the router takes it back.
    pub(crate) fn revocation(&self) -> Revocation {
        self.revocation.clone()
    }

    /// Unsubscribes. The handler is not called again, though a call of it that runs goes on. The
    /// router is told when nothing else in the session listens to the topic.
    ///
    /// # Errors
    /// If the router does not know the subscription any more, or the session ended.
    pub async fn unsubscribe(&self) -> Result<(), RequestError> {
        let (reply, unsubscribed) = Outcome::channel();
        let unsubscribe = Command::Unsubscribe {
            subscription: self.id,
            listener: self.listener,
            reply,
        };
        self.session.send(unsubscribe).await?;
        match unsubscribed.await {
            Ok(unsubscribed) => unsubscribed,
            Err(_) => Err(self.session.cause().into()),
        }
    }
}

/// The events of one subscription, in the order they came. Dropping it unsubscribes.
#[derive(Debug)]
pub struct EventStream(Listening);

impl EventStream {
    /// The next event; `None` when the session ended or the router took the subscription back.
    /// Cancel safe.
    pub async fn next(&mut self) -> Option<Event> {
        event::next(&self.0.queue).await
    }

    /// The subscription's id, as the realm knows it.
    pub const fn id(&self) -> SubscriptionId {
        self.0.subscription.id
    }

    /// The topic or pattern.
    pub const fn topic(&self) -> &Uri {
        &self.0.subscription.topic
    }

    /// Unsubscribes and waits for the router to confirm it.
    ///
    /// # Errors
    /// If the router does not know the subscription any more, or the session ended.
    pub async fn unsubscribe(self) -> Result<(), RequestError> {
        self.0.subscription.unsubscribe().await
    }
}
