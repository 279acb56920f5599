//! The meta procedures, `wamp.session.*`, `wamp.registration.*` and `wamp.subscription.*`: answered
//! in place, as values.

use crate::broker::{Broker, Draft};
use crate::context::{Context, Refusal};
use crate::dealer::Dealer;
use crate::events::{EntryDetails, SessionDetails, arguments};
use crate::session::Session;
use crate::testament::Scope;
use crate::{Actions, CloseReason, SessionKey};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use wamp_proto::message::Call;
use wamp_proto::options::{PublishOptions, RegisterOptions, SubscribeOptions};
use wamp_proto::{
    Dict, MatchPolicy, Payload, RegistrationId, SessionId, SubscriptionId, Uri, Value, uris,
};

/// What a meta procedure does and gives back.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A RESULT.
    Result(Payload),
    /// A RESULT, and these sessions end.
    Kill {
        sessions: Vec<SessionKey>,
        reason: CloseReason,
        result: Payload,
        /// Whether session meta events and testaments stay out.
        silently: bool,
    },
}

impl Answer {
    /// A RESULT of one positional argument.
    fn of(value: impl Serialize) -> Self {
        Self::Result(arguments(&(value,)))
    }
}

/// Whether a procedure is the router's to answer, whatever clients registered.
pub(crate) fn is_meta(procedure: &Uri) -> bool {
    procedure.starts_with("wamp") && procedure.is_reserved()
}

/// Answers a CALL of a meta procedure.
pub(crate) fn answer(
    ctx: &mut Context<'_>,
    dealer: &Dealer,
    broker: &Broker,
    from: SessionKey,
    call: &Call,
) -> Result<Answer, Refusal> {
    ctx.check_length(&call.procedure)?;
    let caller = ctx.sessions.get(from);
    let allowed = caller.and_then(|c| c.permissions.check(Actions::CALL, &call.procedure));
    if allowed.is_none() {
        return Err(Refusal::not_authorized("call", &call.procedure));
    }
    if call.options.progress {
        let message = "meta procedures take no arguments in parts";
        return Err(Refusal::new(uris::FEATURE_NOT_SUPPORTED, message));
    }
    let payload = &call.payload;
    let answered = match call.procedure.rsplit_once('.') {
        Some(("wamp.session", verb @ ("add_testament" | "flush_testaments"))) => {
            on_testaments(ctx, broker, from, verb, payload)?
        }
        Some(("wamp.session", verb)) => on_sessions(ctx, from, verb, payload)?,
        Some(("wamp.registration", verb)) => on_registrations(ctx, dealer, verb, payload)?,
        Some(("wamp.subscription", verb)) => on_subscriptions(ctx, broker, verb, payload)?,
        _ => None,
    };
    answered.ok_or_else(|| {
        let message = format!("no procedure {} is registered", call.procedure);
        Refusal::new(uris::NO_SUCH_PROCEDURE, message)
    })
}

/// Spec, "Session Meta API".
fn on_sessions(
    ctx: &Context<'_>,
    from: SessionKey,
    verb: &str,
    payload: &Payload,
) -> Result<Option<Answer>, Refusal> {
    Ok(Some(match verb {
        "count" => Answer::of(with_authroles(ctx, args(payload)?).len()),
        "list" => Answer::of(with_authroles(ctx, args(payload)?)),
        "get" => {
            let session = find_session(ctx, args(payload)?)?;
            Answer::of(SessionDetails::of(&session.info))
        }
        "kill" => {
            let session = find_session(ctx, args(payload)?)?;
            // "Specifying the caller's own session will result in a wamp.error.no_such_session since
            // no other session with that ID exists."
            if session.info.key == from {
                return Err(no_such_session());
            }
            kill(ctx, payload, vec![session], Payload::NONE)?
        }
        "kill_by_authid" => {
            let One::<String>(authid, _) = args(payload)?;
            let killed = others(ctx, from, |s| *s.info.principal.authid == authid);
            let ids: Vec<_> = killed.iter().map(|session| session.info.id).collect();
            kill(ctx, payload, killed, arguments(&(ids,)))?
        }
        "kill_by_authrole" => {
            let One::<String>(authrole, _) = args(payload)?;
            let killed = others(ctx, from, |s| *s.info.principal.authrole == authrole);
            let count = killed.len();
            kill(ctx, payload, killed, arguments(&(count,)))?
        }
        "kill_all" => {
            let killed = others(ctx, from, |_| true);
            let count = killed.len();
            let mut all = kill(ctx, payload, killed, arguments(&(count,)))?;
            // "Closing all sessions in the realm will not generate session meta events or testament
            // events".
            if let Answer::Kill { silently, .. } = &mut all {
                *silently = true;
            }
            all
        }
        _ => return Ok(None),
    }))
}

/// Spec, "Testament".
fn on_testaments(
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

/// Spec, "Registration Meta API".
fn on_registrations(
    ctx: &Context<'_>,
    dealer: &Dealer,
    verb: &str,
    payload: &Payload,
) -> Result<Option<Answer>, Refusal> {
    let registrations = &dealer.registrations;
    let found = || {
        let One(id, _) = args(payload)?;
        let found = RegistrationId::new(id).and_then(|id| registrations.get(id));
        found.ok_or_else(|| {
            Refusal::new(
                uris::NO_SUCH_REGISTRATION,
                "there is no registration of that id",
            )
        })
    };
    Ok(Some(match verb {
        "list" => Answer::of(Lists::of(|policy| registrations.ids(policy))),
        "lookup" => {
            let Lookup::<RegisterOptions>(procedure, options) = args(payload)?;
            let policy = options
                .and_then(|options| options.r#match)
                .unwrap_or_default();
            Answer::of(registrations.lookup(policy, &procedure))
        }
        "match" => {
            let One::<Uri>(procedure, _) = args(payload)?;
            // What is the router's to answer goes to no registration.
            let best = registrations
                .best(&procedure)
                .filter(|_| !is_meta(&procedure));
            Answer::of(best.map(|(_, id)| id))
        }
        "get" => Answer::of(EntryDetails::of_registration(
            dealer,
            found()?.id,
            ctx.config.epoch,
        )),
        "list_callees" => Answer::of(session_ids(
            ctx,
            found()?.callees.iter().map(|callee| callee.session),
        )),
        "count_callees" => Answer::of(found()?.callees.len()),
        _ => return Ok(None),
    }))
}

/// Spec, "Subscription Meta API".
fn on_subscriptions(
    ctx: &Context<'_>,
    broker: &Broker,
    verb: &str,
    payload: &Payload,
) -> Result<Option<Answer>, Refusal> {
    let subscriptions = &broker.subscriptions;
    let found = || {
        let One(id, _) = args(payload)?;
        let found = SubscriptionId::new(id).and_then(|id| subscriptions.get(id));
        found.ok_or_else(|| {
            Refusal::new(
                uris::NO_SUCH_SUBSCRIPTION,
                "there is no subscription of that id",
            )
        })
    };
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
            let One::<String>(topic, _) = args(payload)?;
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

/// One positional argument, and perhaps another that means nothing. (A structure of one field alone
/// would be read from the list itself.)
#[derive(Deserialize)]
#[serde(expecting = "one argument")]
struct One<T>(T, #[serde(default)] IgnoredAny);

/// `filter_authroles|list[string]`, if given.
#[derive(Deserialize)]
#[serde(expecting = "a list of authroles, or nothing")]
struct AuthroleFilter(
    #[serde(default)] Option<Vec<String>>,
    #[serde(default)] IgnoredAny,
);

/// A URI and the options it is registered or subscribed with.
#[derive(Deserialize)]
#[serde(expecting = "a URI and perhaps options")]
struct Lookup<O>(String, #[serde(default = "Option::default")] Option<O>);

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

#[derive(Deserialize, Default)]
#[serde(default)]
struct KillOptions {
    reason: Option<Uri>,
    message: Option<String>,
}

/// "A dictionary with a list of … IDs for each match policy."
#[derive(Serialize)]
struct Lists<T> {
    exact: Vec<T>,
    prefix: Vec<T>,
    wildcard: Vec<T>,
}

impl<T> Lists<T> {
    fn of(ids: impl Fn(MatchPolicy) -> Vec<T>) -> Self {
        Self {
            exact: ids(MatchPolicy::Exact),
            prefix: ids(MatchPolicy::Prefix),
            wildcard: ids(MatchPolicy::Wildcard),
        }
    }
}

fn args<T: DeserializeOwned>(payload: &Payload) -> Result<T, Refusal> {
    payload.read_args().map_err(|error| invalid(&error))
}

fn kwargs<T: DeserializeOwned>(payload: &Payload) -> Result<T, Refusal> {
    payload.read_kwargs().map_err(|error| invalid(&error))
}

fn invalid(error: &impl ToString) -> Refusal {
    Refusal::new(uris::INVALID_ARGUMENT, error.to_string())
}

fn no_such_session() -> Refusal {
    Refusal::new(
        uris::NO_SUCH_SESSION,
        "there is no other session of that id",
    )
}

fn find_session<'a>(ctx: &'a Context<'_>, One(id, _): One<u64>) -> Result<&'a Session, Refusal> {
    let found = SessionId::new(id).and_then(|id| ctx.sessions.find(id));
    found.ok_or_else(no_such_session)
}

fn with_authroles(ctx: &Context<'_>, AuthroleFilter(roles, _): AuthroleFilter) -> Vec<SessionId> {
    let wanted = |session: &&Session| {
        let authrole = &*session.info.principal.authrole;
        roles
            .as_ref()
            .is_none_or(|roles| roles.iter().any(|role| role == authrole))
    };
    ctx.sessions
        .iter()
        .filter(wanted)
        .map(|s| s.info.id)
        .collect()
}

/// The sessions other than the caller's that match.
fn others<'a>(
    ctx: &'a Context<'_>,
    from: SessionKey,
    which: impl Fn(&Session) -> bool,
) -> Vec<&'a Session> {
    ctx.sessions
        .iter()
        .filter(|s| s.info.key != from && which(s))
        .collect()
}

/// Ends these sessions for the reason in the keyword arguments: "if not provided the reason defaults
/// to wamp.close.normal and the message is omitted".
fn kill(
    ctx: &Context<'_>,
    payload: &Payload,
    sessions: Vec<&Session>,
    result: Payload,
) -> Result<Answer, Refusal> {
    let KillOptions { reason, message } = kwargs(payload)?;
    let reason = reason.unwrap_or(uris::NORMAL);
    ctx.check_length(&reason)?;
    if !reason.is_valid(ctx.config.uri_rule) {
        return Err(Refusal::invalid_uri(&reason));
    }
    Ok(Answer::Kill {
        sessions: sessions.iter().map(|session| session.info.key).collect(),
        reason: CloseReason::Killed { reason, message },
        result,
        silently: false,
    })
}

fn session_ids(ctx: &Context<'_>, keys: impl Iterator<Item = SessionKey>) -> Vec<SessionId> {
    keys.filter_map(|key| ctx.sessions.get(key))
        .map(|session| session.info.id)
        .collect()
}
