//! The commands, and which of them run.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskconn_component::process::Launcher;
use deskconn_component::{Unavailable, failure};
use deskconn_protocol::api::run::{Command as Status, Ended, Last, Part, Why};
use deskconn_protocol::uris;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::info;
use wamp_client::InvocationError;

use crate::run::run;
use crate::settings::Command;

/// How often one command can run at a time, if it can more than once.
const AT_ONCE: u32 = 8;

/// How long `stop` waits for the end: longer than a process has to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// The commands by name.
#[derive(Debug)]
pub(crate) struct Desk {
    launcher: Launcher,
    commands: BTreeMap<String, Entry>,
    /// Nothing runs after that.
    closed: CancellationToken,
}

#[derive(Debug)]
struct Entry {
    command: Command,
    state: watch::Sender<State>,
}

#[derive(Debug)]
struct State {
    running: u32,
    last: Option<Last>,
    /// Ends what runs now.
    stop: CancellationToken,
}

/// A place among those that run, given back when dropped.
#[derive(Debug)]
struct Place<'a> {
    state: &'a watch::Sender<State>,
    stop: CancellationToken,
    ended: Option<Last>,
}

impl Desk {
    /// These commands, started by `launcher`.
    pub(crate) fn new(commands: BTreeMap<String, Command>, launcher: Launcher) -> Self {
        let closed = CancellationToken::new();
        let entry = |command| Entry {
            command,
            state: watch::Sender::new(State {
                running: 0,
                last: None,
                stop: closed.child_token(),
            }),
        };
        let commands = commands.into_iter();
        let commands = commands.map(|(name, command)| (name, entry(command)));
        Self {
            launcher,
            commands: commands.collect(),
            closed,
        }
    }

    /// How every command is doing.
    pub(crate) fn list(&self) -> Vec<Status> {
        let commands = self.commands.iter();
        commands.map(|(name, entry)| entry.status(name)).collect()
    }

    /// How a command is doing.
    ///
    /// # Errors
    /// If there is none of that name.
    pub(crate) fn status(&self, name: &str) -> Result<Status, InvocationError> {
        Ok(self.entry(name)?.status(name))
    }

    /// Tells by its changes when [`Desk::status`] of a command has changed; `None` if there is no such
    /// command.
    pub(crate) fn changes(&self, name: &str) -> Option<Changes> {
        let entry = self.commands.get(name)?;
        Some(Changes(entry.state.subscribe()))
    }

    /// Whether a command goes on when who has started it is gone.
    pub(crate) fn keeps_running(&self, name: &str) -> bool {
        let entry = self.commands.get(name);
        entry.is_some_and(|entry| entry.command.keep_running)
    }

    /// Runs a command for `by` until it ends by itself, somebody stops it, or `cancelled` comes. What it
    /// writes goes to `parts`.
    ///
    /// # Errors
    /// If it can not be started: it runs already, its program is missing, the system does not want to.
    pub(crate) async fn start(
        &self,
        name: &str,
        by: &str,
        parts: mpsc::Sender<Part>,
        cancelled: impl Future<Output = ()>,
    ) -> Result<Ended, InvocationError> {
        let Entry { command, state } = self.entry(name)?;
        if let Some(missing) = missing(command) {
            return Err(missing.into());
        }
        let mut place = self.enter(name, command, state)?;
        info!(command = name, by, "started");
        let stop = place.stop.clone();
        let end = async move {
            tokio::select! {
                () = stop.cancelled() => Why::Stopped,
                () = cancelled => Why::Cancelled,
            }
        };
        let ended = run(&self.launcher, command, parts, end).await;
        let ended = ended.map_err(|error| {
            let hint = "look into the daemon's log, and try the command in a shell";
            let message = format!("`{name}` could not be run: {error}");
            failure(uris::ERROR_FAILED, message, hint)
        })?;
        info!(
            command = name,
            by,
            why = ?ended.why,
            code = ended.code,
            signal = ended.signal,
            "ended"
        );
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        place.ended = Some(Last {
            at: since.map_or(0, |since| since.as_secs()),
            ended: ended.clone(),
        });
        Ok(ended)
    }

    /// Ends a command wherever it was started, and waits until it has ended.
    ///
    /// # Errors
    /// If there is none of that name.
    pub(crate) async fn stop(&self, name: &str) -> Result<Status, InvocationError> {
        let entry = self.entry(name)?;
        entry.state.send_modify(|state| {
            state.stop.cancel();
            state.stop = self.closed.child_token();
        });
        entry.empty().await;
        Ok(entry.status(name))
    }

    /// Ends all commands, and starts none any more.
    pub(crate) async fn close(&self) {
        self.closed.cancel();
        for entry in self.commands.values() {
            entry.empty().await;
        }
    }

    fn entry(&self, name: &str) -> Result<&Entry, InvocationError> {
        self.commands.get(name).ok_or_else(|| {
            let hint = "`deskconn run` lists the commands";
            let message = format!("there is no command `{name}`");
            failure(uris::ERROR_NOT_FOUND, message, hint)
        })
    }

    fn enter<'a>(
        &self,
        name: &str,
        command: &Command,
        state: &'a watch::Sender<State>,
    ) -> Result<Place<'a>, InvocationError> {
        if self.closed.is_cancelled() {
            let reason = "the component is about to stop";
            return Err(Unavailable::new(reason, "try again in a moment").into());
        }
        let at_once = if command.one_at_a_time { 1 } else { AT_ONCE };
        let mut stop = None;
        state.send_if_modified(|state| {
            if state.running >= at_once {
                return false;
            }
            state.running += 1;
            stop = Some(state.stop.clone());
            true
        });
        let stop = stop.ok_or_else(|| {
            let reason = match at_once {
                1 => format!("`{name}` runs already"),
                times => format!("`{name}` runs {times} times already"),
            };
            let hint = format!(
                "wait for its end, or call {}",
                uris::of_name(uris::RUN_STOP, name)
            );
            InvocationError::from(Unavailable::new(reason, hint))
        })?;
        Ok(Place {
            state,
            stop,
            ended: None,
        })
    }
}

impl Entry {
    fn status(&self, name: &str) -> Status {
        let missing = missing(&self.command);
        let state = self.state.borrow();
        Status {
            name: name.to_owned(),
            title: self.command.title.clone(),
            available: missing.is_none(),
            reason: missing.map(|missing| missing.to_string()),
            running: state.running,
            one_at_a_time: self.command.one_at_a_time,
            timeout_ms: u64::try_from(self.command.timeout.as_millis()).unwrap_or(u64::MAX),
            last: state.last.clone(),
        }
    }

    /// Waits until it does not run, or that takes too long.
    async fn empty(&self) {
        let mut state = self.state.subscribe();
        let empty = state.wait_for(|state| state.running == 0);
        drop(timeout(PATIENCE, empty).await);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let ended = self.ended.take();
        self.state.send_modify(|state| {
            state.running = state.running.saturating_sub(1);
            if ended.is_some() {
                state.last = ended;
            }
        });
    }
}

/// Tells when a command was started or has ended.
pub(crate) struct Changes(watch::Receiver<State>);

impl Changes {
    /// Waits for the next change; `false` when there will be none. Several in a row may be one.
    pub(crate) async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// What a command lacks, as far as can be seen without running it.
fn missing(command: &Command) -> Option<Unavailable> {
    let spec = &command.spec;
    if !spec.directory.is_dir() {
        let reason = format!("there is no folder {}", spec.directory.display());
        return Some(Unavailable::new(
            reason,
            "create it, or set another `directory` in the configuration",
        ));
    }
    let program = spec.command.first()?;
    let own_path = std::env::var("PATH").unwrap_or_default();
    let path = spec.env.get("PATH").unwrap_or(&own_path);
    let is_there = match program.contains('/') {
        true => is_program(&spec.directory.join(program)),
        false => std::env::split_paths(path).any(|folder| is_program(&folder.join(program))),
    };
    (!is_there).then(|| {
        Unavailable::new(
            format!("there is no program `{program}`"),
            "install it, or write its whole path into `command` in the configuration",
        )
    })
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests;
