//! The topics and patterns of a realm that somebody subscribes to.

use crate::SessionKey;
use crate::sharding::{NodeKey, shard_of};
use crate::table::relax;
use crate::uri_index::UriIndex;
use hashbrown::{DefaultHashBuilder, HashMap};
use indexmap::IndexSet;
use std::time::Instant;
use wamp_proto::options::Text;
use wamp_proto::{IdSequence, MatchPolicy, SubscriptionId, Uri};

/// A topic or pattern with at least one subscriber.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) uri: Uri,
    pub(crate) policy: MatchPolicy,
    /// `None` if the realm itself made it, to keep the history of its topic.
    pub(crate) created: Option<Instant>,
    /// In no particular order, so that leaving costs the same however many there are.
    pub(crate) subscribers: IndexSet<SessionKey, DefaultHashBuilder>,
    /// The node keys of those subscribers that are shards.
    nodes: HashMap<SessionKey, NodeKey>,
}

/// Those subscribers that a publication with a routing key is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shard<'a> {
    nodes: &'a HashMap<SessionKey, NodeKey>,
    /// `None`: no matter which.
    node: Option<&'a NodeKey>,
}

/// All subscriptions, by topic and by id.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    index: UriIndex<SubscriptionId>,
    by_id: HashMap<SubscriptionId, Subscription>,
    ids: IdSequence,
    /// How many may get events of the router's own.
    reserved: usize,
    /// How many have no subscriber.
    unattended: usize,
}

impl Subscription {
    /// Whether it gets the router's own events. A pattern does only if it begins with the whole of
    /// `wamp.`: who subscribes to everything means everything that clients publish.
    pub(crate) fn is_reserved(&self) -> bool {
        self.uri.starts_with("wamp.")
    }

    /// The subscribers that a publication is for, as far as its routing key says: those of the node
    /// that the key belongs to, and those without a node key. Without a routing key, all are.
    pub(crate) fn shard(&self, rkey: Option<&str>) -> Shard<'_> {
        Shard {
            nodes: &self.nodes,
            node: rkey.and_then(|rkey| shard_of(rkey, self.nodes.values())),
        }
    }

    /// Whether it is there also without subscribers.
    const fn is_standing(&self) -> bool {
        self.created.is_none()
    }
}

impl Shard<'_> {
    pub(crate) fn includes(&self, subscriber: SessionKey) -> bool {
        self.node.is_none()
            || self
                .nodes
                .get(&subscriber)
                .is_none_or(|node| Some(node) == self.node)
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

    /// Makes a subscription that is there also without subscribers.
    pub(crate) fn found(&mut self, policy: MatchPolicy, uri: &Uri) {
        if self.lookup(policy, uri).is_none() {
            self.create(policy, uri, None);
        }
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
        let id = existing.unwrap_or_else(|| self.create(policy, uri, Some(now)));
        if let Some(subscription) = self.by_id.get_mut(&id) {
            self.unattended -= usize::from(subscription.subscribers.is_empty());
            subscription.subscribers.insert(session);
        }
        (id, existing.is_none())
    }

    fn create(&mut self, policy: MatchPolicy, uri: &Uri, now: Option<Instant>) -> SubscriptionId {
        let id = self.ids.next_subscription();
        let subscription = Subscription {
            id,
            // The table must not keep the frame alive in which the URI came.
            uri: uri.detached(),
            policy,
            created: now,
            subscribers: IndexSet::default(),
            nodes: HashMap::new(),
        };
        self.index.insert(policy, subscription.uri.clone(), id);
        self.reserved += usize::from(subscription.is_reserved());
        self.unattended += 1;
        self.by_id.insert(id, subscription);
        id
    }

    /// Makes a subscriber a shard, or a plain subscriber again.
    pub(crate) fn set_nkey(
        &mut self,
        id: SubscriptionId,
        session: SessionKey,
        nkey: Option<&Text>,
    ) {
        let Some(subscription) = self.by_id.get_mut(&id) else {
            return;
        };
        match nkey {
            Some(nkey) => {
                let node = NodeKey::Named(nkey.clone());
                subscription.nodes.insert(session, node);
            }
            None => {
                subscription.nodes.remove(&session);
            }
        }
    }

    /// Takes a subscriber out of a subscription. Returns whether that was the last one, with which
    /// the subscription is gone too.
    pub(crate) fn detach(&mut self, id: SubscriptionId, session: SessionKey) -> bool {
        let Some(subscription) = self.by_id.get_mut(&id) else {
            return false;
        };
        subscription.subscribers.swap_remove(&session);
        subscription.nodes.remove(&session);
        if !subscription.subscribers.is_empty() {
            return false;
        }
        if subscription.is_standing() {
            self.unattended += 1;
            return false;
        }
        if let Some(subscription) = self.by_id.remove(&id) {
            self.index.remove(subscription.policy, &subscription.uri);
            self.reserved -= usize::from(subscription.is_reserved());
            relax(&mut self.by_id);
        }
        true
    }

    /// The topics that are subscribed exactly.
    pub(crate) fn exact(&self) -> impl Iterator<Item = &Uri> {
        let all = self.by_id.values();
        all.filter(|s| s.policy == MatchPolicy::Exact)
            .map(|s| &s.uri)
    }

    /// The ids of all subscriptions of that policy, ascending.
    pub(crate) fn ids(&self, policy: MatchPolicy) -> Vec<SubscriptionId> {
        let of_policy = self.by_id.values().filter(|s| s.policy == policy);
        let mut ids: Vec<_> = of_policy.map(|s| s.id).collect();
        ids.sort_unstable();
        ids
    }

    /// How many have subscribers.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len() - self.unattended
    }
}
