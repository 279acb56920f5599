//! Calling the daemon's own procedures, whose arguments and results are known.

use std::time::Duration;

use deskconn_protocol::uris;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wamp_client::{CallError, Session};
use wamp_proto::Uri;

use crate::error::{CliError, ErrorKind};

/// How long the daemon may take to answer about itself.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Calls `procedure` with `kwargs` and reads its result.
///
/// # Errors
///
/// What the daemon answered, or that its answer makes no sense.
pub(crate) async fn ask<T: DeserializeOwned>(
    session: &Session,
    procedure: &'static str,
    kwargs: &impl Serialize,
) -> Result<T, CliError> {
    let call = session.call(Uri::from_static(procedure)).kwargs(kwargs);
    let answer = call
        .timeout(ANSWER_TIME)
        .await
        .map_err(|error| CliError::call(error, procedure))?;
    answer.kwargs().map_err(|error| {
        CliError::failed(format!("can not understand the daemon's answer: {error}"))
            .hint("update the older of `deskconn` and `deskconnd`")
    })
}

/// Why nothing more comes of `what`, a subscription or registration: the session is over, or the
/// daemon took it back. Asks the daemon, which answers in the second case only.
pub(crate) async fn lost(session: &Session, what: &str) -> CliError {
    let asked = session.call(uris::DAEMON_STATUS).timeout(ANSWER_TIME);
    match asked.await {
        Err(CallError::Closed(cause)) => cause.into(),
        _ => CliError::new(
            ErrorKind::Denied,
            format!("`{what}` is not allowed any more"),
        )
        .hint("the owner of that computer has taken the grant back, or its time is over"),
    }
}
