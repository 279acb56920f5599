//! A session's way out: a queue that is bounded in octets, filled under the realm's lock and emptied
//! by the session's own task.

use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};
use tokio::sync::Notify;
use wamp_proto::{Message, Outbound, RequestId};
use wamp_router::CloseReason;

/// How much one turn of a session's task takes out: enough to fill a write, little enough that what
/// is out of the budget's sight stays small.
const TAKE: usize = 64 * 1024;

/// A session's send queue. It owns the session's backpressure: nobody else counts what it holds.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    /// The task of the session.
    owner: AtomicWaker,
    /// Tells those who wait for the queue to sink below high water.
    room: Notify,
    budget: usize,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Outbound>,
    octets: usize,
    /// The last invocation that entered; they are counted from one on (spec, "IDs").
    invoked: Option<RequestId>,
    /// Set once nothing more may enter.
    end: Option<CloseReason>,
}

/// How the queue stands after a push.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// Whether the owner has to be woken: nothing waited before.
    pub(crate) wake: bool,
    /// Whether so much waits now that those who send here should pause.
    pub(crate) congested: bool,
    /// The INVOCATION that was pushed and did not enter.
    pub(crate) refused: Option<Refused>,
}

/// An INVOCATION for a callee that is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) request: RequestId,
    /// Whether the callee has had earlier arguments of it.
    pub(crate) begun: bool,
}

impl Outbox {
    /// An empty outbox that holds at most `budget` octets.
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            queue: Mutex::default(),
            owner: AtomicWaker::new(),
            room: Notify::new(),
            budget,
        }
    }

    /// Puts a message at the end. Over budget, the session ends with [`CloseReason::Overflow`] and
    /// the queue is dropped: its reader is too slow to be told anything more.
    ///
    /// An INVOCATION does not enter above high water: callers must not be able to end a callee by
    /// calling it.
    pub(crate) fn push(&self, message: Outbound) -> Pushed {
        let cost = message.cost();
        let mut queue = self.lock();
        if queue.end.is_some() {
            return Pushed::default();
        }
        if let Message::Invocation(invocation) = message.message() {
            let request = invocation.request;
            let begun = queue.invoked >= Some(request);
            if self.is_high(&queue) {
                return Pushed {
                    wake: false,
                    congested: true,
                    refused: Some(Refused { request, begun }),
                };
            }
            queue.invoked = queue.invoked.max(Some(request));
        }
        if queue.octets + cost > self.budget {
            queue.messages = VecDeque::new();
            queue.octets = 0;
            queue.end = Some(CloseReason::Overflow);
            return Pushed {
                wake: true,
                ..Pushed::default()
            };
        }
        queue.octets += cost;
        queue.messages.push_back(message);
        Pushed {
            wake: queue.messages.len() == 1,
            congested: self.is_high(&queue),
            refused: None,
        }
    }

    /// Lets nothing more in; what is queued still goes out, then the session ends for `reason`.
    pub(crate) fn finish(&self, reason: CloseReason) {
        self.lock().end.get_or_insert(reason);
    }

    /// Ready with the reason once nothing more enters, whatever still waits; pending, with the task
    /// registered, until then.
    pub(crate) fn poll_ended(&self, cx: &Context<'_>) -> Poll<CloseReason> {
        self.owner.register(cx.waker());
        self.lock().end.clone().map_or(Poll::Pending, Poll::Ready)
    }

    /// Wakes the session's task. Not to be called under the realm's lock.
    pub(crate) fn wake(&self) {
        self.owner.wake();
    }

    /// Moves what waits into `out`, a bounded amount at a time. Ready with the reason once the
    /// session has ended and nothing is left; pending, with the task registered, if nothing waits.
    pub(crate) fn poll_take(
        &self,
        cx: &Context<'_>,
        out: &mut VecDeque<Outbound>,
    ) -> Poll<Option<CloseReason>> {
        // Registered before looking: a push in between wakes this task again.
        self.owner.register(cx.waker());
        let mut queue = self.lock();
        let was_high = self.is_high(&queue);
        let mut taken = 0;
        while taken < TAKE
            && let Some(message) = queue.messages.pop_front()
        {
            taken += message.cost();
            out.push_back(message);
        }
        queue.octets -= taken;
        let ended = queue.end.clone().filter(|_| taken == 0);
        let sank = was_high && !self.is_high(&queue);
        drop(queue);
        if sank {
            self.room.notify_waiters();
        }
        match (taken, ended) {
            (0, Some(reason)) => Poll::Ready(Some(reason)),
            (0, None) => Poll::Pending,
            _ => Poll::Ready(None),
        }
    }

    /// Whether so much waits that those who send here should pause.
    pub(crate) fn is_congested(&self) -> bool {
        self.is_high(&self.lock())
    }

    /// Ends when the queue has sunk below high water.
    pub(crate) async fn room(&self) {
        let sank = self.room.notified();
        if self.is_congested() {
            sank.await;
        }
    }

    /// Half the budget: what arrives while a sender finishes its batch still has a place.
    const fn is_high(&self, queue: &Queue) -> bool {
        queue.octets > self.budget / 2
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic runs under this lock.
        self.queue
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;
    use wamp_proto::message::Goodbye;
    use wamp_proto::options::CloseDetails;
    use wamp_proto::{Message, uris};

    fn message() -> Outbound {
        let details = CloseDetails::default();
        Message::from(Goodbye {
            details,
            reason: uris::NORMAL,
        })
        .into()
    }

    fn take(outbox: &Outbox, out: &mut VecDeque<Outbound>) -> Poll<Option<CloseReason>> {
        outbox.poll_take(&Context::from_waker(Waker::noop()), out)
    }

    #[test]
    fn only_the_first_message_asks_for_a_wake() {
        let outbox = Outbox::new(1 << 20);
        assert!(outbox.push(message()).wake);
        assert!(!outbox.push(message()).wake);
        let mut out = VecDeque::new();
        assert!(take(&outbox, &mut out).is_ready());
        assert_eq!(out.len(), 2);
        assert!(take(&outbox, &mut out).is_pending());
        assert!(outbox.push(message()).wake);
    }

    #[test]
    fn over_budget_the_session_ends_and_the_queue_is_freed() {
        let cost = message().cost();
        let outbox = Outbox::new(cost * 2);
        outbox.push(message());
        assert!(outbox.push(message()).congested);
        assert!(outbox.is_congested());
        assert!(outbox.push(message()).wake);
        assert!(!outbox.is_congested());
        let mut out = VecDeque::new();
        assert_eq!(
            take(&outbox, &mut out),
            Poll::Ready(Some(CloseReason::Overflow))
        );
        assert!(out.is_empty());
    }

    #[test]
    fn what_was_queued_before_the_end_still_goes_out() {
        let outbox = Outbox::new(1 << 20);
        outbox.push(message());
        outbox.finish(CloseReason::Goodbye);
        outbox.push(message());
        let mut out = VecDeque::new();
        assert_eq!(take(&outbox, &mut out), Poll::Ready(None));
        assert_eq!(out.len(), 1);
        assert_eq!(
            take(&outbox, &mut out),
            Poll::Ready(Some(CloseReason::Goodbye))
        );
    }

    #[tokio::test]
    async fn a_sender_waits_until_the_queue_sinks() {
        let outbox = Outbox::new(message().cost() * 3);
        outbox.room().await;
        outbox.push(message());
        outbox.push(message());
        let mut out = VecDeque::new();
        tokio::join!(outbox.room(), async {
            tokio::task::yield_now().await;
            assert!(take(&outbox, &mut out).is_ready());
        });
    }
}
