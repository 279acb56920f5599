//! The daemon's command line: reads it, starts the daemon, waits for a signal.

use anyhow::Context;
use clap::Parser;
use deskconn_protocol::api::daemon::ComponentState;
use deskconn_protocol::paths::Paths;
use deskconnd::{Config, Daemon, Places, config};
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing::warn;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

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
    /// Read the configuration, say whether it is right, and stop.
    #[arg(long)]
    check_config: bool,
    /// Print the default configuration with every setting explained, and stop.
    #[arg(long)]
    print_default_config: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
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

fn run(args: &Args) -> anyhow::Result<()> {
    if args.print_default_config {
        say(&mut std::io::stdout(), config::DEFAULT.trim_end());
        return Ok(());
    }
    let is_root = rustix::process::geteuid().is_root();
    let paths = Paths::from_env(|name| std::env::var_os(name), is_root);
    let places = places(args, paths.as_ref());
    let file = match (&args.config, &paths) {
        (Some(file), _) => file.clone(),
        (None, Ok(paths)) => paths.config.clone(),
        (None, Err(error)) => return Err(anyhow::Error::new(*error)),
    };
    let mut config = Config::load(&file, args.config.is_some())?;
    if !args.listen.is_empty() {
        config.listen.tcp.clone_from(&args.listen);
    }
    if args.check_config {
        say(&mut std::io::stdout(), "The configuration is right.");
        return Ok(());
    }
    start_logging(args.log.as_deref().unwrap_or(&config.log.filter))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.runtime.threads)
        .enable_all()
        .build()
        .context("can not start threads")?;
    runtime.block_on(serve(config, places?))
}

async fn serve(config: Config, places: Places) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let daemon = Daemon::start(config, places).await?;
    greet(&daemon);
    notify(sd_notify::NotifyState::Ready);
    let stopped = tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        stopped = daemon.stopped() => stopped,
    };
    notify(sd_notify::NotifyState::Stopping);
    daemon.shutdown().await;
    Ok(stopped?)
}

/// Says where the daemon is, how to pair with it, and what its components can do here.
fn greet(daemon: &Daemon) {
    let mut lines = vec![format!(
        "deskconnd {} is {} ({})",
        env!("CARGO_PKG_VERSION"),
        daemon.name(),
        daemon.id().short()
    )];
    for address in daemon.addresses() {
        lines.push(format!("  reached at  http://{address}"));
    }
    lines.push(format!("  locally at  {}", daemon.socket().display()));
    for component in daemon.components() {
        let state = match (component.state, component.reason) {
            (ComponentState::Running, _) => "ready".to_owned(),
            (ComponentState::Disabled, _) => "disabled in the configuration".to_owned(),
            (ComponentState::Unavailable, Some(reason)) => format!("unavailable: {reason}"),
            (_, Some(reason)) => format!("failed: {reason}"),
            (_, None) => "starting".to_owned(),
        };
        lines.push(format!("  {:<10}  {state}", component.name));
    }
    lines.push(
        "Pair a phone or another computer: run `deskconn pair` in another terminal.".to_owned(),
    );
    say(&mut std::io::stdout(), &lines.join("\n"));
}

fn places(
    args: &Args,
    paths: Result<&Paths, &deskconn_protocol::paths::NoHome>,
) -> anyhow::Result<Places> {
    if let (Some(state_dir), Some(socket)) = (args.state_dir.clone(), args.socket.clone()) {
        return Ok(Places { state_dir, socket });
    }
    let paths = paths.map_err(|error| anyhow::Error::new(*error))?.clone();
    Ok(Places {
        state_dir: args.state_dir.clone().unwrap_or(paths.state_dir),
        socket: args.socket.clone().unwrap_or(paths.socket),
    })
}

/// Logs to the journal under systemd, and to standard error elsewhere.
fn start_logging(filter: &str) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(filter).with_context(|| format!("`{filter}` is no log filter"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| tracing_journald::layer().ok());
    match journal {
        Some(journal) => registry.with(journal).init(),
        None => {
            let stderr = tracing_subscriber::fmt::layer()
                .compact()
                .with_target(false)
                .with_ansi(std::io::stderr().is_terminal())
                .with_writer(std::io::stderr);
            registry.with(stderr).init();
        }
    }
    Ok(())
}

/// Tells systemd, if it waits to be told (`Type=notify`).
fn notify(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        warn!(%error, "systemd could not be told");
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
    error
        .downcast_ref::<deskconnd::ConfigError>()
        .map(|error| error.hint().to_owned())
}

/// Prints a line. Nobody reading it is no reason to stop.
fn say(to: &mut impl Write, text: &str) {
    drop(writeln!(to, "{text}"));
}
