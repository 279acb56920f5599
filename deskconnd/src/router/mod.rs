//! The router: realms by name, and the sessions that enter them.

mod authority;
mod counters;
mod logins;
mod outbox;
mod queues;
mod session;
mod shared_realm;
mod slow_receivers;

pub(crate) use authority::{
    Admission, Arrival, Authority, Browser, Door, Knock, Proof, Unwelcome, Verdict,
};
pub(crate) use counters::{DoorCounters, TOO_FAST, TOO_MANY, Traffic};
pub(crate) use logins::{Cookie, Logins, Token};
pub(crate) use queues::Queues;
pub(crate) use session::serve;
pub(crate) use shared_realm::SharedRealm;

use crate::journal::StrangerLog;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;
use wamp_proto::handshake::router::Principal;
use wamp_proto::{Uri, uris};
use wamp_router::{CloseReason, Epoch, RealmConfig};

/// How long a client may take from the first octet to a joined session.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(10);

/// What who comes too late is told.
const SHUTS_DOWN: &str = "the router shuts down";

/// How long sessions, components and the announcement may take to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// The realms of this daemon and who decides about entering them.
#[derive(Debug)]
pub(crate) struct Router {
    realms: RwLock<HashMap<Uri, Arc<SharedRealm>>>,
    /// Who decides.
    pub(crate) authority: Arc<dyn Authority>,
    /// What is left of the log for strangers.
    pub(crate) stranger_log: StrangerLog,
    /// What came to nothing before it was a session.
    pub(crate) doors: DoorCounters,
    /// Whose threads route, whoever asks for a session.
    pub(crate) runtime: Handle,
    /// Ends every session.
    pub(crate) shutdown: CancellationToken,
    /// Ends those who write down what happens in the realms, once nothing more does.
    pub(crate) quiet: CancellationToken,
}

impl Router {
    /// A router with these realms, which `authority` lets clients into. It runs where it is made, in a
    /// runtime.
    pub(crate) fn new(
        authority: Arc<dyn Authority>,
        realms: impl IntoIterator<Item = Arc<SharedRealm>>,
    ) -> Arc<Self> {
        let router = Self {
            realms: RwLock::default(),
            authority,
            stranger_log: StrangerLog::new(),
            doors: DoorCounters::default(),
            runtime: Handle::current(),
            shutdown: CancellationToken::new(),
            quiet: CancellationToken::new(),
        };
        for realm in realms {
            router.add(realm);
        }
        Arc::new(router)
    }

    /// The realm of that name.
    pub(crate) fn realm(&self, name: &Uri) -> Option<Arc<SharedRealm>> {
        let realms = self.realms.read().unwrap_or_else(PoisonError::into_inner);
        realms.get(name).cloned()
    }

    /// All realms.
    pub(crate) fn realms(&self) -> Vec<Arc<SharedRealm>> {
        let realms = self.realms.read().unwrap_or_else(PoisonError::into_inner);
        realms.values().cloned().collect()
    }

    /// Counts a session that is in its realm now, or says why it must leave again.
    fn joined(
        &self,
        realm: &Uri,
        principal: &Principal,
        admission: &Admission,
    ) -> Result<(), Unwelcome> {
        if self.shutdown.is_cancelled() {
            return Err(Unwelcome {
                reason: uris::SYSTEM_SHUTDOWN,
                message: SHUTS_DOWN,
            });
        }
        self.authority.joined(realm, principal, admission)
    }

    /// Ends every session and waits, for so long, until the tasks that serve them have ended: what waits
    /// is sent, and clients are told.
    pub(crate) async fn shut_down(&self, tasks: &TaskTracker) {
        // First: who joins from here on is turned away, and who has joined is found below.
        self.shutdown.cancel();
        for realm in self.realms() {
            realm.with(|realm, now, out| {
                realm.close_sessions(|_| true, CloseReason::Shutdown, now, out);
            });
        }
        self.quiet.cancel();
        tasks.close();
        if tokio::time::timeout(SHUTDOWN, tasks.wait()).await.is_err() {
            warn!("{} tasks did not end in time", tasks.len());
        }
    }

    /// Lets nobody enter the realm of that name any more, and gives it.
    pub(crate) fn remove(&self, name: &Uri) -> Option<Arc<SharedRealm>> {
        let mut realms = self.realms.write().unwrap_or_else(PoisonError::into_inner);
        realms.remove(name)
    }

    /// Takes a realm in, in the place of one with its name.
    pub(crate) fn add(&self, realm: Arc<SharedRealm>) {
        // Each change is one insert or remove.
        let mut realms = self.realms.write().unwrap_or_else(PoisonError::into_inner);
        realms.insert(realm.name().clone(), realm);
    }
}

/// What every realm of this program has in common.
pub(crate) fn realm_config(name: Uri) -> RealmConfig {
    RealmConfig {
        agent: crate::AGENT.to_owned(),
        epoch: Some(Epoch {
            instant: Instant::now(),
            date: SystemTime::now(),
        }),
        ..RealmConfig::new(name)
    }
}
