//! The router: realms by name, and the sessions that enter them.

mod outbox;
mod queues;
mod session;
mod shared_realm;
mod slow_receivers;

pub(crate) use queues::Queues;
pub(crate) use session::serve;
pub(crate) use shared_realm::SharedRealm;

use crate::auth::Authority;
use crate::journal::StrangerLog;
use deskconn_protocol::uris;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;
use wamp_proto::Uri;
use wamp_router::{Epoch, Limits, Realm, RealmConfig};

/// What the shell around the realms bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionLimits {
    /// What may wait for them.
    pub(crate) queues: Queues,
    /// How long a client may take from the first octet to a joined session.
    pub(crate) handshake: Duration,
    /// How long a stranger may stay: a pairing takes two calls, and the second may be answered late.
    pub(crate) pairing: Duration,
}

impl Default for SessionLimits {
    /// Ten seconds to join; a minute to pair.
    fn default() -> Self {
        Self {
            queues: Queues::default(),
            handshake: Duration::from_secs(10),
            pairing: Duration::from_secs(60),
        }
    }
}

/// The realms of this daemon and who decides about entering them.
#[derive(Debug)]
pub(crate) struct Router {
    /// Devices, components and the owner.
    pub(crate) main: Arc<SharedRealm>,
    /// Strangers, who can do nothing but pair.
    pub(crate) pairing: Arc<SharedRealm>,
    /// Who decides.
    pub(crate) authority: Authority,
    /// What a session may cost.
    pub(crate) limits: SessionLimits,
    /// What is left of the log for strangers.
    pub(crate) stranger_log: StrangerLog,
    /// Ends every session.
    pub(crate) shutdown: CancellationToken,
}

impl Router {
    /// Both realms, empty; `seeds` are random.
    pub(crate) fn new(authority: Authority, limits: SessionLimits, seeds: [u64; 2]) -> Arc<Self> {
        let queues = limits.queues;
        let realm = |name, limits, seed| {
            let agent = crate::AGENT.to_owned();
            let config = RealmConfig {
                agent,
                limits,
                epoch: Some(Epoch {
                    instant: Instant::now(),
                    date: SystemTime::now(),
                }),
                ..RealmConfig::new(Uri::from_static(name))
            };
            SharedRealm::new(Realm::new(config, seed), queues)
        };
        Arc::new(Self {
            main: realm(uris::REALM, of_main(), seeds[0]),
            pairing: realm(uris::REALM_PAIRING, of_pairing(), seeds[1]),
            authority,
            limits,
            stranger_log: StrangerLog::new(),
            shutdown: CancellationToken::new(),
        })
    }

    /// The realm of that name.
    pub(crate) fn realm(&self, name: &str) -> Option<&Arc<SharedRealm>> {
        match name {
            uris::REALM => Some(&self.main),
            uris::REALM_PAIRING => Some(&self.pairing),
            _ => None,
        }
    }
}

/// What a session may hold in the realm `deskconn`. A device may make up any number of topics under
/// those it was granted, and each costs its URI and, as a pattern, a node for every component of it.
fn of_main() -> Limits {
    Limits {
        registrations: 1024,
        subscriptions: 1024,
        calls: 1024,
        testaments: 16,
        retained_topics: 1024,
        uri_length: 255,
        ..Limits::default()
    }
}

/// What a session may hold in the realm `deskconn.pairing`: the daemon its two procedures, a stranger
/// its calls, which it makes one after the other.
fn of_pairing() -> Limits {
    Limits {
        registrations: 2,
        subscriptions: 0,
        calls: 4,
        testaments: 0,
        retained_topics: 0,
        uri_length: 64,
        ..Limits::default()
    }
}
