//! `wamp.session.*` (spec, "Session Meta API").

use super::Answer;
use super::arguments::{args, kwargs, one};
use crate::context::{Context, Refusal};
use crate::events::{SessionDetails, arguments};
use crate::session::Session;
use crate::{CloseReason, SessionKey};
use serde::Deserialize;
use serde::de::IgnoredAny;
use wamp_proto::{Payload, SessionId, Uri, uris};

/// Answers `wamp.session.VERB`; `None` if there is no such procedure.
pub(super) fn answer(
    ctx: &Context<'_>,
    from: SessionKey,
    verb: &str,
    payload: &Payload,
) -> Result<Option<Answer>, Refusal> {
    Ok(Some(match verb {
        "count" => Answer::of(with_authroles(ctx, args(payload)?).len()),
        "list" => Answer::of(with_authroles(ctx, args(payload)?)),
        "get" => {
            let session = find_session(ctx, one(payload)?)?;
            Answer::of(SessionDetails::of(&session.info))
        }
        "kill" => {
            let session = find_session(ctx, one(payload)?)?;
            // "Specifying the caller's own session will result in a wamp.error.no_such_session since
            // no other session with that ID exists."
            if session.info.key == from {
                return Err(no_such_session());
            }
            kill(ctx, payload, vec![session], Payload::NONE)?
        }
        "kill_by_authid" => {
            let authid: String = one(payload)?;
            let killed = others(ctx, from, |s| *s.info.principal.authid == authid);
            let ids: Vec<_> = killed.iter().map(|session| session.info.id).collect();
            kill(ctx, payload, killed, arguments(&(ids,)))?
        }
        "kill_by_authrole" => {
            let authrole: String = one(payload)?;
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

/// `filter_authroles|list[string]`, if given.
#[derive(Deserialize)]
#[serde(expecting = "a list of authroles, or nothing")]
struct AuthroleFilter(
    #[serde(default)] Option<Vec<String>>,
    #[serde(default)] IgnoredAny,
);

#[derive(Deserialize, Default)]
#[serde(default)]
struct KillOptions {
    reason: Option<Uri>,
    message: Option<String>,
}

fn no_such_session() -> Refusal {
    Refusal::new(
        uris::NO_SUCH_SESSION,
        "there is no other session of that id",
    )
}

fn find_session<'a>(ctx: &'a Context<'_>, id: u64) -> Result<&'a Session, Refusal> {
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
