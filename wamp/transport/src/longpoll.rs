//! WAMP over HTTP requests that wait (spec, "HTTP Longpoll Transport"): the link, and what requests do.
//!
//! ```text
//!  POST …/send ────▶ Client::slot ─▶ one frame ─▶ Link as a stream
//!  POST …/receive ◀─ Client::receive ◀─ frames ◀─ Link as a sink
//! ```
//!
//! Who answers HTTP, finds a client by its transport id and limits the time and the length of requests
//! is somebody else. A client is gone when it has no request under way and sends none for as long as
//! the link's keepalive says.

mod wire;

use crate::{Framing, Keepalive, LinkLimits, Opened, Subprotocol, TransportKind};
use bytes::{Bytes, BytesMut};
use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};
use tokio::sync::mpsc;
pub(crate) use wire::LongPoll;

/// A link, and the client's side of it. `peer` is the client's address, for people. A client that
/// makes no request for `inactivity` is taken for gone.
pub fn open(
    subprotocol: Subprotocol,
    peer: String,
    inactivity: Duration,
    limits: LinkLimits,
) -> (Opened, Client) {
    let (slots, inbox) = mpsc::channel(1);
    let shared = Arc::new(Shared {
        subprotocol,
        state: Mutex::new(State {
            slots: Some(slots),
            ..State::default()
        }),
    });
    let limits = LinkLimits {
        // Nothing is pinged: the client asks by itself.
        keepalive: Some(Keepalive {
            ping_interval: inactivity,
            ping_timeout: inactivity,
        }),
        ..limits
    };
    let wire = LongPoll::new(Arc::clone(&shared), inbox);
    let kind = TransportKind::LongPoll;
    let opened = Opened::new(wire.into(), kind, subprotocol, peer, limits);
    (opened, Client { shared })
}

/// What the requests of one client do. Dropping it is the same as [`Client::close`].
pub struct Client {
    shared: Arc<Shared>,
}

/// The place for one message, or one batch, that a client sends.
#[derive(Debug)]
pub struct Slot(mpsc::OwnedPermit<Bytes>);

/// What a client that waits for messages gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// One message, or in a batched serializer all that there were, as one batch.
    Frame(Bytes),
    /// Nothing, since a later request of the same client waits instead.
    Displaced,
    /// Nothing any more: the link is closed and everything was received.
    Closed,
}

impl Client {
    /// What the client speaks.
    pub fn subprotocol(&self) -> Subprotocol {
        self.shared.subprotocol
    }

    /// Waits until the message before is taken. To be called before a request's body is read, so that
    /// there is one in memory only, and messages keep the order in which their requests came. `None`
    /// if the link is closed.
    pub async fn slot(&self) -> Option<Slot> {
        let slots = {
            let mut state = self.shared.lock();
            state.heard = true;
            let open = state.slots.as_ref().filter(|_| !state.ended);
            open.cloned()?
        };
        slots.reserve_owned().await.ok().map(Slot)
    }

    /// Waits for messages. Given up before it is done, it takes none.
    pub async fn receive(&self) -> Received {
        let mut waiting = self.shared.begin_to_wait();
        poll_fn(|cx| waiting.poll(cx.waker())).await
    }

    /// Closes the link as its client; what was sent before is still taken.
    pub fn close(&self) {
        let sender = {
            let mut state = self.shared.lock();
            state.slots = None;
            state.sender.take()
        };
        wake(sender);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}

impl Slot {
    /// Hands over the message, or the batch.
    pub fn fill(self, frame: Bytes) {
        self.0.send(frame);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// Between the link's task and the tasks of requests.
struct Shared {
    subprotocol: Subprotocol,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Gives out slots, until the client closes.
    slots: Option<mpsc::Sender<Bytes>>,
    /// What waits to be received.
    outbox: VecDeque<Bytes>,
    /// How many octets of it.
    octets: usize,
    /// The link has nothing more to say.
    ended: bool,
    /// A request came since this was last asked.
    heard: bool,
    /// Counts the requests that waited; the last is the one that gets what comes.
    waits: u64,
    /// Whether it still waits, and for whom it is to be woken.
    waiting: bool,
    receiver: Option<Waker>,
    /// The link's task, if it waits for room or for the end.
    sender: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A task that panicked under the lock left a state of plain values.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_to_wait(&self) -> Waiting<'_> {
        let (number, displaced) = {
            let mut state = self.lock();
            state.heard = true;
            state.waiting = true;
            state.waits += 1;
            (state.waits, state.receiver.take())
        };
        wake(displaced);
        Waiting {
            shared: self,
            number,
        }
    }
}

/// A request that waits for messages.
struct Waiting<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Waiting<'_> {
    fn poll(&mut self, waker: &Waker) -> Poll<Received> {
        let mut state = self.shared.lock();
        if state.waits != self.number {
            return Poll::Ready(Received::Displaced);
        }
        let Some(frame) = state.take(self.shared.subprotocol.framing) else {
            if state.ended {
                return Poll::Ready(Received::Closed);
            }
            state.receiver = Some(waker.clone());
            return Poll::Pending;
        };
        let sender = state.sender.take();
        drop(state);
        wake(sender);
        Poll::Ready(Received::Frame(frame))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if state.waits == self.number {
            state.waiting = false;
            state.heard = true;
            state.receiver = None;
        }
    }
}

impl State {
    /// What one request receives.
    fn take(&mut self, framing: Framing) -> Option<Bytes> {
        let first = self.outbox.pop_front()?;
        let frame = if framing == Framing::Batched && !self.outbox.is_empty() {
            // One batch after the other is a batch.
            let mut all = BytesMut::with_capacity(self.octets);
            all.extend_from_slice(&first);
            self.outbox
                .drain(..)
                .for_each(|batch| all.extend_from_slice(&batch));
            all.freeze()
        } else {
            first
        };
        self.octets -= frame.len();
        Some(frame)
    }
}

/// Wakes a task, after the lock is free.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
