//! `wamp.registration.*` (spec, "Registration Meta API").

use super::arguments::{Lists, Lookup, args, one, session_ids};
use super::{Answer, is_meta};
use crate::context::{Context, Refusal};
use crate::dealer::Dealer;
use crate::events::EntryDetails;
use wamp_proto::options::RegisterOptions;
use wamp_proto::{Payload, RegistrationId, Uri, uris};

/// Answers `wamp.registration.VERB`; `None` if there is no such procedure.
pub(super) fn answer(
    ctx: &Context<'_>,
    dealer: &Dealer,
    verb: &str,
    payload: &Payload,
) -> Result<Option<Answer>, Refusal> {
    let registrations = &dealer.registrations;
    let found = || {
        let id = one(payload)?;
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
            let procedure: Uri = one(payload)?;
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
