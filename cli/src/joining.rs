//! The joining side of a pairing as two WAMP calls, and the words for every way it can fail.

use std::time::Duration;

use deskconn_protocol::pairing::{
    ASKING_TIME, BeginAnswer, ConfirmAnswer, INITIATOR_ENTROPY, Initiator, Join, Paired,
    PairingError, RefusalDetails,
};
use deskconn_protocol::uris;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wamp_client::{CallError, RemoteError, Session};
use wamp_proto::Uri;
use zeroize::Zeroizing;

use crate::error::CliError;

/// How long the daemon may take to answer; a wrong code is answered after eight seconds at most.
const ANSWER_TIME: Duration = Duration::from_secs(20);

/// Pairs with the daemon of `session`, which is in the pairing realm; `name` is what the person calls
/// it. If its owner is asked, `waits` is told the two words that they see. One try: another one would give a false daemon another guess at the code (protocol §4).
///
/// # Errors
///
/// Why the daemon refused, or why it is not to be believed. Nothing may be stored then.
pub(crate) async fn pair(
    session: &Session,
    join: Join,
    name: &str,
    waits: impl FnOnce([&'static str; 2]),
) -> Result<Paired, CliError> {
    let mut entropy = Zeroizing::new([0; INITIATOR_ENTROPY]);
    getrandom::fill(&mut entropy[..])
        .map_err(|error| CliError::failed(format!("no randomness: {error}")))?;
    let (initiator, begin) = Initiator::begin(join, &entropy);
    let answer: BeginAnswer = ask(session, uris::PAIRING_BEGIN, &begin, name, ANSWER_TIME).await?;
    let (confirming, confirm) = initiator.on_begin(&answer).map_err(not_believed)?;
    let mut time = ANSWER_TIME;
    if confirming.asks() {
        waits(confirming.words());
        time += ASKING_TIME;
    }
    let answer: ConfirmAnswer = ask(session, uris::PAIRING_CONFIRM, &confirm, name, time).await?;
    confirming.on_confirm(&answer).map_err(not_believed)
}

async fn ask<T: DeserializeOwned>(
    session: &Session,
    procedure: &'static str,
    kwargs: &impl Serialize,
    name: &str,
    time: Duration,
) -> Result<T, CliError> {
    let call = session.call(Uri::from_static(procedure)).kwargs(kwargs);
    let answer = call.timeout(time).await.map_err(|error| match error {
        CallError::Application(error) => refused(&error, procedure, name),
        CallError::Closed(cause) => CliError::unreachable(format!(
            "{name} went away before the two were paired: {cause}"
        ))
        .hint("if it still shows a code, join again with that; else run `deskconn pair` there"),
        error => CliError::call(error, procedure),
    })?;
    answer.kwargs().map_err(|_| {
        CliError::failed(format!("{name} answered what no DeskConn daemon does"))
            .hint("is it a DeskConn daemon? update it if it is")
    })
}

/// What a daemon's refusal means for the person who typed the code.
fn refused(error: &RemoteError, procedure: &str, name: &str) -> CliError {
    let details = error.kwargs::<RefusalDetails>().ok();
    let attempts_left = details.as_ref().and_then(|details| details.attempts_left);
    let retry_after = details.as_ref().and_then(|details| details.retry_after_ms);
    let known = match error.uri().as_str() {
        uris::PAIRING_ERROR_BAD_CODE => bad_code(attempts_left),
        uris::PAIRING_ERROR_NOT_PAIRING => (
            format!(
                "{name} does not pair: {}",
                error
                    .message()
                    .unwrap_or_else(|| "the window is closed".to_owned())
            ),
            "run `deskconn pair` there, then join with the code it shows".to_owned(),
        ),
        uris::PAIRING_ERROR_DECLINED => (
            error
                .message()
                .unwrap_or_else(|| format!("{name} did not let this computer in")),
            "ask for a new code there, and join with that".to_owned(),
        ),
        uris::PAIRING_ERROR_BUSY => (
            format!("another device is pairing with {name} at the moment"),
            try_again(retry_after),
        ),
        _ => return CliError::remote(error, procedure),
    };
    let (message, own_hint) = known;
    // The daemon knows best what helps, except that "try again" has no time in its words.
    let hint = match retry_after {
        Some(_) => own_hint,
        None => error
            .hint()
            .filter(|hint| !hint.is_empty())
            .unwrap_or(own_hint),
    };
    CliError::failed(message).hint(hint)
}

fn bad_code(attempts_left: Option<u32>) -> (String, String) {
    let message = match attempts_left {
        None => "wrong QR code".to_owned(),
        Some(0) => "wrong code, and that was the last attempt".to_owned(),
        Some(1) => "wrong code, 1 attempt left".to_owned(),
        Some(left) => format!("wrong code, {left} attempts left"),
    };
    (message, "look at the code there and join again".to_owned())
}

fn try_again(retry_after_ms: Option<u64>) -> String {
    match retry_after_ms {
        None => "try again in a few seconds".to_owned(),
        Some(milliseconds) => format!("try again in {} s", milliseconds.div_ceil(1000).max(1)),
    }
}

fn not_believed(error: PairingError) -> CliError {
    CliError::failed(error.to_string()).hint(error.hint())
}

#[cfg(test)]
mod tests;
