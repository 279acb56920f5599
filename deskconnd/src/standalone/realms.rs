//! The realms of a router: opened, changed and closed while it runs.

use super::config::{self, History};
use super::directory::{Directory, Entry, INTERNAL};
use super::webhooks::{Place, Webhooks};
use crate::history::Lasting;
use crate::router::{Router, SharedRealm, realm_config};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toml::Spanned;
use tracing::{info, warn};
use wamp_proto::{Uri, uris};
use wamp_router::{CloseReason, RealmConfig, SessionInfo};

/// The realms that are open.
#[derive(Debug)]
pub(super) struct Realms {
    router: Arc<Router>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    open: HashMap<Uri, Open>,
}

/// A realm that can be entered.
#[derive(Debug)]
struct Open {
    realm: Arc<SharedRealm>,
    history: Vec<History>,
    history_file: Option<PathBuf>,
    webhooks: Webhooks,
    /// Ends its timers and webhooks.
    ends: CancellationToken,
    /// Ends who writes its history down, once nothing more happens in it.
    written: CancellationToken,
}

impl Realms {
    /// No realms, for `router`. Their tasks are owned by `tasks`, until `shutdown`.
    pub(super) fn new(
        router: Arc<Router>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            router,
            tasks,
            shutdown,
            open: HashMap::new(),
        }
    }

    /// Their names, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.open.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        names
    }

    /// Opens those realms that are not, each with a random `seed`.
    ///
    /// # Errors
    /// If there is no seed.
    pub(super) async fn open<'a>(
        &mut self,
        realms: impl IntoIterator<Item = &'a config::Realm>,
        mut seed: impl FnMut() -> Result<u64, getrandom::Error>,
    ) -> Result<(), getrandom::Error> {
        for realm in realms {
            let name = realm.name.get_ref();
            if !self.open.contains_key(name) {
                self.open_one(realm, seed()?).await;
                info!("the realm {name} is open");
            }
        }
        Ok(())
    }

    async fn open_one(&mut self, realm: &config::Realm, seed: u64) {
        let config = RealmConfig {
            uri_rule: realm.uris.into(),
            request_ids: realm.request_ids.into(),
            limits: realm.limits.clone(),
            history: realm.history.iter().map(Into::into).collect(),
            ..realm_config(realm.name.get_ref().clone())
        };
        let mut inner = wamp_router::Realm::new(config, seed);
        let history_file = realm.history_file();
        let lasting = match &history_file {
            Some(path) => Some(Lasting::restore(path.clone(), &mut inner).await),
            None => None,
        };
        let noted = lasting.as_ref().map(Lasting::pending);
        let shared = SharedRealm::recording(inner, *realm.queues.get_ref(), noted);
        // What happens while sessions end is written too.
        let written = self.router.quiet.child_token();
        if let Some(keeper) = lasting.and_then(|lasting| lasting.keeper(Arc::clone(&shared))) {
            self.tasks.spawn(keeper.run(written.clone()));
        }
        let ends = self.shutdown.child_token();
        let mut open = Open {
            realm: Arc::clone(&shared),
            history: realm.history.clone(),
            history_file,
            webhooks: Webhooks::default(),
            ends: ends.clone(),
            written,
        };
        self.router.add(Arc::clone(&shared));
        self.tasks.spawn(async move {
            ends.run_until_cancelled(shared.run_timers()).await;
        });
        open.start_webhooks(realm, &self.router, &self.tasks);
        self.open.insert(realm.name.get_ref().clone(), open);
    }

    /// Has the realms that are open be as `realms` says, closes those that are not there, and has every
    /// session do what it may now, or end. `before` and `after` are who was known and who is.
    pub(super) fn change(
        &mut self,
        realms: &[config::Realm],
        before: &Directory,
        after: &Directory,
    ) {
        for realm in realms {
            let name = realm.name.get_ref();
            let Some(open) = self.open.get_mut(name) else {
                continue;
            };
            if (&open.history, &open.history_file) != (&realm.history, &realm.history_file()) {
                warn!("the history of the realm {name} changes with the next start");
            }
            open.realm.set_queues(*realm.queues.get_ref());
            let (uris, ids) = (realm.uris.into(), realm.request_ids.into());
            open.realm
                .with(|inner, _, _| inner.set_rules(uris, ids, realm.limits.clone()));
            if let (Some(before), Some(after)) = (before.realms.get(name), after.realms.get(name)) {
                judge(&open.realm, before, after);
            }
            open.start_webhooks(realm, &self.router, &self.tasks);
        }
        self.open.retain(|name, open| {
            let stays = after.realms.contains_key(name);
            if !stays {
                self.router.remove(name);
                close(&open.realm);
                open.ends.cancel();
                open.written.cancel();
                info!("the realm {name} is closed");
            }
            stays
        });
    }
}

impl Open {
    /// Starts and stops webhooks until they are as `realm` says.
    fn start_webhooks(&mut self, realm: &config::Realm, router: &Arc<Router>, tasks: &TaskTracker) {
        let place = Place {
            realm: realm.name.get_ref(),
            router,
            tasks,
            ends: &self.ends,
        };
        let wanted = realm.webhooks.iter().map(Spanned::get_ref);
        self.webhooks.become_as(wanted, &place);
    }
}

/// Ends every session that would not be let in any more, and lets the others do what they may now.
fn judge(realm: &SharedRealm, before: &Entry, after: &Entry) {
    let ended = realm.with(|realm, now, out| {
        let all = realm.sessions().count();
        realm.close_sessions(
            |session| !is_own(session) && after.standing(&session.principal, before).is_none(),
            CloseReason::Revoked,
            now,
            out,
        );
        for (role, permissions) in after.roles.iter() {
            if before.roles.permissions(role) != Some(permissions) {
                let has_role =
                    |session: &SessionInfo| !is_own(session) && session.principal.authrole == *role;
                realm.set_permissions(has_role, Arc::clone(permissions), now, out);
            }
        }
        all - realm.sessions().count()
    });
    if ended > 0 {
        info!(
            "{ended} sessions of the realm {} were ended: access was taken back",
            realm.name()
        );
    }
}

/// Whether it is the router's own.
fn is_own(session: &SessionInfo) -> bool {
    *session.principal.authmethod == *INTERNAL
}

/// Ends every session.
fn close(realm: &SharedRealm) {
    let reason = CloseReason::Killed {
        reason: uris::CLOSE_REALM,
        message: Some("the realm is closed".to_owned()),
    };
    realm.with(|realm, now, out| realm.close_sessions(|_| true, reason, now, out));
}
