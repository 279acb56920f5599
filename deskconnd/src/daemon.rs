//! The daemon as a whole: what it is made of, in the order it starts.

use crate::audit::{self, Audit};
use crate::auth::DeskAuthority;
use crate::certificate::{Certificate, CertificateError};
use crate::components::{Host, Insiders, Serving, Surroundings};
use crate::config::{Config, ThirdParty};
use crate::desk::Realms;
use crate::devices::Devices;
use crate::granting::Granting;
use crate::listen::{
    self, Access, Gate, ListenError, Names, Pages, Rate, Rates, Seal, Site, Strangers, TcpDoor,
    Visitors,
};
use crate::management::Management;
use crate::naming::Naming;
use crate::pairing::Pairing;
use crate::renewal::{Renewal, Source};
use crate::router::Router;
use crate::{addresses, announce, in_process};
use deskconn_discovery::{Announcement, Options};
use deskconn_protocol::api::daemon::Component;
use deskconn_protocol::grants::Catalogue;
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::profile::{DeviceKind, Profile};
use deskconn_protocol::uris;
use deskconn_state::{StateDir, StateError, load_or_create_identity};
use futures_util::FutureExt;
use futures_util::future::select_all;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use wamp_client::{CloseCause, JoinError, RequestError, Session};
use wamp_transport::sealed::{Responder, prologue};

/// The longest message from the network, in octets.
const NETWORK_MESSAGE: usize = 1 << 20;

/// The longest message from a program of the owner's, in octets: the most RawSocket can carry.
const LOCAL_MESSAGE: usize = 16 << 20;

/// How fast connections may come from the network: far above what browsers and a household of devices
/// do that all come back at once, and far below what keeps a computer busy.
const CONNECT: Rates = Rates {
    each: Rate {
        per_second: 200,
        burst: 2000,
    },
    all: Rate {
        per_second: 1000,
        burst: 10_000,
    },
};

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
    /// There is no certificate to speak TLS with.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
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
            Self::Certificate(error) => error.hint(),
            Self::Randomness(_) => "mount /dev, or use a kernel with getrandom".to_owned(),
            Self::Join(_) | Self::Session(_) => {
                "report this: it is a mistake in the daemon".to_owned()
            }
        }
    }
}

/// A part of the running daemon is gone.
#[derive(Debug, thiserror::Error)]
#[error("a part of the daemon lost its session: {0}")]
pub struct PartLost(CloseCause);

impl PartLost {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        "start it again, and report this: it is a mistake in the daemon"
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
    devices: Arc<Devices>,
    audit: Arc<Audit>,
    router: Arc<Router>,
    /// The daemon's own sessions: for the owner, for devices, for strangers.
    sessions: [Session; 3],
    renewal: Option<Renewal>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    /// Held until the end, so that no second daemon uses the directory.
    _state: StateDir,
}

impl Daemon {
    /// Starts everything. When this returns, the daemon answers. Components run on the threads of
    /// `components`, everything else where this is called.
    ///
    /// # Errors
    /// If state can not be kept or a door can not be opened. That a component or the announcement
    /// does not work is no error: the daemon says so and goes on.
    pub async fn start(
        config: Config,
        places: Places,
        components: &Handle,
    ) -> Result<Self, StartError> {
        let started = Instant::now();
        let state = StateDir::open(places.state_dir)?;
        let identity = Arc::new(load_or_create_identity(&state)?);
        let foreign = config.component.iter().map(ThirdParty::foreign).collect();
        let devices = Devices::open_with(state.subdir("devices")?, Catalogue::new(foreign))?;
        let (insiders, tidings) = Insiders::new();
        let audit = Audit::new(state.clone(), config.audit.enabled, config.audit.owner);
        audit.tell(Arc::clone(&insiders));
        let host_name = gethostname::gethostname().to_string_lossy().into_owned();
        let profile = profile(&config, &host_name);
        let (name, id) = (profile.name.clone(), identity.id());

        let names = Names::new(&host_name, &config.listen.hosts);
        let dns = names.for_certificate();
        let certificate = Certificate::load_if_wanted(&config.listen.tls, &state, &dns)?;
        let tcp = config
            .listen
            .tcp
            .iter()
            .map(|address| listen::bind_tcp(*address));
        let tcp = tcp.collect::<Result<Vec<_>, _>>()?;
        let unix = listen::bind_unix(&places.socket, Access::Owner)?;
        let doors: Vec<_> = tcp.iter().map(TcpDoor::address).collect();

        let tasks = TaskTracker::new();
        let shutdown = CancellationToken::new();
        let realms = Realms::new(seeds()?);
        realms.main.audit_in(Arc::clone(&audit));
        let authority = DeskAuthority::new(
            Arc::clone(&devices),
            Arc::clone(&realms.main),
            Arc::clone(&audit),
            Arc::clone(&insiders),
        );
        let router = Router::new(authority, realms.all());
        for realm in realms.all() {
            tasks.spawn(until(shutdown.clone(), realm.run_timers()));
        }

        let around = Surroundings {
            router: Arc::clone(&router),
            tasks: tasks.clone(),
            runtime: components.clone(),
            shutdown: shutdown.clone(),
            insiders: Arc::clone(&insiders),
            catalogue: devices.catalogue().clone(),
            state: state.clone(),
            socket: places.socket.clone(),
        };
        let components = Host::start(&config, &around, tidings).await;
        let reached = doors.clone();
        let pairing = Pairing::new(
            Arc::clone(&identity),
            profile,
            Arc::clone(&devices),
            Arc::clone(&audit),
            move || addresses::reachable(&reached),
            certificate.as_ref().map(|certificate| certificate.pin),
        );
        let pairing_open = pairing.watch();
        let source = Source::new(&config.listen.tls, &state, dns);
        let renewal = certificate.map(|it| Renewal::new(it, source, &devices, &pairing));
        let renewal = renewal.transpose()?;
        let management = Management {
            name: name.clone(),
            identity: Arc::clone(&identity),
            started,
            listening: listening(&doors, &places.socket),
            tls: renewal.as_ref().map(Renewal::watch),
            doors: doors.clone(),
            devices: Arc::clone(&devices),
            audit: Arc::clone(&audit),
            pairing: Arc::clone(&pairing),
            components: Arc::clone(&components),
            realm: Arc::clone(&realms.main),
            router: Arc::clone(&router),
            shutdown: shutdown.clone(),
        };
        let sessions = serve_own(&router, &tasks, &pairing, management).await?;
        let naming = Naming::serve(
            Arc::clone(&devices),
            Arc::clone(&realms.main),
            Arc::clone(&audit),
            &sessions[0],
        );
        naming.await?;
        let serving = Serving::new(&components, &devices, &insiders);
        serving.serve(&sessions[0], &sessions[1]).await?;
        let granting = Granting::serve(
            Arc::clone(&devices),
            realms.main,
            Arc::clone(&audit),
            &sessions[0],
        );
        tasks.spawn(until(shutdown.clone(), granting.await?.run()));
        let serving = audit::Serving::start(Arc::clone(&audit), &sessions[0]);
        tasks.spawn(until(shutdown.clone(), serving.await?.run()));
        tasks.spawn(until(shutdown.clone(), Arc::clone(&devices).keep()));

        let seal = Arc::new(Seal {
            responder: Responder::new(&identity.x25519_secret(), prologue(id.as_str())),
            devices: Arc::clone(&devices),
        });
        let site = |message, tls| {
            Arc::new(Site {
                router: Arc::clone(&router),
                visitors: Visitors::Own(names.clone()),
                pages: Pages::WebRemote,
                seal: Some(Arc::clone(&seal)),
                metrics: false,
                tls,
                longpoll: None,
                insiders: Some(Arc::clone(&insiders)),
                cookies: None,
                message,
            })
        };
        let network = site(NETWORK_MESSAGE, renewal.as_ref().map(Renewal::tls));
        let gate = Gate::new(config.listen.connections, tasks.clone());
        let stranger_places = Strangers::new(config.listen.strangers).at(CONNECT);
        for door in tcp {
            let (site, gate) = (Arc::clone(&network), gate.clone());
            tasks.spawn(door.run(site, gate, stranger_places.clone(), shutdown.clone()));
        }
        // Places of its own: however many devices are here, the owner gets in.
        let gate = Gate::new(config.listen.connections, tasks.clone());
        tasks.spawn(unix.run(site(LOCAL_MESSAGE, None), gate, shutdown.clone()));
        if let Some((announcement, options)) = announcement(&config, &name, id, &doors) {
            tasks.spawn(announce::run(
                announcement,
                options,
                pairing_open,
                shutdown.clone(),
            ));
        }
        info!(%id, "started");
        Ok(Self {
            name,
            id,
            doors,
            socket: places.socket,
            components,
            devices,
            audit,
            router,
            sessions,
            renewal,
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

    /// Reads the certificate again that is shown over TLS; without TLS, nothing is done.
    ///
    /// # Errors
    /// If it can not be read or used: the old one is shown on.
    pub fn renew_certificate(&self) -> Result<(), CertificateError> {
        self.renewal.as_ref().map_or(Ok(()), Renewal::renew)
    }

    /// Waits until the daemon is not to go on: the owner has asked for it by
    /// `org.deskconn.daemon.shutdown`, or a part of it is gone.
    ///
    /// # Errors
    /// If a part is gone. Nobody could pair or be removed any more: better to start anew.
    pub async fn stopped(&self) -> Result<(), PartLost> {
        let parts = self.sessions.iter().map(|part| part.closed().boxed());
        tokio::select! {
            () = self.shutdown.cancelled() => Ok(()),
            (cause, ..) = select_all(parts) => Err(PartLost(cause)),
        }
    }

    /// Stops: no more connections, GOODBYE to every session, what waits is sent, the network is told.
    pub async fn shutdown(self) {
        info!("shutting down");
        self.shutdown.cancel();
        // The daemon's own parts leave first: what they answered last is routed before the end.
        for session in &self.sessions {
            session.leave().await;
        }
        self.router.shut_down(&self.tasks).await;
        let (devices, audit) = (self.devices, self.audit);
        let keep = move || {
            devices.save();
            audit.flush();
        };
        if let Err(error) = tokio::task::spawn_blocking(keep).await {
            warn!(%error, "the last changes were not noted");
        }
    }
}

/// Registers the daemon's own procedures, each where those who may call it are. The owner's have a
/// session of their own: however much devices and strangers call, it is not held up.
async fn serve_own(
    router: &Arc<Router>,
    tasks: &TaskTracker,
    pairing: &Arc<Pairing>,
    management: Management,
) -> Result<[Session; 3], StartError> {
    let owner = in_process::join(router, tasks, "daemon").await?;
    let devices = in_process::join(router, tasks, "daemon").await?;
    let strangers =
        in_process::join_realm(router, tasks, "daemon", uris::REALM_PAIRING.into()).await?;
    pairing.serve_owner(&owner).await?;
    pairing.serve_strangers(&strangers).await?;
    management.serve(&owner, &devices).await?;
    Ok([owner, devices, strangers])
}

/// What to announce, and where; nothing where it is not wanted, or where only this machine can knock.
fn announcement(
    config: &Config,
    name: &str,
    id: DeviceId,
    doors: &[SocketAddr],
) -> Option<(Announcement, Options)> {
    let first = doors.iter().find(|door| !door.ip().is_loopback())?;
    let announcement = Announcement {
        name: name.to_owned(),
        device_id: id.to_string(),
        port: first.port(),
        pairing: false,
    };
    let options = Options {
        interfaces: config.discovery.interfaces.clone(),
        loopback: false,
    };
    config.discovery.announce.then_some((announcement, options))
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

/// `work`, until `shutdown`.
async fn until(shutdown: CancellationToken, work: impl Future<Output = ()>) {
    shutdown.run_until_cancelled(work).await;
}

#[cfg(test)]
mod tests;
