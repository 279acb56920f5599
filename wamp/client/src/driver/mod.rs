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

mod callee;
mod caller;
pub(crate) mod command;
mod lanes;
mod publisher;
mod subscriber;
mod wire;

use crate::error::{CallError, CloseCause, RemoteError, RequestError};
use crate::event;
use callee::Callee;
use caller::Caller;
use command::{Abandoned, Budgeted, Command, Commands, Life, StartSubscription};
use publisher::Publisher;
use std::{ops::ControlFlow, sync::Arc, time::Duration};
use subscriber::Subscriber;
use tokio::{
    select,
    sync::{mpsc, watch},
    task::JoinSet,
};
use wamp_proto::message::{self, request_type};
use wamp_proto::options::{AnyDetails, CloseDetails};
use wamp_proto::{IdSequence, Message, Payload, RequestId, SubscriptionId, Uri, uris};
use wamp_transport::{Link, LinkError};
use wire::{Happening, Unsent, Wire};

/// How long farewells may take before the link is cut.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How many commands are taken before the wire is served again.
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

/// How a session ends.
enum Ending {
    /// This side says GOODBYE and waits for the router's.
    Leave,
    /// The router said GOODBYE and is answered.
    Answer(CloseCause),
    /// The router broke the protocol and is told so.
    Abort(String),
    /// There is nobody to talk to any more.
    Gone(CloseCause),
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
            let input = self.next_input().await;
            if let ControlFlow::Break(ending) = self.handle(input) {
                break ending;
            }
            if let ControlFlow::Break(ending) = self.take_more_commands() {
                break ending;
            }
        };
        self.end(ending).await;
    }

    async fn next_input(&mut self) -> Input {
        let room = self.wire.has_room();
        select! {
            happening = self.wire.next() => Input::Wire(happening),
            command = self.commands.recv(), if room => match command {
                Some(command) => Input::Command(command.into_command()),
                None => Input::HandlesGone,
            },
            // A handle is gone that held both channels: the other one says so.
            Some(abandoned) = self.abandoned.recv() => Input::Abandoned(abandoned),
            Some(_) = self.tasks.join_next() => Input::HandlerDone,
        }
    }

    /// Takes the commands that came meanwhile, so that they share one flush.
    fn take_more_commands(&mut self) -> Flow {
        for _ in 0..BATCH {
            if !self.wire.has_room() {
                break;
            }
            let Ok(command) = self.commands.try_recv() else {
                break;
            };
            self.command(command.into_command())?;
        }
        ControlFlow::Continue(())
    }

    fn handle(&mut self, input: Input) -> Flow {
        match input {
            Input::Wire(Happening::Received(message)) => return self.receive(message),
            Input::Wire(Happening::Unsent(unsent)) => self.unsent(unsent),
            Input::Wire(Happening::Room) | Input::HandlerDone => {}
            Input::Wire(Happening::Ended(Some(LinkError::Decode(error)))) => {
                return ControlFlow::Break(Ending::Abort(error.to_string()));
            }
            Input::Wire(Happening::Ended(Some(error))) => {
                let cause = CloseCause::Lost(Arc::new(error));
                return ControlFlow::Break(Ending::Gone(cause));
            }
            Input::Wire(Happening::Ended(None)) => {
                return ControlFlow::Break(Ending::Gone(CloseCause::Ended));
            }
            Input::Command(command) => return self.command(command),
            Input::Abandoned(what) => return self.abandon(what),
            Input::HandlesGone => return ControlFlow::Break(Ending::Leave),
        }
        ControlFlow::Continue(())
    }

    fn command(&mut self, command: Command) -> Flow {
        match command {
            Command::Call(start) => {
                let call = self.caller.call(start, || self.requests.next_request());
                self.push(call);
            }
            Command::Cancel(key, mode) => {
                let cancel = self.caller.cancel(key, mode);
                self.push(cancel);
            }
            Command::Publish {
                options,
                topic,
                payload,
                reply,
            } => {
                let request = self.requests.next_request();
                let publish = self
                    .publisher
                    .publish(request, options, topic, payload, reply);
                self.wire.push(publish);
            }
            Command::Subscribe(start) => {
                let request = self.requests.next_request();
                self.wire.push(self.subscriber.subscribe(request, start));
            }
            Command::Unsubscribe {
                subscription,
                listener,
                reply,
            } => {
                let requests = &mut self.requests;
                let unsubscribe =
                    self.subscriber
                        .unsubscribe(subscription, listener, reply, requests);
                self.push(unsubscribe);
            }
            Command::Register(start) => {
                let request = self.requests.next_request();
                self.wire.push(self.callee.register(request, start));
            }
            Command::Unregister {
                registration,
                reply,
            } => {
                let requests = &mut self.requests;
                let unregister = self.callee.unregister(registration, reply, requests);
                self.wire.push(unregister);
            }
            Command::Progress(request, payload) => {
                let part = self.callee.progress(request, payload);
                self.push(part);
            }
            Command::Answer(request, answer) => {
                let answer = self.callee.answer(request, answer, &mut self.tasks);
                self.push(answer);
            }
            Command::Leave => return ControlFlow::Break(Ending::Leave),
        }
        ControlFlow::Continue(())
    }

    fn abandon(&mut self, what: Abandoned) -> Flow {
        let requests = &mut self.requests;
        match what {
            Abandoned::Call(key) => {
                let cancel = self.caller.abandon(key);
                self.push(cancel);
            }
            Abandoned::Listener(key) => {
                let unsubscribe = self.subscriber.abandon(key, requests);
                self.push(unsubscribe);
            }
            Abandoned::Registration(key) => {
                let unregister = self.callee.abandon(key, requests);
                self.push(unregister);
            }
            Abandoned::Session => return ControlFlow::Break(Ending::Leave),
        }
        ControlFlow::Continue(())
    }

    fn receive(&mut self, message: Message) -> Flow {
        match message {
            Message::Result(result) => {
                let cancel = self.caller.result(result);
                self.push(cancel);
            }
            Message::Error(error) => {
                let request = error.request;
                let failed = error.request_type;
                self.fail(failed, request, Failure::Remote(RemoteError::new(error)));
            }
            Message::Published(published) => self.publisher.published(&published),
            Message::Subscribed(subscribed) => {
                if let Some(start) = self.subscriber.subscribed(&subscribed) {
                    return self.start_listening(start, subscribed.subscription);
                }
            }
            Message::Unsubscribed(unsubscribed) => self.subscriber.unsubscribed(&unsubscribed),
            Message::Event(event) => self.subscriber.event(event),
            Message::Registered(registered) => {
                let unregister = self.callee.registered(&registered, &mut self.requests);
                self.push(unregister);
            }
            Message::Unregistered(unregistered) => self.callee.unregistered(&unregistered),
            Message::Invocation(invocation) => {
                let refusal = self.callee.invoke(invocation, &mut self.tasks);
                self.push(refusal);
            }
            Message::Interrupt(interrupt) => {
                let answer = self.callee.interrupt(interrupt);
                self.push(answer);
            }
            Message::Goodbye(goodbye) => {
                return ControlFlow::Break(Ending::Answer(CloseCause::Goodbye {
                    reason: goodbye.reason.detached(),
                    message: goodbye.details.message,
                }));
            }
            Message::Abort(abort) => {
                return ControlFlow::Break(Ending::Gone(CloseCause::Aborted {
                    reason: abort.reason.detached(),
                    message: abort.details.message,
                }));
            }
            other => {
                let what = format!("{} in an open session", other.name());
                return ControlFlow::Break(Ending::Abort(what));
            }
        }
        ControlFlow::Continue(())
    }

    fn start_listening(&mut self, start: StartSubscription, id: SubscriptionId) -> Flow {
        if !start.reply.answer(Ok(id)) {
            return self.abandon(Abandoned::Listener(start.listener));
        }
        if let Some(handler) = start.handler {
            self.tasks.spawn(event::serve(start.queue, handler));
        }
        ControlFlow::Continue(())
    }

    fn unsent(&mut self, unsent: Unsent) {
        if let Some(request) = unsent.request {
            self.fail(unsent.code, request, Failure::Unsent(unsent.error));
        }
    }

    /// A request of ours failed, or an answer of ours to an invocation did.
    fn fail(&mut self, request_type: u64, request: RequestId, failure: Failure) {
        match request_type {
            request_type::CALL => self.caller.fail(request, failure.into()),
            request_type::PUBLISH => self.publisher.fail(request, failure.into()),
            request_type::SUBSCRIBE => {
                let requests = &mut self.requests;
                let unsubscribe = self
                    .subscriber
                    .fail_subscribe(request, failure.into(), requests);
                self.push(unsubscribe);
            }
            request_type::UNSUBSCRIBE => self.subscriber.fail_unsubscribe(request, failure.into()),
            request_type::REGISTER => self.callee.fail_register(request, failure.into()),
            request_type::UNREGISTER => self.callee.fail_unregister(request, failure.into()),
            YIELD | ERROR => self.answer_was_too_long(request),
            // An error about what is long done with.
            _ => {}
        }
    }

    /// The caller must not wait for a result that can not be sent.
    fn answer_was_too_long(&mut self, request: RequestId) {
        tracing::warn!("the result of a procedure is too long for the router");
        self.wire.push(message::Error {
            request_type: request_type::INVOCATION,
            request,
            details: AnyDetails::new(),
            error: uris::PAYLOAD_SIZE_EXCEEDED,
            payload: Payload::sentence("the result is too long"),
        });
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

/// YIELD and ERROR as they stand on the wire: what answers an invocation.
const YIELD: u64 = 70;
const ERROR: u64 = 8;

/// Why a request failed.
enum Failure {
    /// The router said so.
    Remote(RemoteError),
    /// It was never sent.
    Unsent(LinkError),
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Remote(error) => Self::remote(error),
            Failure::Unsent(error) => Self::Unsent(error),
        }
    }
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Remote(error) => Self::Refused(error),
            Failure::Unsent(error) => Self::Unsent(error),
        }
    }
}

/// What is said at the end.
enum Farewell {
    /// GOODBYE, which the router answers.
    Asking(Message),
    /// The last word.
    Final(Message),
    /// Nothing: the link is cut.
    Silent,
}

impl Ending {
    fn parts(self) -> (Farewell, CloseCause) {
        match self {
            Self::Leave => (
                Farewell::Asking(goodbye(uris::CLOSE_REALM)),
                CloseCause::Left,
            ),
            Self::Answer(cause) => (Farewell::Final(goodbye(uris::GOODBYE_AND_OUT)), cause),
            Self::Abort(what) => (Farewell::Final(abort(&what)), CloseCause::Violation(what)),
            Self::Gone(cause) => (Farewell::Silent, cause),
        }
    }
}

impl Farewell {
    async fn say(self, wire: &mut Wire) {
        match self {
            Self::Silent => return,
            Self::Final(message) => wire.push(message),
            Self::Asking(message) => {
                wire.push(message);
                while !ends(&wire.next().await) {}
            }
        }
        if let Err(error) = wire.close().await {
            tracing::debug!(%error, "the link was not closed in order");
        }
    }
}

/// Whether nothing more comes; other messages were under way when this side left.
const fn ends(happening: &Happening) -> bool {
    matches!(
        happening,
        Happening::Received(Message::Goodbye(_) | Message::Abort(_)) | Happening::Ended(_)
    )
}

fn goodbye(reason: Uri) -> Message {
    let details = CloseDetails::default();
    message::Goodbye { details, reason }.into()
}

fn abort(what: &str) -> Message {
    message::Abort {
        details: CloseDetails {
            message: Some(what.to_owned()),
        },
        reason: uris::PROTOCOL_VIOLATION,
        payload: Payload::NONE,
    }
    .into()
}
