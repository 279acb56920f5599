//! `wamp.subscription.*` (spec, "Subscription Meta API"), but for the history.

use super::Answer;
use super::arguments::{Lists, Lookup, args, one, session_ids};
use crate::broker::Broker;
use crate::context::{Context, Refusal};
use crate::events::EntryDetails;
use crate::subscriptions::Subscription;
use wamp_proto::options::SubscribeOptions;
use wamp_proto::{Payload, SubscriptionId, uris};

/// Answers `wamp.subscription.VERB`; `None` if there is no such procedure.
pub(super) fn answer(
    ctx: &Context<'_>,
    broker: &Broker,
    verb: &str,
    payload: &Payload,
) -> Result<Option<Answer>, Refusal> {
    let subscriptions = &broker.subscriptions;
    let found = || find(broker, payload);
    Ok(Some(match verb {
        "list" => Answer::of(Lists::of(|policy| subscriptions.ids(policy))),
        "lookup" => {
            let Lookup::<SubscribeOptions>(topic, options) = args(payload)?;
            let policy = options
                .and_then(|options| options.r#match)
                .unwrap_or_default();
            Answer::of(subscriptions.lookup(policy, &topic))
        }
        "match" => {
            let topic: String = one(payload)?;
            let mut ids = Vec::new();
            subscriptions.matching(&topic, |subscription| ids.push(subscription.id));
            Answer::of((!ids.is_empty()).then_some(ids))
        }
        "get" => Answer::of(EntryDetails::of_subscription(
            broker,
            found()?.id,
            ctx.config.epoch,
        )),
        "list_subscribers" => Answer::of(session_ids(ctx, found()?.subscribers.iter().copied())),
        "count_subscribers" => Answer::of(found()?.subscribers.len()),
        _ => return Ok(None),
    }))
}

/// The subscription that the first argument names.
pub(super) fn find<'a>(broker: &'a Broker, payload: &Payload) -> Result<&'a Subscription, Refusal> {
    let id = one(payload)?;
    let found = SubscriptionId::new(id).and_then(|id| broker.subscriptions.get(id));
    found.ok_or_else(|| {
        let message = "there is no subscription of that id";
        Refusal::new(uris::NO_SUCH_SUBSCRIPTION, message)
    })
}
