//! The arguments that meta procedures take, and the forms of what they give.

use crate::SessionKey;
use crate::context::{Context, Refusal};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use wamp_proto::{MatchPolicy, Payload, SessionId, uris};

/// A URI and the options it is registered or subscribed with.
#[derive(Deserialize)]
#[serde(expecting = "a URI and perhaps options")]
pub(super) struct Lookup<O>(
    pub(super) String,
    #[serde(default = "Option::default")] pub(super) Option<O>,
);

/// "A dictionary with a list of … IDs for each match policy."
#[derive(Serialize)]
pub(super) struct Lists<T> {
    exact: Vec<T>,
    prefix: Vec<T>,
    wildcard: Vec<T>,
}

impl<T> Lists<T> {
    pub(super) fn of(ids: impl Fn(MatchPolicy) -> Vec<T>) -> Self {
        Self {
            exact: ids(MatchPolicy::Exact),
            prefix: ids(MatchPolicy::Prefix),
            wildcard: ids(MatchPolicy::Wildcard),
        }
    }
}

/// The first positional argument; others mean nothing.
pub(super) fn one<T: DeserializeOwned>(payload: &Payload) -> Result<T, Refusal> {
    /// A structure of one field alone would be read from the list itself.
    #[derive(Deserialize)]
    #[serde(expecting = "one argument")]
    struct One<T>(T, #[serde(default)] IgnoredAny);
    let One(argument, _) = args(payload)?;
    Ok(argument)
}

pub(super) fn args<T: DeserializeOwned>(payload: &Payload) -> Result<T, Refusal> {
    payload.read_args().map_err(|error| invalid(&error))
}

pub(super) fn kwargs<T: DeserializeOwned>(payload: &Payload) -> Result<T, Refusal> {
    payload.read_kwargs().map_err(|error| invalid(&error))
}

pub(super) fn invalid(error: &impl ToString) -> Refusal {
    Refusal::new(uris::INVALID_ARGUMENT, error.to_string())
}

/// The ids of those sessions that are there.
pub(super) fn session_ids(
    ctx: &Context<'_>,
    keys: impl Iterator<Item = SessionKey>,
) -> Vec<SessionId> {
    keys.filter_map(|key| ctx.sessions.get(key))
        .map(|session| session.info.id)
        .collect()
}
