//! `deskconn call`: calling a procedure.

use std::time::Duration;

use wamp_client::CallResult;
use wamp_proto::{Dict, Uri, Value};

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
    let explain = |error| CliError::call(error, &args.procedure);
    let call = call.args(positional).kwargs(kwargs).start();
    let mut pending = call.await.map_err(explain)?;
    while let Some(next) = pending.next().await {
        let result = next.map_err(explain)?;
        print(&result, args.progress, context)?;
    }
    Ok(())
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
