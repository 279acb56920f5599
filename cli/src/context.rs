//! What every command works with: the output, the daemon it talks to, Ctrl-C.

use std::cell::RefCell;
use std::path::PathBuf;

use deskconn_protocol::paths::Paths;
use deskconn_state::StateDir;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use wamp_client::{Client, Session};

use crate::args::Global;
use crate::connect;
use crate::error::CliError;
use crate::hosts::Hosts;
use crate::lasting::Lasting;
use crate::output::{Format, Output};
use crate::remote;

/// The directory of our own state, beside the daemon's.
const CLIENT: &str = "client";

/// The surroundings of one run.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where words go.
    pub(crate) output: Output,
    on: Option<String>,
    socket: Option<PathBuf>,
    interrupt: Interrupt,
    /// The session that was opened, to be left in order at the end.
    session: RefCell<Option<Session>>,
    /// The same for one that lasts.
    client: RefCell<Option<Client>>,
}

impl Context {
    /// The surroundings the global options ask for. Needs a runtime: it listens to signals from now on.
    ///
    /// # Errors
    ///
    /// If signals can not be listened to.
    pub(crate) fn new(global: Global) -> Result<Self, CliError> {
        let format = if global.json {
            Format::Json
        } else {
            Format::Human
        };
        Ok(Self {
            output: Output::new(format),
            on: global.on,
            socket: global.socket,
            interrupt: Interrupt::listen()?,
            session: RefCell::new(None),
            client: RefCell::new(None),
        })
    }

    /// A session with the daemon in the realm `deskconn`: the computer's own, or the one of `--on`.
    ///
    /// # Errors
    ///
    /// If it does not answer or does not let us in.
    pub(crate) async fn session(&self) -> Result<Session, CliError> {
        let session = match &self.on {
            None => connect::local(&self.paths()?.socket).await?,
            Some(wanted) => remote::connect(self.hosts()?, wanted).await?,
        };
        self.session.replace(Some(session.clone()));
        Ok(session)
    }

    /// As [`Context::session`], and it comes back after a loss.
    ///
    /// # Errors
    ///
    /// If the daemon can not be reached now.
    pub(crate) async fn lasting(&self) -> Result<Lasting, CliError> {
        let lasting = match &self.on {
            None => Lasting::local(self.paths()?.socket).await?,
            Some(wanted) => Lasting::remote(self.hosts()?, wanted).await?,
        };
        self.client.replace(Some(lasting.client().clone()));
        Ok(lasting)
    }

    /// The daemons this computer was paired with.
    ///
    /// # Errors
    ///
    /// If the state can not be read.
    pub(crate) fn hosts(&self) -> Result<Hosts, CliError> {
        self.open_hosts(StateDir::open_shared(paths()?.state_dir)?.subdir(CLIENT)?)
    }

    /// As [`Context::hosts`], for the only process that changes who this computer is to others.
    ///
    /// # Errors
    ///
    /// Also if there is another such process.
    pub(crate) fn hosts_alone(&self) -> Result<Hosts, CliError> {
        let client = StateDir::open_shared(paths()?.state_dir)?.subdir(CLIENT)?;
        self.open_hosts(StateDir::open(client.path())?)
    }

    fn open_hosts(&self, dir: StateDir) -> Result<Hosts, CliError> {
        let (hosts, skipped) = Hosts::open(dir)?;
        for skipped in skipped {
            self.output.note(&format!("left out: {skipped}"));
        }
        Ok(hosts)
    }

    /// Where the daemon keeps what is its own.
    ///
    /// # Errors
    ///
    /// If there is no home to keep it in.
    pub(crate) fn paths(&self) -> Result<Paths, CliError> {
        let mut paths = paths()?;
        if let Some(socket) = &self.socket {
            paths.socket.clone_from(socket);
        }
        Ok(paths)
    }

    /// Waits for Ctrl-C, or SIGTERM.
    pub(crate) async fn interrupted(&self) {
        self.interrupt.wait().await;
    }

    /// Does `work`, unless Ctrl-C comes first.
    ///
    /// # Errors
    ///
    /// Those of `work`, and [`CliError::interrupted`].
    pub(crate) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        tokio::select! {
            done = work => done,
            () = self.interrupted() => Err(CliError::interrupted()),
        }
    }

    /// Leaves the daemon in order, if it was joined.
    pub(crate) async fn leave(&self) {
        let session = self.session.take();
        if let Some(session) = session {
            session.leave().await;
        }
        let client = self.client.take();
        if let Some(client) = client {
            client.close().await;
        }
    }
}

/// Where the daemon and we keep our files.
fn paths() -> Result<Paths, CliError> {
    let is_root = rustix::process::geteuid().is_root();
    Ok(Paths::from_env(|name| std::env::var_os(name), is_root)?)
}

/// Ctrl-C and SIGTERM, remembered once they came.
#[derive(Debug, Clone)]
struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    fn listen() -> Result<Self, CliError> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| CliError::failed(format!("can not listen to signals: {error}")))
        };
        let mut interrupt = listen(SignalKind::interrupt())?;
        let mut terminate = listen(SignalKind::terminate())?;
        let (sender, receiver) = watch::channel(false);
        // Ends with the runtime; there is one for the life of the process.
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            sender.send_replace(true);
            // Dropping the sender would wake those that wait for a signal that never came.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }

    async fn wait(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|came| *came).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
