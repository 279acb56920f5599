//! `deskconn call`: calling a procedure.

use std::time::Duration;

use clap_complete::engine::ArgValueCompleter;
use deskconn_protocol::uris;
use wamp_client::{CallError, CallResult, Session};
use wamp_proto::{Dict, Uri, Value};

use crate::commands::api;
use crate::completion;
use crate::context::Context;
use crate::duration;
use crate::error::CliError;
use crate::value::{Arguments, argument, keyword, to_json};

/// Call a procedure and print its result.
///
/// A result of one text is printed as it is, everything else as JSON.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The procedure, as `org.deskconn.slides.next`.
    #[arg(add = ArgValueCompleter::new(completion::procedures))]
    procedure: String,

    /// Positional arguments: JSON if they are some, otherwise text.
    #[arg(allow_negative_numbers = true)]
    pub(crate) args: Vec<String>,

    /// A keyword argument; may be given several times.
    #[arg(short, long = "kwarg", value_name = "KEY=VALUE", value_parser = keyword)]
    pub(crate) kwargs: Vec<(String, Value)>,

    /// Give up after this time, as 5s or 2m.
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    timeout: Option<Duration>,

    /// Print results as they come, one a line.
    #[arg(long)]
    progress: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    context.unless_interrupted(call(args, context)).await
}

async fn call(args: Args, context: &Context) -> Result<(), CliError> {
    let session = context.session().await?;
    let positional: Vec<Value> = args.args.iter().map(|text| argument(text)).collect();
    let kwargs: Dict = args.kwargs.into_iter().collect();
    let mut call = session.call(Uri::from(args.procedure.clone()));
    if args.progress {
        call = call.progress();
    }
    if let Some(timeout) = args.timeout {
        call = call.timeout(timeout);
    }
    let call = call.args(positional).kwargs(kwargs).start();
    let mut pending = match call.await {
        Ok(pending) => pending,
        Err(error) => return Err(explain(error, &args.procedure, &session).await),
    };
    while let Some(next) = pending.next().await {
        match next {
            Ok(result) => print(&result, args.progress, context)?,
            Err(error) => return Err(explain(error, &args.procedure, &session).await),
        }
    }
    Ok(())
}

/// Why a call has no result. If it is for the arguments, what they should be, as far as the daemon knows.
async fn explain(error: CallError, procedure: &str, session: &Session) -> CliError {
    let is_for_arguments = error.remote_error().is_some_and(|error| {
        *error.uri() == *uris::ERROR_INVALID_ARGUMENT
            || *error.uri() == wamp_proto::uris::INVALID_ARGUMENT
    });
    let explained = CliError::call(error, procedure);
    match is_for_arguments {
        false => explained,
        true => match api::takes(session, procedure).await {
            Some(takes) => explained.hint(takes),
            None => explained,
        },
    }
}

fn print(result: &CallResult, one_a_line: bool, context: &Context) -> Result<(), CliError> {
    let value = Arguments::read(result.payload())?.into_value();
    let output = &context.output;
    match value {
        Value::Null if !output.is_json() => Ok(()),
        Value::Text(text) if !output.is_json() => output.text(&text),
        value if one_a_line => output.json(&to_json(&value)?),
        value => output.json_pretty(&to_json(&value)?),
    }
}
