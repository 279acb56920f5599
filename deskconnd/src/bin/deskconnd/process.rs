//! What every program of this kind does: print, log, tell systemd.

use anyhow::Context;
use std::io::{IsTerminal, Write};
use tracing::warn;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Logs to the journal under systemd, and to standard error elsewhere.
pub(crate) fn start_logging(filter: &str) -> anyhow::Result<()> {
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

/// Threads for everything that waits.
pub(crate) fn runtime(threads: usize) -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("can not start threads")
}

/// Tells systemd, if it waits to be told (`Type=notify`).
pub(crate) fn notify(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        warn!(%error, "systemd could not be told");
    }
}

/// Tells systemd that the configuration is read anew (`Type=notify-reload`).
pub(crate) fn notify_reloading() {
    use sd_notify::NotifyState;
    let told = NotifyState::monotonic_usec_now()
        .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now]));
    if let Err(error) = told {
        warn!(%error, "systemd could not be told");
    }
}

/// Prints a line. Nobody reading it is no reason to stop.
pub(crate) fn say(to: &mut impl Write, text: &str) {
    drop(writeln!(to, "{text}"));
}
