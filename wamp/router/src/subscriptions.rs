//! The topics and patterns of a realm that somebody subscribes to.

use crate::SessionKey;
use crate::uri_index::UriIndex;
use hashbrown::{DefaultHashBuilder, HashMap};
use indexmap::IndexSet;
use std::time::Instant;
use wamp_proto::{IdSequence, MatchPolicy, SubscriptionId, Uri};

/// A topic or pattern with at least one subscriber.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) uri: Uri,
    pub(crate) policy: MatchPolicy,
    pub(crate) created: Instant,
    /// In no particular order, so that leaving costs the same however many there are.
    pub(crate) subscribers: IndexSet<SessionKey, DefaultHashBuilder>,
}

/// All subscriptions, by topic and by id.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    index: UriIndex<SubscriptionId>,
    by_id: HashMap<SubscriptionId, Subscription>,
    ids: IdSequence,
    /// How many may get events of the router's own.
    reserved: usize,
}

impl Subscription {
    /// Whether it gets the router's own events. A pattern does only if it begins with the whole of
    /// `wamp.`: who subscribes to everything means everything that clients publish.
    pub(crate) fn is_reserved(&self) -> bool {
        self.uri.starts_with("wamp.")
    }
}

impl Subscriptions {
    /// Whether anybody may get events of the router's own; most of the time nobody does.
    pub(crate) const fn has_reserved(&self) -> bool {
        self.reserved > 0
    }

    /// The subscription of exactly this policy and text.
    pub(crate) fn lookup(&self, policy: MatchPolicy, uri: &str) -> Option<SubscriptionId> {
        self.index.get(policy, uri)
    }

    pub(crate) fn get(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.by_id.get(&id)
    }

    /// Passes on every subscription that `topic` matches: the exact one, then prefixes from the
    /// longest on, then wildcards.
    pub(crate) fn matching(&self, topic: &str, mut found: impl FnMut(&Subscription)) {
        self.index.matches(topic, |_, id| {
            if let Some(subscription) = self.by_id.get(&id) {
                found(subscription);
            }
        });
    }

    /// Adds a subscriber. Returns the subscription and whether it is new.
    pub(crate) fn attach(
        &mut self,
        policy: MatchPolicy,
        uri: &Uri,
        session: SessionKey,
        now: Instant,
    ) -> (SubscriptionId, bool) {
        let existing = self.lookup(policy, uri);
        let id = existing.unwrap_or_else(|| self.ids.next_subscription());
        let subscription = self.by_id.entry(id).or_insert_with(|| {
            let subscription = Subscription {
                id,
                // The table must not keep the frame alive in which the URI came.
                uri: uri.detached(),
                policy,
                created: now,
                subscribers: IndexSet::default(),
            };
            self.index.insert(policy, subscription.uri.clone(), id);
            self.reserved += usize::from(subscription.is_reserved());
            subscription
        });
        subscription.subscribers.insert(session);
        (id, existing.is_none())
    }

    /// Takes a subscriber out of a subscription. Returns whether that was the last one, with which
    /// the subscription is gone too.
    pub(crate) fn detach(&mut self, id: SubscriptionId, session: SessionKey) -> bool {
        let Some(subscription) = self.by_id.get_mut(&id) else {
            return false;
        };
        subscription.subscribers.swap_remove(&session);
        if !subscription.subscribers.is_empty() {
            return false;
        }
        if let Some(subscription) = self.by_id.remove(&id) {
            self.index.remove(subscription.policy, &subscription.uri);
        }
        true
    }

    /// The ids of all subscriptions of that policy, ascending.
    pub(crate) fn ids(&self, policy: MatchPolicy) -> Vec<SubscriptionId> {
        let of_policy = self.by_id.values().filter(|s| s.policy == policy);
        let mut ids: Vec<_> = of_policy.map(|s| s.id).collect();
        ids.sort_unstable();
        ids
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}
