//! The broker: SUBSCRIBE, UNSUBSCRIBE and PUBLISH, which becomes EVENT.

use crate::context::{Context, Refusal};
use crate::dealer::passes_through;
use crate::events::{MetaEvent, Table};
use crate::recipients::Recipients;
use crate::retained::Retained;
use crate::session::{Session, Sessions};
use crate::subscriptions::{Subscription, Subscriptions};
use crate::{Actions, Disclosure, Egress, RealmConfig, SessionKey};
use wamp_proto::error::Violation;
use wamp_proto::message::{
    Event, Publish, Published, Subscribe, Subscribed, Unsubscribe, Unsubscribed, request_type,
};
use wamp_proto::options::{EventDetails, PublishOptions, UnsubscribedDetails};
use wamp_proto::{
    Feature, MatchPolicy, Message, Outbound, Payload, PublicationId, SessionId, SharedMessage,
    SubscriptionId, Uri, uris,
};

/// The topics of a realm and what is published to them.
#[derive(Debug, Default)]
pub(crate) struct Broker {
    pub(crate) subscriptions: Subscriptions,
    pub(crate) retained: Retained,
    /// PUBLISH messages that were refused, which nobody is told of unless they asked.
    pub(crate) refused: u64,
}

/// What a PUBLISH becomes: the same EVENT for all, but for the subscription it comes by.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    pub(crate) id: PublicationId,
    pub(crate) topic: Uri,
    pub(crate) details: EventDetails,
    pub(crate) payload: Payload,
    pub(crate) recipients: Recipients,
}

/// What somebody wants published.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) topic: Uri,
    pub(crate) options: PublishOptions,
    pub(crate) payload: Payload,
}

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
        let allowed = session
            .permissions
            .check_pattern(Actions::SUBSCRIBE, policy, &topic);
        if allowed.is_none() {
            return Err(Refusal::not_authorized("subscribe", &topic));
        }
        let is_subscribed =
            |id: Option<_>| id.is_some_and(|id| session.subscriptions.contains(&id));
        if session.subscriptions.len() >= ctx.config.limits.subscriptions
            && !is_subscribed(self.subscriptions.lookup(policy, &topic))
        {
            return Err(Refusal::limit("too many subscriptions"));
        }
        let (id, created) = self.subscriptions.attach(policy, &topic, from, ctx.now);
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
            let received = |event: &&Publication| event.recipients.include(to, ctx.sessions);
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

    fn detach(
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

    pub(crate) fn publish(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: Publish,
    ) -> Result<(), Violation> {
        let id = ctx.next_publication();
        let Some(publisher) = ctx.sessions.get(from) else {
            return Ok(());
        };
        let roles = &publisher.info.roles;
        // "Cases where a Publisher sends a PUBLISH message with payload passthru, without announcing
        // it during HELLO handshake MUST be treated as PROTOCOL ERRORS".
        if passes_through(&message.options.ppt_scheme)
            && !roles
                .publisher
                .is_some_and(|f| f.has(Feature::PayloadPassthruMode))
        {
            return Err(Violation::Option(
                "PUBLISH.Options.ppt_scheme without the feature payload_passthru_mode",
            ));
        }
        let (request, acknowledge) = (message.request, message.options.acknowledge);
        let retain = message.options.retain;
        let draft = Draft {
            topic: message.topic,
            options: message.options,
            payload: message.payload,
        };
        match self.prepare(ctx.config, publisher, id, draft) {
            Ok(publication) => {
                if acknowledge {
                    ctx.send(
                        from,
                        Published {
                            request,
                            publication: id,
                        },
                    );
                }
                self.dispatch(ctx, publication, retain);
            }
            // An ERROR is only for those who asked for PUBLISHED (spec, "PUBLISH").
            Err(refusal) => {
                self.refused += 1;
                if acknowledge {
                    ctx.refuse(from, request_type::PUBLISH, request, refusal);
                }
            }
        }
        Ok(())
    }

    /// Makes a draft a publication, if its author may publish it.
    pub(crate) fn prepare(
        &self,
        config: &RealmConfig,
        publisher: &Session,
        id: PublicationId,
        draft: Draft,
    ) -> Result<Publication, Refusal> {
        let disclosed = self.authorize(config, publisher, &draft)?;
        let mut options = draft.options;
        let recipients = Recipients::take(&mut options, publisher.info.key);
        let principal = &publisher.info.principal;
        let details = EventDetails {
            publisher: disclosed.then_some(publisher.info.id),
            publisher_authid: disclosed.then(|| principal.authid.clone()),
            publisher_authrole: disclosed.then(|| principal.authrole.clone()),
            trustlevel: publisher.info.trustlevel,
            ppt_scheme: options.ppt_scheme,
            ppt_serializer: options.ppt_serializer,
            ppt_cipher: options.ppt_cipher,
            ppt_keyid: options.ppt_keyid,
            ..EventDetails::default()
        };
        Ok(Publication {
            id,
            topic: draft.topic,
            details,
            payload: draft.payload,
            recipients,
        })
    }

    /// Whether the publisher may publish this, and if so whether it is disclosed.
    pub(crate) fn authorize(
        &self,
        config: &RealmConfig,
        publisher: &Session,
        draft: &Draft,
    ) -> Result<bool, Refusal> {
        let topic = &draft.topic;
        // What is subscribed exactly is valid; only what is not has to be looked at.
        if self
            .subscriptions
            .lookup(MatchPolicy::Exact, topic)
            .is_none()
        {
            config.limits.check_length(topic)?;
            if !topic.is_valid(config.uri_rule) {
                return Err(Refusal::invalid_uri(topic));
            }
        }
        // Events on these topics come from the router alone.
        if topic.is_reserved() {
            return Err(Refusal::reserved());
        }
        let disclose_me = draft.options.disclose_me;
        match publisher.permissions.check(Actions::PUBLISH, topic) {
            None => Err(Refusal::not_authorized("publish", topic)),
            // A broker may deny the request to be disclosed (spec, "Publisher Identification").
            Some(Disclosure::Never) if disclose_me => {
                let message = "publishers are not disclosed here";
                Err(Refusal::new(uris::DISCLOSE_ME_DISALLOWED, message))
            }
            Some(Disclosure::Never) => Ok(false),
            Some(Disclosure::OnRequest) => Ok(disclose_me),
            Some(Disclosure::Always) => Ok(true),
        }
    }

    /// Sends a publication to all it is for: one EVENT per matching subscription, so a session whose
    /// subscriptions overlap gets several, of one publication id (spec, "Pattern-based
    /// Subscriptions").
    pub(crate) fn dispatch(
        &mut self,
        ctx: &mut Context<'_>,
        publication: Publication,
        retain: bool,
    ) {
        let (sessions, out) = (&*ctx.sessions, &mut *ctx.out);
        self.subscriptions
            .matching(&publication.topic, |subscription| {
                publication.send(subscription, sessions, out);
            });
        if retain {
            let limit = ctx.config.limits.retained_topics;
            self.retained.keep(&publication, limit);
        }
    }

    /// Publishes an event of the router's own.
    pub(crate) fn announce(
        &self,
        ctx: &mut Context<'_>,
        topic: Uri,
        payload: impl FnOnce() -> Payload,
    ) {
        if !self.subscriptions.has_reserved() {
            return;
        }
        let mut payload = Some(payload);
        let mut publication = None;
        let (sessions, out, rng) = (&*ctx.sessions, &mut *ctx.out, &mut *ctx.rng);
        self.subscriptions.matching(&topic, |subscription| {
            if !subscription.is_reserved() {
                return;
            }
            let publication = publication.get_or_insert_with(|| Publication {
                id: PublicationId::from_random(rng.u64(..)),
                topic: topic.clone(),
                details: EventDetails::default(),
                payload: payload.take().map_or(Payload::NONE, |payload| payload()),
                recipients: Recipients::default(),
            });
            publication.send(subscription, sessions, out);
        });
    }

    /// The subscriptions of a session that its permissions do not allow.
    pub(crate) fn forbidden(&self, session: &Session) -> Vec<SubscriptionId> {
        let forbidden = |id: &&SubscriptionId| {
            self.subscriptions.get(**id).is_some_and(|subscription| {
                let (policy, uri) = (subscription.policy, &subscription.uri);
                session
                    .permissions
                    .check_pattern(Actions::SUBSCRIBE, policy, uri)
                    .is_none()
            })
        };
        session
            .subscriptions
            .iter()
            .filter(forbidden)
            .copied()
            .collect()
    }

    /// Publishes what a session left to be published when it ends, as far as it still may.
    pub(crate) fn execute(&mut self, ctx: &mut Context<'_>, session: &mut Session) {
        for draft in session.testaments.take() {
            let (id, retain) = (ctx.next_publication(), draft.options.retain);
            match self.prepare(ctx.config, session, id, draft) {
                Ok(publication) => self.dispatch(ctx, publication, retain),
                Err(_) => self.refused += 1,
            }
        }
    }

    /// Releases all that a session had, which is not among the sessions any more.
    pub(crate) fn leave(&mut self, ctx: &mut Context<'_>, session: &Session) {
        for id in &session.subscriptions {
            self.detach(ctx, session.info.id, session.info.key, *id);
        }
    }
}

impl Publication {
    /// The EVENT by which a subscription gets it.
    fn event(&self, subscription: &Subscription) -> Event {
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
    fn send(&self, subscription: &Subscription, sessions: &Sessions, out: &mut dyn Egress) {
        let subscribers = subscription.subscribers.iter().copied();
        let mut receivers = subscribers.filter(|key| self.recipients.include(*key, sessions));
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
}
