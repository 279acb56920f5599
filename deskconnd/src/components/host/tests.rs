//! Components that panic, wherever they can, and one that hangs: the host goes on, and so do they.

use super::*;
use crate::audit::Audit;
use crate::auth::DeskAuthority;
use crate::desk::Realms;
use crate::devices::Devices;
use deskconn_component::{Component, Context, HealthReporter, Manifest, StartError};
use serde::Deserialize;
use std::time::Duration;
use tempfile::TempDir;
use wamp_client::{InvocationError, Session};

const GO: &str = "com.example.panicky.go";

/// Panics the first time that it runs, or hangs.
struct Panicky {
    at: At,
    is_first: bool,
    /// Held, so that it counts as running.
    _health: Option<HealthReporter>,
}

#[derive(Debug, Deserialize)]
struct Settings {
    at: At,
}

/// Where it panics; or that it hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum At {
    Start,
    Task,
    Handler,
    Drop,
    Hang,
}

/// In its folder: whoever opens it waits until somebody opens its other end.
const PIPE: &str = "pipe";

impl Component for Panicky {
    const MANIFEST: Manifest = Manifest {
        name: "panicky",
        summary: "Panics.",
        grants: &[],
        procedures: &[],
        topics: &[],
        needs: "nothing",
    };

    type Settings = Settings;

    async fn start(
        session: Session,
        Settings { at }: Settings,
        context: Context,
    ) -> Result<Self, StartError> {
        // What it leaves behind tells the next run that it is not the first.
        let is_first = std::fs::create_dir(&context.state).is_ok();
        if at == At::Hang {
            let pipe = context.state.join(PIPE);
            let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
            rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).expect("a pipe");
            std::fs::read(pipe).expect("nothing");
        }
        let go = move |_| async move {
            assert!(at != At::Handler, "as it was asked to");
            Ok::<(), InvocationError>(())
        };
        session.register(GO, go).await?;
        assert!(at != At::Start || !is_first, "as it was asked to");
        let health = match at {
            At::Task if is_first => {
                let health = context.health;
                tokio::spawn(async move {
                    let _health = health;
                    panic!("as it was asked to");
                });
                None
            }
            // It ends by itself, so that it is dropped.
            At::Drop if is_first => None,
            _ => Some(context.health),
        };
        Ok(Self {
            at,
            is_first,
            _health: health,
        })
    }
}

impl Drop for Panicky {
    fn drop(&mut self) {
        assert!(self.at != At::Drop || !self.is_first, "as it was asked to");
    }
}

/// A host with that component, which has started, and what it is in.
async fn host(at: &str) -> (Arc<Host>, Surroundings, TempDir) {
    let (host, around, home, started) = host_on(at, Handle::current());
    drop(started.await);
    (host, around, home)
}

/// The same on threads of its own, and what tells when it has started.
fn host_on(
    at: &str,
    runtime: Handle,
) -> (
    Arc<Host>,
    Surroundings,
    TempDir,
    oneshot::Receiver<MissesDesktop>,
) {
    let home = tempfile::tempdir().unwrap();
    let state = StateDir::open(home.path()).unwrap();
    let devices = Devices::open(state.clone()).unwrap();
    let (insiders, _) = Insiders::new();
    let realms = Realms::new([1, 2]);
    let authority = DeskAuthority::new(
        Arc::clone(&devices),
        Arc::clone(&realms.main),
        Audit::off(home.path()),
        Arc::clone(&insiders),
    );
    let around = Surroundings {
        router: Router::new(authority, realms.all()),
        tasks: TaskTracker::new(),
        runtime,
        shutdown: CancellationToken::new(),
        insiders: Arc::clone(&insiders),
        catalogue: Catalogue::default(),
        state: state.clone(),
        socket: home.path().join("socket"),
    };
    let host = Arc::new(Host {
        components: Mutex::default(),
        switches: Switches::open(state),
        insiders,
    });
    let newcomer = Newcomer {
        name: "panicky".to_owned(),
        origin: Origin::BuiltIn,
        prefixes: Vec::new(),
        on: true,
        runner: Runner::Inside(Inside {
            name: "panicky",
            start: Built::of::<Panicky>().start,
            settings: toml::Table::from_iter([("at".to_owned(), at.into())]),
            state: home.path().join("panicky"),
            router: Arc::clone(&around.router),
            tasks: around.tasks.clone(),
        }),
        reports: watch::channel(None),
        output: Arc::default(),
    };
    let started = host.supervise(newcomer, &around);
    (host, around, home, started)
}

/// Waits until it runs and has been started again so many times; what is on its record then.
async fn running(host: &Host, restarts: u64) -> Vec<String> {
    let mut again = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..100_000 {
        again.tick().await;
        let details = host.details().pop().unwrap();
        let is_up = details.component.state == ComponentState::Running;
        if is_up && details.restarts == restarts {
            let incidents = details.incidents.into_iter();
            return incidents.map(|incident| incident.what).collect();
        }
    }
    panic!("it does not run: {:?}", host.details());
}

/// Calls its procedure, as the daemon would.
async fn go(around: &Surroundings) -> Result<(), wamp_client::CallError> {
    let session = crate::in_process::join(&around.router, &around.tasks, "caller").await;
    session.unwrap().call(GO).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn one_that_panics_while_it_starts_is_started_again() {
    let (host, around, _home) = host("start").await;
    let record = running(&host, 1).await;
    assert_eq!(record, ["failed, and starts again in 1 s: it panicked"]);
    go(&around).await.expect("it is there once");
}

#[tokio::test(start_paused = true)]
async fn one_whose_task_panics_is_started_again() {
    let (host, around, _home) = host("task").await;
    let record = running(&host, 1).await;
    assert_eq!(
        record,
        ["failed, and starts again in 1 s: it stopped by itself"]
    );
    go(&around).await.expect("it is there once");
}

#[tokio::test(start_paused = true)]
async fn one_that_panics_while_it_is_dropped_is_started_again() {
    let (host, around, _home) = host("drop").await;
    let record = running(&host, 1).await;
    assert_eq!(record, ["failed, and starts again in 1 s: it panicked"]);
    go(&around).await.expect("it is there once");
}

#[tokio::test(start_paused = true)]
async fn one_whose_procedure_panics_goes_on_and_its_caller_is_told() {
    let (host, around, _home) = host("handler").await;
    for _ in 0..2 {
        let told = go(&around).await.expect_err("it panics");
        let told = told.remote_error().expect("an error").uri().clone();
        assert_eq!(told, "wamp.error.runtime_error");
    }
    assert_eq!(running(&host, 0).await, [""; 0]);
}

#[tokio::test]
async fn one_that_hangs_holds_up_no_message() {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (_host, around, home, mut started) = host_on("hang", threads.handle().clone());
    let pipe = home.path().join("panicky").join(PIPE);
    let mut again = tokio::time::interval(Duration::from_millis(10));
    let hangs = async {
        while !pipe.exists() {
            again.tick().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), hangs);
    in_time.await.expect("it comes as far as that");
    let session = crate::in_process::join(&around.router, &around.tasks, "caller").await;
    let counted = session.unwrap().call("wamp.session.count").await.unwrap();
    assert_eq!(counted.read::<u64>(), Ok(2), "the component and the caller");
    assert!(started.try_recv().is_err(), "it hangs");

    std::fs::File::options().write(true).open(pipe).unwrap();
    drop(started.await);
    go(&around).await.expect("it is there now");
    threads.shutdown_background();
}
