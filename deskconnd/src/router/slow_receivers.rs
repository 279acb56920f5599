//! Whom a session should wait for before it is heard again: receivers that are behind.

use super::outbox::{Outbox, Wait};
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// How long a sender pauses for a receiver that can not keep up, at most, for each batch.
const PAUSE: Duration = Duration::from_millis(5);

/// Receivers that are behind with what a session sends them.
#[derive(Debug, Default)]
pub(crate) struct SlowReceivers {
    /// One to wait for briefly.
    briefly: Option<Arc<Outbox>>,
    /// Those to wait for until they have room.
    for_room: Vec<Arc<Outbox>>,
}

impl SlowReceivers {
    /// Whether there is nobody to wait for.
    pub(crate) const fn is_empty(&self) -> bool {
        self.briefly.is_none() && self.for_room.is_empty()
    }

    /// Waits for them as long as each should be waited for.
    pub(crate) async fn catch_up(self) {
        join_all(self.for_room.iter().map(|outbox| outbox.room_or_end())).await;
        if let Some(outbox) = self.briefly {
            drop(tokio::time::timeout(PAUSE, outbox.room()).await);
        }
    }

    /// Whether somebody has to have room before the sender may go on.
    pub(crate) const fn hold_up(&self) -> bool {
        !self.for_room.is_empty()
    }

    pub(super) fn add(&mut self, outbox: &Arc<Outbox>, wait: Wait) {
        match wait {
            Wait::Not => {}
            Wait::Briefly => {
                self.briefly.get_or_insert_with(|| Arc::clone(outbox));
            }
            Wait::ForRoom => self.for_room.push(Arc::clone(outbox)),
        }
    }
}
