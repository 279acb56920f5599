//! What a subscriber receives.

use crate::args::reads_payload;
use crate::queue::{Queue, Queued};
use futures_util::{FutureExt, future::BoxFuture};
use std::{panic::AssertUnwindSafe, sync::Arc};
use wamp_proto::options::EventDetails;
use wamp_proto::{Payload, PublicationId, SessionId, Uri, message};

/// A subscription's code.
pub(crate) type EventHandler = Arc<dyn Fn(Event) -> BoxFuture<'static, ()> + Send + Sync>;

/// Puts a handler into the form that is kept.
pub(crate) fn handler<F, Fut>(code: F) -> EventHandler
where
    F: Fn(Event) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    Arc::new(move |event| Box::pin(code(event)))
}

/// One event (spec, "EVENT").
#[derive(Clone, Debug)]
pub struct Event {
    publication: PublicationId,
    topic: Uri,
    details: Arc<EventDetails>,
    payload: Payload,
    missed: u64,
}

reads_payload!(Event);

impl Event {
    pub(crate) fn new(message: message::Event, subscribed: &Uri) -> Self {
        let topic = message.details.topic.as_ref();
        Self {
            publication: message.publication,
            topic: topic.unwrap_or(subscribed).clone(),
            details: Arc::new(message.details.into_inner()),
            payload: message.payload,
            missed: 0,
        }
    }

    /// The topic that was published to, also where it was subscribed by a pattern.
    pub const fn topic(&self) -> &Uri {
        &self.topic
    }

    /// The publication, the same for every subscriber.
    pub const fn publication(&self) -> PublicationId {
        self.publication
    }

    /// Who published, if the router discloses it.
    pub fn publisher(&self) -> Option<SessionId> {
        self.details.publisher
    }

    /// Everything the router says about the event.
    pub fn details(&self) -> &EventDetails {
        &self.details
    }

    /// How many events of this subscription were dropped directly before this one, because they
    /// came in faster than they were handled.
    pub const fn missed(&self) -> u64 {
        self.missed
    }
}

impl Queued for Event {
    fn payload(&self) -> &Payload {
        &self.payload
    }
}

/// Takes the next event from a subscription's queue; `None` when there will be no more.
pub(crate) async fn next(queue: &Queue<Event>) -> Option<Event> {
    let (mut event, missed) = queue.next().await?;
    event.missed += missed;
    Some(event)
}

/// Handles the events of one subscription one after the other, until there are no more.
pub(crate) async fn serve(queue: Arc<Queue<Event>>, handler: EventHandler) {
    while let Some(event) = next(&queue).await {
        let topic = event.topic.clone();
        // Nothing the handler owns is looked at after a panic.
        let handled = AssertUnwindSafe(async { handler(event).await });
        if handled.catch_unwind().await.is_err() {
            tracing::error!(%topic, "the handler of an event panicked");
        }
    }
}
