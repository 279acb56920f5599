//! `deskconn`, the command line: a WAMP client of the computer's own daemon, or of one it was paired
//! with. It knows nothing of the daemon but the protocol.

mod address;
mod args;
mod commands;
mod completion;
mod connect;
mod context;
mod digits;
mod doctor;
mod duration;
mod error;
mod hosts;
mod joining;
mod lasting;
mod output;
mod pairing_screen;
mod pem;
mod program;
mod qr;
mod remote;
mod rpc;
mod select;
mod table;
mod target;
mod text;
mod timestamp;
mod value;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;

use args::{Cli, Global};
use error::CliError;
use output::{Format, Output};

fn main() -> ExitCode {
    // A shell that asks what may come next gets its answer here.
    CompleteEnv::with_factory(Cli::command).complete();
    let cli = Cli::parse();
    log(&cli.global);
    let output = Output::new(Format::Human);
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("can not start: {error}")))?;
    let result = runtime.block_on(Box::pin(commands::run(cli)));
    // A thread may still wait for a line on standard input.
    runtime.shutdown_background();
    result
}

/// `-v` shows what the libraries tell, `-vv` in detail.
fn log(global: &Global) {
    let filter = match global.verbose {
        0 => return,
        1 => "info",
        _ => "debug",
    };
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_env_filter(filter)
        .without_time()
        .init();
}
