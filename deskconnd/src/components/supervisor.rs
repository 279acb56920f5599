//! Watches over one component: starts it, and starts it again when it fails or its owner says so.

use super::host::{Host, Order, say_running};
use super::outside::Outside;
use super::registry::Start;
use crate::in_process;
use crate::router::Router;
use deskconn_component::{Context, Health, StartError, Unavailable, health};
use deskconn_protocol::api::components::Held;
use deskconn_protocol::api::daemon::ComponentState;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// The first pause before a component is started again; each further one is twice as long.
const BACKOFF: Duration = Duration::from_secs(1);

/// The longest pause. What ran for longer begins with the first pause again.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// How long a component may take to stop: the daemon itself has little longer.
pub(super) const STOP: Duration = Duration::from_secs(3);

/// One component under supervision.
pub(super) struct Supervised {
    pub(super) host: Arc<Host>,
    pub(super) shutdown: CancellationToken,
    pub(super) name: String,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) runner: Runner,
}

/// How a component is run.
pub(super) enum Runner {
    /// In the daemon.
    Inside(Inside),
    /// In a process of its own.
    Outside(Box<Outside>),
}

/// A component in the daemon.
pub(super) struct Inside {
    pub(super) name: &'static str,
    pub(super) start: Start,
    pub(super) settings: toml::Table,
    /// A folder of its own.
    pub(super) state: PathBuf,
    pub(super) router: Arc<Router>,
    pub(super) tasks: TaskTracker,
}

/// How one run of a component ended.
pub(super) enum Ended {
    /// It was to end.
    Stopped,
    /// It will not help to start it again.
    Hopeless(String),
    /// It failed, and may do better next time.
    Failed(String),
}

/// The name of a component that has settled, if a desktop is all it misses. Of others nothing is said.
pub(super) struct MissesDesktop(pub(super) String);

/// A run that goes on: where it says how it is doing, and what ends it.
pub(super) struct Run<'a> {
    supervised: &'a Supervised,
    /// The order that it carries out.
    order: Order,
    /// Told once the component has settled for the first time.
    first: &'a mut Option<oneshot::Sender<MissesDesktop>>,
}

impl Supervised {
    /// Runs the component until the daemon shuts down. `first_run` is told once it has settled.
    pub(super) async fn run(self, first_run: oneshot::Sender<MissesDesktop>) {
        let mut first = Some(first_run);
        let mut backoff = BACKOFF;
        let mut orders = self.orders.clone();
        while !self.shutdown.is_cancelled() {
            let order = *orders.borrow_and_update();
            if !order.on {
                self.host.set(&self.name, ComponentState::Disabled, None);
                drop(first.take());
                self.wait(orders.changed()).await;
                continue;
            }
            let began = Instant::now();
            let run = Run {
                supervised: &self,
                order,
                first: &mut first,
            };
            // A panic is a failure of the component, not of the daemon.
            let ended = AssertUnwindSafe(self.runner.run(run)).catch_unwind().await;
            let ended = ended.unwrap_or_else(|_| Ended::Failed("it panicked".to_owned()));
            drop(first.take());
            if began.elapsed() > MAX_BACKOFF {
                backoff = BACKOFF;
            }
            match ended {
                Ended::Stopped => backoff = BACKOFF,
                Ended::Hopeless(reason) => {
                    self.host.note(&self.name, &format!("failed: {reason}"));
                    let reason = Some(reason);
                    self.host.set(&self.name, ComponentState::Failed, reason);
                    self.wait(orders.changed()).await;
                }
                Ended::Failed(reason) => {
                    let pause = backoff.as_secs();
                    let what = format!("failed, and starts again in {pause} s: {reason}");
                    self.host.note(&self.name, &what);
                    let reason = Some(reason);
                    self.host.set(&self.name, ComponentState::Starting, reason);
                    self.host.count_restart(&self.name);
                    let early = tokio::time::timeout(backoff, orders.changed());
                    self.wait(early).await;
                    backoff = (backoff * 2).min(MAX_BACKOFF);
                }
            }
        }
    }

    /// Waits for `what`, or for the daemon to shut down.
    async fn wait<T>(&self, what: impl Future<Output = T>) {
        drop(self.shutdown.run_until_cancelled(what).await);
    }
}

impl Run<'_> {
    /// Says how the component is doing.
    pub(super) fn set(&mut self, state: ComponentState, reason: Option<String>) {
        let Supervised { host, name, .. } = self.supervised;
        match (&state, &reason) {
            (ComponentState::Running, _) => say_running(name),
            (ComponentState::Unavailable, Some(reason)) => {
                warn!(component = name, "unavailable: {reason}");
            }
            (ComponentState::Idle, Some(reason)) => info!(component = name, "idle: {reason}"),
            _ => {}
        }
        host.set(name, state, reason);
        self.settle();
    }

    /// Says what the machine lacks for it. That there is no desktop is no reason to warn, and said of all
    /// components at once while the daemon starts.
    pub(super) fn lacks(&mut self, what: &Unavailable) {
        if !what.no_desktop {
            return self.set(ComponentState::Unavailable, Some(what.to_string()));
        }
        let Supervised { host, name, .. } = self.supervised;
        host.set(name, ComponentState::Unavailable, Some(what.to_string()));
        match self.first.take() {
            // Who does not wait for it does not want to know.
            Some(first) => drop(first.send(MissesDesktop(name.clone()))),
            None => info!(component = name, "unavailable: {what}"),
        }
    }

    /// Nobody needs to wait for it any more.
    pub(super) fn settle(&mut self) {
        drop(self.first.take());
    }

    /// The host.
    pub(super) fn host(&self) -> &Arc<Host> {
        &self.supervised.host
    }

    /// Waits until the component is to end, or to begin anew.
    pub(super) fn stop(&self) -> impl Future<Output = ()> + use<> {
        let mut orders = self.supervised.orders.clone();
        let shutdown = self.supervised.shutdown.clone();
        let now = self.order;
        async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                _ = orders.wait_for(|order| *order != now) => {}
            }
        }
    }
}

impl Runner {
    /// How far it is held to its sandbox, if it has one.
    pub(super) fn sandbox(&self) -> Option<Held> {
        match self {
            Self::Inside(_) => None,
            Self::Outside(outside) => outside.sandbox(),
        }
    }

    async fn run(&self, run: Run<'_>) -> Ended {
        match self {
            Self::Inside(inside) => inside.run(run).await,
            Self::Outside(outside) => outside.run(run).await,
        }
    }
}

impl Inside {
    async fn run(&self, mut run: Run<'_>) -> Ended {
        let session = match in_process::join(&self.router, &self.tasks, self.name).await {
            Ok(session) => session,
            Err(error) => return Ended::Failed(format!("it could not join: {error}")),
        };
        let stop = run.stop();
        tokio::pin!(stop);
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
            match health.borrow_and_update().clone() {
                Health::Running => run.set(ComponentState::Running, None),
                Health::Idle(idle) => run.set(ComponentState::Idle, Some(idle.to_string())),
                Health::Unavailable(unavailable) => run.lacks(&unavailable),
            }
            tokio::select! {
                changed = health.changed() => if changed.is_err() {
                    break Ended::Failed("it stopped by itself".to_owned());
                },
                () = &mut stop => break Ended::Stopped,
                cause = session.closed() => break Ended::Failed(cause.to_string()),
            }
        };
        if tokio::time::timeout(STOP, running.stop()).await.is_err() {
            warn!(component = self.name, "did not stop in time");
        }
        // Its procedures are gone before others take their place.
        session.leave().await;
        ended
    }
}
