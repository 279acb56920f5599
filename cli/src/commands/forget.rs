//! `deskconn forget`: no longer knowing a computer.

use crate::context::Context;
use crate::error::CliError;

use super::hosts::to_json;

/// Forget a computer that was joined.
///
/// That computer still knows this one: `deskconn unpair` there removes it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The computer: its name, or the beginning of its id.
    computer: String,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let mut hosts = context.hosts()?;
    let known = hosts.find(&args.computer)?;
    hosts.forget(&known.id)?;
    if context.output.is_json() {
        return context.output.json(&to_json(&known));
    }
    let name = &known.host.name;
    context
        .output
        .text(&format!("Forgot {name} ({})", known.id))
}
