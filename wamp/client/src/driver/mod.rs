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
mod ending;
mod lanes;
mod publisher;
mod subscriber;
mod wire;

use crate::error::{CallError, CloseCause, RemoteError, RequestError};
use crate::event;
use callee::Callee;
use caller::Caller;
use command::{
    Abandoned, Budgeted, Command, Commands, Key, Life, Outcome, StartCall, StartSubscription,
};
use ending::Ending;
use publisher::Publisher;
use std::{ops::ControlFlow, sync::Arc, time::Duration};
use subscriber::Subscriber;
use tokio::{
    select,
    sync::{mpsc, watch},
    task::JoinSet,
};
use wamp_proto::message::{self, request_type};
use wamp_proto::options::{CallOptions, PublishOptions};
use wamp_proto::{IdSequence, Message, Payload, PublicationId, RequestId, SubscriptionId, Uri};
use wamp_transport::{Link, LinkError};
use wire::{Happening, Wire};

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

    /// Takes the commands that came meanwhile, so that they share one flush.
    fn take_more_commands(&mut self) -> Flow {
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

    fn handle(&mut self, input: Input) -> Flow {
        match input {
            Input::Wire(Happening::Received(message)) => return self.receive(message),
            Input::Wire(Happening::Ready) | Input::HandlerDone => {}
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

    /// Does what a handle asks. The wire is ready.
    fn command(&mut self, command: Command) -> Flow {
        match command {
            Command::Call(start) => self.call(start),
            Command::Continue {
                key,
                procedure,
                payload,
                progress,
                outcome,
            } => {
                let options = CallOptions {
                    progress,
                    ..CallOptions::default()
                };
                let sent = self.continue_call(key, options, procedure, payload);
                outcome.answer(sent);
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
            } => self.publish(options, topic, payload, reply),
            Command::Subscribe(start) => {
                let sent = self.request(|request| message::Subscribe {
                    request,
                    options: start.options.clone(),
                    topic: start.topic.clone(),
                });
                match sent {
                    Ok(request) => self.subscriber.subscribing(request, start),
                    Err(error) => unsent(start.reply, error),
                }
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
                let sent = self.request(|request| message::Register {
                    request,
                    options: start.options.clone(),
                    procedure: start.procedure.clone(),
                });
                match sent {
                    Ok(request) => self.callee.registering(request, start),
                    Err(error) => unsent(start.reply, error),
                }
            }
            Command::Unregister {
                registration,
                reply,
            } => {
                let sent = self.request(|request| message::Unregister {
                    request,
                    registration,
                });
                match sent {
                    Ok(request) => self.callee.unregistering(request, registration, reply),
                    Err(error) => unsent(reply, error),
                }
            }
            Command::Progress(request, payload) => {
                let part = self.callee.progress(request, payload);
                self.answer(request, part.map(Into::into));
            }
            Command::Answer(request, answer) => {
                let answer = self.callee.answer(request, answer, &mut self.tasks);
                self.answer(request, answer);
            }
            Command::Leave => return ControlFlow::Break(Ending::Leave),
        }
        ControlFlow::Continue(())
    }

    fn call(&mut self, start: StartCall) {
        if start.outcome.is_abandoned() {
            return;
        }
        let sent = self.request(|request| message::Call {
            request,
            options: start.options,
            procedure: start.procedure,
            payload: start.payload,
        });
        match sent {
            Ok(request) => {
                self.caller
                    .called(request, start.key, start.outcome, start.parts);
            }
            Err(error) => {
                start.outcome.answer(Err(CallError::Unsent(error)));
            }
        }
    }

    /// Sends further arguments of a call, under its id.
    fn continue_call(
        &mut self,
        key: Key,
        options: CallOptions,
        procedure: Uri,
        payload: Payload,
    ) -> Result<(), CallError> {
        let request = self.caller.request(key).ok_or(CallError::Ended)?;
        let call = message::Call {
            request,
            options,
            procedure,
            payload,
        };
        self.wire.send(call).map_err(CallError::Unsent)
    }

    fn publish(
        &mut self,
        options: PublishOptions,
        topic: Uri,
        payload: Payload,
        reply: Option<Outcome<PublicationId>>,
    ) {
        let sent = self.request(|request| message::Publish {
            request,
            options,
            topic,
            payload,
        });
        match (sent, reply) {
            (Ok(request), Some(reply)) => self.publisher.awaits(request, reply),
            (Ok(_), None) => {}
            (Err(error), Some(reply)) => unsent(reply, error),
            (Err(error), None) => tracing::warn!(%error, "a publication can not be sent"),
        }
    }

    /// Sends the next request. Its id is used up only if it is sent: the ids of a session follow one
    /// another without gaps (spec, "IDs").
    fn request<M: Into<Message>>(
        &mut self,
        message: impl FnOnce(RequestId) -> M,
    ) -> Result<RequestId, LinkError> {
        let mut requests = self.requests.clone();
        let request = requests.next_request();
        self.wire.send(message(request))?;
        self.requests = requests;
        Ok(request)
    }

    /// Sends what answers an invocation. Its caller must not wait for a result that can not be sent.
    fn answer(&mut self, request: RequestId, answer: Option<Message>) {
        if let Some(answer) = answer
            && let Err(error) = self.wire.send(answer)
        {
            tracing::warn!(%error, "the result of a procedure can not be sent");
            let refusal = self.callee.too_long(request);
            self.wire.push(refusal);
        }
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
            Message::Error(error) => self.fail(error),
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

    /// A request of ours failed.
    fn fail(&mut self, error: message::Error) {
        let request = error.request;
        let request_type = error.request_type;
        let error = RemoteError::new(error);
        match request_type {
            request_type::CALL => self.caller.fail(request, error),
            request_type::PUBLISH => self.publisher.fail(request, error),
            request_type::SUBSCRIBE => {
                let requests = &mut self.requests;
                let unsubscribe = self.subscriber.fail_subscribe(request, error, requests);
                self.push(unsubscribe);
            }
            request_type::UNSUBSCRIBE => self.subscriber.fail_unsubscribe(request, error),
            request_type::REGISTER => self.callee.fail_register(request, error),
            request_type::UNREGISTER => self.callee.fail_unregister(request, error),
            // About what is long done with.
            _ => {}
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

/// Tells whoever asked that the link can not carry the request.
fn unsent<T>(reply: Outcome<T>, error: LinkError) {
    reply.answer(Err(RequestError::Unsent(error)));
}
