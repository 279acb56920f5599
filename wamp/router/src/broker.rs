//! The broker: topics, who subscribes to them, and what is published and kept.

mod publishing;
mod subscribing;

use crate::context::Context;
use crate::history::{History, HistoryTopic};
use crate::publication::Publication;
use crate::recipients::Recipients;
use crate::retained::Retained;
use crate::session::{Session, Sessions};
use crate::subscriptions::Subscriptions;
use wamp_proto::{Payload, PublicationId, Sparse, Uri};

/// The topics of a realm and what is published to them.
#[derive(Debug, Default)]
pub(crate) struct Broker {
    pub(crate) subscriptions: Subscriptions,
    pub(crate) retained: Retained,
    pub(crate) history: History,
    /// PUBLISH messages that were refused, which nobody is told of unless they asked.
    pub(crate) refused: u64,
}

impl Broker {
    /// Keeps events of these topics from now on. Each has a subscription from the start, by which
    /// its events can be asked for although nobody has subscribed yet: "it may overcome this
    /// situations by preinitializing history-enabled topics with \"dummy\" subscriptions" (spec,
    /// "Event History").
    pub(crate) fn keep_history(&mut self, topics: &[HistoryTopic]) {
        self.history = History::new(topics);
        for topic in topics {
            self.subscriptions.found(topic.policy, &topic.uri);
        }
    }

    /// Publishes an event of the router's own, if anybody hears it; what it says is asked for then.
    pub(crate) fn announce(
        &self,
        ctx: &mut Context<'_>,
        topic: Uri,
        payload: impl FnOnce(&Sessions) -> Payload,
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
                details: Sparse::EMPTY,
                payload: payload
                    .take()
                    .map_or(Payload::NONE, |payload| payload(sessions)),
                recipients: Recipients::default(),
                rkey: None,
            });
            publication.send(subscription, sessions, out);
        });
    }

    /// Releases all that a session had, which is not among the sessions any more.
    pub(crate) fn leave(&mut self, ctx: &mut Context<'_>, session: &Session) {
        for id in &session.subscriptions {
            self.detach(ctx, session.info.id, session.info.key, *id);
        }
    }
}
