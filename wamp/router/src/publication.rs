//! What is published, on its way to those it is for.

use crate::history::StoredEvent;
use crate::recipients::Recipients;
use crate::session::Sessions;
use crate::subscriptions::Subscription;
use crate::{Egress, SessionKey};
use wamp_proto::message::Event;
use wamp_proto::options::{EventDetails, PublishOptions, Text};
use wamp_proto::{
    MatchPolicy, Message, Outbound, Payload, PublicationId, SharedMessage, Sparse, Uri,
};

/// What a PUBLISH becomes: the same EVENT for all, but for the subscription it comes by.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    pub(crate) id: PublicationId,
    pub(crate) topic: Uri,
    pub(crate) details: Sparse<EventDetails>,
    pub(crate) payload: Payload,
    pub(crate) recipients: Recipients,
    /// The routing key, for subscriptions in shards.
    pub(crate) rkey: Option<Text>,
}

/// What somebody wants published.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) topic: Uri,
    pub(crate) options: PublishOptions,
    pub(crate) payload: Payload,
}

impl Publication {
    /// The EVENT by which a subscription gets it.
    pub(crate) fn event(&self, subscription: &Subscription) -> Event {
        let mut details = self.details.clone();
        // "the Broker MUST supply the original PUBLISH.Topic" (spec, "Pattern-based Subscriptions").
        if subscription.policy != MatchPolicy::Exact {
            details.topic = Some(self.topic.clone());
        }
        Event {
            subscription: subscription.id,
            publication: self.id,
            details,
            payload: self.payload.clone(),
        }
    }

    /// Sends it to those subscribers it is for. Several share one message, so that it is encoded
    /// once.
    pub(crate) fn send(
        &self,
        subscription: &Subscription,
        sessions: &Sessions,
        out: &mut dyn Egress,
    ) {
        let shard = subscription.shard(self.rkey.as_deref());
        let subscribers = subscription.subscribers.iter().copied();
        let mut receivers = subscribers
            .filter(|key| shard.includes(*key) && self.recipients.include(*key, sessions));
        let Some(first) = receivers.next() else {
            return;
        };
        let event = Message::from(self.event(subscription));
        let Some(second) = receivers.next() else {
            out.send(first, Outbound::Owned(event));
            return;
        };
        let shared = SharedMessage::new(event);
        for receiver in [first, second].into_iter().chain(receivers) {
            out.send(receiver, Outbound::Shared(shared.clone()));
        }
    }

    /// Whether that subscriber is one of those it is for.
    pub(crate) fn is_for(
        &self,
        key: SessionKey,
        subscription: &Subscription,
        sessions: &Sessions,
    ) -> bool {
        let shard = subscription.shard(self.rkey.as_deref());
        shard.includes(key) && self.recipients.include(key, sessions)
    }

    /// The same for the history, if it may be kept there. Neither its publisher nor its shard
    /// matters to those who ask later.
    pub(crate) fn stored(&self, time: u64) -> Option<StoredEvent> {
        let audience = self.recipients.audience()?;
        // The history must not keep the frame alive in which these came.
        Some(StoredEvent {
            publication: self.id,
            time,
            topic: self.topic.detached(),
            details: self.details.clone().into_inner(),
            audience,
            payload: self.payload.detached(),
        })
    }
}
