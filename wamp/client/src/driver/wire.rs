//! The link, read and written at once from one task.

use futures_util::{Sink, SinkExt, Stream};
use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};
use wamp_proto::{Message, Outbound};
use wamp_transport::{Link, LinkError};

/// How many messages may wait for the link before nothing is read that could lead to more.
const WAITING: usize = 256;

/// A link, and the messages that wait for it to take them.
///
/// There are two ways to send. [`Self::send`] is for what others ask for: they can wait, so it is
/// used only while the link takes messages at once. [`Self::push`] is for what follows from messages
/// received; it waits here.
pub(crate) struct Wire {
    link: Link,
    waiting: VecDeque<Outbound>,
    /// Whether the link was seen to take messages, and none has waited since.
    ready: bool,
    /// Whether something was given to the link that it may not have written yet.
    unflushed: bool,
    /// Why nothing can be written any more.
    failed: Option<LinkError>,
}

/// What happened on the wire.
pub(crate) enum Happening {
    /// The router sent a message.
    Received(Message),
    /// The link takes messages again.
    Ready,
    /// The link ended, by an error or in order.
    Ended(Option<LinkError>),
}

impl Wire {
    pub(crate) const fn new(link: Link) -> Self {
        Self {
            link,
            waiting: VecDeque::new(),
            ready: false,
            unflushed: false,
            failed: None,
        }
    }

    /// Whether [`Self::send`] may be used. If not, [`Self::next`] tells when.
    pub(crate) fn is_ready(&mut self) -> bool {
        // Where it is not, `next` asks again with a waker that wakes.
        let asked = self.poll_ready(&mut Context::from_waker(Waker::noop()));
        asked.is_ready() && self.failed.is_none()
    }

    /// Gives the link a message; it is written with all others by [`Self::next`].
    ///
    /// # Errors
    /// If the link can not carry this message. When it can not carry any, `next` will say so.
    pub(crate) fn send(&mut self, message: impl Into<Message>) -> Result<(), LinkError> {
        self.start_send(Outbound::from(message.into()))
    }

    /// Queues a message, which must be short.
    pub(crate) fn push(&mut self, message: impl Into<Message>) {
        self.ready = false;
        self.waiting.push_back(Outbound::from(message.into()));
    }

    /// Writes what was given and waits for what happens. Cancel safe.
    pub(crate) async fn next(&mut self) -> Happening {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What has happened already, without waiting. To be followed by [`Self::next`], which writes and
    /// waits.
    pub(crate) fn next_now(&mut self) -> Option<Happening> {
        if self.failed.is_some() || self.waiting.len() >= WAITING {
            return None;
        }
        // `next` asks again with a waker that wakes.
        let mut cx = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.link).poll_next(&mut cx) {
            Poll::Ready(read) => Some(Happening::read(read)),
            Poll::Pending => None,
        }
    }

    /// Writes what was given, then closes the link and waits, as the transport does it, for the
    /// router to do the same.
    pub(crate) async fn close(&mut self) -> Result<(), LinkError> {
        poll_fn(|cx| self.poll_ready(cx)).await;
        match self.failed.take() {
            None => self.link.close().await,
            Some(error) => Err(error),
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        if !self.ready && self.poll_ready(cx).is_ready() && self.failed.is_none() {
            return Poll::Ready(Happening::Ready);
        }
        self.poll_flush(cx);
        if let Some(error) = self.failed.take() {
            return Poll::Ready(self.read_last(cx, error));
        }
        if self.waiting.len() >= WAITING {
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

    /// Waits until the link has taken everything that waits, and takes more. Ready as well when
    /// writing has failed.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.ready = false;
        while self.failed.is_none() {
            match ready!(Pin::new(&mut self.link).poll_ready(cx)) {
                Ok(()) => {}
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
            let Some(message) = self.waiting.pop_front() else {
                self.ready = true;
                break;
            };
            if let Err(error) = self.start_send(message) {
                tracing::warn!(%error, "a message can not be sent");
            }
        }
        Poll::Ready(())
    }

    fn start_send(&mut self, message: Outbound) -> Result<(), LinkError> {
        match Pin::new(&mut self.link).start_send(message) {
            Ok(()) => self.unflushed = true,
            Err(error) if error.is_about_one_message() => return Err(error),
            Err(error) => self.failed = Some(error),
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) {
        if self.unflushed && self.failed.is_none() {
            match Pin::new(&mut self.link).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => self.failed = Some(error),
                Poll::Pending => {}
            }
        }
    }
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
