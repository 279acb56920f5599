//! The component `host`: `org.deskconn.host.*`.

mod kernel;
mod upower;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deskconn_component::{
    Component, Context, HealthReporter, Manifest, Procedure, Registrar, StartError, Topic,
};
use deskconn_desktop::Buses;
use deskconn_protocol::api::host::{Battery, Host as Status};
use deskconn_protocol::uris;
use serde::Deserialize;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};
use wamp_client::{InvocationError, Session};
use wamp_proto::Uri;

use upower::Signals;

/// How often to look for UPower where there is none; where it is, it tells.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Changes that follow each other faster are one.
const QUIET: Duration = Duration::from_millis(50);

/// How the computer is doing. It looks when somebody asks, and tells what UPower tells.
#[derive(Debug)]
pub struct Host {
    _stop: DropGuard,
}

/// `[components.host]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the kernel shows its processes and memory.
    pub proc: PathBuf,
    /// Where the kernel shows its devices.
    pub sysfs: PathBuf,
}

impl Component for Host {
    const MANIFEST: Manifest = Manifest {
        name: "host",
        summary: "Says how the computer is doing: load, memory, temperature, battery.",
        grants: &["host"],
        procedures: &[Procedure::of::<(), Status>(
            uris::HOST_STATUS,
            "Say how the computer is doing.",
        )],
        topics: &[Topic::of::<Battery>(
            uris::HOST_ON_BATTERY,
            "The battery is fuller or emptier, or was plugged in; told where UPower runs.",
        )],
        needs: "Linux; UPower for changes of the battery",
    };

    type Settings = Settings;

    async fn start(
        session: Session,
        settings: Settings,
        context: Context,
    ) -> Result<Self, StartError> {
        let desk = Arc::new(Desk {
            settings,
            buses: Buses::default(),
            _health: context.health,
        });
        let registrar = Registrar::new(&session, &Self::MANIFEST, Arc::clone(&desk));
        registrar
            .procedure(uris::HOST_STATUS, |desk, (), _| async move {
                desk.status().await
            })
            .await?;
        let stop = CancellationToken::new();
        let watching = desk.watch(session);
        tokio::spawn(stop.clone().run_until_cancelled_owned(watching));
        Ok(Self {
            _stop: stop.drop_guard(),
        })
    }
}

#[derive(Debug)]
struct Desk {
    settings: Settings,
    buses: Buses,
    /// It works from the beginning to the end, and nothing is to be said of that.
    _health: HealthReporter,
}

impl Desk {
    async fn status(self: Arc<Self>) -> Result<Status, InvocationError> {
        let by_upower = upower::battery(&self.buses).await;
        let read = move || {
            let Settings { proc, sysfs } = &self.settings;
            let battery = by_upower.unwrap_or_else(|_| kernel::battery(sysfs));
            look(proc, sysfs, battery)
        };
        // Drivers take their time over a temperature.
        let status = tokio::task::spawn_blocking(read).await;
        status.map_err(|_| InvocationError::canceled())
    }

    /// Tells what UPower says of the battery, as long as there is one.
    async fn watch(self: Arc<Self>, session: Session) {
        let mut told = None;
        loop {
            let Ok(mut signals) = Signals::listen(&self.buses).await else {
                sleep(LOOK_AGAIN).await;
                continue;
            };
            loop {
                let battery = upower::battery(&self.buses).await.ok().flatten();
                if let Some(battery) = battery.filter(|now| told.replace(*now) != Some(*now)) {
                    tell(&session, battery).await;
                }
                if !signals.next().await {
                    break;
                }
                sleep(QUIET).await;
            }
        }
    }
}

async fn tell(session: &Session, battery: Battery) {
    let topic = Uri::from_static(uris::HOST_ON_BATTERY);
    if let Err(error) = session.publish(topic).kwargs(battery).await {
        tracing::debug!(%error, "a change of the battery was not told");
    }
}

fn look(proc: &Path, sysfs: &Path, battery: Option<Battery>) -> Status {
    Status {
        available: true,
        name: kernel::name(proc).unwrap_or_else(|| "computer".to_owned()),
        uptime_s: kernel::uptime(proc),
        load: kernel::load(proc),
        cores: kernel::cores(proc),
        memory: kernel::memory(proc),
        disk: kernel::disk(Path::new("/")),
        temperature: kernel::temperature(sysfs),
        battery,
    }
}
