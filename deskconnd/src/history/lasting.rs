//! A realm's history as it was when the realm was last open, and from then on.

use super::keeper::Keeper;
use super::pending::{Change, Pending};
use super::store::{NOT_UNDERSTOOD, Store, StoreError};
use crate::router::SharedRealm;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{info, warn};
use wamp_router::{Realm, StoredEvent};

/// The history of a realm that is about to open.
#[derive(Debug)]
pub(crate) struct Lasting {
    path: PathBuf,
    pending: Arc<Pending>,
    /// Nothing if the file can not be used: it is left as it is, and the history is kept in memory only.
    store: Option<Store>,
}

impl Lasting {
    /// Puts into `realm`, which nobody is in yet, what the file `path` holds. A file that can not be used
    /// is said in the log, and keeps no realm from opening.
    pub(crate) async fn restore(path: PathBuf, realm: &mut Realm) -> Self {
        let file = path.clone();
        let reading = tokio::task::spawn_blocking(move || read(&file));
        let read = reading.await.unwrap_or_else(|_| {
            Err(StoreError::Broken {
                path: path.clone(),
                reason: NOT_UNDERSTOOD.to_owned(),
            })
        });
        let pending = Arc::new(Pending::default());
        let store = match read {
            Ok((store, events)) => {
                info!(realm = %realm.name(), events = events.len(), "the history was read");
                for number in realm.restore_history(events) {
                    pending.note(Change::Forget(number));
                }
                pending.wake();
                Some(store)
            }
            Err(error) => {
                let hint = error.hint();
                warn!(realm = %realm.name(), hint, "{error}; it goes on in memory until the next start");
                pending.set_failing(true);
                pending.give_up();
                None
            }
        };
        Self {
            path,
            pending,
            store,
        }
    }

    /// Where the realm is to note what changes.
    pub(crate) fn pending(&self) -> Arc<Pending> {
        Arc::clone(&self.pending)
    }

    /// Who writes down what `realm` notes, if it can be written.
    pub(crate) fn keeper(self, realm: Arc<SharedRealm>) -> Option<Keeper> {
        let Self {
            path,
            pending,
            store,
        } = self;
        store.map(|store| Keeper::new(realm, pending, path, store))
    }
}

fn read(path: &Path) -> Result<(Store, Vec<(u64, StoredEvent)>), StoreError> {
    let store = Store::open(path)?;
    let events = store.read()?;
    Ok((store, events))
}
