//! A component of the daemon's own in a process of its own.

use super::host::COMPONENTS;
use super::outside::HEALTH;
use super::registry;
use super::supervisor::STOP;
use deskconn_component::{Context, Health, StartError, health};
use deskconn_protocol::api::components::Report;
use deskconn_protocol::uris;
use std::path::Path;
use tracing::{info, warn};
use wamp_client::{CloseCause, Credentials, JoinError, JoinOptions, Session};
use wamp_proto::Uri;

/// The environment variable by which the daemon hands over the component's settings, as TOML.
pub const SETTINGS: &str = "DESKCONN_COMPONENT_SETTINGS";

/// Why a component does not run in this process.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnProcessError {
    /// There is none of that name.
    #[error("there is no component `{0}`")]
    Unknown(String),
    /// This program was built without it.
    #[error("this program was built without `{0}`")]
    NotBuilt(String),
    /// The daemon does not let it in, or is not there.
    #[error("it can not join the daemon")]
    Join(#[from] JoinError),
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The daemon is gone, or has no use for it any more.
    #[error("{0}")]
    Closed(CloseCause),
}

impl OwnProcessError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown(_) => {
                let names: Vec<_> = super::names().collect();
                format!("there are: {}", names.join(", "))
            }
            Self::NotBuilt(_) => "install one that was built with it".to_owned(),
            Self::Join(_) | Self::Closed(_) => "start `deskconnd` first".to_owned(),
            Self::Start(_) => "`deskconnd --print-default-config` explains its settings".to_owned(),
        }
    }
}

/// Runs the component `name` with `settings` as a client of the daemon that answers on `socket` and keeps its
/// state in `state_dir`, until `stop`. The daemon's ticket, where the environment has one, makes it that component; without it, it is
/// a program of the owner's.
///
/// # Errors
/// If it can not start, or the daemon ends its session.
pub async fn run(
    name: &str,
    settings: toml::Table,
    socket: &Path,
    state_dir: &Path,
    stop: impl Future<Output = ()>,
) -> Result<(), OwnProcessError> {
    let row = registry::row(name).ok_or_else(|| OwnProcessError::Unknown(name.to_owned()))?;
    let built = row.built;
    let built = built.ok_or_else(|| OwnProcessError::NotBuilt(name.to_owned()))?;
    let url = format!("unix://{}", socket.display());
    let options = JoinOptions::new(Uri::from_static(uris::REALM))
        .agent(crate::AGENT)
        .credentials(credentials());
    let session = wamp_client::connect(&url, options).await?;
    let (reporter, mut health) = health();
    let context = Context {
        health: reporter,
        state: state_dir.join(COMPONENTS).join(name),
    };
    let running = (built.start)(session.clone(), settings, context).await?;
    // The daemon asks it now and then, and takes no answer for a hang.
    let prefixes = built.prefixes();
    if let Some(prefix) = prefixes.first() {
        let alive = session.register(format!("{prefix}{HEALTH}"), |_| async { Ok(()) });
        alive.await.map_err(StartError::from)?;
    }
    info!(component = name, "running");
    tokio::pin!(stop);
    let ended = loop {
        let now = health.borrow_and_update().clone();
        report(&session, &now).await;
        tokio::select! {
            changed = health.changed() => if changed.is_err() {
                break Ok(());
            },
            cause = session.closed() => break Err(OwnProcessError::Closed(cause)),
            () = &mut stop => break Ok(()),
        }
    };
    if tokio::time::timeout(STOP, running.stop()).await.is_err() {
        warn!("did not stop in time");
    }
    session.leave().await;
    ended
}

/// Who the daemon says that this process is.
fn credentials() -> Credentials {
    let variable = |name| std::env::var(name).ok();
    match (variable("DESKCONN_AUTHID"), variable("DESKCONN_TICKET")) {
        (Some(authid), Some(ticket)) => Credentials::Ticket {
            authid,
            ticket: ticket.into(),
        },
        _ => Credentials::Anonymous,
    }
}

/// Tells the daemon how the component is doing. One that the owner has started himself has nobody to tell.
async fn report(session: &Session, health: &Health) {
    let available = !matches!(health, Health::Unavailable(_));
    let why = match health {
        Health::Running => None,
        Health::Idle(why) | Health::Unavailable(why) => Some(why),
    };
    match why {
        Some(why) if why.no_desktop => info!("unavailable: {why}"),
        Some(why) => warn!("{}: {why}", if available { "idle" } else { "unavailable" }),
        None => {}
    }
    let report = Report {
        available,
        reason: why.map(|why| why.reason.clone()),
        hint: why.map(|why| why.hint.clone()),
    };
    let call = session.call(uris::DAEMON_COMPONENT_REPORT).kwargs(report);
    if let Err(error) = call.await {
        tracing::debug!(%error, "the daemon does not want to know");
    }
}
