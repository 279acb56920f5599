//! SUBSCRIBE and UNSUBSCRIBE, and subscriptions taken back.

use super::Broker;
use crate::context::{Context, Refusal};
use crate::events::{MetaEvent, Table};
use crate::publication::Publication;
use crate::session::Session;
use crate::{Actions, SessionKey};
use wamp_proto::message::{Subscribe, Subscribed, Unsubscribe, Unsubscribed, request_type};
use wamp_proto::options::UnsubscribedDetails;
use wamp_proto::{Feature, SessionId, SubscriptionId, Uri, uris};

impl Broker {
    pub(crate) fn subscribe(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: Subscribe,
    ) {
        let request = message.request;
        if let Err(refusal) = self.try_subscribe(ctx, from, message) {
            ctx.refuse(from, request_type::SUBSCRIBE, request, refusal);
        }
    }

    fn try_subscribe(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: Subscribe,
    ) -> Result<(), Refusal> {
        let Subscribe {
            request,
            options,
            topic,
        } = message;
        let policy = options.r#match.unwrap_or_default();
        ctx.check_length(&topic)?;
        if !topic.is_valid_pattern(policy, ctx.config.uri_rule) {
            return Err(Refusal::invalid_uri(&topic));
        }
        let Some(session) = ctx.sessions.get_mut(from) else {
            return Ok(());
        };
        session.judge(Actions::SUBSCRIBE, policy, &topic, ctx.out)?;
        let existing = self.subscriptions.lookup(policy, &topic);
        let is_subscribed = existing.is_some_and(|id| session.subscriptions.contains(&id));
        let limits = &ctx.config.limits;
        if session.subscriptions.len() >= limits.subscriptions && !is_subscribed {
            return Err(Refusal::limit("too many subscriptions"));
        }
        if existing.is_none() && self.subscriptions.len() >= limits.totals.subscriptions {
            return Err(Refusal::limit("the realm has too many subscriptions"));
        }
        let (id, created) = self.subscriptions.attach(policy, &topic, from, ctx.now);
        self.subscriptions.set_nkey(id, from, options.nkey.as_ref());
        // Subscribing twice gives the subscription there is (spec, "SUBSCRIBE").
        let attached = session.subscriptions.insert(id);
        let by = session.info.id;
        // "SUBSCRIBED precedes the first EVENT" (spec, "Ordering Guarantees").
        ctx.send(
            from,
            Subscribed {
                request,
                subscription: id,
            },
        );
        if options.get_retained {
            self.send_retained(ctx, from, id);
        }
        let table = Table::Subscription(id);
        if created {
            ctx.events.push_back(MetaEvent::Created { by, table });
        }
        if attached {
            ctx.events.push_back(MetaEvent::Attached { by, table });
        }
        Ok(())
    }

    /// Sends "the most recent Retained Event that they would have received if they were subscribing
    /// when it was published" (spec, "Event Retention"), for each topic that the subscription
    /// matches.
    fn send_retained(&self, ctx: &mut Context<'_>, to: SessionKey, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get(id) else {
            return;
        };
        for events in self
            .retained
            .matching(subscription.policy, &subscription.uri)
        {
            let received = |event: &&Publication| event.is_for(to, subscription, ctx.sessions);
            if let Some(publication) = events.iter().rev().find(received) {
                let mut event = publication.event(subscription);
                event.details.retained = true;
                ctx.send(to, event);
            }
        }
    }

    pub(crate) fn unsubscribe(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: &Unsubscribe,
    ) {
        let Unsubscribe {
            request,
            subscription,
        } = *message;
        let Some(session) = ctx.sessions.get_mut(from) else {
            return;
        };
        let by = session.info.id;
        // Only what is one's own: another session's subscription does not exist here.
        if !session.subscriptions.remove(&subscription) {
            let refusal = Refusal::new(uris::NO_SUCH_SUBSCRIPTION, "the subscription is not yours");
            ctx.refuse(from, request_type::UNSUBSCRIBE, request, refusal);
            return;
        }
        ctx.send(
            from,
            Unsubscribed {
                request: Some(request),
                details: None,
            },
        );
        self.detach(ctx, by, from, subscription);
    }

    /// Takes a subscription back (spec, "Subscription Revocation").
    pub(crate) fn revoke(
        &mut self,
        ctx: &mut Context<'_>,
        subscriber: SessionKey,
        id: SubscriptionId,
        reason: Uri,
    ) {
        let Some(session) = ctx.sessions.get_mut(subscriber) else {
            return;
        };
        if !session.subscriptions.remove(&id) {
            return;
        }
        let by = session.info.id;
        // "If the Subscriber does not support subscription_revocation, … the Broker MUST NOT send an
        // UNSUBSCRIBED message".
        if session
            .info
            .roles
            .subscriber_has(Feature::SubscriptionRevocation)
        {
            let details = UnsubscribedDetails {
                subscription: Some(id),
                reason: Some(reason),
            };
            ctx.send(
                subscriber,
                Unsubscribed {
                    request: None,
                    details: Some(details),
                },
            );
        }
        self.detach(ctx, by, subscriber, id);
    }

    pub(super) fn detach(
        &mut self,
        ctx: &mut Context<'_>,
        by: SessionId,
        subscriber: SessionKey,
        id: SubscriptionId,
    ) {
        let deleted = self.subscriptions.detach(id, subscriber);
        let table = Table::Subscription(id);
        ctx.events.push_back(MetaEvent::Detached { by, table });
        if deleted {
            ctx.events.push_back(MetaEvent::Deleted { by, table });
        }
    }

    /// The subscriptions of a session that its permissions do not allow.
    pub(crate) fn forbidden(&self, session: &Session) -> Vec<SubscriptionId> {
        let forbidden = |id: &&SubscriptionId| {
            self.subscriptions.get(**id).is_some_and(|subscription| {
                let (policy, uri) = (subscription.policy, &subscription.uri);
                !session
                    .permissions
                    .let_go_on(Actions::SUBSCRIBE, policy, uri)
            })
        };
        session
            .subscriptions
            .iter()
            .filter(forbidden)
            .copied()
            .collect()
    }
}
