//! `deskconn completions`: the words a shell completes.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::context::Context;
use crate::error::CliError;

/// Print the completion script of a shell.
///
/// For bash: `deskconn completions bash > ~/.local/share/bash-completion/completions/deskconn`
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "deskconn", &mut script);
    context
        .output
        .text(String::from_utf8_lossy(&script).trim_end())
}
