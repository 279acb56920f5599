//! The listeners of a router: opened, changed and closed while it runs.

use super::config::{self, Listener};
use crate::bridge::Bridges;
use crate::listen::{
    self, Access, Cookies, Gate, ListenError, LongPoll, Pages, Site, Strangers, TcpDoor, Tls,
    UnixDoor, Visitors,
};
use crate::router::{Logins, Router};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toml::Spanned;
use tracing::{info, warn};
use wamp_transport::tls::TlsError;

/// The doors that are open.
#[derive(Debug)]
pub(super) struct Doors {
    router: Arc<Router>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    logins: Arc<Logins>,
    open: Vec<Open>,
}

/// A listener that is served.
#[derive(Debug)]
struct Open {
    listener: Listener,
    url: String,
    tls: Option<Arc<Tls>>,
    longpoll: Option<Arc<LongPoll>>,
    ends: CancellationToken,
    /// Gives it back once it ends.
    served: JoinHandle<Bound>,
}

/// A listener that has its address.
#[derive(Debug)]
enum Bound {
    Tcp(TcpDoor),
    Unix(UnixDoor),
}

/// Doors as they are to be.
#[derive(Debug)]
pub(super) struct Wanted(Vec<WantedDoor>);

/// A door as it is to be.
#[derive(Debug)]
struct WantedDoor {
    listener: Listener,
    /// Its address, if it is new.
    bound: Option<Bound>,
    /// Its certificate, as it is now.
    tls: Option<Tls>,
}

impl Doors {
    /// No doors, for `router`. Browsers are remembered by `logins`. What opens them owns its tasks by `tasks`, until `shutdown`.
    pub(super) const fn new(
        router: Arc<Router>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
        logins: Arc<Logins>,
    ) -> Self {
        Self {
            router,
            tasks,
            shutdown,
            logins,
            open: Vec::new(),
        }
    }

    /// Where they are, as URLs.
    pub(super) fn urls(&self) -> Vec<String> {
        self.open.iter().map(|open| open.url.clone()).collect()
    }

    /// Takes the addresses of those `listeners` that are not open, and reads the certificates of all. What
    /// is open stays as it is.
    ///
    /// # Errors
    /// If one can not be had; then none is taken.
    pub(super) fn bind<'a>(
        &self,
        listeners: impl IntoIterator<Item = &'a Listener>,
    ) -> Result<Wanted, ListenError> {
        let wanted = listeners.into_iter().map(|listener| {
            let is_open = self.open.iter().any(|open| open.is_at(listener));
            let bound = match is_open {
                true => None,
                false => Some(Bound::new(listener)?),
            };
            let tls = listener.tls.as_ref().map(tls);
            Ok(WantedDoor {
                listener: listener.clone(),
                bound,
                tls: tls.transpose()?,
            })
        });
        wanted.collect::<Result<_, _>>().map(Wanted)
    }

    /// Opens, changes and closes doors until they are as `wanted`. A door that changes takes connections
    /// all the while; connections that have come by one that closes stay.
    pub(super) async fn become_as(&mut self, wanted: Wanted) {
        let mut before = std::mem::take(&mut self.open);
        for wanted in wanted.0 {
            let WantedDoor {
                listener,
                bound,
                tls,
            } = wanted;
            if let Some(bound) = bound {
                info!("listens at {}", bound.url(tls.is_some()));
                self.serve(listener, bound, tls, None);
                continue;
            }
            let Some(at) = before.iter().position(|open| open.is_at(&listener)) else {
                continue;
            };
            let open = before.swap_remove(at);
            if open.listener == listener {
                // The files may hold other certificates now.
                if let (Some(old), Some(new)) = (&open.tls, tls) {
                    old.acceptor.replace(new.acceptor);
                }
                self.open.push(open);
            } else {
                self.change(open, listener, tls).await;
            }
        }
        for open in before {
            open.ends.cancel();
            info!("listens at {} no more", open.url);
        }
    }

    /// Serves a listener as it is configured now.
    async fn change(&mut self, open: Open, listener: Listener, tls: Option<Tls>) {
        open.ends.cancel();
        let mut bound = match open.served.await {
            Ok(bound) => bound,
            Err(error) => return warn!(%error, "listens at {} no more", open.url),
        };
        if let Bound::Unix(door) = &mut bound
            && let Err(error) = door.set_access(Access::Mode(listener.mode))
        {
            warn!(%error, "the mode of {} can not be changed", open.url);
        }
        info!("listens otherwise at {}", open.url);
        self.serve(listener, bound, tls, open.longpoll);
    }

    /// Serves a listener. `before` are its long-poll transports, whose sessions stay if they may.
    fn serve(
        &mut self,
        listener: Listener,
        bound: Bound,
        tls: Option<Tls>,
        before: Option<Arc<LongPoll>>,
    ) {
        let tls = tls.map(Arc::new);
        let gate = Gate::new(listener.connections, self.tasks.clone());
        let strangers = Strangers::new(listener.strangers);
        let strangers = match listener.connect_rate {
            Some(rates) => strangers.at(rates),
            None => strangers,
        };
        let longpoll = listener.longpoll.map(|settings| {
            let inactivity = settings.inactivity();
            let before = before.filter(|before| before.inactivity() == inactivity);
            before.unwrap_or_else(|| LongPoll::new(gate.clone(), strangers.clone(), inactivity))
        });
        let bridges = listener.bridges.iter().map(Spanned::get_ref);
        let bridges = Bridges::new(bridges.cloned(), &self.router, &self.tasks);
        let site = Arc::new(Site {
            router: Arc::clone(&self.router),
            visitors: Visitors::Listed(listener.origins.clone()),
            pages: Pages::Bridges(bridges),
            seal: None,
            insiders: None,
            metrics: listener.metrics,
            tls: tls.clone(),
            longpoll: longpoll.clone(),
            cookies: listener.cookie.as_ref().map(|cookie| Cookies {
                name: cookie.name.clone(),
                max_age: Duration::from_secs(cookie.max_age),
                logins: Arc::clone(&self.logins),
            }),
            message: listener.message,
        });
        let ends = self.shutdown.child_token();
        let until = ends.clone();
        let url = bound.url(tls.is_some());
        let served = self.tasks.spawn(async move {
            match bound {
                Bound::Tcp(door) => Bound::Tcp(door.run(site, gate, strangers, until).await),
                Bound::Unix(door) => Bound::Unix(door.run(site, gate, until).await),
            }
        });
        self.open.push(Open {
            listener,
            url,
            tls,
            longpoll,
            ends,
            served,
        });
    }
}

impl Open {
    /// Whether it is at the place of `listener`.
    fn is_at(&self, listener: &Listener) -> bool {
        self.listener.tcp == listener.tcp && self.listener.unix == listener.unix
    }
}

impl Bound {
    fn new(listener: &Listener) -> Result<Self, ListenError> {
        match (&listener.tcp, &listener.unix) {
            (Some(address), _) => listen::bind_tcp(*address).map(Self::Tcp),
            (None, Some(path)) => {
                listen::bind_unix(path, Access::Mode(listener.mode)).map(Self::Unix)
            }
            (None, None) => unreachable!("the configuration was checked"),
        }
    }

    fn url(&self, is_tls: bool) -> String {
        match self {
            Self::Tcp(door) if is_tls => format!("wss://{}/ws", door.address()),
            Self::Tcp(door) => format!("ws://{}/ws", door.address()),
            Self::Unix(door) => format!("unix://{}", door.path().display()),
        }
    }
}

/// What a listener's files hold now.
fn tls(tls: &config::Tls) -> Result<Tls, TlsError> {
    Ok(Tls {
        acceptor: tls.acceptor()?,
        plain: tls.plain,
    })
}
