//! The task that writes a realm's history down: all that waits at once, and everything anew after the
//! disk has failed.

use super::pending::{Pending, Waiting};
use super::store::{NOT_UNDERSTOOD, Store, StoreError};
use crate::router::SharedRealm;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use wamp_router::StoredEvent;

/// How long to wait before a disk that failed is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Keeps a file the same as the history of a realm.
#[derive(Debug)]
pub(crate) struct Keeper {
    realm: Arc<SharedRealm>,
    pending: Arc<Pending>,
    path: PathBuf,
    /// Nothing while the disk fails.
    store: Option<Store>,
}

impl Keeper {
    /// Keeps the history of `realm`, which notes its changes in `pending`, in `store`, which is open at
    /// `path`.
    pub(crate) const fn new(
        realm: Arc<SharedRealm>,
        pending: Arc<Pending>,
        path: PathBuf,
        store: Store,
    ) -> Self {
        Self {
            realm,
            pending,
            path,
            store: Some(store),
        }
    }

    /// Writes until `ends`, and then what is left.
    pub(crate) async fn run(mut self, ends: CancellationToken) {
        loop {
            let next = async {
                match self.store {
                    Some(_) => self.pending.filled().await,
                    None => tokio::time::sleep(RETRY).await,
                }
            };
            if ends.run_until_cancelled(next).await.is_none() {
                return self.write().await;
            }
            self.write().await;
        }
    }

    /// Writes what waits; everything, if the file is not what it should be.
    async fn write(&mut self) {
        let (store, waiting) = match self.store.take() {
            Some(store) => (Some(store), self.pending.take()),
            None => (None, Waiting::Everything),
        };
        let everything = match waiting {
            Waiting::Everything => self.everything(),
            Waiting::Changes(_) => Vec::new(),
        };
        let path = self.path.clone();
        // The disk is waited for elsewhere.
        let writing =
            tokio::task::spawn_blocking(move || write(store, &path, &waiting, &everything));
        let written = writing.await.unwrap_or_else(|_| {
            Err(StoreError::Broken {
                path: self.path.clone(),
                reason: NOT_UNDERSTOOD.to_owned(),
            })
        });
        match written {
            Ok((store, changes)) => {
                self.store = Some(store);
                self.pending.count_written(changes);
                if self.pending.set_failing(false) {
                    info!(realm = %self.realm.name(), "the history is written again, all of it");
                }
            }
            Err(error) => {
                self.pending.give_up();
                if !self.pending.set_failing(true) {
                    let hint = error.hint();
                    warn!(realm = %self.realm.name(), hint, "{error}; it goes on in memory");
                }
            }
        }
    }

    /// All that should be in the file. From here on changes are noted again.
    fn everything(&self) -> Vec<(u64, StoredEvent)> {
        self.realm.with(|realm, _, _| {
            let events = realm.lasting_history();
            let events = events.map(|(number, event)| (number, event.clone()));
            let events: Vec<_> = events.collect();
            self.pending.start_over(events.len());
            events
        })
    }
}

/// Returns the store, and how many events and removals it has taken.
fn write(
    store: Option<Store>,
    path: &std::path::Path,
    waiting: &Waiting,
    everything: &[(u64, StoredEvent)],
) -> Result<(Store, usize), StoreError> {
    let store = store.map_or_else(|| Store::open(path), Ok)?;
    let written = match waiting {
        Waiting::Changes(changes) if changes.is_empty() => 0,
        Waiting::Changes(changes) => {
            store.apply(changes)?;
            changes.len()
        }
        Waiting::Everything => {
            store.replace(everything)?;
            everything.len()
        }
    };
    Ok((store, written))
}
