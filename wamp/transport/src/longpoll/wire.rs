//! The link's end of a long-poll transport.

use super::{Shared, wake};
use crate::LinkError;
use bytes::Bytes;
use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::sync::mpsc;

/// A sender waits while so many octets wait for the client to ask for them.
const HIGH_WATER: usize = 128 << 10;

/// An open long-poll transport.
pub(crate) struct LongPoll {
    shared: Arc<Shared>,
    inbox: mpsc::Receiver<Bytes>,
}

impl LongPoll {
    pub(super) const fn new(shared: Arc<Shared>, inbox: mpsc::Receiver<Bytes>) -> Self {
        Self { shared, inbox }
    }

    /// Whether a request came since this was last asked, or is under way.
    pub(crate) fn take_heard(&self) -> bool {
        let mut state = self.shared.lock();
        std::mem::take(&mut state.heard) || state.waiting
    }

    /// What the client sent next; `None` once it closed.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, LinkError>> {
        self.inbox.poll_recv(cx).map(Ok)
    }

    /// Waits until less than the high-water mark waits to be received.
    pub(crate) fn poll_ready(&self, cx: &Context<'_>) -> Poll<Result<(), LinkError>> {
        self.poll_below(HIGH_WATER, cx)
    }

    pub(crate) fn start_frame(&self, frame: Bytes) {
        let receiver = {
            let mut state = self.shared.lock();
            state.octets += frame.len();
            state.outbox.push_back(frame);
            state.receiver.take()
        };
        wake(receiver);
    }

    /// Ends the stream, and waits until the client has received all of it.
    pub(crate) fn poll_goodbye(&self, cx: &Context<'_>) -> Poll<Result<(), LinkError>> {
        self.end();
        ready!(self.poll_below(1, cx))?;
        Poll::Ready(Ok(()))
    }

    fn poll_below(&self, octets: usize, cx: &Context<'_>) -> Poll<Result<(), LinkError>> {
        let mut state = self.shared.lock();
        if state.octets < octets {
            return Poll::Ready(Ok(()));
        }
        if state.slots.is_none() {
            return Poll::Ready(Err(LinkError::Closed));
        }
        state.sender = Some(cx.waker().clone());
        Poll::Pending
    }

    fn end(&self) {
        let receiver = {
            let mut state = self.shared.lock();
            state.ended = true;
            state.receiver.take()
        };
        wake(receiver);
    }
}

impl Drop for LongPoll {
    fn drop(&mut self) {
        self.end();
    }
}
