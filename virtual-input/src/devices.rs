//! Devices that are opened when a component starts, and again by whoever needs them when they are lost.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskconn_component::{Health, HealthReporter, Unavailable};
use deskconn_protocol::api::input::{Backend, NotUsed};

use crate::device::Device;
use crate::opener::{Opened, Opener, Refused};

/// How long a desktop may take to notice devices that were made a moment ago.
const SETTLE: Duration = Duration::from_millis(500);

/// Devices, and what a component makes of them.
pub struct Devices<T> {
    opener: Opener,
    make: Box<dyn Fn(Box<dyn Device>) -> T + Send + Sync>,
    /// One attempt after another.
    opening: tokio::sync::Mutex<()>,
    state: Mutex<State<T>>,
    health: HealthReporter,
}

struct State<T> {
    made: Result<T, Unavailable>,
    backend: Option<Backend>,
    not_used: Vec<NotUsed>,
}

/// How it stands with the devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Why there are none.
    pub unavailable: Option<Unavailable>,
    /// The way to them.
    pub backend: Option<Backend>,
    /// The ways that were tried before.
    pub not_used: Vec<NotUsed>,
}

impl<T> Devices<T> {
    /// Opens the devices and makes of them what the component wants. Tells `health` from now on whether
    /// there are any.
    pub async fn open(
        opener: Opener,
        health: HealthReporter,
        make: impl Fn(Box<dyn Device>) -> T + Send + Sync + 'static,
    ) -> Self {
        let not_yet = State {
            made: Err(Unavailable::new("the devices are not opened yet", "")),
            backend: None,
            not_used: Vec::new(),
        };
        let devices = Self {
            opener,
            make: Box::new(make),
            opening: tokio::sync::Mutex::default(),
            state: Mutex::new(not_yet),
            health,
        };
        // Nobody is asked before somebody wants something.
        devices.look_again(false).await;
        devices
    }

    /// Does something with them; opens them first if there are none, and forgets them if they turn out to
    /// be gone.
    ///
    /// # Errors
    /// [`Unavailable`] if there are none; what `act` says otherwise.
    pub async fn act<R, E>(&self, act: impl FnOnce(&mut T) -> Result<R, E>) -> Result<R, E>
    where
        E: From<Unavailable> + IsGone,
    {
        if self.look_again(true).await {
            tokio::time::sleep(SETTLE).await;
        }
        let done = match &mut self.lock().made {
            Ok(made) => act(made),
            Err(unavailable) => return Err(unavailable.clone().into()),
        };
        if let Err(refusal) = &done
            && let Some(error) = refusal.is_gone()
        {
            let gone = format!("the virtual devices failed: {error}");
            self.put(State {
                made: Err(Unavailable::new(gone, "try again")),
                backend: None,
                not_used: Vec::new(),
            });
        }
        done
    }

    /// Does something with them if there are some.
    pub fn if_open(&self, act: impl FnOnce(&mut T)) {
        if let Ok(made) = &mut self.lock().made {
            act(made);
        }
    }

    /// How it stands with them.
    pub fn standing(&self) -> Standing {
        let state = self.lock();
        Standing {
            unavailable: state.made.as_ref().err().cloned(),
            backend: state.backend,
            not_used: state.not_used.clone(),
        }
    }

    /// Opens the devices if there are none; true if there are some that were not there before.
    async fn look_again(&self, may_ask: bool) -> bool {
        if self.lock().made.is_ok() {
            return false;
        }
        let _one_at_a_time = self.opening.lock().await;
        if self.lock().made.is_ok() {
            return false;
        }
        let opened = self.opener.open(may_ask).await;
        let is_open = opened.is_ok();
        self.put(match opened {
            Ok(Opened {
                device,
                backend,
                not_used,
            }) => State {
                made: Ok((self.make)(device)),
                backend: Some(backend),
                not_used,
            },
            Err(Refused {
                unavailable,
                not_used,
            }) => State {
                made: Err(unavailable),
                backend: None,
                not_used,
            },
        });
        is_open
    }

    fn put(&self, state: State<T>) {
        self.health.report(match &state.made {
            Ok(_) => Health::Running,
            Err(unavailable) => Health::Unavailable(unavailable.clone()),
        });
        *self.lock() = state;
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // What is down is noted before it is pressed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refusal that may be for devices that are gone.
pub trait IsGone {
    /// What the system said, if the devices are gone.
    fn is_gone(&self) -> Option<&io::Error>;
}
