//! The meta procedures, `wamp.session.*`, `wamp.registration.*`, `wamp.subscription.*` and
//! `wamp.reflection.*`: answered in place, as values.

mod arguments;
mod history;
mod reflection;
mod registrations;
mod sessions;
mod subscriptions;
mod testaments;

use crate::context::{Context, Refusal};
use crate::events;
use crate::realm::Tables;
use crate::{Actions, CloseReason, SessionKey};
use serde::Serialize;
use wamp_proto::message::Call;
use wamp_proto::{MatchPolicy, Payload, Uri, uris};

/// Every meta procedure there is.
pub(crate) const PROCEDURES: &[&str] = &[
    "wamp.reflect.define",
    "wamp.reflect.describe",
    "wamp.reflection.error.describe",
    "wamp.reflection.error.list",
    "wamp.reflection.procedure.describe",
    "wamp.reflection.procedure.list",
    "wamp.reflection.topic.describe",
    "wamp.reflection.topic.list",
    "wamp.registration.count_callees",
    "wamp.registration.get",
    "wamp.registration.list",
    "wamp.registration.list_callees",
    "wamp.registration.lookup",
    "wamp.registration.match",
    "wamp.session.add_testament",
    "wamp.session.count",
    "wamp.session.flush_testaments",
    "wamp.session.get",
    "wamp.session.kill",
    "wamp.session.kill_all",
    "wamp.session.kill_by_authid",
    "wamp.session.kill_by_authrole",
    "wamp.session.list",
    "wamp.subscription.count_subscribers",
    "wamp.subscription.get",
    "wamp.subscription.get_events",
    "wamp.subscription.list",
    "wamp.subscription.list_subscribers",
    "wamp.subscription.lookup",
    "wamp.subscription.match",
];

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
        Self::Result(events::arguments(&(value,)))
    }
}

/// Whether a procedure is the router's to answer, whatever clients registered.
pub(crate) fn is_meta(procedure: &Uri) -> bool {
    procedure.starts_with("wamp") && procedure.is_reserved()
}

/// Answers a CALL of a meta procedure.
pub(crate) fn answer(
    ctx: &mut Context<'_>,
    tables: &mut Tables,
    from: SessionKey,
    call: &Call,
) -> Result<Answer, Refusal> {
    ctx.check_length(&call.procedure)?;
    let caller = ctx.sessions.get(from);
    let caller = caller.ok_or_else(|| Refusal::not_authorized("call", &call.procedure))?;
    caller.judge(Actions::CALL, MatchPolicy::Exact, &call.procedure, ctx.out)?;
    if call.options.progress {
        let message = "meta procedures take no arguments in parts";
        return Err(Refusal::new(uris::FEATURE_NOT_SUPPORTED, message));
    }
    let Tables {
        dealer,
        broker,
        reflection,
    } = tables;
    let payload = &call.payload;
    let answered = match call.procedure.rsplit_once('.') {
        Some(("wamp.session", verb @ ("add_testament" | "flush_testaments"))) => {
            testaments::answer(ctx, broker, from, verb, payload)?
        }
        Some(("wamp.session", verb)) => sessions::answer(ctx, from, verb, payload)?,
        Some(("wamp.registration", verb)) => registrations::answer(ctx, dealer, verb, payload)?,
        Some(("wamp.subscription", "get_events")) => {
            Some(history::get_events(ctx, broker, from, payload)?)
        }
        Some(("wamp.subscription", verb)) => subscriptions::answer(ctx, broker, verb, payload)?,
        Some(("wamp.reflect", "define")) => {
            Some(reflection::define(ctx, reflection, from, payload)?)
        }
        Some((family, verb)) => match reflection::Question::read(family, verb) {
            Some(question) => Some(question.answer(ctx, tables, from, payload)?),
            None => None,
        },
        None => None,
    };
    answered.ok_or_else(|| {
        let message = format!("no procedure {} is registered", call.procedure);
        Refusal::new(uris::NO_SUCH_PROCEDURE, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Egress, Joining, Permissions, Realm, RealmConfig};
    use std::time::Instant;
    use wamp_proto::handshake::router::Principal;
    use wamp_proto::options::CallOptions;
    use wamp_proto::{IdSequence, Message, Outbound, Roles};

    /// The errors that were sent.
    #[derive(Default)]
    struct Errors(Vec<Uri>);

    impl Egress for Errors {
        fn send(&mut self, _: SessionKey, message: Outbound) {
            if let Message::Error(error) = message.into_message() {
                self.0.push(error.error);
            }
        }

        fn close(&mut self, _: SessionKey, reason: CloseReason) {
            panic!("closed: {reason}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "only times after this one count")]
    fn every_procedure_that_is_listed_is_answered() {
        let (mut errors, now) = (Errors::default(), Instant::now());
        let mut realm = Realm::new(RealmConfig::new("realm1"), 1);
        let joining = Joining {
            roles: Roles::default(),
            principal: Principal {
                authid: "anyone".into(),
                authrole: "user".into(),
                authmethod: "test".into(),
                authprovider: "test".into(),
                authextra: None,
            },
            permissions: Permissions::all().into(),
            trustlevel: None,
            peer: String::new(),
        };
        let key = realm.join(joining, now, &mut errors);
        let mut requests = IdSequence::default();
        for procedure in PROCEDURES {
            let call = Call {
                request: requests.next_request(),
                options: CallOptions::default().into(),
                procedure: Uri::from_static(procedure),
                payload: Payload::NONE,
            };
            realm.receive(key, call.into(), now, &mut errors);
            let unknown = errors.0.contains(&uris::NO_SUCH_PROCEDURE);
            assert!(!unknown, "{procedure}");
        }
    }
}
