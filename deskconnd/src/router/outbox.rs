//! A session's way out: a queue that is bounded in octets, filled under the realm's lock and emptied
//! by the session's own task.

use super::counters::Counters;
use super::queues::{Queues, SlowReaders};
use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use tokio::sync::Notify;
use wamp_proto::{Message, Outbound, RequestId};
use wamp_router::CloseReason;

/// How much one turn of a session's task takes out: enough to fill a write, little enough that what
/// is out of the budget's sight stays small.
const TAKE: usize = 64 * 1024;

/// For how many messages there is room at first: a queue that is empty has none.
pub(super) const USUAL: usize = 16;

/// A session's send queue. It owns the session's backpressure: nobody else counts what it holds.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    /// The task of the session.
    owner: AtomicWaker,
    /// Tells those who wait for the queue to sink below high water.
    room: Notify,
    queues: Queues,
    /// Those of the realm: what waits for this session counts there too.
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Outbound>,
    octets: usize,
    /// The last invocation that entered; they are counted from one on (spec, "IDs").
    invoked: Option<RequestId>,
    /// EVENTs left out that the session was not told of yet.
    untold: u64,
    /// EVENTs left out in the current stretch, which lasts until the queue is at low water.
    left_out: u64,
    /// Set once nothing more may enter.
    end: Option<CloseReason>,
}

/// How the queue stands after a push.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// Whether the owner has to be woken: nothing waited before.
    pub(crate) wake: bool,
    /// How long the sender should wait before it sends more.
    pub(crate) wait: Wait,
    /// The INVOCATION that was pushed and did not enter.
    pub(crate) refused: Option<Refused>,
}

/// How long a sender should wait for a receiver that is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Wait {
    /// It need not.
    #[default]
    Not,
    /// A few milliseconds.
    Briefly,
    /// Until there is room, or the receiver's time is over.
    ForRoom,
}

/// An INVOCATION for a callee that is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) request: RequestId,
    /// Whether the callee has had earlier arguments of it.
    pub(crate) begun: bool,
}

/// What a turn of the session's task took out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Taken {
    /// Messages.
    Messages {
        /// How many EVENTs were left out in a stretch that is over now.
        left_out: u64,
    },
    /// Nothing is left, and nothing more will come.
    Ended(CloseReason),
}

impl Outbox {
    /// An empty outbox of a realm with these `queues` and `counters`.
    pub(crate) fn new(queues: Queues, counters: Arc<Counters>) -> Self {
        Self {
            queue: Mutex::default(),
            owner: AtomicWaker::new(),
            room: Notify::new(),
            queues,
            counters,
        }
    }

    /// Puts a message at the end. Over budget, the session ends with [`CloseReason::Overflow`] and
    /// the queue is dropped: all its reader may still learn is that.
    ///
    /// An INVOCATION does not enter above high water: callers must not be able to end a callee by
    /// calling it. Nor does an EVENT, where [`SlowReaders::DropEvents`] says so; it is counted, and
    /// the next EVENT that enters says how many there were.
    pub(crate) fn push(&self, mut message: Outbound) -> Pushed {
        let mut queue = self.lock();
        if queue.end.is_some() {
            return Pushed::default();
        }
        if let Message::Invocation(invocation) = message.message() {
            let request = invocation.request;
            let begun = queue.invoked >= Some(request);
            if self.is_high(&queue) {
                return Pushed {
                    wait: Wait::Briefly,
                    refused: Some(Refused { request, begun }),
                    ..Pushed::default()
                };
            }
            queue.invoked = queue.invoked.max(Some(request));
        }
        let is_event = matches!(message.message(), Message::Event(_));
        if is_event && self.leaves_out_events(&queue) {
            queue.untold += 1;
            queue.left_out += 1;
            self.counters.left_out.one();
            return Pushed::default();
        }
        if is_event && queue.untold > 0 {
            message = saying_dropped(message, std::mem::take(&mut queue.untold));
        }
        let cost = message.cost();
        if queue.octets + cost > self.queues.session {
            drop(queue);
            self.overflow();
            return Pushed {
                wake: true,
                ..Pushed::default()
            };
        }
        queue.octets += cost;
        self.counters.enqueue(cost);
        if queue.messages.capacity() == 0 {
            queue.messages.reserve(USUAL);
        }
        queue.messages.push_back(message);
        let wait = match (self.is_high(&queue), self.queues.slow_readers) {
            (false, _) => Wait::Not,
            (true, SlowReaders::Backpressure) if is_event => Wait::ForRoom,
            (true, SlowReaders::DropEvents) if is_event => Wait::Not,
            (true, _) => Wait::Briefly,
        };
        Pushed {
            wake: queue.messages.len() == 1,
            wait,
            refused: None,
        }
    }

    /// Drops what waits and ends the session, if it has not ended for another reason. Its reader may
    /// learn why, if it comes round to it. Its task has to be woken.
    pub(crate) fn overflow(&self) {
        let mut queue = self.lock();
        let farewell = match queue.end {
            None => CloseReason::Overflow.farewell().map(Outbound::from),
            Some(_) => queue.messages.pop_back().filter(is_farewell),
        };
        let before = std::mem::take(&mut queue.octets);
        queue.octets = farewell.as_ref().map_or(0, Outbound::cost);
        self.counters.enqueue(queue.octets);
        self.counters.dequeue(before);
        queue.end.get_or_insert(CloseReason::Overflow);
        let messages = std::mem::replace(&mut queue.messages, farewell.into_iter().collect());
        drop(queue);
        // Freeing it takes its time.
        drop(messages);
    }

    /// Lets nothing more in; what is queued still goes out, then the session ends for `reason`.
    pub(crate) fn finish(&self, reason: CloseReason) {
        self.lock().end.get_or_insert(reason);
    }

    /// Ready with the reason once nothing more enters, whatever still waits; pending, with the task
    /// registered, until then.
    pub(crate) fn poll_ended(&self, cx: &Context<'_>) -> Poll<CloseReason> {
        self.owner.register(cx.waker());
        let ended = self.lock().end.clone();
        if ended.is_some() {
            self.room.notify_waiters();
        }
        ended.map_or(Poll::Pending, Poll::Ready)
    }

    /// Drops what waits: the session's task is at its end, and nobody should wait for it.
    pub(crate) fn discard(&self) {
        let mut queue = self.lock();
        queue.end.get_or_insert(CloseReason::LinkLost);
        queue.messages = VecDeque::new();
        self.counters.dequeue(std::mem::take(&mut queue.octets));
        drop(queue);
        self.room.notify_waiters();
    }

    /// Wakes the session's task. Not to be called under the realm's lock.
    pub(crate) fn wake(&self) {
        self.owner.wake();
    }

    /// Moves what waits into `out`, a bounded amount at a time; pending, with the task registered,
    /// if nothing waits.
    pub(crate) fn poll_take(&self, cx: &Context<'_>, out: &mut VecDeque<Outbound>) -> Poll<Taken> {
        // Registered before looking: a push in between wakes this task again.
        self.owner.register(cx.waker());
        let mut queue = self.lock();
        let was_high = self.is_high(&queue);
        let mut taken = 0;
        if out.is_empty() && queue.octets <= TAKE {
            // All at once, without moving each.
            std::mem::swap(out, &mut queue.messages);
            taken = queue.octets;
        }
        while taken < TAKE
            && let Some(message) = queue.messages.pop_front()
        {
            taken += message.cost();
            out.push_back(message);
        }
        queue.octets -= taken;
        self.counters.dequeue(taken);
        let end = queue.end.clone();
        // Nobody has to wait for a session that has ended.
        let sank = end.is_some() || was_high && !self.is_high(&queue);
        let left_out = match taken > 0 && self.is_low(&queue) {
            true => std::mem::take(&mut queue.left_out),
            false => 0,
        };
        drop(queue);
        if sank {
            self.room.notify_waiters();
        }
        match end {
            _ if taken > 0 => Poll::Ready(Taken::Messages { left_out }),
            Some(reason) => Poll::Ready(Taken::Ended(reason)),
            None => Poll::Pending,
        }
    }

    /// Whether so much waits that those who send here should pause.
    pub(crate) fn is_congested(&self) -> bool {
        self.is_high(&self.lock())
    }

    /// Ends when the queue has sunk below high water, or the session has ended.
    pub(crate) async fn room(&self) {
        let sank = self.room.notified();
        let has_room = {
            let queue = self.lock();
            queue.end.is_some() || !self.is_high(&queue)
        };
        if !has_room {
            sank.await;
        }
    }

    /// The same, but ends the session if that takes longer than [`Queues::patience`].
    pub(crate) async fn room_or_end(&self) {
        let patience = self.queues.patience;
        if tokio::time::timeout(patience, self.room()).await.is_err() {
            self.overflow();
            self.wake();
        }
    }

    /// How much waits.
    pub(crate) fn octets(&self) -> usize {
        self.lock().octets
    }

    /// How many EVENTs were left out in a stretch that is not over.
    pub(crate) fn left_out(&self) -> u64 {
        self.lock().left_out
    }

    /// Whether an EVENT is left out now. Once one was, all are until low water: one gap for the
    /// session to mend, and one line in the log, instead of many.
    const fn leaves_out_events(&self, queue: &Queue) -> bool {
        let goes_on = queue.left_out > 0 && !self.is_low(queue);
        matches!(self.queues.slow_readers, SlowReaders::DropEvents)
            && (goes_on || self.is_high(queue))
    }

    /// Half the budget: what arrives while a sender finishes its batch still has a place.
    const fn is_high(&self, queue: &Queue) -> bool {
        queue.octets > self.queues.session / 2
    }

    /// A quarter of the budget.
    const fn is_low(&self, queue: &Queue) -> bool {
        queue.octets <= self.queues.session / 4
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic runs under this lock.
        self.queue
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.counters.dequeue(self.lock().octets);
    }
}

fn is_farewell(message: &Outbound) -> bool {
    matches!(message.message(), Message::Goodbye(_) | Message::Abort(_))
}

/// The same EVENT, with the number of those that were left out before it. It is this session's own
/// from now on.
fn saying_dropped(event: Outbound, dropped: u64) -> Outbound {
    let mut message = event.into_message();
    if let Message::Event(event) = &mut message {
        event.details.dropped = Some(dropped);
    }
    message.into()
}

#[cfg(test)]
mod tests;
