//! A router and nothing else.

use crate::process::{notify, notify_reloading, runtime, say, start_logging};
use crate::{Args, hint, in_full};
use anyhow::{Context, bail};
use deskconnd::standalone::{self, RouterConfig, Standalone};
use std::io::IsTerminal;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};
use tracing::error;
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
    runtime(config.runtime.threads)?.block_on(serve(config, file))
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

/// Runs a router until a signal ends it; SIGHUP has it read `file` anew.
async fn serve(config: RouterConfig, file: &Path) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut router = Standalone::start(&config).await?;
    greet(&router);
    notify(sd_notify::NotifyState::Ready);
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = hangup.recv() => reload(&mut router, file).await,
        }
    }
    notify(sd_notify::NotifyState::Stopping);
    router.shutdown().await;
    Ok(())
}

/// Takes on what `file` says now. If that is wrong, the log says so and all stays as it is.
async fn reload(router: &mut Standalone, file: &Path) {
    notify_reloading();
    let reloaded = match RouterConfig::load(file) {
        Ok(config) => router.reload(&config).await.map_err(anyhow::Error::new),
        Err(error) => Err(anyhow::Error::new(error)),
    };
    if let Err(error) = reloaded {
        let hint = hint(&error).unwrap_or_default();
        error!(
            "not reloaded, all stays as it was: {}; hint: {hint}",
            in_full(&error)
        );
    }
    notify(sd_notify::NotifyState::Ready);
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
