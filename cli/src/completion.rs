//! What a shell completes that only the daemon knows: procedures and topics.

use std::ffi::OsStr;
use std::time::Duration;

use clap_complete::CompletionCandidate;
use deskconn_protocol::api::reference::Reference;

use crate::args::Global;
use crate::commands::api;
use crate::context::Context;

/// How long a shell may have to wait. Without an answer there is nothing to complete.
const PATIENCE: Duration = Duration::from_secs(1);

/// The procedures of the own computer's daemon that begin so.
pub(crate) fn procedures(begun: &OsStr) -> Vec<CompletionCandidate> {
    candidates(begun, |reference| {
        let components = reference.components.into_iter();
        let procedures = components.flat_map(|component| component.procedures);
        procedures.map(|one| (one.uri, one.summary)).collect()
    })
}

/// Its topics that begin so.
pub(crate) fn topics(begun: &OsStr) -> Vec<CompletionCandidate> {
    candidates(begun, |reference| {
        let components = reference.components.into_iter();
        let topics = components.flat_map(|component| component.topics);
        topics.map(|one| (one.uri, one.summary)).collect()
    })
}

fn candidates(
    begun: &OsStr,
    choose: fn(Reference) -> Vec<(String, String)>,
) -> Vec<CompletionCandidate> {
    let (Some(begun), Some(reference)) = (begun.to_str(), ask()) else {
        return Vec::new();
    };
    let offered = choose(reference).into_iter();
    let offered = offered.filter(|(uri, _)| uri.starts_with(begun));
    let candidate =
        |(uri, summary): (String, String)| CompletionCandidate::new(uri).help(Some(summary.into()));
    offered.map(candidate).collect()
}

/// What the daemon offers, if there is one and it answers.
fn ask() -> Option<Reference> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let asking = async {
        let context = Context::new(Global::default()).ok()?;
        let session = context.session().await.ok()?;
        api::ask(&session, None).await.ok()
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, asking).await.ok()? })
}
