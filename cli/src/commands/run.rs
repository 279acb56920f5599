//! `deskconn run`: the commands that the owner of a computer has given names.

use std::time::Duration;

use clap_complete::engine::ArgValueCompleter;
use deskconn_protocol::api::run::{Command, Commands, Ended, Part, Stream, Why};
use deskconn_protocol::uris;
use tokio::time::timeout;
use wamp_client::{CallError, CallResult, PendingCall};
use wamp_proto::Uri;
use wamp_proto::options::CancelMode;

use crate::completion;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::rpc;
use crate::table::table;
use crate::text::one_line;

/// How long a command may take to end after Ctrl-C.
const ENDING: Duration = Duration::from_secs(10);

/// Run a command that the configuration of the computer has given a name, or list them.
///
/// What it writes is printed as it comes, and `deskconn` ends with its exit code, or with 128 and the number
/// of the signal that ended it. Ctrl-C ends the command. Nothing can be handed to it: neither arguments
/// nor input.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its name; all are listed without one.
    #[arg(add = ArgValueCompleter::new(completion::commands))]
    name: Option<String>,

    /// End it, wherever it was started.
    #[arg(long, requires = "name")]
    stop: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    match args.name {
        None => context.unless_interrupted(list(context)).await,
        Some(name) if args.stop => context.unless_interrupted(stop(&name, context)).await,
        Some(name) => start(&name, context).await,
    }
}

async fn list(context: &Context) -> Result<(), CliError> {
    let session = context.session().await?;
    let Commands { commands } = rpc::ask(&session, uris::RUN_LIST, &()).await?;
    if context.output.is_json() {
        return commands.iter().try_for_each(|one| context.output.json(one));
    }
    if commands.is_empty() {
        context
            .output
            .note("No command has a name: [components.run.commands.NAME] gives one");
        return Ok(());
    }
    context.output.text(&describe(&commands))
}

async fn stop(name: &str, context: &Context) -> Result<(), CliError> {
    let session = context.session().await?;
    let procedure = of(uris::RUN_STOP, name);
    let stopped = session.call(procedure.clone()).timeout(ENDING).await;
    let stopped = stopped.map_err(|error| explain(error, name, &procedure))?;
    let command: Command = read(&stopped)?;
    if context.output.is_json() {
        return context.output.json(&command);
    }
    match command.running {
        0 => context.output.text(&format!("{name} does not run")),
        _ => Err(CliError::failed(format!("`{name}` does not end"))),
    }
}

async fn start(name: &str, context: &Context) -> Result<(), CliError> {
    let procedure = of(uris::RUN_START, name);
    let begin = async {
        let session = context.session().await?;
        let call = session.call(procedure.clone()).progress().start().await;
        call.map_err(|error| explain(error, name, &procedure))
    };
    let mut running = context.unless_interrupted(begin).await?;
    loop {
        let next = tokio::select! {
            next = running.next() => next,
            () = context.interrupted() => return cancel(running, context).await,
        };
        match next {
            Some(Ok(part)) if part.is_progress() => show(&read(&part)?, context)?,
            Some(Ok(ended)) => return end(name, &read(&ended)?, context),
            Some(Err(error)) => return Err(explain(error, name, &procedure)),
            None => {
                return Err(CliError::failed(format!(
                    "`{name}` did not say how it ended"
                )));
            }
        }
    }
}

/// Ends the command on Ctrl-C, and shows what it still says.
async fn cancel(mut running: PendingCall, context: &Context) -> Result<(), CliError> {
    running.cancel(CancelMode::Kill).await?;
    let ending = timeout(ENDING, async {
        while let Some(Ok(part)) = running.next().await {
            if part.is_progress() {
                show(&read(&part)?, context)?;
            }
        }
        Ok::<(), CliError>(())
    });
    match ending.await {
        Ok(ended) => ended?,
        Err(_) => context.output.note("The command has not ended yet"),
    }
    Err(CliError::interrupted())
}

/// Shows what the command has written: to where it has written it, or as JSON.
fn show(part: &Part, context: &Context) -> Result<(), CliError> {
    if context.output.is_json() {
        return context.output.json(part);
    }
    let octets = match (&part.text, &part.bytes) {
        (Some(text), _) => text.as_bytes(),
        (None, Some(octets)) => &octets.0,
        (None, None) => &[],
    };
    match part.stream {
        Stream::Out => context.output.pass_on(octets),
        Stream::Err => {
            context.output.pass_on_error(octets);
            Ok(())
        }
    }
}

/// Ends as the command has ended.
fn end(name: &str, ended: &Ended, context: &Context) -> Result<(), CliError> {
    if context.output.is_json() {
        context.output.json(ended)?;
    }
    if ended.left_out > 0 {
        let left_out = ended.left_out;
        let note =
            format!("{left_out} octets that it has written are left out: there were too many");
        context.output.note(&note);
    }
    match ended.why {
        Why::Exited => match exit_code(ended) {
            0 => Ok(()),
            code => Err(CliError::new(ErrorKind::Exited(code), "it ended so")),
        },
        Why::TimedOut => Err(
            CliError::failed(format!("`{name}` took longer than it may"))
                .hint("`timeout_s` of the configuration says how long that is"),
        ),
        Why::Stopped | Why::Cancelled => Err(CliError::failed(format!("`{name}` was stopped"))),
    }
}

/// What a shell would make of it.
fn exit_code(ended: &Ended) -> u8 {
    let code = match (ended.code, ended.signal) {
        (Some(code), _) => u8::try_from(code).ok(),
        (None, Some(signal)) => u8::try_from(signal).ok().and_then(|n| n.checked_add(128)),
        (None, None) => None,
    };
    code.unwrap_or_else(|| ErrorKind::Failed.exit_code())
}

fn describe(commands: &[Command]) -> String {
    let rows: Vec<_> = commands
        .iter()
        .map(|command| {
            let state = match (command.running, &command.last) {
                (1.., _) => "runs".to_owned(),
                (0, _) if !command.available => "unavailable".to_owned(),
                (0, Some(last)) => match (last.ended.why, exit_code(&last.ended)) {
                    (Why::Exited, 0) => "ended well".to_owned(),
                    (Why::Exited, code) => format!("ended with {code}"),
                    (Why::TimedOut, _) => "took too long".to_owned(),
                    (Why::Stopped | Why::Cancelled, _) => "was stopped".to_owned(),
                },
                (0, None) => String::new(),
            };
            [command.name.clone(), state, command.title.clone()]
        })
        .collect();
    let mut lines = vec![table(["NAME", "STATE", "TITLE"], &rows)];
    for command in commands {
        if let Some(reason) = &command.reason {
            lines.push(format!("{}: {}", one_line(&command.name), one_line(reason)));
        }
    }
    lines.join("\n")
}

/// Why nothing came of a call; of a command that nobody knows, that.
fn explain(error: CallError, name: &str, procedure: &Uri) -> CliError {
    let is_unknown = error
        .remote_error()
        .is_some_and(|error| *error.uri() == wamp_proto::uris::NO_SUCH_PROCEDURE);
    if is_unknown {
        return CliError::failed(format!("there is no command `{name}`"))
            .hint("`deskconn run` lists those there are");
    }
    CliError::call(error, procedure.as_str())
}

fn of(uri: &str, name: &str) -> Uri {
    Uri::from(uris::of_name(uri, name))
}

fn read<T: serde::de::DeserializeOwned>(result: &CallResult) -> Result<T, CliError> {
    result.kwargs().map_err(|error| {
        CliError::failed(format!("can not understand the daemon's answer: {error}"))
            .hint("update the older of `deskconn` and `deskconnd`")
    })
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::api::run::Last;
    use expect_test::expect;

    use super::*;

    fn ended(why: Why, code: Option<i32>, signal: Option<i32>) -> Ended {
        Ended {
            why,
            code,
            signal,
            ms: 1,
            left_out: 0,
        }
    }

    #[test]
    fn it_ends_as_a_shell_would() {
        for (code, signal, exit) in [
            (Some(0), None, 0),
            (Some(7), None, 7),
            (None, Some(9), 137),
            (None, None, 1),
            (Some(-1), None, 1),
        ] {
            assert_eq!(exit_code(&ended(Why::Exited, code, signal)), exit);
        }
    }

    #[test]
    fn commands_are_a_table_and_below_it_what_they_lack() {
        let command = |name: &str, running, last: Option<Ended>| Command {
            name: name.to_owned(),
            title: format!("The {name}"),
            available: true,
            reason: None,
            running,
            one_at_a_time: true,
            timeout_ms: 1000,
            last: last.map(|ended| Last { at: 1, ended }),
        };
        let commands = [
            command("new", 0, None),
            command("old", 0, Some(ended(Why::Exited, Some(3), None))),
            command("now", 1, Some(ended(Why::TimedOut, None, Some(15)))),
            Command {
                available: false,
                reason: Some("there is no program `x`; hint: install it".to_owned()),
                ..command("lost", 0, None)
            },
        ];
        let expected = expect![[r#"
            NAME  STATE         TITLE
            new                 The new
            old   ended with 3  The old
            now   runs          The now
            lost  unavailable   The lost
            lost: there is no program `x`; hint: install it"#]];
        expected.assert_eq(&describe(&commands));
    }
}
