//! `wamp.session.add_testament` and `flush_testaments` (spec, "Testament").

use super::Answer;
use super::arguments::{args, invalid, kwargs};
use crate::SessionKey;
use crate::broker::Broker;
use crate::context::{Context, Refusal};
use crate::publication::Draft;
use crate::testament::Scope;
use serde::Deserialize;
use wamp_proto::options::PublishOptions;
use wamp_proto::{Dict, Payload, Uri, Value};

/// Answers either, for the session that calls.
pub(super) fn answer(
    ctx: &mut Context<'_>,
    broker: &Broker,
    from: SessionKey,
    verb: &str,
    payload: &Payload,
) -> Result<Option<Answer>, Refusal> {
    let TestamentOptions {
        publish_options,
        scope,
    } = kwargs(payload)?;
    let scope = scope.unwrap_or_default();
    let Some(session) = ctx.sessions.get_mut(from) else {
        return Ok(None);
    };
    if verb == "flush_testaments" {
        session.testaments.flush(scope);
        return Ok(Some(Answer::Result(Payload::NONE)));
    }
    if session.testaments.len() >= ctx.config.limits.testaments {
        return Err(Refusal::limit("too many testaments"));
    }
    let Testament(topic, args, kwargs) = args(payload)?;
    let rewritten = Payload::new(
        payload.serializer(),
        &args.unwrap_or_default(),
        &kwargs.unwrap_or_default(),
    );
    let draft = Draft {
        topic,
        options: publish_options.unwrap_or_default(),
        payload: rewritten.map_err(|error| invalid(&error))?,
    };
    broker.authorize(ctx.config, session, &draft)?;
    session.testaments.add(scope, draft);
    Ok(Some(Answer::Result(Payload::NONE)))
}

/// `topic|uri`, `args|list` and `kwargs|dict` of a testament.
#[derive(Deserialize)]
#[serde(expecting = "a topic, a list and a dictionary")]
struct Testament(
    Uri,
    #[serde(default)] Option<Vec<Value>>,
    #[serde(default)] Option<Dict>,
);

#[derive(Deserialize, Default)]
#[serde(default)]
struct TestamentOptions {
    publish_options: Option<PublishOptions>,
    scope: Option<Scope>,
}
