//! What handles ask of the driver, and the bounded way there.

use crate::error::{CallError, CloseCause, RequestError};
use crate::event::Event;
use crate::event::EventHandler;
use crate::invocation::Handler;
use crate::lane::Lane;
use crate::pending_call::CallResult;
use crate::queue::Queue;
use crate::reply::InvocationError;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use wamp_proto::options::{
    CallOptions, CancelMode, PublishOptions, RegisterOptions, SubscribeOptions,
};
use wamp_proto::{Payload, PublicationId, RegistrationId, RequestId, SubscriptionId, Uri};

/// How many commands wait for the driver; more wait where they were made.
const COMMANDS: usize = 256;

/// How many octets of payload wait for the driver. Memory for that much is the price of a link that
/// is slower than the program.
const OCTETS: usize = 1 << 20;

/// Where the driver puts the answer to a request.
#[derive(Debug)]
pub(crate) struct Outcome<T, E = RequestError>(oneshot::Sender<Result<T, E>>);

impl<T, E> Outcome<T, E> {
    /// A reply, and where it is awaited. If the reply is dropped, the session has ended.
    pub(crate) fn channel() -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), receiver)
    }

    /// Answers. Returns whether somebody took the answer.
    pub(crate) fn answer(self, answer: Result<T, E>) -> bool {
        self.0.send(answer).is_ok()
    }

    /// Whether nobody waits for the answer any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }
}

/// Tells that the router took something back.
#[derive(Clone, Debug)]
pub(crate) struct Revoker(watch::Sender<bool>);

/// Where that is awaited.
#[derive(Clone, Debug)]
pub(crate) struct Revocation(watch::Receiver<bool>);

impl Revoker {
    pub(crate) fn channel() -> (Self, Revocation) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Revocation(receiver))
    }

    pub(crate) fn revoked(&self) {
        self.0.send_replace(true);
    }
}

impl Revocation {
    /// Waits until it ends. Returns whether that is because the router took it back.
    pub(crate) async fn came(mut self) -> bool {
        self.0.wait_for(|came| *came).await.is_ok()
    }
}

/// Everything a handle can ask of the driver.
pub(crate) enum Command {
    Call(StartCall),
    /// Further arguments of a call.
    Continue {
        key: Key,
        procedure: Uri,
        payload: Payload,
        /// Whether more follow.
        progress: bool,
        outcome: Outcome<(), CallError>,
    },
    Cancel(Key, CancelMode),
    Publish {
        options: PublishOptions,
        topic: Uri,
        payload: Payload,
        /// `None` where no acknowledgement is asked for.
        reply: Option<Outcome<PublicationId>>,
    },
    Subscribe(StartSubscription),
    Unsubscribe {
        subscription: SubscriptionId,
        listener: Key,
        reply: Outcome<()>,
    },
    Register(StartRegistration),
    Unregister {
        registration: RegistrationId,
        reply: Outcome<()>,
    },
    /// A part of an invocation's result.
    Progress(RequestId, Payload),
    /// An invocation's final answer.
    Answer(RequestId, Result<Payload, InvocationError>),
    Leave,
}

/// A call to be made.
pub(crate) struct StartCall {
    pub(crate) key: Key,
    pub(crate) options: CallOptions,
    pub(crate) procedure: Uri,
    pub(crate) payload: Payload,
    /// Takes the progressive results, where they are asked for.
    pub(crate) parts: Option<Arc<Queue<CallResult>>>,
    pub(crate) outcome: Outcome<CallResult, CallError>,
}

/// A subscription to be made.
pub(crate) struct StartSubscription {
    pub(crate) options: SubscribeOptions,
    pub(crate) topic: Uri,
    pub(crate) listener: Key,
    /// Takes the events.
    pub(crate) queue: Arc<Queue<Event>>,
    /// Empties the queue, unless a stream does.
    pub(crate) handler: Option<EventHandler>,
    pub(crate) revoker: Revoker,
    pub(crate) reply: Outcome<SubscriptionId>,
}

/// A registration to be made.
pub(crate) struct StartRegistration {
    pub(crate) key: Key,
    pub(crate) options: RegisterOptions,
    pub(crate) procedure: Uri,
    pub(crate) handler: Handler,
    pub(crate) lane: Option<Lane>,
    pub(crate) revoker: Revoker,
    pub(crate) reply: Outcome<RegistrationId>,
}

/// Names what a handle asked for, before the router gives it an id. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(u64);

impl Key {
    /// A key that no other handle of this process has.
    pub(crate) fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What a handle leaves behind when it is dropped. Dropping can not wait, so these have an unbounded
/// channel; there is at most one for each thing the driver was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Abandoned {
    Call(Key),
    Listener(Key),
    Registration(Key),
    /// The session itself, where leaving it in order takes too long.
    Session,
}

/// Tells the driver that a handle was dropped, unless it came to its end before.
#[derive(Debug)]
pub(crate) struct Guard {
    abandoned: mpsc::UnboundedSender<Abandoned>,
    what: Option<Abandoned>,
}

impl Guard {
    pub(crate) const fn new(abandoned: mpsc::UnboundedSender<Abandoned>, what: Abandoned) -> Self {
        let what = Some(what);
        Self { abandoned, what }
    }

    /// There is nothing left to abandon.
    pub(crate) const fn disarm(&mut self) {
        self.what = None;
    }

    /// Abandons it now.
    pub(crate) fn fire(&mut self) {
        if let Some(what) = self.what.take() {
            // Without a driver everything is abandoned already.
            let _ = self.abandoned.send(what);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.fire();
    }
}

/// The way to the driver, bounded in commands and in octets.
#[derive(Clone, Debug)]
pub(crate) struct Commands {
    sender: mpsc::Sender<Budgeted>,
    octets: Arc<Semaphore>,
}

/// [`Commands`] that do not keep the session alive.
pub(crate) struct WeakCommands {
    sender: mpsc::WeakSender<Budgeted>,
    octets: Arc<Semaphore>,
}

/// A command and its share of the octets, given back when the driver takes it.
pub(crate) struct Budgeted {
    command: Command,
    _octets: OwnedSemaphorePermit,
}

impl Commands {
    pub(crate) fn channel() -> (Self, mpsc::Receiver<Budgeted>) {
        let (sender, receiver) = mpsc::channel(COMMANDS);
        let octets = Arc::new(Semaphore::new(OCTETS));
        (Self { sender, octets }, receiver)
    }

    /// Waits for room and queues `command`. Dropping the future before that leaves nothing behind.
    pub(crate) async fn send(&self, command: Command) -> Result<(), DriverGone> {
        let share = command.octets().min(OCTETS) as u32;
        let octets = Arc::clone(&self.octets);
        let octets = octets
            .acquire_many_owned(share)
            .await
            .map_err(|_| DriverGone)?;
        let budgeted = Budgeted {
            command,
            _octets: octets,
        };
        self.sender.send(budgeted).await.map_err(|_| DriverGone)
    }

    pub(crate) fn downgrade(&self) -> WeakCommands {
        WeakCommands {
            sender: self.sender.downgrade(),
            octets: Arc::clone(&self.octets),
        }
    }
}

impl WeakCommands {
    /// The way to the driver, unless every handle is gone.
    pub(crate) fn upgrade(&self) -> Option<Commands> {
        Some(Commands {
            sender: self.sender.upgrade()?,
            octets: Arc::clone(&self.octets),
        })
    }
}

impl Budgeted {
    pub(crate) fn into_command(self) -> Command {
        self.command
    }
}

/// The driver ended; the session knows why.
#[derive(Debug)]
pub(crate) struct DriverGone;

impl Command {
    fn octets(&self) -> usize {
        match self {
            Self::Call(start) => start.payload.len(),
            Self::Continue { payload, .. }
            | Self::Publish { payload, .. }
            | Self::Progress(_, payload)
            | Self::Answer(_, Ok(payload)) => payload.len(),
            _ => 0,
        }
    }
}

/// How far a session has come to its end.
#[derive(Clone, Debug)]
pub(crate) enum Life {
    Open,
    /// Nothing more can be asked of it; farewells are under way.
    Closing(CloseCause),
    Closed(CloseCause),
}
