//! Starts components, watches over them, and starts them again when they fail.

use super::registry::{Row, Start, TABLE};
use crate::config;
use crate::in_process;
use crate::router::Router;
use deskconn_component::{Context, Health, StartError, health};
use deskconn_protocol::api::daemon::{Component as Status, ComponentState};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// The first pause before a component is started again; each further one is twice as long.
const BACKOFF: Duration = Duration::from_secs(1);

/// The longest pause.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// How long a component may take to stop: the daemon itself has little longer.
const STOP: Duration = Duration::from_secs(3);

/// The components and their state.
#[derive(Debug, Default)]
pub(crate) struct Host {
    states: Mutex<BTreeMap<&'static str, (ComponentState, Option<String>)>>,
}

/// How one run of a component ended.
enum Ended {
    /// The daemon shuts down.
    Stopped,
    /// It will not help to start it again.
    Hopeless(String),
    /// It failed, and may do better next time.
    Failed(String),
}

impl Host {
    /// Starts what the configuration asks for and waits until each has started or said why not. Each
    /// may keep what has to outlive the daemon in a folder of its name below `state`.
    pub(crate) async fn start(
        components: &BTreeMap<String, config::Component>,
        state: &Path,
        router: &Arc<Router>,
        tasks: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Arc<Self> {
        let host = Arc::new(Self::default());
        let mut started = Vec::new();
        for Row { name, start } in TABLE {
            let Some(config) = components.get(*name).filter(|config| config.enabled) else {
                host.set(name, ComponentState::Disabled, None);
                continue;
            };
            let Some(start) = *start else {
                let reason = "this daemon was built without it".to_owned();
                host.set(name, ComponentState::Unavailable, Some(reason));
                continue;
            };
            host.set(name, ComponentState::Starting, None);
            let (first_run, settled) = tokio::sync::oneshot::channel();
            let supervised = Supervised {
                host: Arc::clone(&host),
                router: Arc::clone(router),
                tasks: tasks.clone(),
                shutdown: shutdown.clone(),
                name,
                start,
                settings: config.settings.clone(),
                state: state.join(name),
            };
            tasks.spawn(supervised.run(first_run));
            started.push(settled);
        }
        for settled in started {
            // A supervisor that is gone has nothing more to say.
            drop(settled.await);
        }
        host
    }

    /// How every component is doing.
    pub(crate) fn list(&self) -> Vec<Status> {
        let states = self.lock();
        let status = states.iter().map(|(name, (state, reason))| Status {
            name: (*name).to_owned(),
            state: *state,
            reason: reason.clone(),
        });
        status.collect()
    }

    fn set(&self, name: &'static str, state: ComponentState, reason: Option<String>) {
        self.lock().insert(name, (state, reason));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, (ComponentState, Option<String>)>> {
        // Each change is one insert.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One component under supervision.
struct Supervised {
    host: Arc<Host>,
    router: Arc<Router>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    name: &'static str,
    start: Start,
    settings: toml::Table,
    state: PathBuf,
}

impl Supervised {
    /// Runs the component until the daemon shuts down, starting it again when it fails. `first_run`
    /// is told once it has started or failed for the first time.
    async fn run(self, first_run: tokio::sync::oneshot::Sender<()>) {
        let mut first_run = Some(first_run);
        let mut backoff = BACKOFF;
        loop {
            // A panic is a failure of the component, not of the daemon.
            let run = AssertUnwindSafe(self.run_once(&mut first_run))
                .catch_unwind()
                .await;
            match run.unwrap_or_else(|_| Ended::Failed("it panicked".to_owned())) {
                Ended::Stopped => return,
                Ended::Hopeless(reason) => {
                    warn!(component = self.name, "failed: {reason}");
                    self.host
                        .set(self.name, ComponentState::Failed, Some(reason));
                    return;
                }
                Ended::Failed(reason) => {
                    warn!(
                        component = self.name,
                        "failed, and starts again in {} s: {reason}",
                        backoff.as_secs()
                    );
                    self.host
                        .set(self.name, ComponentState::Starting, Some(reason));
                }
            }
            drop(first_run.take());
            tokio::select! {
                () = tokio::time::sleep(backoff) => {}
                () = self.shutdown.cancelled() => return,
            }
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    async fn run_once(&self, first_run: &mut Option<tokio::sync::oneshot::Sender<()>>) -> Ended {
        let session = match in_process::join(&self.router, &self.tasks, self.name).await {
            Ok(session) => session,
            Err(error) => return Ended::Failed(format!("it could not join: {error}")),
        };
        let (reporter, mut health) = health();
        let context = Context {
            health: reporter,
            state: self.state.clone(),
        };
        let running = match (self.start)(session.clone(), self.settings.clone(), context).await {
            Ok(running) => running,
            Err(StartError::Settings(reason)) => return Ended::Hopeless(reason),
            Err(error) => return Ended::Failed(error.to_string()),
        };
        let ended = loop {
            match &*health.borrow_and_update() {
                Health::Running => {
                    info!(component = self.name, "running");
                    self.host.set(self.name, ComponentState::Running, None);
                }
                Health::Idle(idle) => {
                    info!(component = self.name, "idle: {idle}");
                    let reason = Some(idle.to_string());
                    self.host.set(self.name, ComponentState::Idle, reason);
                }
                Health::Unavailable(unavailable) => {
                    warn!(component = self.name, "unavailable: {unavailable}");
                    let reason = Some(unavailable.to_string());
                    self.host
                        .set(self.name, ComponentState::Unavailable, reason);
                }
            }
            drop(first_run.take());
            tokio::select! {
                changed = health.changed() => if changed.is_err() {
                    break Ended::Failed("it stopped by itself".to_owned());
                },
                () = self.shutdown.cancelled() => break Ended::Stopped,
                cause = session.closed() => break Ended::Failed(cause.to_string()),
            }
        };
        if tokio::time::timeout(STOP, running.stop()).await.is_err() {
            warn!(component = self.name, "did not stop in time");
        }
        ended
    }
}
