//! Requests that become calls.

use super::answer::{self, Answer};
use serde::Deserialize;
use std::time::Duration;
use wamp_client::Session;
use wamp_proto::{Dict, Uri, Value};

/// What a client sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    procedure: Uri,
    args: Option<Vec<Value>>,
    kwargs: Option<Dict>,
}

/// Makes the call that `body` says. Dropping the future, as when the client has gone, cancels it.
pub(super) async fn call(session: &Session, body: &[u8], timeout: Duration) -> Answer {
    let wanted: Wanted = match serde_json::from_slice(body) {
        Ok(wanted) => wanted,
        Err(error) => return answer::senseless(&error),
    };
    let call = session
        .call(wanted.procedure)
        .args(wanted.args.unwrap_or_default())
        .kwargs(wanted.kwargs.unwrap_or_default())
        .timeout(timeout);
    match call.await {
        Ok(result) => answer::result(result.payload()),
        Err(error) => answer::not_called(&error),
    }
}
