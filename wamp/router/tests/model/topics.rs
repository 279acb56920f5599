//! SUBSCRIBE, UNSUBSCRIBE and PUBLISH.

use crate::steps::{PATTERNS, URIS};
use crate::words::{Lines, error, sorted};
use crate::world::World;
use proptest::sample::Index;
use wamp_proto::message::{Publish, Subscribe, Unsubscribe, request_type};
use wamp_proto::options::{PublishOptions, SubscribeOptions};
use wamp_proto::{Message, SubscriptionId, Uri, uris};
use wamp_router::{Actions, SessionKey};

pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) pattern: usize,
    pub(crate) subscribers: Vec<SessionKey>,
}

impl Subscription {
    /// Takes a subscriber out; returns whether it was there.
    pub(crate) fn remove(&mut self, key: SessionKey) -> bool {
        let before = self.subscribers.len();
        self.subscribers.retain(|other| *other != key);
        self.subscribers.len() < before
    }
}

impl World {
    pub(crate) fn subscribe(&mut self, who: usize, pattern: usize) {
        let (policy, uri) = PATTERNS[pattern];
        let (key, request) = self.next_request(who);
        let options = SubscribeOptions {
            r#match: Some(policy),
            ..Default::default()
        };
        let subscribe = Subscribe {
            request,
            options,
            topic: Uri::from(uri),
        };
        let sent = self.send(key, subscribe);
        if !self.may_all(who, Actions::SUBSCRIBE, pattern) {
            let line = error(request_type::SUBSCRIBE, request, &uris::NOT_AUTHORIZED);
            assert_eq!(sent.in_words(), [(key, line)]);
            return;
        }
        let [(to, Message::Subscribed(subscribed))] = sent.0.as_slice() else {
            panic!("not SUBSCRIBED: {:?}", sent.0);
        };
        assert_eq!((*to, subscribed.request), (key, request));
        let id = subscribed.subscription;
        match self.subscriptions.iter_mut().find(|s| s.pattern == pattern) {
            Some(existing) => {
                assert_eq!(existing.id, id);
                if !existing.subscribers.contains(&key) {
                    existing.subscribers.push(key);
                }
            }
            None => {
                assert!(self.subscriptions.iter().all(|s| s.id != id));
                self.subscriptions.push(Subscription {
                    id,
                    pattern,
                    subscribers: vec![key],
                });
            }
        }
    }

    pub(crate) fn unsubscribe(&mut self, who: usize, which: &Index) {
        if self.subscriptions.is_empty() {
            return;
        }
        let at = which.index(self.subscriptions.len());
        let subscription = self.subscriptions[at].id;
        let (key, request) = self.next_request(who);
        let unsubscribe = Unsubscribe {
            request,
            subscription,
        };
        let sent = self.send(key, unsubscribe);
        let expected = if self.subscriptions[at].remove(key) {
            format!("UNSUBSCRIBED {request}")
        } else {
            error(
                request_type::UNSUBSCRIBE,
                request,
                &uris::NO_SUCH_SUBSCRIPTION,
            )
        };
        self.forget_empty();
        assert_eq!(sent.in_words(), [(key, expected)]);
    }

    pub(crate) fn publish(
        &mut self,
        who: usize,
        uri: usize,
        exclude_me: Option<bool>,
        acknowledge: bool,
    ) {
        let uri = URIS[uri];
        let (key, request) = self.next_request(who);
        let options = PublishOptions {
            exclude_me,
            acknowledge,
            ..Default::default()
        };
        let (number, payload) = self.next_payload();
        let publish = Publish {
            request,
            options: options.into(),
            topic: Uri::from(uri),
            payload,
        };
        let sent = self.send(key, publish);

        let mut expected = Lines::new();
        if !self.may(who, Actions::PUBLISH, uri) {
            let line = error(request_type::PUBLISH, request, &uris::NOT_AUTHORIZED);
            expected.extend(acknowledge.then_some((key, line)));
            assert_eq!(sent.in_words(), expected);
            return;
        }
        if acknowledge {
            expected.push((key, format!("PUBLISHED {request}")));
        }
        for subscription in &self.subscriptions {
            let (policy, pattern) = PATTERNS[subscription.pattern];
            if Uri::from(pattern).matches(policy, uri) {
                for to in &subscription.subscribers {
                    if *to != key || exclude_me == Some(false) {
                        expected.push((*to, format!("EVENT {} {number}", subscription.id)));
                    }
                }
            }
        }
        assert_eq!(sorted(sent.in_words()), sorted(expected));
    }
}
