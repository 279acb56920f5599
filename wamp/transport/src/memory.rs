//! Links within one process: messages change hands, nothing is encoded.

use crate::{Link, LinkError};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};
use wamp_proto::{Message, Outbound, Serializer};

/// How much each direction of a memory link holds before its sender has to wait.
///
/// A direction that is below both bounds takes one more message, however long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Messages.
    pub messages: usize,
    /// Octets, as [`Outbound::cost`] counts them.
    pub octets: usize,
}

impl Default for Capacity {
    /// 256 messages or 1 MiB.
    fn default() -> Self {
        Self {
            messages: 256,
            octets: 1 << 20,
        }
    }
}

/// The two ends of a new link. `names` are what the first and the second end are called; each
/// end's [`crate::LinkInfo::peer`] is the name of the other.
pub fn pair(capacity: Capacity, names: [&str; 2]) -> (Link, Link) {
    let there = Arc::new(Direction::default());
    let back = Arc::new(Direction::default());
    let end = |outgoing: &Arc<Direction>, incoming: &Arc<Direction>, peer: &str| {
        let end = End {
            outgoing: Arc::clone(outgoing),
            incoming: Arc::clone(incoming),
            capacity,
            unflushed: false,
        };
        Link::in_memory(end, Serializer::MessagePack, peer.to_owned())
    };
    let [first, second] = names;
    (end(&there, &back, second), end(&back, &there, first))
}

/// One end of a memory link.
pub(crate) struct End {
    outgoing: Arc<Direction>,
    incoming: Arc<Direction>,
    capacity: Capacity,
    /// Whether messages were queued that the receiver was not woken for.
    unflushed: bool,
}

/// What travels one way.
#[derive(Default)]
struct Direction(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    messages: VecDeque<Outbound>,
    octets: usize,
    /// Nothing more comes, or nobody is left to receive it.
    closed: bool,
    /// Waits for a message.
    receiver: Option<Waker>,
    /// Waits for room.
    sender: Option<Waker>,
}

impl End {
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let mut queue = self.incoming.lock();
        let Some(message) = queue.messages.pop_front() else {
            if queue.closed {
                return Poll::Ready(None);
            }
            queue.receiver = Some(cx.waker().clone());
            return Poll::Pending;
        };
        queue.octets -= message.cost();
        // Waking only at half leaves the sender something to do when it wakes.
        let sender = if queue.is_at_most_half(&self.capacity) {
            queue.sender.take()
        } else {
            None
        };
        drop(queue);
        wake(sender);
        Poll::Ready(Some(message.into_message()))
    }

    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        let mut queue = self.outgoing.lock();
        if queue.closed {
            return Poll::Ready(Err(LinkError::Closed));
        }
        if !queue.is_full(&self.capacity) {
            return Poll::Ready(Ok(()));
        }
        queue.sender = Some(cx.waker().clone());
        drop(queue);
        // The receiver makes room, so it must know that there is something to receive.
        self.flush();
        Poll::Pending
    }

    pub(crate) fn start_send(&mut self, message: Outbound) -> Result<(), LinkError> {
        let mut queue = self.outgoing.lock();
        if queue.closed {
            return Err(LinkError::Closed);
        }
        queue.octets += message.cost();
        queue.messages.push_back(message);
        self.unflushed = true;
        Ok(())
    }

    /// Wakes the receiver for everything sent since the last time.
    pub(crate) fn flush(&mut self) {
        if std::mem::take(&mut self.unflushed) {
            let receiver = self.outgoing.lock().receiver.take();
            wake(receiver);
        }
    }

    /// Sends nothing more; what was sent can still be received.
    pub(crate) fn close(&mut self) {
        let mut queue = self.outgoing.lock();
        queue.closed = true;
        let receiver = queue.receiver.take();
        drop(queue);
        wake(receiver);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.close();
        let mut queue = self.incoming.lock();
        queue.closed = true;
        let unreceived = std::mem::take(&mut queue.messages);
        let sender = queue.sender.take();
        drop(queue);
        drop(unreceived);
        wake(sender);
    }
}

impl Direction {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that runs under the lock leaves the queue half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn is_full(&self, capacity: &Capacity) -> bool {
        self.messages.len() >= capacity.messages || self.octets >= capacity.octets
    }

    fn is_at_most_half(&self, capacity: &Capacity) -> bool {
        self.messages.len() <= capacity.messages / 2 && self.octets <= capacity.octets / 2
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
