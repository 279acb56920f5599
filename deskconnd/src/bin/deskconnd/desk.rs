//! A desk: the daemon with its devices and components.

use crate::process::{notify, runtime, say, start_logging};
use crate::{Args, in_full};
use deskconn_protocol::api::daemon::ComponentState;
use deskconn_protocol::paths::Paths;
use deskconnd::{Config, Daemon, Places, config};
use std::io::IsTerminal;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};

/// Threads for all components in the daemon: what they do takes little, and what hangs there holds up
/// other components, never a message.
const COMPONENTS: usize = 1;

/// Does what the command line says about a desk.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.print_default_config {
        say(&mut std::io::stdout(), config::DEFAULT.trim_end());
        return Ok(());
    }
    let (mut config, places) = settings(args)?;
    if !args.listen.is_empty() {
        config.listen.tcp.clone_from(&args.listen);
    }
    if args.check_config {
        say(&mut std::io::stdout(), "The configuration is right.");
        return Ok(());
    }
    start_logging(args.log.as_deref().unwrap_or(&config.log.filter))?;
    // Dropped last: components let go of what they hold when it ends.
    let components = runtime(COMPONENTS)?;
    let routing = runtime(config.runtime.threads)?;
    routing.block_on(serve(config, places, components.handle()))
}

/// The configuration, and where the daemon is.
pub(crate) fn settings(args: &Args) -> anyhow::Result<(Config, Places)> {
    let file = match &args.config {
        Some(file) => file.clone(),
        None => paths()?.config,
    };
    let config = Config::load(&file, args.config.is_some())?;
    Ok((config, places(args)?))
}

/// Where the daemon is.
pub(crate) fn places(args: &Args) -> anyhow::Result<Places> {
    if let (Some(state_dir), Some(socket)) = (args.state_dir.clone(), args.socket.clone()) {
        return Ok(Places { state_dir, socket });
    }
    let paths = paths()?;
    Ok(Places {
        state_dir: args.state_dir.clone().unwrap_or(paths.state_dir),
        socket: args.socket.clone().unwrap_or(paths.socket),
    })
}

/// Where this user's files are.
fn paths() -> anyhow::Result<Paths> {
    let is_root = rustix::process::geteuid().is_root();
    Ok(Paths::from_env(|name| std::env::var_os(name), is_root)?)
}

async fn serve(config: Config, places: Places, components: &Handle) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let daemon = Daemon::start(config, places, components).await?;
    greet(&daemon);
    notify(sd_notify::NotifyState::Ready);
    let stopped = loop {
        tokio::select! {
            _ = interrupt.recv() => break Ok(()),
            _ = terminate.recv() => break Ok(()),
            _ = hangup.recv() => match std::io::stdin().is_terminal() {
                // The terminal it was started in is closed.
                true => break Ok(()),
                false => renew(&daemon),
            },
            stopped = daemon.stopped() => break stopped,
        }
    };
    notify(sd_notify::NotifyState::Stopping);
    daemon.shutdown().await;
    Ok(stopped?)
}

/// Reads the certificate again. If there is no other, the log says so and the old one is shown on.
fn renew(daemon: &Daemon) {
    match daemon.renew_certificate() {
        Ok(()) => info!("the certificate was read again"),
        Err(error) => {
            let (hint, error) = (error.hint(), in_full(&anyhow::Error::new(error)));
            error!("the old certificate stays: {error}; hint: {hint}");
        }
    }
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
            (ComponentState::Idle, Some(reason)) => format!("idle: {reason}"),
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
