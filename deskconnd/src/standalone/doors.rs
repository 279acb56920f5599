//! The listeners of a router.

use super::config::Listener;
use crate::listen::{
    self, Access, Gate, ListenError, Pages, Site, Strangers, TcpDoor, UnixDoor, Visitors,
};
use crate::router::Router;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A listener that has its address and is not served yet.
#[derive(Debug)]
pub(super) struct Door {
    listener: Listener,
    bound: Bound,
}

#[derive(Debug)]
enum Bound {
    Tcp(TcpDoor),
    Unix(UnixDoor),
}

impl Door {
    /// Takes the address of `listener`.
    ///
    /// # Errors
    /// If it can not be had.
    pub(super) fn bind(listener: &Listener) -> Result<Self, ListenError> {
        let bound = match (&listener.tcp, &listener.unix) {
            (Some(address), _) => Bound::Tcp(listen::bind_tcp(*address)?),
            (None, Some(path)) => {
                Bound::Unix(listen::bind_unix(path, Access::Mode(listener.mode))?)
            }
            (None, None) => unreachable!("the configuration was checked"),
        };
        Ok(Self {
            listener: listener.clone(),
            bound,
        })
    }

    /// Where it listens, as a URL.
    pub(super) fn url(&self) -> String {
        match &self.bound {
            Bound::Tcp(door) => format!("ws://{}/ws", door.address()),
            Bound::Unix(door) => format!("unix://{}", door.path().display()),
        }
    }

    /// Serves it, until `shutdown`, in tasks of its own.
    pub(super) fn open(
        self,
        router: &Arc<Router>,
        tasks: &TaskTracker,
        shutdown: CancellationToken,
    ) {
        let site = Arc::new(Site {
            router: Arc::clone(router),
            visitors: Visitors::Listed(self.listener.origins),
            pages: Pages::Nothing,
            seal: None,
            message: self.listener.message,
        });
        let gate = Gate::new(self.listener.connections, tasks.clone());
        match self.bound {
            Bound::Tcp(door) => {
                let strangers = Strangers::new(self.listener.strangers);
                tasks.spawn(door.run(site, gate, strangers, shutdown));
            }
            Bound::Unix(door) => {
                tasks.spawn(door.run(site, gate, shutdown));
            }
        }
    }
}
