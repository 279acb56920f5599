//! Processes of components: a component of the daemon's own, or any command within limits.

use crate::Args;
use crate::desk;
use crate::process::{runtime, start_logging};
use anyhow::Context;
use clap::Subcommand;
use deskconn_component::process::Limits;
use deskconnd::launch;
use deskconnd::own_process;
use std::convert::Infallible;
use std::ffi::OsString;
use tokio::signal::unix::{SignalKind, signal};

/// What a process of a component can be.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a component of the daemon's own in this process, as a client of the running daemon.
    Run {
        /// Its name, as `slides`. Its settings are those of the configuration.
        name: String,
    },
    /// Run a command in the place of this process, within limits. The daemon starts components so.
    #[command(hide = true)]
    Exec {
        /// Memory for data, in megabytes.
        #[arg(long)]
        memory_mb: u64,
        /// Open files.
        #[arg(long)]
        open_files: u64,
        /// How much other processes come first.
        #[arg(long)]
        niceness: i32,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

/// Does what the command line says about a component.
pub(crate) fn run(args: &Args, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Run { name } => host(args, name),
        Command::Exec {
            memory_mb,
            open_files,
            niceness,
            command,
        } => {
            let limits = Limits {
                memory_mb: *memory_mb,
                open_files: *open_files,
                niceness: *niceness,
            };
            exec(limits, command).map(|never| match never {})
        }
    }
}

fn exec(limits: Limits, command: &[OsString]) -> anyhow::Result<Infallible> {
    let name = command.first().map(|name| name.to_string_lossy());
    let failed = launch::exec(limits, command);
    Err(failed).with_context(|| format!("can not run {}", name.unwrap_or_default()))
}

/// Runs a component of the daemon's own. Its settings come from the daemon that starts it, else from the
/// configuration.
fn host(args: &Args, name: &str) -> anyhow::Result<()> {
    let (config, places) = desk::settings(args)?;
    start_logging(args.log.as_deref().unwrap_or(&config.log.filter))?;
    let settings = match std::env::var(own_process::SETTINGS) {
        Ok(text) => text
            .parse()
            .context("the daemon's settings make no sense")?,
        Err(_) => {
            let component = config.components.get(name);
            component.map_or_else(Default::default, |component| component.settings.clone())
        }
    };
    runtime(1)?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        own_process::run(name, settings, &places.socket, &places.state_dir, stop).await?;
        Ok(())
    })
}
