//! `org.deskconn.screen.lock.*` and `org.deskconn.screen.unlock.*`: whether the screen is locked, and
//! locking it.

mod desktop;
mod saver;

use std::sync::Arc;
use std::time::Duration;

use deskconn_component::{Registrar, StartError, Unavailable, failure};
use deskconn_protocol::api::screen::{
    Lock as Status, LockResult, LockState, Locking, UnlockResult, Unlocking,
};
use deskconn_protocol::uris;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use wamp_client::{InvocationError, Session};
use wamp_proto::Uri;

use crate::health::PartHealth;
use crate::manifest::MANIFEST;
use deskconn_desktop::Buses;
use desktop::{Desktop, Found};

/// How long a desktop may take to say that it is locked.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long logind has for that before the screen saver is asked as well.
const LOGIND_PATIENCE: Duration = Duration::from_secs(1);

/// How often to ask meanwhile.
const ASK: Duration = Duration::from_millis(100);

/// How often to look without a reason: not everything that changes is told.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// The lock of this desktop.
#[derive(Debug)]
pub(crate) struct Lock {
    session: Session,
    desktop: Desktop,
    /// Whether unlocking is allowed at all.
    unlock: bool,
}

impl Lock {
    /// Registers the procedures and starts. The task goes on until `stop`.
    ///
    /// # Errors
    /// If the procedures can not be registered.
    pub(crate) async fn start(
        session: &Session,
        buses: Buses,
        unlock: bool,
        health: PartHealth,
        stop: CancellationToken,
    ) -> Result<JoinHandle<()>, StartError> {
        let lock = Arc::new(Self {
            session: session.clone(),
            desktop: Desktop::new(buses),
            unlock,
        });
        let mut watch = Watch {
            told: lock.status().await.0,
            lock: Arc::clone(&lock),
            health,
        };
        watch.look().await;
        register(&lock).await?;
        Ok(tokio::spawn(async move {
            stop.run_until_cancelled(watch.run()).await;
        }))
    }

    async fn status(&self) -> (Status, Option<Unavailable>) {
        let (state, unavailable) = match self.desktop.look().await {
            Ok(Found { state, .. }) => (state, None),
            Err(unavailable) => (LockState::Unknown, Some(unavailable)),
        };
        let status = Status {
            available: unavailable.is_none(),
            reason: unavailable.as_ref().map(ToString::to_string),
            state,
        };
        (status, unavailable)
    }

    /// By logind, which desktops and lockers listen to; where that comes to nothing, by the screen
    /// saver.
    async fn lock(&self) -> Result<LockResult, InvocationError> {
        let start = Instant::now();
        let found = self.desktop.look().await?;
        if found.state == LockState::Locked {
            return Ok(LockResult {
                state: Locking::Locked,
            });
        }
        let asked = found.lock_by_logind().await;
        let mut locked = asked.is_ok()
            && self
                .becomes(LockState::Locked, start + LOGIND_PATIENCE)
                .await;
        if !locked {
            // Some savers lock and never answer, as MATE's: only a refusal ends the wait.
            let refused = async {
                match (found.lock_by_saver().await, asked) {
                    (Err(saver), Err(logind)) => (logind, saver),
                    _ => std::future::pending().await,
                }
            };
            locked = tokio::select! {
                locked = self.becomes(LockState::Locked, start + PATIENCE) => locked,
                (logind, saver) = refused => {
                    let hint = "see `loginctl lock-session`, which should lock it, too";
                    let message = format!("the screen can not be locked: {logind}; {saver}");
                    return Err(failure(uris::ERROR_FAILED, message, hint));
                }
            };
        }
        let state = if locked {
            Locking::Locked
        } else {
            Locking::Requested
        };
        Ok(LockResult { state })
    }

    async fn unlock(&self, by: &str) -> Result<UnlockResult, InvocationError> {
        if !self.unlock {
            let hint =
                "set `unlock = true` in [components.screen]: who may call it needs no password";
            let message = "unlocking is switched off on this computer";
            return Err(failure(uris::ERROR_DENIED, message, hint));
        }
        let start = Instant::now();
        let found = self.desktop.look().await?;
        found.unlock().await.map_err(|error| {
            let hint = "see `loginctl unlock-session`, which should unlock it, too";
            let message = format!("the screen can not be unlocked: {error}");
            failure(uris::ERROR_FAILED, message, hint)
        })?;
        tracing::info!(by, "the screen was unlocked");
        let state = if self.becomes(LockState::Unlocked, start + PATIENCE).await {
            Unlocking::Unlocked
        } else {
            Unlocking::Requested
        };
        Ok(UnlockResult { state })
    }

    /// Whether the state comes to be by `deadline`.
    async fn becomes(&self, state: LockState, deadline: Instant) -> bool {
        loop {
            let found = self.desktop.look().await;
            if found.is_ok_and(|found| found.state == state) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            sleep(ASK).await;
        }
    }
}

async fn register(lock: &Arc<Lock>) -> Result<(), StartError> {
    let registrar = Registrar::new(&lock.session, &MANIFEST, Arc::clone(lock));
    registrar
        .procedure(uris::SCREEN_LOCK_STATUS, |lock, (), _| async move {
            Ok(lock.status().await.0)
        })
        .await?;
    registrar
        .procedure(uris::SCREEN_LOCK_LOCK, |lock, (), _| async move {
            lock.lock().await
        })
        .await?;
    registrar
        .procedure(uris::SCREEN_UNLOCK_UNLOCK, |lock, (), call| async move {
            lock.unlock(call.caller_authid().unwrap_or("?")).await
        })
        .await
}

/// Tells when the screen is locked or unlocked.
struct Watch {
    lock: Arc<Lock>,
    told: Status,
    health: PartHealth,
}

impl Watch {
    async fn run(mut self) {
        loop {
            // Made anew each time, for buses and sessions that come and go.
            let mut signals = self.lock.desktop.signals().await;
            self.look().await;
            let again = Instant::now() + LOOK_AGAIN;
            loop {
                tokio::select! {
                    () = signals.next() => self.look().await,
                    () = sleep_until(again) => break,
                }
            }
        }
    }

    async fn look(&mut self) {
        let (status, unavailable) = self.lock.status().await;
        self.health.report(unavailable.as_ref());
        if status == self.told {
            return;
        }
        self.told = status.clone();
        let topic = Uri::from_static(uris::SCREEN_LOCK_ON_CHANGE);
        let told = self.lock.session.publish(topic).kwargs(status).await;
        if let Err(error) = told {
            tracing::debug!(%error, "a change of the lock was not told");
        }
    }
}
