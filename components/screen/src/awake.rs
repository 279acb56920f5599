//! `org.deskconn.screen.awake.*`: the screen stays on as long as a session wants it.

use std::sync::Arc;
use std::time::Duration;

use deskconn_component::{Registrar, StartError, Unavailable, failure};
use deskconn_desktop::Buses;
use deskconn_desktop::awake::{Hold, NobodyToAsk, probe};
use deskconn_protocol::api::screen::{Awake as Status, KeepAwake, Lease};
use deskconn_protocol::uris;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use wamp_client::{InvocationError, Session};
use wamp_proto::{SessionId, Uri};

use crate::health::PartHealth;
use crate::holder::{self, Holding};
use crate::lease::Leases;
use crate::manifest::MANIFEST;

const HINT: &str =
    "run the daemon on a computer with systemd-logind, or in the session of its desktop";

/// How often to look whether there is anybody to ask.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// How many letters of a reason are shown.
const WHY_LENGTH: usize = 100;

/// Why, when nobody says.
const WHY: &str = "a remote control wants it so";

/// Keeps the screen awake.
#[derive(Debug)]
pub(crate) struct Awake {
    session: Session,
    buses: Buses,
    state: Mutex<State>,
    /// A lease was taken: it may be the next to end.
    taken: Notify,
    health: PartHealth,
}

#[derive(Debug)]
struct State {
    leases: Leases<String>,
    hold: Option<Hold>,
    told: Status,
}

impl Awake {
    /// Registers the procedures and starts. The task goes on until `stop`; when it has ended, nothing
    /// keeps the screen awake.
    ///
    /// # Errors
    /// If the procedures can not be registered.
    pub(crate) async fn start(
        session: &Session,
        buses: Buses,
        health: PartHealth,
        stop: CancellationToken,
    ) -> Result<JoinHandle<()>, StartError> {
        let awake = Arc::new(Self {
            session: session.clone(),
            buses,
            state: Mutex::new(State {
                leases: Leases::new(),
                hold: None,
                told: Status::default(),
            }),
            taken: Notify::new(),
            health,
        });
        let leaving = holder::leaving(session).await?;
        awake.settle().await;
        register(&awake).await?;
        Ok(tokio::spawn(async move {
            let watching = async {
                tokio::join!(awake.run(), holder::watch(&awake.session, leaving, &*awake));
            };
            stop.run_until_cancelled(watching).await;
            let hold = awake.state.lock().await.hold.take();
            if let Some(hold) = hold {
                hold.release().await;
            }
        }))
    }

    async fn keep(&self, wanted: KeepAwake, by: SessionId) -> Result<Lease, InvocationError> {
        let why = wanted.why.unwrap_or_else(|| WHY.to_owned());
        let why: String = why.chars().filter(|c| !c.is_control()).collect();
        let why: String = why.chars().take(WHY_LENGTH).collect();
        let ttl = wanted.ttl_ms.map(Duration::from_millis);
        let lease = {
            let mut state = self.state.lock().await;
            if state.hold.is_none() {
                let taken = Hold::take(&self.buses, &why).await;
                state.hold = Some(taken.map_err(unavailable)?);
            }
            let lease = state.leases.take(by, why, ttl, Instant::now());
            lease.map_err(|error| {
                failure(
                    uris::ERROR_RATE_LIMITED,
                    error.to_string(),
                    "release some first",
                )
            })?
        };
        holder::check(&self.session, self, by).await;
        self.taken.notify_one();
        self.settle().await;
        Ok(Lease { lease })
    }

    async fn release(&self, lease: u64, by: SessionId) -> Result<Status, InvocationError> {
        let released = self.state.lock().await.leases.release(by, lease);
        released.map_err(|error| {
            let hint = "it may have ended by itself: there is nothing to release";
            failure(uris::ERROR_NOT_FOUND, error.to_string(), hint)
        })?;
        Ok(self.settle().await)
    }

    /// Ends leases whose time is over, and looks from time to time whether there is anybody to ask.
    async fn run(&self) {
        loop {
            let next_end = self.state.lock().await.leases.next_end();
            let look_again = Instant::now() + LOOK_AGAIN;
            let due = next_end.map_or(look_again, |end| end.min(look_again));
            tokio::select! {
                () = sleep_until(due) => {
                    self.state.lock().await.leases.expire(Instant::now());
                    self.settle().await;
                }
                () = self.taken.notified() => {}
            }
        }
    }

    /// Lets the screen sleep when nobody has a lease, tells what has changed, and returns how it is.
    async fn settle(&self) -> Status {
        let mut state = self.state.lock().await;
        let over = state.leases.is_empty().then(|| state.hold.take());
        if let Some(hold) = over.flatten() {
            hold.release().await;
        }
        let unavailable = match &state.hold {
            Some(_) => None,
            None => probe(&self.buses).await.map_err(unavailable).err(),
        };
        self.health.report(unavailable.as_ref());
        let status = Status {
            available: unavailable.is_none(),
            reason: unavailable.as_ref().map(ToString::to_string),
            awake: state.hold.is_some(),
            why: state.leases.wanted().cloned().collect(),
        };
        if status != state.told {
            state.told = status.clone();
            let topic = Uri::from_static(uris::SCREEN_AWAKE_ON_CHANGE);
            if let Err(error) = self.session.publish(topic).kwargs(status.clone()).await {
                tracing::debug!(%error, "a change was not told");
            }
        }
        status
    }
}

impl Holding for Awake {
    async fn left(&self, session: SessionId) {
        let any = self.state.lock().await.leases.left(session);
        if any {
            self.settle().await;
        }
    }

    async fn holders(&self) -> Vec<SessionId> {
        self.state.lock().await.leases.holders()
    }
}

fn unavailable(NobodyToAsk: NobodyToAsk) -> Unavailable {
    Unavailable::without_desktop("nothing here can keep the screen awake", HINT)
}

async fn register(awake: &Arc<Awake>) -> Result<(), StartError> {
    let registrar = Registrar::new(&awake.session, &MANIFEST, Arc::clone(awake));
    registrar
        .procedure(uris::SCREEN_AWAKE_STATUS, |awake, (), _| async move {
            Ok(awake.settle().await)
        })
        .await?;
    registrar
        .procedure(uris::SCREEN_AWAKE_KEEP, |awake, wanted, call| async move {
            awake.keep(wanted, holder::of(&call)?).await
        })
        .await?;
    registrar
        .procedure(
            uris::SCREEN_AWAKE_RELEASE,
            |awake, Lease { lease }, call| async move {
                awake.release(lease, holder::of(&call)?).await
            },
        )
        .await
}
