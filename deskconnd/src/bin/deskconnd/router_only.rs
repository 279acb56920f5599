//! A router and nothing else.

use crate::Args;
use crate::process::{notify, runtime, say, start_logging};
use anyhow::{Context, bail};
use deskconnd::standalone::{self, RouterConfig, Standalone};
use std::io::IsTerminal;
use tokio::signal::unix::{SignalKind, signal};
use wamp_proto::auth::Secret;
use zeroize::Zeroizing;

/// Does what the command line says about a router.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.print_default_config {
        say(&mut std::io::stdout(), standalone::EXAMPLE.trim_end());
        return Ok(());
    }
    let Some(file) = &args.config else {
        bail!(
            "--router-only needs --config; hint: --print-default-config prints one to begin with"
        );
    };
    let config = RouterConfig::load(file)?;
    if args.check_config {
        for warning in config.warnings() {
            say(&mut std::io::stderr(), &format!("warning: {warning}"));
        }
        say(&mut std::io::stdout(), "The configuration is right.");
        return Ok(());
    }
    start_logging(args.log.as_deref().unwrap_or(&config.log.filter))?;
    runtime(config.runtime.threads)?.block_on(serve(config))
}

/// Reads a password and prints what a router keeps in its place.
pub(crate) fn enrol() -> anyhow::Result<()> {
    if std::io::stdin().is_terminal() {
        say(
            &mut std::io::stderr(),
            "Type the password and press Enter; it is shown here.",
        );
    }
    let mut password = Zeroizing::new(String::new());
    std::io::stdin()
        .read_line(&mut password)
        .context("can not read the password")?;
    let password = Secret::new(password.trim_end_matches(['\n', '\r']));
    if password.expose().is_empty() {
        bail!("there is no password on standard input");
    }
    let lines = standalone::scram_credentials(&password)?;
    say(&mut std::io::stdout(), lines.trim_end());
    Ok(())
}

async fn serve(config: RouterConfig) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let router = Standalone::start(&config)?;
    greet(&router);
    notify(sd_notify::NotifyState::Ready);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    notify(sd_notify::NotifyState::Stopping);
    router.shutdown().await;
    Ok(())
}

/// Says where the router is and what it routes.
fn greet(router: &Standalone) {
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = vec![format!("deskconnd {version} is a router")];
    for url in router.listening() {
        lines.push(format!("  reached at  {url}"));
    }
    for realm in router.realms() {
        lines.push(format!("  realm       {realm}"));
    }
    say(&mut std::io::stdout(), &lines.join("\n"));
}
