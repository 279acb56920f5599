//! Processes of components: a component of the daemon's own, or any command within limits.

use crate::Args;
use crate::desk;
use crate::process::{runtime, start_logging};
use anyhow::Context;
use clap::Subcommand;
use deskconn_component::process::{Limits, Sandbox};
use deskconnd::launch;
use deskconnd::own_process;
use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;
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
        #[command(flatten)]
        fence: Fence,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

/// What the command reaches.
#[derive(Debug, clap::Args)]
pub(crate) struct Fence {
    /// Hold it to the files that are named, and those of the system.
    #[arg(long)]
    sandbox: bool,
    /// A file or folder that it reads.
    #[arg(long, requires = "sandbox")]
    read: Vec<PathBuf>,
    /// A file or folder that it also writes.
    #[arg(long, requires = "sandbox")]
    write: Vec<PathBuf>,
    /// Let it use TCP.
    #[arg(long, requires = "sandbox")]
    network: bool,
    /// Do not run it if the kernel can not do all that.
    #[arg(long, requires = "sandbox")]
    sandbox_required: bool,
}

impl Fence {
    fn sandbox(&self) -> Option<Sandbox> {
        self.sandbox.then(|| Sandbox {
            read: self.read.clone(),
            write: self.write.clone(),
            network: self.network,
            required: self.sandbox_required,
        })
    }
}

/// Does what the command line says about a component.
pub(crate) fn run(args: &Args, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Run { name } => host(args, name),
        Command::Exec {
            memory_mb,
            open_files,
            niceness,
            fence,
            command,
        } => {
            let limits = Limits {
                memory_mb: *memory_mb,
                open_files: *open_files,
                niceness: *niceness,
            };
            exec(limits, fence.sandbox().as_ref(), command).map(|never| match never {})
        }
    }
}

fn exec(
    limits: Limits,
    sandbox: Option<&Sandbox>,
    command: &[OsString],
) -> anyhow::Result<Infallible> {
    let name = command.first().map(|name| name.to_string_lossy());
    let failed = launch::exec(limits, sandbox, command);
    Err(failed).with_context(|| format!("can not run {}", name.unwrap_or_default()))
}

/// Runs a component of the daemon's own. Its settings come from the daemon that starts it, else from the
/// configuration, which is closed to a component that the daemon starts.
fn host(args: &Args, name: &str) -> anyhow::Result<()> {
    let (settings, places, filter) = match std::env::var(own_process::SETTINGS) {
        Ok(text) => {
            let settings = text.parse();
            let settings = settings.context("the daemon's settings make no sense")?;
            (settings, desk::places(args)?, "info".to_owned())
        }
        Err(_) => {
            let (config, places) = desk::settings(args)?;
            let component = config.components.get(name);
            let settings = component.map(|component| component.settings.clone());
            (settings.unwrap_or_default(), places, config.log.filter)
        }
    };
    start_logging(args.log.as_deref().unwrap_or(&filter))?;
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
