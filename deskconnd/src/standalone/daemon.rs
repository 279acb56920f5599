//! A router that is nothing else, as a whole.

use super::authority::StandaloneAuthority;
use super::config::RouterConfig;
use super::doors::Doors;
use super::realms::Realms;
use crate::config::{Log, Runtime};
use crate::daemon::StartError;
use crate::router::{Authority, Router};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// A running router.
#[derive(Debug)]
pub struct Standalone {
    pub(super) authority: Arc<StandaloneAuthority>,
    pub(super) realms: Realms,
    pub(super) doors: Doors,
    /// With what it was started; a reload does not change that.
    pub(super) started_with: (Log, Runtime),
    router: Arc<Router>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Standalone {
    /// Opens the realms and then the doors. When this returns, the router answers.
    ///
    /// # Errors
    /// If a door can not be opened, or the system has no randomness.
    pub async fn start(config: &RouterConfig) -> Result<Self, StartError> {
        for warning in &config.warnings {
            warn!("{warning}");
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        let authority = StandaloneAuthority::new(config, secret);
        let tasks = TaskTracker::new();
        let shutdown = CancellationToken::new();
        let router = Router::new(Arc::clone(&authority) as Arc<dyn Authority>, []);
        authority.attend(&router, &tasks);
        let mut realms = Realms::new(Arc::clone(&router), tasks.clone(), shutdown.clone());
        realms.open(&config.realms, getrandom::u64).await?;
        let mut doors = Doors::new(
            Arc::clone(&router),
            tasks.clone(),
            shutdown.clone(),
            authority.logins(),
        );
        // All of them have their addresses before the first is served.
        let wanted = doors.bind(config.listeners())?;
        doors.become_as(wanted).await;
        info!("started");
        Ok(Self {
            authority,
            realms,
            doors,
            started_with: (config.log.clone(), config.runtime.clone()),
            router,
            tasks,
            shutdown,
        })
    }

    /// Where it listens, as URLs.
    pub fn listening(&self) -> Vec<String> {
        self.doors.urls()
    }

    /// The names of its realms, in order.
    pub fn realms(&self) -> Vec<String> {
        self.realms.names()
    }

    /// Stops: no more connections, GOODBYE to every session, what waits is sent.
    pub async fn shutdown(self) {
        info!("shutting down");
        self.shutdown.cancel();
        self.router.shut_down(&self.tasks).await;
    }
}
