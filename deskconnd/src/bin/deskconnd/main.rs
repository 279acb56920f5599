//! The command line: reads it and starts what it asks for, a desk or a router.

mod component;
mod desk;
mod process;
mod router_only;

use clap::{Parser, Subcommand};
use process::say;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Make this computer an API on its own network.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 90)]
struct Args {
    /// The configuration file.
    #[arg(long, env = "DESKCONN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listen on this TCP address instead of the configured ones; may be repeated. Port 0 is any.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<SocketAddr>,
    /// The directory for keys and paired devices.
    #[arg(long, env = "DESKCONN_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// The Unix socket for programs of this user.
    #[arg(long, env = "DESKCONN_SOCKET", value_name = "FILE")]
    socket: Option<PathBuf>,
    /// What to log, as `debug` or `info,deskconnd=trace`.
    #[arg(long, env = "DESKCONN_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// Be a WAMP router and nothing else: realms, roles and users as --config says.
    #[arg(long, conflicts_with = "listen")]
    router_only: bool,
    /// Read the configuration, say whether it is right, and stop.
    #[arg(long)]
    check_config: bool,
    /// Print the default configuration with every setting explained, and stop.
    #[arg(long)]
    print_default_config: bool,
    /// Read a password from standard input, print what a router checks it by, and stop.
    #[arg(long)]
    scram_verifier: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What this program does besides being a daemon.
#[derive(Debug, Subcommand)]
enum Command {
    /// Be the process of a component.
    #[command(subcommand)]
    Component(component::Command),
}

fn main() -> ExitCode {
    let helped = deskconnd::run_helper(std::env::args_os().skip(1));
    match helped.map_or_else(run, |helped| Ok(helped?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(
                &mut std::io::stderr(),
                &format!("error: {}", in_full(&error)),
            );
            if let Some(hint) = hint(&error) {
                say(&mut std::io::stderr(), &format!("hint: {hint}"));
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(Command::Component(command)) = &args.command {
        component::run(&args, command)
    } else if args.scram_verifier {
        router_only::enrol()
    } else if args.router_only {
        router_only::run(&args)
    } else {
        desk::run(&args)
    }
}

/// `error` and its causes, each once: some have their cause in their own words already.
fn in_full(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// What the user can do about an error, where its kind knows.
fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<deskconnd::StartError>() {
        return Some(error.hint());
    }
    if let Some(error) = error.downcast_ref::<deskconnd::PartLost>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = error.downcast_ref::<deskconnd::own_process::OwnProcessError>() {
        return Some(error.hint());
    }
    error
        .downcast_ref::<deskconnd::ConfigError>()
        .map(|error| error.hint().to_owned())
}
