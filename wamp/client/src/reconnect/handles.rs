//! The handles of what a lasting client registered and subscribed.

use super::Client;
use super::supervisor::Order;
use super::wanted::Wanted;
use crate::driver::command::{Key, Outcome};
use crate::error::RequestError;
use crate::event::{self, Event};
use crate::queue::Queue;
use crate::register::Register;
use crate::subscribe::{Subscribe, SubscribeEvents};
use futures_util::future::BoxFuture;
use std::{future::IntoFuture, sync::Arc};
use wamp_proto::Uri;

/// A procedure registered in every session of a [`Client`], until it is unregistered or the client
/// ends, whether this is kept or dropped.
#[derive(Clone, Debug)]
pub struct LastingRegistration(Lasting);

/// A topic subscribed to in every session of a [`Client`], until it is unsubscribed or the client
/// ends, whether this is kept or dropped.
#[derive(Clone, Debug)]
pub struct LastingSubscription(Lasting);

/// The events of a topic in every session of a [`Client`]. Dropping it unsubscribes.
#[derive(Debug)]
pub struct LastingEventStream {
    lasting: Lasting,
    queue: Arc<Queue<Event>>,
}

impl LastingRegistration {
    /// The procedure or pattern.
    pub const fn procedure(&self) -> &Uri {
        &self.0.uri
    }

    /// Unregisters the procedure, in this session and those to come.
    ///
    /// # Errors
    /// If the router does not know the registration any more, or the client ended.
    pub async fn unregister(&self) -> Result<(), RequestError> {
        self.0.remove().await
    }
}

impl LastingSubscription {
    /// The topic or pattern.
    pub const fn topic(&self) -> &Uri {
        &self.0.uri
    }

    /// Unsubscribes, in this session and those to come.
    ///
    /// # Errors
    /// If the router does not know the subscription any more, or the client ended.
    pub async fn unsubscribe(&self) -> Result<(), RequestError> {
        self.0.remove().await
    }
}

impl LastingEventStream {
    /// The next event, of whichever session; `None` when the client ended. Cancel safe.
    pub async fn next(&mut self) -> Option<Event> {
        event::next(&self.queue).await
    }

    /// The topic or pattern.
    pub const fn topic(&self) -> &Uri {
        &self.lasting.uri
    }
}

impl Drop for LastingEventStream {
    fn drop(&mut self) {
        self.queue.discard();
        self.lasting.give_up();
    }
}

impl IntoFuture for Register<Client> {
    type Output = Result<LastingRegistration, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let adding = Lasting::add(self.place, Wanted::Registration(self.procedure));
        Box::pin(async move { adding.await.map(LastingRegistration) })
    }
}

impl IntoFuture for Subscribe<Client> {
    type Output = Result<LastingSubscription, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let adding = Lasting::add(self.place, Wanted::Subscription(self.topic, self.handler));
        Box::pin(async move { adding.await.map(LastingSubscription) })
    }
}

impl IntoFuture for SubscribeEvents<Client> {
    type Output = Result<LastingEventStream, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let queue = self.topic.queue();
        let feed = Arc::new(Feed(Arc::clone(&queue)));
        // The stream outlives the sessions, so each session's subscription feeds it.
        let handler = event::handler(move |event| {
            feed.push(event);
            std::future::ready(())
        });
        let adding = Lasting::add(self.place, Wanted::Subscription(self.topic, handler));
        Box::pin(async move {
            let lasting = adding.await?;
            Ok(LastingEventStream { lasting, queue })
        })
    }
}

/// Something a client does in every session.
#[derive(Clone, Debug)]
struct Lasting {
    client: Client,
    key: Key,
    uri: Uri,
}

impl Lasting {
    /// Has the client do it from now on, and waits for the first outcome. If the future is dropped
    /// before that, the client does it no more.
    async fn add(client: Client, wanted: Wanted) -> Result<Self, RequestError> {
        let lasting = Self {
            client,
            key: Key::unique(),
            uri: wanted.uri().clone(),
        };
        let (outcome, added) = Outcome::channel();
        let adding = Adding(Some(&lasting));
        let order = Order::Add(lasting.key, wanted, outcome);
        lasting.client.orders.give(order);
        let added = added.await;
        adding.done();
        match added {
            Ok(added) => added.map(|()| lasting),
            Err(_) => Err(lasting.client.closed().await.cause().into()),
        }
    }

    async fn remove(&self) -> Result<(), RequestError> {
        let (outcome, removed) = Outcome::channel();
        self.client
            .orders
            .give(Order::Remove(self.key, Some(outcome)));
        match removed.await {
            Ok(removed) => removed,
            Err(_) => Err(self.client.closed().await.cause().into()),
        }
    }

    /// Has the client do it no more, without waiting for that.
    fn give_up(&self) {
        self.client.orders.give(Order::Remove(self.key, None));
    }
}

/// Something the client was asked for, given up if nobody waits for it any more.
struct Adding<'a>(Option<&'a Lasting>);

impl Adding<'_> {
    fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Adding<'_> {
    fn drop(&mut self) {
        if let Some(lasting) = self.0 {
            lasting.give_up();
        }
    }
}

/// What a session's subscription puts events into. When the client forgets the subscription, the
/// stream ends.
struct Feed(Arc<Queue<Event>>);

impl Feed {
    fn push(&self, event: Event) {
        if let Ok(dropped @ 1..) = self.0.push_newest(event) {
            tracing::warn!(
                dropped,
                "events come in faster than they are taken; the oldest were dropped"
            );
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.0.close();
    }
}
