//! `deskconn completions`: the words a shell completes.

use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::context::Context;
use crate::error::CliError;

/// Print the completion script of a shell: verbs, options, and what the daemon offers to call.
///
/// For bash: `deskconn completions bash > ~/.local/share/bash-completion/completions/deskconn`
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let shell = shells.completer(&name);
    let shell = shell.ok_or_else(|| CliError::failed(format!("{name} is not known")))?;
    let mut script = Vec::new();
    // The script asks this program, by the variable that `main` looks at.
    shell
        .write_registration("COMPLETE", "deskconn", "deskconn", "deskconn", &mut script)
        .map_err(|error| CliError::failed(format!("can not write the script: {error}")))?;
    context
        .output
        .text(String::from_utf8_lossy(&script).trim_end())
}
