//! `org.deskconn.screen.brightness.*`: how bright the screens are, and brighter for a while.

mod backlight;
mod boosts;
mod display;
mod kde;
mod keeper;
mod memory;
mod ramp;
mod screens;
mod watch;

use std::path::{Path, PathBuf};

use deskconn_component::{Manifest, Procedure, Registrar, StartError, Topic, Unavailable};
use deskconn_protocol::api::screen::{
    Boost, Brightness as Status, Lease, SetBrightness, StepBrightness,
};
use deskconn_protocol::uris;
use tokio::sync::{mpsc, oneshot, watch as watching};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wamp_client::{EventStream, InvocationError, Session};
use wamp_proto::SessionId;

use crate::bus::Buses;
use crate::holder;
use backlight::Backlights;
use keeper::{Answer, Command, Keeper};
use memory::Memory;
use screens::Screens;

/// How many calls wait for the screens at most; the next wait in their callers.
const WAITING: usize = 32;

pub(crate) const PROCEDURES: [Procedure; 5] = [
    Procedure::of::<(), Status>(
        uris::SCREEN_BRIGHTNESS_STATUS,
        "Say how bright the screens are.",
    ),
    Procedure::of::<SetBrightness, Status>(
        uris::SCREEN_BRIGHTNESS_SET,
        "Set the brightness, at once or slowly.",
    ),
    Procedure::of::<StepBrightness, Status>(
        uris::SCREEN_BRIGHTNESS_STEP,
        "Make the screens brighter or darker.",
    ),
    Procedure::of::<Boost, Lease>(
        uris::SCREEN_BRIGHTNESS_BOOST,
        "Make the screens brighter until the session restores them or ends.",
    ),
    Procedure::of::<Lease, Status>(
        uris::SCREEN_BRIGHTNESS_RESTORE,
        "End a boost: the screens are as before, unless somebody has set them meanwhile.",
    ),
];

pub(crate) const TOPICS: [Topic; 1] = [Topic::of::<Status>(
    uris::SCREEN_BRIGHTNESS_ON_CHANGE,
    "The brightness has changed, by whomever.",
)];

/// Where brightness is seen, set and remembered.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    pub(crate) buses: Buses,
    /// `/sys`.
    pub(crate) sysfs: &'a Path,
    /// The backlights that count; all if it is empty.
    pub(crate) only: Vec<String>,
    /// The folder to remember levels in.
    pub(crate) state: PathBuf,
}

/// A handle of the task that keeps the screens.
#[derive(Debug, Clone)]
pub(crate) struct Brightness {
    session: Session,
    commands: mpsc::Sender<Command>,
}

impl Brightness {
    /// Registers the procedures and starts. The task goes on until `stop`, and when it has ended the
    /// screens are as they should stay.
    ///
    /// # Errors
    /// If the procedures can not be registered.
    pub(crate) async fn start(
        session: &Session,
        manifest: &'static Manifest,
        places: Places<'_>,
        health: watching::Sender<Option<Unavailable>>,
        stop: CancellationToken,
    ) -> Result<JoinHandle<()>, StartError> {
        let (commands, waiting) = mpsc::channel(WAITING);
        let leaving = holder::leaving(session).await?;
        let backlights = Backlights::new(places.sysfs, places.only);
        let screens = Screens::new(places.buses, backlights);
        let memory = Memory::open(places.state).await;
        let keeper = Keeper::start(session.clone(), screens, memory, health).await;
        let handle = Self {
            session: session.clone(),
            commands,
        };
        handle.register(manifest).await?;
        Ok(tokio::spawn(async move {
            // What ends the watch of leaving sessions ends the component.
            tokio::join!(
                keeper.run(waiting, stop.clone()),
                stop.run_until_cancelled(handle.watch(leaving)),
            );
        }))
    }

    async fn register(&self, manifest: &'static Manifest) -> Result<(), StartError> {
        let registrar = Registrar::new(&self.session, manifest, self.clone());
        registrar
            .procedure(uris::SCREEN_BRIGHTNESS_STATUS, |this, (), _| async move {
                this.ask(Command::Status).await
            })
            .await?;
        registrar
            .procedure(uris::SCREEN_BRIGHTNESS_SET, |this, wanted, _| async move {
                this.ask(|answer| Command::Set(wanted, answer)).await
            })
            .await?;
        registrar
            .procedure(uris::SCREEN_BRIGHTNESS_STEP, |this, wanted, _| async move {
                this.ask(|answer| Command::Step(wanted, answer)).await
            })
            .await?;
        registrar
            .procedure(
                uris::SCREEN_BRIGHTNESS_BOOST,
                |this, wanted, call| async move { this.boost(wanted, holder::of(&call)?).await },
            )
            .await?;
        registrar
            .procedure(
                uris::SCREEN_BRIGHTNESS_RESTORE,
                |this, Lease { lease }, call| async move {
                    let by = holder::of(&call)?;
                    this.ask(|answer| Command::Restore(by, lease, answer)).await
                },
            )
            .await
    }

    async fn boost(&self, wanted: Boost, by: SessionId) -> Result<Lease, InvocationError> {
        let lease = self
            .ask(|answer| Command::Boost(by, wanted, answer))
            .await?;
        // Who left before it was taken down will not leave again.
        if !holder::is_there(&self.session, by).await {
            self.left(by).await;
        }
        Ok(lease)
    }

    /// Ends what sessions had when they leave.
    async fn watch(&self, mut leaving: EventStream) {
        while let Some(event) = leaving.next().await {
            if let Some(session) = holder::left(&event) {
                self.left(session).await;
            }
            if event.missed() > 0 {
                self.look_for_those_who_left().await;
            }
        }
    }

    /// More have left than there was room to say.
    async fn look_for_those_who_left(&self) {
        for session in self.ask(Command::Holders).await.unwrap_or_default() {
            if !holder::is_there(&self.session, session).await {
                self.left(session).await;
            }
        }
    }

    async fn left(&self, session: SessionId) {
        // Without a keeper nothing is boosted.
        drop(self.commands.send(Command::Left(session)).await);
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(Answer<T>) -> Command,
    ) -> Result<T, InvocationError> {
        let (answer, answered) = oneshot::channel();
        let stopping =
            || Unavailable::new("the screen component is stopping", "try again in a moment");
        let sent = self.commands.send(command(answer)).await;
        sent.map_err(|_| stopping())?;
        answered.await.unwrap_or_else(|_| Err(stopping().into()))
    }
}
