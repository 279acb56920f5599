//! The component: `org.deskconn.screen.*`.

use std::path::PathBuf;

use deskconn_component::{
    Component, Context, Health, HealthReporter, Manifest, StartError, Unavailable,
};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wamp_client::Session;

use crate::brightness::{self, Brightness};
use crate::bus::Buses;

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
    /// Where the kernel shows its devices.
    pub sysfs: PathBuf,
}

impl Component for Screen {
    const MANIFEST: Manifest = Manifest {
        name: "screen",
        summary: "Sets the screen's brightness, locks it, and keeps it awake.",
        grants: &["screen.brightness"],
        procedures: &brightness::PROCEDURES,
        topics: &brightness::TOPICS,
        needs: "a backlight, or KDE Plasma",
    };

    type Settings = Settings;

    async fn start(
        session: Session,
        settings: Settings,
        context: Context,
    ) -> Result<Self, StartError> {
        let stop = CancellationToken::new();
        let buses = Buses::default();
        let places = brightness::Places {
            buses: buses.clone(),
            sysfs: &settings.sysfs,
            only: settings.backlights,
            state: context.state,
        };
        let (brightness_health, seen) = watch::channel(None);
        let brightness = Brightness::start(
            &session,
            &Self::MANIFEST,
            places,
            brightness_health,
            stop.child_token(),
        )
        .await?;
        report(&seen, &context.health);
        let parts = tokio::spawn(oversee(brightness, seen, context.health));
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
/// component: the daemon starts it again.
async fn oversee(
    mut brightness: JoinHandle<()>,
    mut seen: watch::Receiver<Option<Unavailable>>,
    health: HealthReporter,
) {
    loop {
        tokio::select! {
            _ = &mut brightness => return,
            changed = seen.changed() => match changed {
                Ok(()) => report(&seen, &health),
                Err(_) => {
                    drop(brightness.await);
                    return;
                }
            },
        }
    }
}

fn report(seen: &watch::Receiver<Option<Unavailable>>, health: &HealthReporter) {
    health.report(match &*seen.borrow() {
        None => Health::Running,
        Some(unavailable) => Health::Unavailable(unavailable.clone()),
    });
}
