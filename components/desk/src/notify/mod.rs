//! The component `notify`: `org.deskconn.notify.*`.

mod board;
mod desktop;
mod text;

use std::sync::Arc;
use std::time::{Duration, Instant};

use deskconn_component::{
    Component, Context, Health, HealthReporter, Manifest, Procedure, Registrar, StartError, Topic,
    failure,
};
use deskconn_protocol::api::daemon::{Device, Devices};
use deskconn_protocol::api::notify::{Answered, Closed, ClosedBy, Notify as Status, Show, Shown};
use deskconn_protocol::uris;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant as Moment, sleep_until};
use tokio_util::sync::CancellationToken;
use wamp_client::{EventStream, InvocationError, Session};
use wamp_proto::Uri;

use crate::NoSettings;
use crate::caller::{self, Caller};
use crate::pace::Paces;
use board::{Board, Notification};
use desktop::{Desktop, Said, Signals};
use text::Words;

/// How many notifications a caller may show in [`WINDOW`].
const LIMIT: usize = 10;

const WINDOW: Duration = Duration::from_secs(10);

/// How often to look for a desktop where there is none.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// The grant by which devices show notifications.
const GRANT: &str = "notify";

/// Shows notifications on this desktop, each under the name of the device it is from. What a device has
/// shown is its own: no other hears of it or closes it, and when it may not any more, it is gone.
#[derive(Debug)]
pub struct Notify {
    stop: CancellationToken,
    watch: JoinHandle<()>,
}

impl Component for Notify {
    const MANIFEST: Manifest = Manifest {
        name: "notify",
        summary: "Shows notifications on the desk, and tells what was answered.",
        grants: &[GRANT],
        procedures: &[
            Procedure::of::<(), Status>(
                uris::NOTIFY_STATUS,
                "Say whether notifications can be shown.",
            ),
            Procedure::of::<Show, Shown>(
                uris::NOTIFY_SHOW,
                "Show a notification, which names the device it is from.",
            ),
            Procedure::of::<Shown, ()>(
                uris::NOTIFY_CLOSE,
                "Put a notification away that the same device has shown.",
            ),
        ],
        topics: &[
            Topic::of::<Answered>(
                uris::NOTIFY_ON_ACTION,
                "Somebody at the desk has answered; only the device that has shown it is told.",
            ),
            Topic::of::<Closed>(
                uris::NOTIFY_ON_CLOSED,
                "It is not shown any more; only the device that has shown it is told.",
            ),
        ],
        needs: "a desktop that shows notifications (org.freedesktop.Notifications)",
    };

    type Settings = NoSettings;

    async fn start(
        session: Session,
        NoSettings {}: NoSettings,
        context: Context,
    ) -> Result<Self, StartError> {
        let desk = Arc::new(Desk {
            session: session.clone(),
            desktop: Desktop::default(),
            board: Mutex::default(),
            paces: Paces::new(LIMIT, WINDOW),
            health: context.health,
        });
        // Before anybody can show something.
        let devices = [
            uris::DAEMON_ON_DEVICE_CHANGED,
            uris::DAEMON_ON_DEVICE_REMOVED,
        ];
        let devices = devices.map(|topic| session.events(Uri::from_static(topic)));
        let [changed, removed] = devices;
        let devices = [changed.await?, removed.await?];
        desk.status().await;
        register(&session, &desk).await?;
        let stop = CancellationToken::new();
        let watching = desk.watch(devices, stop.clone());
        Ok(Self {
            stop,
            watch: tokio::spawn(watching),
        })
    }

    async fn stop(mut self) {
        self.stop.cancel();
        // One that panicked has told so.
        drop((&mut self.watch).await);
    }
}

impl Drop for Notify {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn register(session: &Session, desk: &Arc<Desk>) -> Result<(), StartError> {
    let registrar = Registrar::new(session, &Notify::MANIFEST, Arc::clone(desk));
    registrar
        .procedure(uris::NOTIFY_STATUS, |desk, (), _| async move {
            Ok(desk.status().await)
        })
        .await?;
    registrar
        .procedure(uris::NOTIFY_SHOW, |desk, show, call| async move {
            desk.show(&show, caller::of(&call)?).await
        })
        .await?;
    registrar
        .procedure(uris::NOTIFY_CLOSE, |desk, Shown { id }, call| async move {
            desk.close(id, caller::of(&call)?).await
        })
        .await
}

#[derive(Debug)]
struct Desk {
    session: Session,
    desktop: Desktop,
    /// Held while the desktop is asked, so that what it says of a notification comes after its number.
    board: Mutex<Board>,
    paces: Paces,
    health: HealthReporter,
}

impl Desk {
    async fn status(&self) -> Status {
        let abilities = self.desktop.abilities().await;
        let unavailable = abilities.as_ref().err().cloned();
        let reason = unavailable.as_ref().map(ToString::to_string);
        let health = unavailable.map_or(Health::Running, Health::Unavailable);
        self.health.report(health);
        Status {
            available: reason.is_none(),
            reason,
            actions: abilities.is_ok_and(|abilities| abilities.actions),
        }
    }

    async fn show(&self, show: &Show, by: &str) -> Result<Shown, InvocationError> {
        self.paces.admit(by, Instant::now())?;
        let mut board = self.board.lock().await;
        // Under the lock: should the device not be allowed to any more from now on, that is heard later.
        let from = self.name(by).await?;
        let words = Words::read(show, from.as_deref())?;
        let oldest = board.make_room(by).map_err(|error| {
            let hint = "put some away at the desk";
            failure(uris::ERROR_RATE_LIMITED, error.to_string(), hint)
        })?;
        if let Some((id, oldest)) = oldest {
            self.put_away(id, oldest, ClosedBy::Unknown).await;
        }
        let on_desktop = self
            .desktop
            .show(&words, show.urgency.unwrap_or_default())
            .await?;
        let id = board.put(Notification {
            on_desktop,
            by: by.to_owned(),
        });
        Ok(Shown { id })
    }

    /// What people know `by` by: a device by the name that its owner sees, a component by its own, and
    /// this user's programs by nothing.
    async fn name(&self, by: &str) -> Result<Option<String>, InvocationError> {
        let id = match Caller::from(by) {
            Caller::Device(id) => id,
            Caller::Component(name) => return Ok(Some(name)),
            Caller::Own => return Ok(None),
        };
        let may = self.devices_that_may().await.unwrap_or_default();
        let mut devices = may.into_iter();
        let device = devices.find(|device| device.id == id).ok_or_else(|| {
            let hint = "its owner may have taken the grant back: `deskconn grant` gives it";
            let message = "this device may not show notifications any more";
            failure(uris::ERROR_DENIED, message, hint)
        })?;
        Ok(Some(device.profile.name))
    }

    async fn close(&self, id: u64, by: &str) -> Result<(), InvocationError> {
        let taken = self.board.lock().await.take(id, by);
        let shown = taken.ok_or_else(|| {
            let hint = "it may have been put away at the desk: there is nothing to close";
            let message = "this device has no such notification on the desk";
            failure(uris::ERROR_NOT_FOUND, message, hint)
        })?;
        self.put_away(id, shown, ClosedBy::Device).await;
        Ok(())
    }

    /// Closes what was taken off the board, and tells whose it was.
    async fn put_away(&self, id: u64, shown: Notification, reason: ClosedBy) {
        self.desktop.close(shown.on_desktop).await;
        let closed = Closed { id, reason };
        self.tell(uris::NOTIFY_ON_CLOSED, &shown.by, closed).await;
    }

    /// Tells the sessions of `by`, and no others.
    async fn tell(&self, topic: &'static str, by: &str, what: impl Serialize) {
        let told = self.session.publish(Uri::from_static(topic));
        let told = told.kwargs(what).eligible_authid([by]).await;
        if let Err(error) = told {
            tracing::debug!(%error, "nobody was told of a notification");
        }
    }

    /// Hears the desktop and of devices until `stop`, and then leaves nothing on the desk.
    async fn watch(self: Arc<Self>, devices: [EventStream; 2], stop: CancellationToken) {
        stop.run_until_cancelled(async {
            tokio::join!(self.hear_desktop(), self.hear_of_devices(devices));
        })
        .await;
        let all = self.board.lock().await.take_of(|_| true);
        for (id, shown) in all {
            self.put_away(id, shown, ClosedBy::Unknown).await;
        }
    }

    async fn hear_desktop(&self) {
        loop {
            let again = Moment::now() + LOOK_AGAIN;
            if let Ok(signals) = self.desktop.signals().await {
                self.status().await;
                self.hear(signals).await;
            }
            self.status().await;
            sleep_until(again).await;
        }
    }

    /// Hears the desktop until the bus has gone.
    async fn hear(&self, mut signals: Signals) {
        while let Some(said) = signals.next().await {
            let mut board = self.board.lock().await;
            match said {
                Said::Answered(on_desktop, action) => {
                    let Some((id, shown)) = board.find(on_desktop) else {
                        continue;
                    };
                    let answered = Answered { id, action };
                    self.tell(uris::NOTIFY_ON_ACTION, &shown.by, answered).await;
                }
                Said::Closed(on_desktop, reason) => {
                    let Some((id, shown)) = board.take_found(on_desktop) else {
                        continue;
                    };
                    let closed = Closed { id, reason };
                    self.tell(uris::NOTIFY_ON_CLOSED, &shown.by, closed).await;
                }
                Said::Gone => {
                    for (id, shown) in board.take_of(|_| true) {
                        let reason = ClosedBy::Unknown;
                        let closed = Closed { id, reason };
                        self.tell(uris::NOTIFY_ON_CLOSED, &shown.by, closed).await;
                    }
                }
            }
        }
    }

    /// Takes off the desk what is of devices that may not show anything any more.
    async fn hear_of_devices(&self, [mut changed, mut removed]: [EventStream; 2]) {
        loop {
            let heard = tokio::select! {
                event = changed.next() => event,
                event = removed.next() => event,
            };
            if heard.is_none() {
                return;
            }
            let mut board = self.board.lock().await;
            if board.callers().next().is_none() {
                continue;
            }
            let Some(may) = self.devices_that_may().await else {
                continue;
            };
            let is_over = |by: &str| match Caller::from(by) {
                Caller::Device(id) => !may.iter().any(|device| device.id == id),
                Caller::Component(_) | Caller::Own => false,
            };
            for (id, shown) in board.take_of(is_over) {
                self.put_away(id, shown, ClosedBy::Unknown).await;
            }
        }
    }

    /// The devices that may show notifications; `None` if the daemon does not say.
    async fn devices_that_may(&self) -> Option<Vec<Device>> {
        let listed = self.session.call(Uri::from_static(uris::DAEMON_DEVICES));
        let Devices { devices } = listed.await.ok()?.kwargs().ok()?;
        let may = devices
            .into_iter()
            .filter(|device| device.grants.names().any(|grant| grant.as_str() == GRANT));
        Some(may.collect())
    }
}
