//! The link and what is to be written to it: reading and writing at once, from one task.

use futures_util::{Sink, SinkExt, Stream};
use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};
use wamp_proto::{Message, Outbound, RequestId};
use wamp_transport::{Link, LinkError};

/// How many messages may wait to be written before commands have to wait, and how many go out with
/// one flush.
const MESSAGES: usize = 256;

/// How many octets may wait to be written before commands have to wait.
const OCTETS: usize = 256 << 10;

/// A link with a bounded queue of messages to write.
pub(crate) struct Wire {
    link: Link,
    outbox: VecDeque<Outbound>,
    octets: usize,
    /// Whether something was given to the link that it may not have written yet.
    unflushed: bool,
}

/// What happened on the wire.
pub(crate) enum Happening {
    /// The router sent a message.
    Received(Message),
    /// A message can not be sent; the link goes on.
    Unsent(Unsent),
    /// There is room for messages again.
    Room,
    /// The link ended, by an error or in order.
    Ended(Option<LinkError>),
}

impl Happening {
    fn read(item: Option<Result<Message, LinkError>>) -> Self {
        match item {
            Some(Ok(message)) => Self::Received(message),
            Some(Err(error)) => Self::Ended(Some(error)),
            None => Self::Ended(None),
        }
    }
}

/// A message that was not sent, and why.
pub(crate) struct Unsent {
    /// Its type on the wire.
    pub(crate) code: u64,
    /// Its request, if it is of a kind that has one.
    pub(crate) request: Option<RequestId>,
    /// Why.
    pub(crate) error: LinkError,
}

impl Wire {
    pub(crate) const fn new(link: Link) -> Self {
        Self {
            link,
            outbox: VecDeque::new(),
            octets: 0,
            unflushed: false,
        }
    }

    /// Queues a message. Who produces messages at will asks [`Self::has_room`] before.
    pub(crate) fn push(&mut self, message: impl Into<Message>) {
        let message = Outbound::from(message.into());
        self.octets += message.cost();
        self.outbox.push_back(message);
    }

    /// Whether commands may be taken, and messages read, that lead to messages being queued.
    pub(crate) fn has_room(&self) -> bool {
        self.outbox.len() < MESSAGES && self.octets < OCTETS
    }

    /// Writes what is queued and waits for what happens. Cancel safe.
    pub(crate) async fn next(&mut self) -> Happening {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Writes what is queued, then closes the link and waits, as the transport does it, for the
    /// router to do the same.
    pub(crate) async fn close(&mut self) -> Result<(), LinkError> {
        poll_fn(|cx| self.poll_written(cx)).await?;
        self.link.close().await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        let had_room = self.has_room();
        match self.poll_write(cx) {
            Err(WriteError::Message(unsent)) => return Poll::Ready(Happening::Unsent(unsent)),
            // What the router sent before the link broke may say why.
            Err(WriteError::Link(error)) => return Poll::Ready(self.read_last(cx, error)),
            Ok(()) if !had_room && self.has_room() => return Poll::Ready(Happening::Room),
            Ok(()) => {}
        }
        if !self.has_room() {
            // Reading leads to writing, and there is no room for that.
            return Poll::Pending;
        }
        let read = ready!(Pin::new(&mut self.link).poll_next(cx));
        Poll::Ready(Happening::read(read))
    }

    /// Writing failed with `error`, which matters less than how reading ends.
    fn read_last(&mut self, cx: &mut Context<'_>, error: LinkError) -> Happening {
        match Pin::new(&mut self.link).poll_next(cx) {
            Poll::Ready(read) => Happening::read(read),
            Poll::Pending => Happening::Ended(Some(error)),
        }
    }

    /// Gives the link as much as it takes and has it write that.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<(), WriteError> {
        while !self.outbox.is_empty() {
            if Pin::new(&mut self.link).poll_ready(cx)?.is_pending() {
                return Ok(());
            }
            if let Some(message) = self.outbox.pop_front() {
                self.octets -= message.cost();
                self.start_send(message)?;
            }
        }
        if self.unflushed && Pin::new(&mut self.link).poll_flush(cx)?.is_ready() {
            self.unflushed = false;
        }
        Ok(())
    }

    fn start_send(&mut self, message: Outbound) -> Result<(), WriteError> {
        let code = message.message().code();
        let request = request_of(message.message());
        match Pin::new(&mut self.link).start_send(message) {
            Ok(()) => {
                self.unflushed = true;
                Ok(())
            }
            Err(error) if error.is_about_one_message() => Err(WriteError::Message(Unsent {
                code,
                request,
                error,
            })),
            Err(error) => Err(WriteError::Link(error)),
        }
    }

    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        loop {
            match self.poll_write(cx) {
                Ok(()) if self.outbox.is_empty() && !self.unflushed => return Poll::Ready(Ok(())),
                Ok(()) => return Poll::Pending,
                Err(WriteError::Message(_)) => {}
                Err(WriteError::Link(error)) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// Why writing stopped.
enum WriteError {
    /// One message can not be sent.
    Message(Unsent),
    /// None can.
    Link(LinkError),
}

impl From<LinkError> for WriteError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

/// The request of a message that a client sends.
const fn request_of(message: &Message) -> Option<RequestId> {
    Some(match message {
        Message::Call(m) => m.request,
        Message::Publish(m) => m.request,
        Message::Subscribe(m) => m.request,
        Message::Unsubscribe(m) => m.request,
        Message::Register(m) => m.request,
        Message::Unregister(m) => m.request,
        Message::Yield(m) => m.request,
        Message::Error(m) => m.request,
        _ => return None,
    })
}
