//! One file a verb: its arguments, whose comments are the manual, and one function that does it.

pub(crate) mod api;
pub(crate) mod call;
pub(crate) mod certificate;
pub(crate) mod completions;
pub(crate) mod component;
pub(crate) mod devices;
pub(crate) mod discover;
pub(crate) mod doctor;
pub(crate) mod forget;
pub(crate) mod grant;
pub(crate) mod hosts;
pub(crate) mod join;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod notify;
pub(crate) mod open;
pub(crate) mod pair;
pub(crate) mod publish;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod run;
pub(crate) mod screenshot;
pub(crate) mod status;
pub(crate) mod subscribe;
pub(crate) mod unpair;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::error::CliError;

/// Does what the command line says.
///
/// # Errors
///
/// Why it was not done.
pub(crate) async fn run(cli: Cli) -> Result<(), CliError> {
    if let (Some(verb), Some(_)) = (cli.command.without_daemon(), &cli.global.on) {
        return Err(CliError::usage(format!("`{verb}` has no use for --on")));
    }
    let context = Context::new(cli.global)?;
    let done = dispatch(cli.command, &context).await;
    let ended = context.output.end_live();
    context.leave().await;
    done.and(ended)
}

async fn dispatch(command: Command, context: &Context) -> Result<(), CliError> {
    match command {
        Command::Status(args) => status::run(args, context).await,
        Command::Metrics(args) => metrics::run(args, context).await,
        Command::Pair(args) => pair::run(args, context).await,
        Command::Devices(args) => devices::run(args, context).await,
        Command::Certificate(args) => certificate::run(args, context).await,
        Command::Grant(args) => grant::run(args, context).await,
        Command::Revoke(args) => revoke::run(args, context).await,
        Command::Log(args) => log::run(args, context).await,
        Command::Doctor(args) => doctor::run(args, context).await,
        Command::Unpair(args) => unpair::run(args, context).await,
        Command::Discover(args) => discover::run(args, context).await,
        Command::Join(args) => join::run(args, context).await,
        Command::Hosts(args) => hosts::run(args, context),
        Command::Forget(args) => forget::run(&args, context),
        Command::Run(args) => run::run(args, context).await,
        Command::Screenshot(args) => screenshot::run(args, context).await,
        Command::Component(args) => component::run(args, context).await,
        Command::Api(args) => api::run(args, context).await,
        Command::Notify(args) => notify::run(args, context).await,
        Command::Open(args) => open::run(args, context).await,
        Command::Call(args) => call::run(args, context).await,
        Command::Publish(args) => publish::run(args, context).await,
        Command::Subscribe(args) => subscribe::run(args, context).await,
        Command::Register(args) => register::run(args, context).await,
        Command::Completions(args) => completions::run(&args, context),
    }
}
