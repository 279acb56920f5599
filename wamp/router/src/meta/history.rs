//! `wamp.subscription.get_events` (spec, "Event History").

use super::Answer;
use super::arguments::{invalid, kwargs};
use super::subscriptions::find;
use crate::broker::Broker;
use crate::clock::{Date, iso_8601};
use crate::context::{Context, Refusal};
use crate::history::StoredEvent;
use crate::subscriptions::Subscription;
use crate::{Actions, SessionKey};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use wamp_proto::options::EventDetails;
use wamp_proto::{
    Dict, MatchPolicy, Payload, PublicationId, Serializer, SubscriptionId, Uri, Value,
};

/// Answers with the events that a subscription got, or would have got: `RESULT.Arguments` is "an
/// array of Event objects". Those that do not fit into one result are left out, which the keyword
/// argument `is_limit_reached` says.
pub(super) fn get_events(
    ctx: &Context<'_>,
    broker: &Broker,
    from: SessionKey,
    payload: &Payload,
) -> Result<Answer, Refusal> {
    let subscription = find(broker, payload)?;
    let filter: Filter = kwargs(payload)?;
    let (policy, uri) = (subscription.policy, &subscription.uri);
    // "if a peer cannot subscribe to a topic resulting in a subscription, it means that it cannot
    // receive events history for that topic either".
    let asker = ctx.sessions.get(from).filter(|asker| {
        let allowed = asker
            .permissions
            .check_pattern(Actions::SUBSCRIBE, policy, uri);
        allowed.is_some()
    });
    let asker = asker.ok_or_else(|| Refusal::not_authorized("subscribe", uri))?;
    let mut events = broker.history.matching(policy, uri);
    events.retain(|event| event.audience.admits(&asker.info));
    let mut events = filter.apply(events);
    if filter.reverse.unwrap_or(false) {
        events.reverse();
    }
    write(&events, &filter, subscription, payload.serializer(), ctx)
}

/// Writes events in the asker's serializer, as many as were asked for and as fit.
fn write(
    events: &[&StoredEvent],
    filter: &Filter,
    subscription: &Subscription,
    serializer: Serializer,
    ctx: &Context<'_>,
) -> Result<Answer, Refusal> {
    let wanted = filter.limit.map_or(usize::MAX, NonZeroUsize::get);
    let mut octets = 0;
    let fitting = events.iter().take(wanted).take_while(|event| {
        let first = octets == 0;
        octets += event.octets();
        first || octets <= ctx.config.limits.history_result
    });
    let fitting: Vec<_> = fitting.collect();
    let info = ResultInfo {
        is_limit_reached: fitting.len() < events.len(),
    };
    let written: Vec<_> = fitting
        .into_iter()
        .filter_map(|event| Event::new(event, subscription, serializer))
        .collect();
    let result = Payload::new(serializer, &written, &info);
    result.map(Answer::Result).map_err(|error| invalid(&error))
}

/// What `wamp.subscription.get_events` is asked, all of which has to hold.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    reverse: Option<bool>,
    limit: Option<NonZeroUsize>,
    topic: Option<Uri>,
    from_time: Option<Date>,
    after_time: Option<Date>,
    before_time: Option<Date>,
    until_time: Option<Date>,
    from_publication: Option<PublicationId>,
    after_publication: Option<PublicationId>,
    before_publication: Option<PublicationId>,
    until_publication: Option<PublicationId>,
}

impl Filter {
    fn apply<'a>(&self, mut events: Vec<&'a StoredEvent>) -> Vec<&'a StoredEvent> {
        self.cut(&mut events);
        events.retain(|event| self.is_within(Date::from_millis(event.time)));
        if let Some(topic) = &self.topic {
            events.retain(|event| event.topic == *topic);
        }
        events
    }

    fn is_within(&self, time: Date) -> bool {
        self.from_time.is_none_or(|from| time >= from)
            && self.after_time.is_none_or(|after| time > after)
            && self.before_time.is_none_or(|before| time < before)
            && self.until_time.is_none_or(|until| time <= until)
    }

    /// Cuts off what lies before or after certain publications. "it is possible to find an event with
    /// the specified publication|id and then return events including or excluding the matched one";
    /// to one that is not there, nothing is before or after.
    fn cut(&self, events: &mut Vec<&StoredEvent>) {
        let ends = [(self.before_publication, 0), (self.until_publication, 1)];
        for (id, kept) in ends {
            if let Some(id) = id {
                let at = events.iter().position(|event| event.publication == id);
                events.truncate(at.map_or(0, |at| at + kept));
            }
        }
        let starts = [(self.from_publication, 0), (self.after_publication, 1)];
        for (id, dropped) in starts {
            if let Some(id) = id {
                let at = events.iter().position(|event| event.publication == id);
                events.drain(..at.map_or(events.len(), |at| at + dropped));
            }
        }
    }
}

/// An event as the specification writes it in a result.
#[derive(Serialize)]
struct Event {
    timestamp: String,
    subscription: SubscriptionId,
    publication: PublicationId,
    details: EventDetails,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Value>,
    #[serde(skip_serializing_if = "Dict::is_empty")]
    kwargs: Dict,
}

impl Event {
    /// `None` if the serializer has no form for its payload, for which an EVENT is left out too.
    fn new(event: &StoredEvent, subscription: &Subscription, to: Serializer) -> Option<Self> {
        let mut details = event.details.clone();
        if subscription.policy != MatchPolicy::Exact {
            details.topic = Some(event.topic.clone());
        }
        let payload = event.payload.transcoded(to).ok()?;
        Some(Self {
            timestamp: iso_8601(event.time),
            subscription: subscription.id,
            publication: event.publication,
            details,
            args: payload.read_args().ok()?,
            kwargs: payload.read_kwargs().ok()?,
        })
    }
}

#[derive(Serialize)]
struct ResultInfo {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_limit_reached: bool,
}
