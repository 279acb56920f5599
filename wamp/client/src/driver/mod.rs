//! The one task of a session: it owns the link and everything that waits for an answer.
//!
//! ```text
//!   handles ── Command ──►┌────────┐──► Wire ──► link
//!   handles ─ Abandoned ─►│ Driver │
//!      link ── Message ──►└────────┘──► replies, queues, handler tasks
//! ```
//!
//! Whatever can happen to a session is an [`Input`]. Handling one never waits: messages to send are
//! queued on the [`Wire`], results are put where their takers find them, and handlers run as tasks of
//! their own. So a slow handler or a slow caller delays nobody but itself, and events and results are
//! read even while writing is held up.

mod asking;
mod callee;
mod caller;
pub(crate) mod command;
mod ending;
mod lanes;
mod publisher;
mod receiving;
mod subscriber;
mod wire;

use crate::error::CloseCause;
use callee::Callee;
use caller::Caller;
use command::{Abandoned, Budgeted, Command, Commands, Life};
use ending::Ending;
use publisher::Publisher;
use std::{ops::ControlFlow, sync::Arc, time::Duration};
use subscriber::Subscriber;
use tokio::{
    select,
    sync::{mpsc, watch},
    task::JoinSet,
};
use wamp_proto::{IdSequence, Message};
use wamp_transport::{Link, LinkError};
use wire::{Happening, Wire};

/// How long farewells may take before the link is cut.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How many messages, and how many commands, are taken before anything else has its turn.
const BATCH: usize = 256;

/// The task behind a session.
pub(crate) struct Driver {
    wire: Wire,
    commands: mpsc::Receiver<Budgeted>,
    abandoned: mpsc::UnboundedReceiver<Abandoned>,
    life: watch::Sender<Life>,
    requests: IdSequence,
    caller: Caller,
    callee: Callee,
    publisher: Publisher,
    subscriber: Subscriber,
    /// The handlers that run. They end with the session.
    tasks: JoinSet<()>,
}

/// Everything that can happen to a session.
enum Input {
    Wire(Happening),
    Command(Command),
    Abandoned(Abandoned),
    /// A handler's task ended; its answer came as a command.
    HandlerDone,
    /// Nobody holds the session any more.
    HandlesGone,
}

/// Whether the session goes on.
type Flow = ControlFlow<Ending>;

impl Driver {
    /// A driver for a link on which a session was opened; `canceling` says whether the router can
    /// cancel calls.
    pub(crate) fn new(
        link: Link,
        canceling: bool,
        commands: &Commands,
        received: mpsc::Receiver<Budgeted>,
        abandoned: mpsc::UnboundedReceiver<Abandoned>,
        life: watch::Sender<Life>,
    ) -> Self {
        let serializer = link.info().serializer;
        Self {
            wire: Wire::new(link),
            commands: received,
            abandoned,
            life,
            requests: IdSequence::default(),
            caller: Caller::new(canceling),
            callee: Callee::new(commands.downgrade(), serializer),
            publisher: Publisher::default(),
            subscriber: Subscriber::default(),
            tasks: JoinSet::new(),
        }
    }

    /// Runs the session to its end.
    pub(crate) async fn run(mut self) {
        let ending = loop {
            if let ControlFlow::Break(ending) = self.turn().await {
                break ending;
            }
        };
        self.end(ending).await;
    }

    /// Waits for something to happen, and takes with it what has happened meanwhile, so that what
    /// follows from all of it shares one flush.
    async fn turn(&mut self) -> Flow {
        let input = self.next_input().await;
        self.handle(input)?;
        for _ in 0..BATCH {
            let Some(happening) = self.wire.next_now() else {
                break;
            };
            self.happened(happening)?;
        }
        for _ in 0..BATCH {
            if !self.wire.is_ready() {
                break;
            }
            let Ok(command) = self.commands.try_recv() else {
                break;
            };
            self.command(command.into_command())?;
        }
        ControlFlow::Continue(())
    }

    async fn next_input(&mut self) -> Input {
        let ready = self.wire.is_ready();
        select! {
            happening = self.wire.next() => Input::Wire(happening),
            command = self.commands.recv(), if ready => match command {
                Some(command) => Input::Command(command.into_command()),
                None => Input::HandlesGone,
            },
            // A handle is gone that held both channels: the other one says so.
            Some(abandoned) = self.abandoned.recv() => Input::Abandoned(abandoned),
            Some(_) = self.tasks.join_next() => Input::HandlerDone,
        }
    }

    fn handle(&mut self, input: Input) -> Flow {
        match input {
            Input::Wire(happening) => self.happened(happening),
            Input::Command(command) => self.command(command),
            Input::Abandoned(what) => self.abandon(what),
            Input::HandlerDone => ControlFlow::Continue(()),
            Input::HandlesGone => ControlFlow::Break(Ending::Leave),
        }
    }

    fn happened(&mut self, happening: Happening) -> Flow {
        match happening {
            Happening::Received(message) => self.receive(message),
            Happening::Ready => ControlFlow::Continue(()),
            Happening::Ended(Some(LinkError::Decode(error))) => {
                ControlFlow::Break(Ending::Abort(error.to_string()))
            }
            Happening::Ended(Some(error)) => {
                let cause = CloseCause::Lost(Arc::new(error));
                ControlFlow::Break(Ending::Gone(cause))
            }
            Happening::Ended(None) => ControlFlow::Break(Ending::Gone(CloseCause::Ended)),
        }
    }

    fn push(&mut self, message: Option<impl Into<Message>>) {
        if let Some(message) = message {
            self.wire.push(message);
        }
    }

    /// Fails everything that is pending, stops the handlers and closes the link.
    async fn end(self, ending: Ending) {
        let Self {
            mut wire,
            life,
            mut tasks,
            commands,
            abandoned,
            caller,
            callee,
            publisher,
            subscriber,
            ..
        } = self;
        let (farewell, cause) = ending.parts();
        life.send_replace(Life::Closing(cause.clone()));
        tasks.abort_all();
        // Whoever waits for an answer learns the cause when its reply is dropped here, and so does
        // whoever still tries to ask.
        drop((commands, abandoned, caller, callee, publisher, subscriber));
        let closing = tokio::time::timeout(CLOSE_TIMEOUT, farewell.say(&mut wire));
        if closing.await.is_err() {
            tracing::debug!("the router did not say goodbye in time");
        }
        drop(wire);
        tracing::debug!(%cause, "session closed");
        life.send_replace(Life::Closed(cause));
        tasks.shutdown().await;
    }
}
