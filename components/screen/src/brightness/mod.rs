//! `org.deskconn.screen.brightness.*`: how bright the screens are, and brighter for a while.

mod backlight;
mod boosts;
mod ddc;
mod display;
mod kde;
mod keeper;
mod memory;
mod ramp;
mod screens;
mod watch;

use std::path::{Path, PathBuf};

use deskconn_component::{Registrar, StartError, Unavailable};
use deskconn_protocol::api::screen::{Boost, Lease};
use deskconn_protocol::uris;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wamp_client::{InvocationError, Session};
use wamp_proto::SessionId;

use crate::health::PartHealth;
use crate::holder::{self, Holding};
use crate::manifest::MANIFEST;
use backlight::Backlights;
use ddc::Monitors;
use deskconn_desktop::Buses;
use keeper::{Answer, Command, Keeper};
use memory::Memory;
use screens::Screens;

/// How many calls wait for the screens at most; the next wait in their callers.
const WAITING: usize = 32;

/// Where brightness is seen, set and remembered.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    pub(crate) buses: Buses,
    /// `/sys`.
    pub(crate) sysfs: &'a Path,
    /// The backlights that count; all if it is empty.
    pub(crate) only: Vec<String>,
    /// Whether to set monitors too, over DDC/CI.
    pub(crate) monitors: bool,
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
        places: Places<'_>,
        health: PartHealth,
        stop: CancellationToken,
    ) -> Result<JoinHandle<()>, StartError> {
        let (commands, waiting) = mpsc::channel(WAITING);
        let leaving = holder::leaving(session).await?;
        let backlights = Backlights::new(places.sysfs, places.only);
        let monitors = places.monitors.then(|| Monitors::new(places.sysfs));
        let screens = Screens::new(places.buses, backlights, monitors);
        let memory = Memory::open(places.state).await;
        let keeper = Keeper::start(session.clone(), screens, memory, health).await;
        let handle = Self {
            session: session.clone(),
            commands,
        };
        handle.register().await?;
        Ok(tokio::spawn(async move {
            tokio::join!(
                keeper.run(waiting, stop.clone()),
                stop.run_until_cancelled(holder::watch(&handle.session, leaving, &handle)),
            );
        }))
    }

    async fn register(&self) -> Result<(), StartError> {
        let registrar = Registrar::new(&self.session, &MANIFEST, self.clone());
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
        holder::check(&self.session, self, by).await;
        Ok(lease)
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

impl Holding for Brightness {
    async fn left(&self, session: SessionId) {
        // Without a keeper nothing is boosted.
        drop(self.commands.send(Command::Left(session)).await);
    }

    async fn holders(&self) -> Vec<SessionId> {
        self.ask(Command::Holders).await.unwrap_or_default()
    }
}
