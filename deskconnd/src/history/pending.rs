//! Changes of a realm's history that are not written down yet: a bounded queue, filled under the
//! realm's lock and emptied as a whole by the task that writes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wamp_router::StoredEvent;

/// How many octets of events may wait to be written. Beyond it nothing more is noted, and the whole
/// history is written anew from memory.
const MOST: usize = 64 << 20;

/// About what a change costs in memory beside its event.
const CHANGE: usize = size_of::<Change>();

/// What is to be done with what is written down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Put this event there under this number.
    Record(u64, Box<StoredEvent>),
    /// Take the event of this number away.
    Forget(u64),
}

/// Changes that wait.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    queue: Mutex<Queue>,
    filled: Notify,
    /// Events and removals that were written.
    written: AtomicU64,
    /// Whether what is written down is not what is in memory, for a mistake on the disk.
    failing: AtomicBool,
}

#[derive(Debug, Default)]
struct Queue {
    changes: Vec<Change>,
    octets: usize,
    /// How many changes were taken and are being written.
    writing: usize,
    /// Set when changes were left out.
    overrun: bool,
}

/// What waits to be written.
#[derive(Debug, PartialEq)]
pub(crate) enum Waiting {
    /// These changes, in order.
    Changes(Vec<Change>),
    /// Everything: changes were left out.
    Everything,
}

impl Pending {
    /// Notes a change. The writing task has to be woken.
    pub(crate) fn note(&self, change: Change) {
        let mut queue = self.lock();
        if queue.overrun {
            return;
        }
        queue.octets += CHANGE
            + match &change {
                Change::Record(_, event) => event.octets(),
                Change::Forget(_) => 0,
            };
        if queue.octets > MOST {
            queue.overrun();
            return;
        }
        queue.changes.push(change);
    }

    /// Wakes the writing task. Not to be called under the realm's lock.
    pub(crate) fn wake(&self) {
        self.filled.notify_one();
    }

    /// Ends when something may wait.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Takes what waits. What was left out is asked for by [`Pending::start_over`].
    pub(super) fn take(&self) -> Waiting {
        let mut queue = self.lock();
        if queue.overrun {
            return Waiting::Everything;
        }
        queue.octets = 0;
        queue.writing = queue.changes.len();
        Waiting::Changes(std::mem::take(&mut queue.changes))
    }

    /// Notes nothing more until everything is written anew.
    pub(super) fn give_up(&self) {
        let mut queue = self.lock();
        queue.overrun();
        queue.writing = 0;
    }

    /// Forgets what waits: the caller has all these events, and the realm's lock.
    pub(super) fn start_over(&self, events: usize) {
        *self.lock() = Queue {
            writing: events,
            ..Queue::default()
        };
    }

    /// How many changes are not written yet.
    pub(crate) fn waiting(&self) -> usize {
        let queue = self.lock();
        queue.changes.len() + queue.writing
    }

    /// How many changes were written.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(super) fn count_written(&self, changes: usize) {
        self.lock().writing = 0;
        self.written.fetch_add(changes as u64, Ordering::Relaxed);
    }

    /// Whether the history is kept in memory only, for a mistake on the disk.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Says whether writing fails; returns whether it did before.
    pub(super) fn set_failing(&self, failing: bool) -> bool {
        self.failing.swap(failing, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic runs under this lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Lets go of what waits, and notes that it is missing.
    fn overrun(&mut self) {
        (self.changes, self.octets, self.overrun) = (Vec::new(), 0, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wamp_proto::{Payload, PublicationId};

    fn record(number: u64, octets: usize) -> Change {
        let event = StoredEvent {
            publication: PublicationId::from_random(number),
            time: number,
            topic: "com.example.topic".into(),
            details: Default::default(),
            audience: Default::default(),
            payload: Payload::sentence(&"x".repeat(octets)),
        };
        Change::Record(number, Box::new(event))
    }

    #[test]
    fn changes_come_out_in_their_order_and_once() {
        let pending = Pending::default();
        pending.note(record(1, 10));
        pending.note(Change::Forget(1));
        assert_eq!(pending.waiting(), 2);
        let expected = vec![record(1, 10), Change::Forget(1)];
        assert_eq!(pending.take(), Waiting::Changes(expected));
        assert_eq!(pending.take(), Waiting::Changes(Vec::new()));
    }

    #[test]
    fn what_is_too_much_is_not_held_and_everything_is_to_be_written_then() {
        let pending = Pending::default();
        for number in 0..5 {
            pending.note(record(number, MOST / 4));
        }
        assert_eq!(pending.waiting(), 0);
        assert_eq!(pending.take(), Waiting::Everything);
        pending.start_over(0);
        pending.note(record(6, 1));
        assert_eq!(pending.take(), Waiting::Changes(vec![record(6, 1)]));
    }
}
