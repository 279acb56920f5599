//! `deskconn register`: serving a procedure by a program.

use std::ffi::OsString;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use wamp_client::{Invocation, InvocationError, Reply};
use wamp_proto::{Uri, Value};

use crate::args::Match;
use crate::context::Context;
use crate::error::CliError;
use crate::program;
use crate::value::{Arguments, arguments_to_json};

/// How many notes of failed calls may wait to be printed; further ones are dropped.
const NOTES: usize = 64;

/// Serve a procedure: run a program for every call.
///
/// The program reads one line of JSON from its standard input: `{"procedure":…,"args":[…],
/// "kwargs":{…},"caller":{…}}`. What it writes to standard output is the result: JSON if it is some,
/// otherwise text. If it ends with another status than 0, the last line of its standard error is the
/// error the caller gets. A call that is cancelled ends the program and everything it started.
///
/// When the connection is lost, it is made again as soon as that is possible, and the procedure with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The procedure or pattern.
    procedure: String,

    /// How the procedure matches.
    #[arg(long = "match", value_enum, default_value_t, value_name = "HOW")]
    pub(crate) matching: Match,

    /// How many programs may run at a time; further calls wait.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    jobs: u16,

    /// The program and its arguments. Nothing a caller sends is added to them.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    if args.jobs == 0 {
        return Err(CliError::usage("--jobs must be at least 1"));
    }
    let jobs = Arc::new(Semaphore::new(args.jobs.into()));
    let command: Arc<[OsString]> = args.command.into();
    let (notes, mut failures) = mpsc::channel(NOTES);
    let handler = move |invocation: Invocation| {
        let (jobs, command, notes) = (Arc::clone(&jobs), Arc::clone(&command), notes.clone());
        async move {
            let served = serve(&invocation, &command, &jobs).await;
            if let Err(error) = &served {
                // A full screen of failures is enough.
                drop(notes.try_send(format!("{}: {error}", invocation.procedure())));
            }
            served
        }
    };
    let register = async {
        let mut lasting = context.lasting().await?;
        let client = lasting.client().clone();
        let register = client.register(Uri::from(args.procedure.clone()), handler);
        let register = register.matching(args.matching.into()).disclose_caller();
        tokio::select! {
            registered = register.into_future() => {
                registered.map_err(|error| CliError::request(error, &args.procedure))?;
            }
            end = lasting.end(&args.procedure, &context.output) => return Err(end),
        }
        Ok(lasting)
    };
    let mut lasting = context.unless_interrupted(register).await?;
    context
        .output
        .note(&format!("registered {}", args.procedure));
    loop {
        tokio::select! {
            Some(failure) = failures.recv() => context.output.note(&failure),
            end = lasting.end(&args.procedure, &context.output) => return Err(end),
            () = context.interrupted() => return Err(CliError::interrupted()),
        }
    }
}

/// Answers one call.
async fn serve(
    invocation: &Invocation,
    command: &[OsString],
    jobs: &Semaphore,
) -> Result<Reply, InvocationError> {
    let _job = tokio::select! {
        job = jobs.acquire() => job,
        _ = invocation.cancelled() => return Err(InvocationError::canceled()),
    };
    let input = input(invocation)?;
    let cancelled = async {
        invocation.cancelled().await;
    };
    let result = program::run(command, input, cancelled).await?;
    Ok(match result {
        Value::Null => Reply::from(()),
        value => Reply::value(value),
    })
}

/// What the program is told.
fn input(invocation: &Invocation) -> Result<Vec<u8>, InvocationError> {
    let arguments = Arguments::read(invocation.payload()).and_then(arguments_to_json);
    let mut input = arguments.map_err(|error| InvocationError::invalid_argument(error.message))?;
    input["procedure"] = invocation.procedure().as_str().into();
    input["caller"] = json!({
        "session": invocation.caller().map(|session| session.get()),
        "authid": invocation.caller_authid(),
        "authrole": invocation.caller_authrole(),
    });
    Ok(format!("{input}\n").into_bytes())
}
