//! The component: `org.deskconn.screen.*`.

use std::path::PathBuf;

use deskconn_component::{Component, Context, HealthReporter, Manifest, Reach, StartError};
use serde::Deserialize;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use wamp_client::Session;

use crate::awake::Awake;
use crate::brightness::{self, Brightness};
use crate::health::{self, Parts};
use crate::lock::Lock;
use crate::manifest::MANIFEST;
use crate::screenshot::Screenshot;
use deskconn_desktop::Buses;

/// The screen of this desk.
#[derive(Debug)]
pub struct Screen {
    stop: CancellationToken,
    parts: JoinHandle<()>,
}

/// `[components.screen]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Only these backlights count; empty for the daemon to choose.
    pub backlights: Vec<String>,
    /// Whether to set monitors too, over DDC/CI.
    pub monitors: bool,
    /// Where the kernel shows its devices.
    pub sysfs: PathBuf,
    /// Whether those who have the grant for it may unlock the screen.
    pub unlock: bool,
    /// Whether those who have the grant for it may take pictures of the screen.
    pub screenshot: bool,
}

impl Component for Screen {
    const MANIFEST: Manifest = MANIFEST;

    const REACH: Reach = Reach::writing(&["/sys/class/backlight/*"]);

    type Settings = Settings;

    async fn start(
        session: Session,
        settings: Settings,
        context: Context,
    ) -> Result<Self, StartError> {
        let stop = CancellationToken::new();
        // Should a part not start, those that have do not go on.
        let starting = stop.clone().drop_guard();
        let buses = Buses::default();
        let ([awake, brightness, lock], mut parts) = health::parts(["awake", "brightness", "lock"]);
        let places = brightness::Places {
            buses: buses.clone(),
            sysfs: &settings.sysfs,
            only: settings.backlights,
            monitors: settings.monitors,
            state: context.state,
        };
        let unlock = settings.unlock;
        Screenshot::start(&session, buses.clone(), settings.screenshot).await?;
        let tasks = [
            Brightness::start(&session, places, brightness, stop.clone()).await?,
            Lock::start(&session, buses.clone(), unlock, lock, stop.clone()).await?,
            Awake::start(&session, buses, awake, stop.clone()).await?,
        ];
        starting.disarm();
        parts.tell(&context.health);
        let parts = tokio::spawn(oversee(tasks, parts, context.health, stop.clone()));
        Ok(Self { stop, parts })
    }

    async fn stop(mut self) {
        self.stop.cancel();
        // One that panicked has told so.
        drop((&mut self.parts).await);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Reports how the parts do as long as all of them run. One that ends, as by a panic, ends the
/// component, and the daemon starts it again.
async fn oversee(
    tasks: [JoinHandle<()>; 3],
    mut parts: Parts,
    health: HealthReporter,
    stop: CancellationToken,
) {
    let mut running = JoinSet::new();
    for task in tasks {
        running.spawn(task);
    }
    loop {
        tokio::select! {
            _ = running.join_next() => break,
            true = parts.changed() => parts.tell(&health),
        }
    }
    // They stop together, and have their time to leave nothing behind.
    stop.cancel();
    while running.join_next().await.is_some() {}
}
