//! The components of a daemon: what is known of each, and the owner's orders to those who watch over them.

use super::contain;
use super::insiders::{Allowance, Insiders, Tiding};
use super::output::Output;
use super::outside::Outside;
use super::own_process::SETTINGS;
use super::registry::{Built, TABLE};
use super::supervisor::{Inside, MissesDesktop, Runner, Supervised};
use super::switches::Switches;
use crate::config::{self, Config};
use crate::journal::one_line;
use crate::listen::Rate;
use crate::router::Router;
use deskconn_component::process::{Inherited, Limits, OWN_PROGRAM, Sandbox, Spec};
use deskconn_protocol::api::components::{Details, Held, Incident, Line, Origin, Report, Stream};
use deskconn_protocol::api::daemon::{Component as Status, ComponentState};
use deskconn_protocol::grants::Catalogue;
use deskconn_state::{StateDir, StateError};
use rustix::process::Pid;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// The folder in the state directory in which each component has one of its name.
pub(super) const COMPONENTS: &str = "components";

/// How many incidents of a component are remembered.
const INCIDENTS: usize = 20;

/// The components and their state.
#[derive(Debug)]
pub(crate) struct Host {
    components: Mutex<BTreeMap<String, Entry>>,
    switches: Switches,
    insiders: Arc<Insiders>,
}

/// What components have to do with.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) router: Arc<Router>,
    pub(crate) tasks: TaskTracker,
    /// Whose threads they have: what they do there holds up nobody else.
    pub(crate) runtime: Handle,
    pub(crate) shutdown: CancellationToken,
    pub(crate) insiders: Arc<Insiders>,
    pub(crate) catalogue: Catalogue,
    pub(crate) state: StateDir,
    /// Where processes join.
    pub(crate) socket: PathBuf,
}

/// What is known of a component.
#[derive(Debug)]
struct Entry {
    origin: Origin,
    prefixes: Vec<String>,
    state: ComponentState,
    reason: Option<String>,
    process: Option<Pid>,
    sandbox: Option<Held>,
    restarts: u64,
    incidents: VecDeque<Incident>,
    output: Arc<Output>,
    orders: watch::Sender<Order>,
    reports: watch::Sender<Option<Report>>,
}

/// What the owner wants of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// Whether it is to run.
    pub(super) on: bool,
    /// Another number is another run.
    pub(super) run: u64,
}

/// A component that is put under supervision.
struct Newcomer {
    name: String,
    origin: Origin,
    prefixes: Vec<String>,
    on: bool,
    runner: Runner,
    reports: (
        watch::Sender<Option<Report>>,
        watch::Receiver<Option<Report>>,
    ),
    output: Arc<Output>,
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotOrdered {
    /// There is no such component.
    #[error("there is no component `{0}`")]
    Unknown(String),
    /// It can not run.
    #[error("`{0}` is not part of this daemon")]
    NotBuilt(String),
    /// The disk does not take it.
    #[error("it is not noted, so nothing was changed: {0}")]
    Disk(#[from] StateError),
}

impl Host {
    /// Starts what the configuration asks for, and waits until those that run in the daemon have started
    /// or said why not.
    pub(crate) async fn start(
        config: &Config,
        around: &Surroundings,
        tidings: mpsc::Receiver<Tiding>,
    ) -> Arc<Self> {
        let host = Arc::new(Self {
            components: Mutex::default(),
            switches: Switches::open(around.state.clone()),
            insiders: Arc::clone(&around.insiders),
        });
        around
            .tasks
            .spawn(Arc::clone(&host).hear(tidings, around.shutdown.clone()));
        let mut started = Vec::new();
        for row in TABLE {
            let settings = config.components.get(row.name);
            let newcomer = settings.zip(row.built).map(|(settings, built)| {
                host.built_in(row.name, built, settings, &config.log.filter, around)
            });
            match newcomer {
                Some(newcomer) => started.push(host.supervise(newcomer, around)),
                None => host.note_missing(row.name),
            }
        }
        for component in &config.component {
            let newcomer = host.third_party(component, around);
            started.push(host.supervise(newcomer, around));
        }
        let mut miss_desktop = Vec::new();
        for settled in started {
            // A supervisor that is gone has nothing more to say.
            miss_desktop.extend(settled.await.ok().map(|MissesDesktop(name)| name));
        }
        if !miss_desktop.is_empty() {
            let names = miss_desktop.join(", ");
            info!("there is no desktop here for {names}; `deskconn status` says what each misses");
        }
        host
    }

    /// How every component is doing.
    pub(crate) fn list(&self) -> Vec<Status> {
        let components = self.lock();
        let list = components.iter();
        list.map(|(name, entry)| entry.status(name)).collect()
    }

    /// The same, as the owner sees it.
    pub(super) fn details(&self) -> Vec<Details> {
        let components = self.lock();
        let list = components.iter();
        list.map(|(name, entry)| entry.details(name)).collect()
    }

    /// The latest lines that the process of a component has written.
    pub(super) fn logs(&self, name: &str, limit: usize) -> Result<Vec<Line>, NotOrdered> {
        let components = self.lock();
        let entry = components.get(name);
        let entry = entry.ok_or_else(|| NotOrdered::Unknown(name.to_owned()))?;
        Ok(entry.output.latest(limit))
    }

    /// Has a component run anew.
    pub(super) fn restart(&self, name: &str) -> Result<Details, NotOrdered> {
        self.order(name, |order| order.run += 1)
    }

    /// Switches a component on or off, for good. Waits for the disk.
    pub(super) fn switch(&self, name: &str, on: bool) -> Result<Details, NotOrdered> {
        self.order(name, |_| {})?;
        self.switches.switch(name, on)?;
        self.order(name, |order| {
            order.on = on;
            order.run += 1;
        })
    }

    /// What a component in a process of its own says about itself.
    pub(super) fn report(&self, name: &str, report: Report) {
        if let Some(entry) = self.lock().get(name) {
            entry.reports.send_replace(Some(report));
        }
    }

    pub(super) fn set(&self, name: &str, state: ComponentState, reason: Option<String>) {
        self.change(name, |entry| {
            entry.state = state;
            entry.reason = reason;
        });
    }

    /// Notes in which process a component runs now.
    pub(super) fn runs_in(&self, name: &str, process: Option<Pid>) {
        self.insiders.runs_in(name, process);
        self.change(name, |entry| entry.process = process);
    }

    /// Notes that a component is started again after it has failed.
    pub(super) fn count_restart(&self, name: &str) {
        self.change(name, |entry| entry.restarts += 1);
    }

    /// Notes what a component did, or what happened to it, and says so in the log the first time.
    pub(super) fn note(&self, name: &str, what: &str) {
        let what = one_line(&what);
        self.change(name, |entry| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let at = since.map_or(0, |since| since.as_secs());
            if let Some(again) = entry.incidents.back_mut().filter(|last| last.what == what) {
                again.at = at;
                again.times += 1;
                return;
            }
            warn!(component = name, "{what}");
            entry.output.write(Stream::Daemon, &what);
            if entry.incidents.len() >= INCIDENTS {
                entry.incidents.pop_front();
            }
            let times = 1;
            entry.incidents.push_back(Incident { at, what, times });
        });
    }

    async fn hear(self: Arc<Self>, mut tidings: mpsc::Receiver<Tiding>, end: CancellationToken) {
        while let Some(Some(tiding)) = end.run_until_cancelled(tidings.recv()).await {
            self.note(&tiding.name, &tiding.what);
        }
    }

    fn order(&self, name: &str, change: impl FnOnce(&mut Order)) -> Result<Details, NotOrdered> {
        let components = self.lock();
        let entry = components.get(name);
        let entry = entry.ok_or_else(|| NotOrdered::Unknown(name.to_owned()))?;
        if entry.orders.is_closed() {
            return Err(NotOrdered::NotBuilt(name.to_owned()));
        }
        entry.orders.send_if_modified(|order| {
            let before = *order;
            change(order);
            before != *order
        });
        Ok(entry.details(name))
    }

    /// A component of the table that this daemon was built without, or that has no settings.
    fn note_missing(&self, name: &str) {
        let reason = "this daemon was built without it".to_owned();
        let entry = Entry {
            origin: Origin::BuiltIn,
            prefixes: Vec::new(),
            state: ComponentState::Unavailable,
            reason: Some(reason),
            process: None,
            sandbox: None,
            restarts: 0,
            incidents: VecDeque::new(),
            output: Arc::default(),
            orders: watch::Sender::new(Order { on: false, run: 0 }),
            reports: watch::Sender::new(None),
        };
        self.lock().insert(name.to_owned(), entry);
    }

    fn built_in(
        &self,
        name: &'static str,
        built: Built,
        config: &config::Component,
        log: &str,
        around: &Surroundings,
    ) -> Newcomer {
        let (prefixes, reports, output) = (built.prefixes(), watch::channel(None), Arc::default());
        let runner = match config.process {
            config::Process::Daemon => Runner::Inside(Inside {
                name,
                start: built.start,
                settings: config.settings.clone(),
                state: around.state.path().join(COMPONENTS).join(name),
                router: Arc::clone(&around.router),
                tasks: around.tasks.clone(),
            }),
            config::Process::Own => {
                let allowance = Allowance {
                    prefixes: prefixes.clone(),
                    knows_callers: true,
                    pace: None,
                    ..Allowance::default()
                };
                let command = [OWN_PROGRAM, "component", "run", name];
                let settings = toml::to_string(&config.settings).unwrap_or_default();
                let state = around.state.path().display().to_string();
                let folder = around.state.subdir(COMPONENTS);
                let folder = folder.and_then(|folder| folder.subdir(name));
                // One that can not be made is missed by the component, which says so.
                let folder = folder.map(|folder| folder.path().to_owned()).ok();
                let spec = Spec {
                    command: command.map(str::to_owned).into(),
                    directory: around.state.path().to_owned(),
                    inherits: Inherited::Others,
                    env: BTreeMap::from([
                        (SETTINGS.to_owned(), settings),
                        ("DESKCONN_STATE_DIR".to_owned(), state),
                        ("DESKCONN_LOG".to_owned(), log.to_owned()),
                    ]),
                    limits: Limits::default(),
                    sandbox: contain::sandbox(built.reach, folder, config.sandbox.as_ref()),
                };
                let outside = Outside::new(name, spec, &allowance, around);
                Runner::Outside(Box::new(outside.reporting(reports.1.clone(), &output)))
            }
        };
        Newcomer {
            name: name.to_owned(),
            origin: Origin::BuiltIn,
            prefixes,
            on: self.switches.is_on(name).unwrap_or(config.enabled),
            runner,
            reports,
            output,
        }
    }

    fn third_party(&self, config: &config::ThirdParty, around: &Surroundings) -> Newcomer {
        let (reports, output) = (watch::channel(None), Arc::default());
        let prefixes = vec![config.prefix()];
        let per_second = config.limits.messages_per_second;
        let uses = config.uses.iter();
        let allowance = Allowance {
            prefixes: prefixes.clone(),
            uses: uses
                .filter_map(|grant| around.catalogue.check(grant).ok())
                .collect(),
            knows_callers: false,
            pace: Some(Rate {
                per_second,
                burst: per_second,
            }),
        };
        let directory = config.directory.clone();
        // It can not be run without these.
        let program = config.command.first().map(PathBuf::from);
        let program = program.filter(|program| program.is_absolute());
        let needed = [program, directory.clone()].into_iter().flatten();
        let spec = Spec {
            command: config.command.clone(),
            directory: directory.unwrap_or_else(|| around.state.path().to_owned()),
            inherits: Inherited::Others,
            env: config.env.clone(),
            limits: config.limits.of_process(),
            sandbox: config.sandbox.clone().map(|sandbox| Sandbox {
                read: sandbox.read.into_iter().chain(needed).collect(),
                ..sandbox
            }),
        };
        let outside = Outside::new(&config.name, spec, &allowance, around);
        let outside = outside
            .checked(config.health, config.restart)
            .writing(config.limits.output_kb_per_second);
        Newcomer {
            name: config.name.clone(),
            origin: Origin::ThirdParty,
            prefixes,
            on: self.switches.is_on(&config.name).unwrap_or(config.enabled),
            runner: Runner::Outside(Box::new(outside.reporting(reports.1.clone(), &output))),
            reports,
            output,
        }
    }

    /// Has a task watch over a component. What comes out is when it has settled.
    fn supervise(
        self: &Arc<Self>,
        newcomer: Newcomer,
        around: &Surroundings,
    ) -> oneshot::Receiver<MissesDesktop> {
        let order = Order {
            on: newcomer.on,
            run: 0,
        };
        let (orders, ordered) = watch::channel(order);
        let state = match order.on {
            true => ComponentState::Starting,
            false => ComponentState::Disabled,
        };
        let entry = Entry {
            origin: newcomer.origin,
            prefixes: newcomer.prefixes,
            state,
            reason: None,
            process: None,
            sandbox: newcomer.runner.sandbox(),
            restarts: 0,
            incidents: VecDeque::new(),
            output: newcomer.output,
            orders,
            reports: newcomer.reports.0,
        };
        self.lock().insert(newcomer.name.clone(), entry);
        let (first_run, settled) = oneshot::channel();
        let supervised = Supervised {
            host: Arc::clone(self),
            shutdown: around.shutdown.clone(),
            name: newcomer.name,
            orders: ordered,
            runner: newcomer.runner,
        };
        around
            .tasks
            .spawn_on(supervised.run(first_run), &around.runtime);
        settled
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.lock().get_mut(name) {
            change(entry);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        // Each change is of one entry, and whole.
        self.components
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn status(&self, name: &str) -> Status {
        Status {
            name: name.to_owned(),
            state: self.state,
            reason: self.reason.clone(),
        }
    }

    fn details(&self, name: &str) -> Details {
        Details {
            component: self.status(name),
            origin: self.origin,
            prefixes: self.prefixes.clone(),
            pid: self
                .process
                .map(|pid| pid.as_raw_nonzero().get().unsigned_abs()),
            sandbox: self.sandbox,
            restarts: self.restarts,
            incidents: self.incidents.iter().cloned().collect(),
        }
    }
}

/// Says that a component runs.
pub(super) fn say_running(name: &str) {
    info!(component = name, "running");
}

#[cfg(test)]
mod tests;
