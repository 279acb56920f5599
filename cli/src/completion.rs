//! What a shell completes that only the daemon knows: procedures, topics and commands.

use std::ffi::OsStr;
use std::time::Duration;

use clap_complete::CompletionCandidate;
use deskconn_protocol::api::reference::Reference;
use deskconn_protocol::api::run::Commands;
use deskconn_protocol::uris;
use wamp_client::Session;

use crate::args::Global;
use crate::commands::api;
use crate::context::Context;
use crate::rpc;

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

/// The owner's commands whose names begin so.
pub(crate) fn commands(begun: &OsStr) -> Vec<CompletionCandidate> {
    let asked = ask(async |session| {
        let list = rpc::ask::<Commands>(session, uris::RUN_LIST, &()).await;
        list.ok()
    });
    let commands = asked.unwrap_or_default().commands.into_iter();
    offer(
        begun,
        commands
            .map(|command| (command.name, command.title))
            .collect(),
    )
}

fn candidates(
    begun: &OsStr,
    choose: fn(Reference) -> Vec<(String, String)>,
) -> Vec<CompletionCandidate> {
    let reference = ask(async |session| api::ask(session, None).await.ok());
    offer(begun, reference.map(choose).unwrap_or_default())
}

/// Those of the words, each with what it means, that begin so.
fn offer(begun: &OsStr, words: Vec<(String, String)>) -> Vec<CompletionCandidate> {
    let Some(begun) = begun.to_str() else {
        return Vec::new();
    };
    let offered = words.into_iter();
    let offered = offered.filter(|(word, _)| word.starts_with(begun));
    let candidate =
        |(word, help): (String, String)| CompletionCandidate::new(word).help(Some(help.into()));
    offered.map(candidate).collect()
}

/// What the daemon answers to `question`, if there is one and it answers.
fn ask<T>(question: impl AsyncFnOnce(&Session) -> Option<T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let asking = async {
        let context = Context::new(Global::default()).ok()?;
        let session = context.session().await.ok()?;
        question(&session).await
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, asking).await.ok()? })
}
