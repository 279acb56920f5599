//! The daemon as a whole: what it is made of, in the order it starts.

use crate::auth::Authority;
use crate::components::Host;
use crate::config::Config;
use crate::devices::Devices;
use crate::listen::{self, Gate, ListenError, Names, Site, Strangers, TcpDoor};
use crate::management::Management;
use crate::pairing::Pairing;
use crate::router::{Router, SessionLimits};
use crate::{addresses, announce, in_process};
use deskconn_discovery::{Announcement, Options};
use deskconn_protocol::api::daemon::Component;
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::profile::{DeviceKind, Profile};
use deskconn_protocol::uris;
use deskconn_state::{StateDir, StateError, load_or_create_identity};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use wamp_client::{JoinError, RequestError, Session};
use wamp_router::CloseReason;
use wamp_transport::sealed::{Responder, prologue};

/// How long sessions, components and the announcement may take to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// How often devices that paired and never came back are looked for.
const PURGE: Duration = Duration::from_secs(60);

/// Where the daemon keeps its state and answers locally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The directory for keys and devices.
    pub state_dir: PathBuf,
    /// The Unix socket.
    pub socket: PathBuf,
}

/// Why the daemon did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// State can not be kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// A door can not be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system gives no randomness.
    #[error("the system has no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A part of the daemon could not join its router.
    #[error("a part of the daemon could not join")]
    Join(#[from] JoinError),
    /// A part of the daemon could not register its procedures.
    #[error("a part of the daemon could not register its procedures")]
    Session(#[from] RequestError),
}

impl StartError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::State(error) => error.hint(),
            Self::Listen(error) => error.hint(),
            Self::Randomness(_) => "mount /dev, or use a kernel with getrandom".to_owned(),
            Self::Join(_) | Self::Session(_) => {
                "report this: it is a mistake in the daemon".to_owned()
            }
        }
    }
}

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    id: DeviceId,
    doors: Vec<SocketAddr>,
    socket: PathBuf,
    components: Arc<Host>,
    router: Arc<Router>,
    /// The daemon's own sessions, in both realms.
    sessions: [Session; 2],
    tasks: TaskTracker,
    shutdown: CancellationToken,
    /// Held until the end, so that no second daemon uses the directory.
    _state: StateDir,
}

impl Daemon {
    /// Starts everything. When this returns, the daemon answers.
    ///
    /// # Errors
    /// If state can not be kept or a door can not be opened. That a component or the announcement
    /// does not work is no error: the daemon says so and goes on.
    pub async fn start(config: Config, places: Places) -> Result<Self, StartError> {
        let started = Instant::now();
        let state = StateDir::open(places.state_dir)?;
        let identity = Arc::new(load_or_create_identity(&state)?);
        let devices = Devices::open(state.subdir("devices")?)?;
        let host_name = gethostname::gethostname().to_string_lossy().into_owned();
        let profile = profile(&config, &host_name);
        let (name, id) = (profile.name.clone(), identity.id());

        let tcp = config
            .listen
            .tcp
            .iter()
            .map(|address| listen::bind_tcp(*address));
        let tcp = tcp.collect::<Result<Vec<_>, _>>()?;
        let unix = listen::bind_unix(&places.socket)?;
        let doors: Vec<_> = tcp.iter().map(TcpDoor::address).collect();

        let tasks = TaskTracker::new();
        let shutdown = CancellationToken::new();
        let authority = Authority::new(Arc::clone(&devices));
        let router = Router::new(authority, SessionLimits::default(), seeds()?);
        tasks.spawn(until(
            shutdown.clone(),
            Arc::clone(&router.main).run_timers(),
        ));
        tasks.spawn(until(
            shutdown.clone(),
            Arc::clone(&router.pairing).run_timers(),
        ));

        let components = Host::start(&config.components, &router, &tasks, &shutdown).await;
        let own = in_process::join(&router, &tasks, "daemon").await?;
        let reached = doors.clone();
        let pairing = Pairing::new(
            Arc::clone(&identity),
            profile,
            Arc::clone(&devices),
            move || addresses::reachable(&reached),
        );
        pairing.serve_owner(&own).await?;
        let strangers =
            in_process::join_realm(&router, &tasks, "daemon", uris::REALM_PAIRING).await?;
        pairing.serve_strangers(&strangers).await?;
        let management = Management {
            name: name.clone(),
            identity: Arc::clone(&identity),
            started,
            listening: listening(&doors, &places.socket),
            devices: Arc::clone(&devices),
            pairing: Arc::clone(&pairing),
            components: Arc::clone(&components),
            router: Arc::clone(&router),
            shutdown: shutdown.clone(),
        };
        management.serve(&own).await?;
        tasks.spawn(until(shutdown.clone(), purge(Arc::clone(&devices))));

        let site = Arc::new(Site {
            router: Arc::clone(&router),
            responder: Responder::new(&identity.x25519_secret(), prologue(id.as_str())),
            devices,
            names: Names::new(&host_name, &config.listen.hosts),
        });
        let gate = Gate::new(config.listen.connections, tasks.clone());
        let stranger_places = Strangers::new(config.listen.strangers);
        for door in tcp {
            let (site, gate) = (Arc::clone(&site), gate.clone());
            tasks.spawn(door.run(site, gate, stranger_places.clone(), shutdown.clone()));
        }
        // Places of its own: however many devices are here, the owner gets in.
        let gate = Gate::new(config.listen.connections, tasks.clone());
        tasks.spawn(unix.run(site, gate, shutdown.clone()));
        // Where only this machine can knock there is nothing to announce.
        let mut reached = doors.iter().filter(|door| !door.ip().is_loopback());
        if let Some(first) = reached.next().filter(|_| config.discovery.announce) {
            let announcement = Announcement {
                name: name.clone(),
                device_id: id.to_string(),
                port: first.port(),
                pairing: false,
            };
            let interfaces = config.discovery.interfaces.clone();
            let options = Options {
                interfaces,
                loopback: false,
            };
            tasks.spawn(announce::run(
                announcement,
                options,
                pairing.watch(),
                shutdown.clone(),
            ));
        }
        info!(%id, "started");
        let socket = places.socket;
        Ok(Self {
            name,
            id,
            doors,
            socket,
            components,
            router,
            sessions: [own, strangers],
            tasks,
            shutdown,
            _state: state,
        })
    }

    /// What other devices call this computer.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The device id.
    pub const fn id(&self) -> DeviceId {
        self.id
    }

    /// The addresses other machines reach it by.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        addresses::reachable(&self.doors)
    }

    /// The Unix socket it answers on.
    pub fn socket(&self) -> &std::path::Path {
        &self.socket
    }

    /// How its components are doing.
    pub fn components(&self) -> Vec<Component> {
        self.components.list()
    }

    /// Ends when the owner has asked for it by `org.deskconn.daemon.shutdown`.
    pub async fn stopped_by_owner(&self) {
        self.shutdown.cancelled().await;
    }

    /// Stops: no more connections, GOODBYE to every session, what waits is sent, the network is told.
    pub async fn shutdown(self) {
        info!("shutting down");
        self.shutdown.cancel();
        // The daemon's own parts leave first: what they answered last is routed before the end.
        for session in &self.sessions {
            session.leave().await;
        }
        for realm in [&self.router.main, &self.router.pairing] {
            realm.with(|realm, now, out| {
                realm.close_sessions(|_| true, CloseReason::Shutdown, now, out);
            });
        }
        self.router.shutdown.cancel();
        self.tasks.close();
        if tokio::time::timeout(SHUTDOWN, self.tasks.wait())
            .await
            .is_err()
        {
            warn!("{} tasks did not end in time", self.tasks.len());
        }
    }
}

fn profile(config: &Config, host_name: &str) -> Profile {
    let name = match config.device.name.as_str() {
        "" => host_name.split('.').next().unwrap_or_default(),
        name => name,
    };
    Profile::new(name, std::env::consts::OS, "", DeviceKind::Daemon)
}

/// Where the daemon listens, as URLs.
fn listening(doors: &[SocketAddr], socket: &std::path::Path) -> Vec<String> {
    let tcp = doors.iter().map(|address| format!("ws://{address}/ws"));
    tcp.chain([format!("unix://{}", socket.display())])
        .collect()
}

fn seeds() -> Result<[u64; 2], getrandom::Error> {
    Ok([getrandom::u64()?, getrandom::u64()?])
}

/// Removes, now and then, the devices that paired and never came back.
async fn purge(devices: Arc<Devices>) {
    let mut clock = tokio::time::interval(PURGE);
    loop {
        clock.tick().await;
        for (id, name) in devices.purge_pending() {
            info!(device = %id, name, "a device that never came back was removed");
        }
    }
}

/// `work`, until `shutdown`.
async fn until(shutdown: CancellationToken, work: impl Future<Output = ()>) {
    shutdown.run_until_cancelled(work).await;
}
