//! A router that is nothing else, as a whole.

use super::authority::StandaloneAuthority;
use super::config::RouterConfig;
use super::doors::Door;
use super::realms;
use crate::daemon::StartError;
use crate::router::Router;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// A running router.
#[derive(Debug)]
pub struct Standalone {
    router: Arc<Router>,
    listening: Vec<String>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Standalone {
    /// Opens the realms and then the doors. When this returns, the router answers. To be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// If a door can not be opened, or the system has no randomness.
    pub fn start(config: &RouterConfig) -> Result<Self, StartError> {
        for warning in &config.warnings {
            warn!("{warning}");
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        let tasks = TaskTracker::new();
        let shutdown = CancellationToken::new();
        let router = Router::new(StandaloneAuthority::new(config, secret), []);
        for realm in &config.realms {
            let realm = realms::open(realm, getrandom::u64()?);
            router.add(Arc::clone(&realm));
            let ends = shutdown.clone();
            tasks.spawn(async move {
                ends.run_until_cancelled(realm.run_timers()).await;
            });
        }
        let listeners = config.listeners.iter();
        let doors = listeners.map(|listener| Door::bind(listener.get_ref()));
        // All of them, before the first is served.
        let doors = doors.collect::<Result<Vec<_>, _>>()?;
        let listening = doors.iter().map(Door::url).collect();
        for door in doors {
            door.open(&router, &tasks, shutdown.clone());
        }
        info!("started");
        Ok(Self {
            router,
            listening,
            tasks,
            shutdown,
        })
    }

    /// Where it listens, as URLs.
    pub fn listening(&self) -> &[String] {
        &self.listening
    }

    /// The names of its realms, in order.
    pub fn realms(&self) -> Vec<String> {
        let realms = self.router.realms();
        let mut names: Vec<_> = realms
            .iter()
            .map(|realm| realm.name().to_string())
            .collect();
        names.sort_unstable();
        names
    }

    /// Stops: no more connections, GOODBYE to every session, what waits is sent.
    pub async fn shutdown(self) {
        info!("shutting down");
        self.shutdown.cancel();
        self.router.shut_down(&self.tasks).await;
    }
}
