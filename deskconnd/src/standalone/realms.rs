//! Realms as the configuration wants them.

use super::config::Realm;
use crate::router::{SharedRealm, realm_config};
use std::sync::Arc;
use wamp_router::RealmConfig;

/// The realm, empty; `seed` is random.
pub(super) fn open(realm: &Realm, seed: u64) -> Arc<SharedRealm> {
    let config = RealmConfig {
        uri_rule: realm.uris.into(),
        request_ids: realm.request_ids.into(),
        limits: realm.limits.clone(),
        history: realm.history.iter().map(Into::into).collect(),
        ..realm_config(realm.name.get_ref().clone())
    };
    let realm_of = wamp_router::Realm::new(config, seed);
    SharedRealm::new(realm_of, *realm.queues.get_ref())
}
