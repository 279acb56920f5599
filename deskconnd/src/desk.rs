//! The realms of a desk: one for those who are known, one for those who are not yet.

use crate::router::{Queues, SharedRealm, realm_config};
use deskconn_protocol::uris;
use std::sync::Arc;
use wamp_proto::Uri;
use wamp_router::{Limits, Realm, RealmConfig};

/// Both realms.
#[derive(Debug, Clone)]
pub(crate) struct Realms {
    /// Devices, components and the owner.
    pub(crate) main: Arc<SharedRealm>,
    /// Strangers, who can do nothing but pair.
    pub(crate) pairing: Arc<SharedRealm>,
}

impl Realms {
    /// Both, empty; `seeds` are random.
    pub(crate) fn new(seeds: [u64; 2]) -> Self {
        Self {
            main: realm(uris::REALM, of_main(), seeds[0]),
            pairing: realm(uris::REALM_PAIRING, of_pairing(), seeds[1]),
        }
    }

    /// One after the other.
    pub(crate) fn all(&self) -> [Arc<SharedRealm>; 2] {
        [Arc::clone(&self.main), Arc::clone(&self.pairing)]
    }
}

fn realm(name: &'static str, limits: Limits, seed: u64) -> Arc<SharedRealm> {
    let config = RealmConfig {
        limits,
        ..realm_config(Uri::from_static(name))
    };
    SharedRealm::new(Realm::new(config, seed), Queues::default())
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
