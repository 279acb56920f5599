//! The session as a subscriber: its subscriptions, each shared by the listeners it has here.
//!
//! A router answers a second SUBSCRIBE to the same topic with the same subscription, and one
//! UNSUBSCRIBE ends it for all. So UNSUBSCRIBE is sent with the last listener only, and not while a
//! SUBSCRIBE is under way that may bring another one.

use super::command::{Key, Outcome, Revoker, StartSubscription};
use crate::error::{RemoteError, RequestError};
use crate::event::Event;
use crate::queue::{Queue, Refused};
use std::{collections::HashMap, sync::Arc};
use wamp_proto::{IdSequence, MatchPolicy, RequestId, SubscriptionId, Uri, message, uris};

/// What a session subscribed to, and what it asked for.
#[derive(Default)]
pub(crate) struct Subscriber {
    subscribing: HashMap<RequestId, StartSubscription>,
    unsubscribing: HashMap<RequestId, Outcome<()>>,
    subscriptions: HashMap<SubscriptionId, Entry>,
}

struct Entry {
    topic: Uri,
    policy: MatchPolicy,
    listeners: Vec<Listener>,
}

struct Listener {
    key: Key,
    queue: Arc<Queue<Event>>,
    revoker: Revoker,
}

impl Subscriber {
    /// Notes a SUBSCRIBE that was sent as `request`.
    pub(crate) fn subscribing(&mut self, request: RequestId, start: StartSubscription) {
        self.subscribing.insert(request, start);
    }

    /// Installs the listener before anything else is read, so that it gets the first event. Returns
    /// the request as it now stands, to be answered and its handler started.
    pub(crate) fn subscribed(
        &mut self,
        subscribed: &message::Subscribed,
    ) -> Option<StartSubscription> {
        let start = self.subscribing.remove(&subscribed.request)?;
        let entry = self
            .subscriptions
            .entry(subscribed.subscription)
            .or_insert_with(|| Entry {
                topic: start.topic.clone(),
                policy: start.policy(),
                listeners: Vec::new(),
            });
        entry.listeners.push(Listener {
            key: start.listener,
            queue: start.queue.clone(),
            revoker: start.revoker.clone(),
        });
        Some(start)
    }

    /// Hands an event to every listener.
    pub(crate) fn event(&mut self, event: message::Event) {
        let subscription = event.subscription;
        // An event that crossed our UNSUBSCRIBE on its way.
        let Some(entry) = self.subscriptions.get_mut(&subscription) else {
            return;
        };
        let event = Event::new(event, &entry.topic);
        for listener in &entry.listeners {
            match listener.queue.push_newest(event.clone()) {
                Ok(0) | Err(Refused::Closed | Refused::Full) => {}
                Ok(dropped) => tracing::warn!(
                    topic = %entry.topic,
                    dropped,
                    "events come in faster than they are handled; the oldest were dropped"
                ),
            }
        }
    }

    /// Takes a listener off. Returns the UNSUBSCRIBE to send, if it was the last one.
    pub(crate) fn unsubscribe(
        &mut self,
        subscription: SubscriptionId,
        listener: Key,
        reply: Outcome<()>,
        requests: &mut IdSequence,
    ) -> Option<message::Unsubscribe> {
        let Some(entry) = self.subscriptions.get_mut(&subscription) else {
            // The router took it back before, or a clone of the handle did.
            let error = RemoteError::local(uris::NO_SUCH_SUBSCRIPTION, "it is not subscribed");
            reply.answer(Err(RequestError::Refused(error)));
            return None;
        };
        entry.remove(listener);
        match self.prune(subscription, requests) {
            Some(unsubscribe) => {
                self.unsubscribing.insert(unsubscribe.request, reply);
                Some(unsubscribe)
            }
            None => {
                reply.answer(Ok(()));
                None
            }
        }
    }

    /// Takes a listener off that was dropped, wherever it is.
    pub(crate) fn abandon(
        &mut self,
        listener: Key,
        requests: &mut IdSequence,
    ) -> Option<message::Unsubscribe> {
        let (&subscription, entry) = self
            .subscriptions
            .iter_mut()
            .find(|(_, entry)| entry.has(listener))?;
        entry.remove(listener);
        self.prune(subscription, requests)
    }

    pub(crate) fn unsubscribed(&mut self, unsubscribed: &message::Unsubscribed) {
        let Some(request) = unsubscribed.request else {
            self.revoked(unsubscribed);
            return;
        };
        if let Some(reply) = self.unsubscribing.remove(&request) {
            reply.answer(Ok(()));
        }
    }

    /// Fails a SUBSCRIBE. Returns the UNSUBSCRIBE that was held back for it.
    pub(crate) fn fail_subscribe(
        &mut self,
        request: RequestId,
        error: RemoteError,
        requests: &mut IdSequence,
    ) -> Option<message::Unsubscribe> {
        let start = self.subscribing.remove(&request)?;
        let policy = start.policy();
        start.reply.answer(Err(RequestError::Refused(error)));
        let (&subscription, _) = self
            .subscriptions
            .iter()
            .find(|(_, entry)| entry.is_for(&start.topic, policy))?;
        self.prune(subscription, requests)
    }

    /// Fails an UNSUBSCRIBE.
    pub(crate) fn fail_unsubscribe(&mut self, request: RequestId, error: RemoteError) {
        if let Some(reply) = self.unsubscribing.remove(&request) {
            reply.answer(Err(RequestError::Refused(error)));
        }
    }

    /// Ends a subscription that has no listeners, unless one is on its way.
    fn prune(
        &mut self,
        subscription: SubscriptionId,
        requests: &mut IdSequence,
    ) -> Option<message::Unsubscribe> {
        let entry = self.subscriptions.get(&subscription)?;
        let awaited = |start: &StartSubscription| entry.is_for(&start.topic, start.policy());
        if !entry.listeners.is_empty() || self.subscribing.values().any(awaited) {
            return None;
        }
        self.subscriptions.remove(&subscription);
        Some(message::Unsubscribe {
            request: requests.next_request(),
            subscription,
        })
    }

    /// The router took a subscription back (spec, "Subscription Revocation").
    fn revoked(&mut self, unsubscribed: &message::Unsubscribed) {
        let details = unsubscribed.details.as_ref();
        let subscription = details.and_then(|details| details.subscription);
        let Some(entry) = subscription.and_then(|id| self.subscriptions.remove(&id)) else {
            return;
        };
        let reason = details.and_then(|details| details.reason.as_deref());
        tracing::warn!(topic = %entry.topic, reason, "the router took a subscription back");
        for listener in &entry.listeners {
            listener.revoker.revoked();
        }
    }
}

impl Entry {
    fn is_for(&self, topic: &Uri, policy: MatchPolicy) -> bool {
        self.topic == *topic && self.policy == policy
    }

    fn has(&self, listener: Key) -> bool {
        self.listeners.iter().any(|one| one.key == listener)
    }

    fn remove(&mut self, listener: Key) {
        self.listeners.retain(|one| {
            let stays = one.key != listener;
            if !stays {
                one.queue.discard();
            }
            stays
        });
    }
}

impl Drop for Entry {
    /// The subscription ended, or the session did: whoever takes its events learns it.
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.queue.close();
        }
    }
}

impl StartSubscription {
    fn policy(&self) -> MatchPolicy {
        self.options.r#match.unwrap_or_default()
    }
}
