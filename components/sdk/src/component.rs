//! The life of a component: it starts with a session and its settings, and stops when dropped.

use crate::{Manifest, Reach, Unavailable};
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use tokio::sync::watch;
use wamp_client::{RequestError, Session};

/// Something that offers procedures of this machine.
///
/// A value of this type is a running component. Dropping it stops it, and must leave nothing behind:
/// no key down, no pin in a state it should not stay in.
pub trait Component: Sized + Send + 'static {
    /// What it is.
    const MANIFEST: Manifest;

    /// What it has to do with on this machine; it is held to that in a process of its own. Who speaks to
    /// D-Bus only needs nothing.
    const REACH: Reach = Reach::NOTHING;

    /// Its part of the configuration, `[components.<name>]`.
    type Settings: DeserializeOwned + Send;

    /// Registers its procedures in `session` and starts.
    ///
    /// A machine that lacks what the component needs is not an error: it is reported by
    /// `context.health`, and the procedures answer with it, so that those who call learn what to do.
    fn start(
        session: Session,
        settings: Self::Settings,
        context: Context,
    ) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Stops it, and returns when it has left nothing behind. This is for what takes a while, as a
    /// call to the desktop; who stops it may drop it instead.
    fn stop(self) -> impl Future<Output = ()> + Send {
        async { drop(self) }
    }
}

/// What a component gets from the daemon besides its session and its settings.
#[derive(Debug)]
pub struct Context {
    /// Where it says how it is doing.
    pub health: HealthReporter,
    /// A folder of its own for what has to outlive the daemon; it need not be there yet.
    pub state: PathBuf,
}

/// Why a component did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its part of the configuration is wrong.
    #[error("its configuration is wrong: {0}")]
    Settings(String),
    /// It can not use its folder.
    #[error("it can not keep what it has to: {0}")]
    State(String),
    /// It registers a procedure that its manifest does not have, or has with other types.
    #[error("its manifest does not say what `{0}` takes and gives")]
    Undocumented(&'static str),
    /// Its procedures could not be registered.
    #[error("it could not register its procedures")]
    Session(#[from] RequestError),
}

/// How a running component is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Running,
    /// Nothing is asked of it: there is nothing in its configuration to do.
    Idle(Unavailable),
    /// This machine lacks what it needs.
    Unavailable(Unavailable),
}

/// Where a component says how it is doing.
#[derive(Debug, Clone)]
pub struct HealthReporter(watch::Sender<Health>);

impl HealthReporter {
    /// Says how the component is doing now.
    pub fn report(&self, health: Health) {
        self.0.send_if_modified(|was| {
            let changed = *was != health;
            *was = health;
            changed
        });
    }
}

/// A reporter for a component that is taken to work until it says otherwise, and where what it
/// reports comes out.
pub fn health() -> (HealthReporter, watch::Receiver<Health>) {
    let (sender, receiver) = watch::channel(Health::Running);
    (HealthReporter(sender), receiver)
}
