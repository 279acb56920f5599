//! Frames of octets over either transport, and the keepalive below them.

use crate::{
    CloseCode, LinkError, LinkLimits,
    frame::{Frame, Received},
    keepalive::{Beat, Pulse},
    longpoll::LongPoll,
    rawsocket::RawSocket,
    websocket::WebSocket,
};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::time::{Sleep, sleep};

/// A stream and sink of frames, one for each message, or for each piece of a sealed one.
pub(crate) struct Frames {
    wire: Wire,
    limits: LinkLimits,
    pulse: Option<Pulse>,
    close_code: CloseCode,
    /// No frame comes any more: the peer closed, or was found out.
    ended: bool,
    goodbye: Goodbye,
    /// Frames that wait for room.
    waiting: VecDeque<Frame<'static>>,
}

/// The transport.
pub(crate) enum Wire {
    WebSocket(Box<WebSocket>),
    RawSocket(RawSocket),
    LongPoll(LongPoll),
}

/// How far closing has come.
enum Goodbye {
    /// It has not begun.
    Unsaid,
    /// It waits for the transport, until the timer fires.
    Saying(Pin<Box<Sleep>>),
    /// It is said; the peer has until the timer fires to answer.
    Said(Pin<Box<Sleep>>),
    /// Nothing is waited for any more.
    Done,
}

impl From<WebSocket> for Wire {
    fn from(wire: WebSocket) -> Self {
        Self::WebSocket(Box::new(wire))
    }
}

impl From<RawSocket> for Wire {
    fn from(wire: RawSocket) -> Self {
        Self::RawSocket(wire)
    }
}

impl From<LongPoll> for Wire {
    fn from(wire: LongPoll) -> Self {
        Self::LongPoll(wire)
    }
}

impl Frames {
    pub(crate) fn new(wire: Wire, limits: LinkLimits) -> Self {
        Self {
            wire,
            limits,
            pulse: limits.keepalive.map(Pulse::new),
            close_code: CloseCode::Normal,
            ended: false,
            goodbye: Goodbye::Unsaid,
            waiting: VecDeque::new(),
        }
    }

    pub(crate) const fn limits(&self) -> &LinkLimits {
        &self.limits
    }

    /// The longest frame the peer takes, in octets.
    pub(crate) const fn send_limit(&self) -> usize {
        match &self.wire {
            // Peers do not say.
            Wire::WebSocket(_) | Wire::LongPoll(_) => usize::MAX,
            Wire::RawSocket(wire) => wire.send_limit(),
        }
    }

    pub(crate) const fn set_close_code(&mut self, code: CloseCode) {
        self.close_code = code;
    }

    /// Receives nothing more; closing will say why.
    pub(crate) const fn fail(&mut self, error: &LinkError) {
        self.ended = true;
        self.close_code = match error {
            LinkError::FrameType { .. } => CloseCode::UnsupportedData,
            LinkError::TooLong { .. } => CloseCode::TooBig,
            LinkError::Silent(_) => CloseCode::GoingAway,
            _ => CloseCode::ProtocolError,
        };
    }

    /// The next frame; `None` after the last.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Received, LinkError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let received = match self.wire.poll_frame(cx) {
            Poll::Ready(received) => received,
            Poll::Pending => Err(ready!(self.poll_pulse(cx))),
        };
        match &received {
            Ok(Some(_)) => {}
            Ok(None) => self.ended = true,
            Err(error) => self.fail(error),
        }
        Poll::Ready(received.transpose())
    }

    /// Waits for the next frame, which has to come.
    pub(crate) async fn next_frame(&mut self) -> Result<Bytes, LinkError> {
        poll_fn(|cx| self.poll_frame(cx))
            .await
            .unwrap_or(Err(LinkError::Cut))
            .map(Bytes::from)
    }

    /// Waits until a frame can be sent.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        if !matches!(self.goodbye, Goodbye::Unsaid) {
            return Poll::Ready(Err(LinkError::Closed));
        }
        let fed = self.poll_feed(cx);
        if fed.is_pending() && matches!(self.wire, Wire::LongPoll(_)) {
            // No connection breaks below this one, and who waits here may not receive meanwhile.
            let silent = ready!(self.poll_pulse(cx));
            self.fail(&silent);
            return Poll::Ready(Err(silent));
        }
        fed
    }

    /// Takes a frame of at most [`Self::send_limit`] octets.
    pub(crate) fn start_frame(&mut self, frame: Frame<'_>) -> Result<(), LinkError> {
        if self.waiting.is_empty() && self.wire.has_room() {
            self.wire.start_frame(frame)
        } else {
            self.waiting.push_back(frame.into_owned());
            Ok(())
        }
    }

    /// Writes out what is buffered.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        if !self.waiting.is_empty() {
            ready!(self.poll_feed(cx))?;
        }
        self.wire.poll_flush(cx)
    }

    /// Sends one frame and waits until it is on its way.
    pub(crate) async fn send_frame(&mut self, frame: Bytes) -> Result<(), LinkError> {
        poll_fn(|cx| self.poll_ready(cx)).await?;
        self.start_frame(frame.into())?;
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Writes out what is buffered, says goodbye, and waits a little for the peer to do the same.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        loop {
            match &mut self.goodbye {
                Goodbye::Unsaid => {
                    let timer = Box::pin(sleep(self.limits.close_timeout));
                    self.goodbye = Goodbye::Saying(timer);
                }
                Goodbye::Saying(_) => {
                    let said = ready!(self.poll_say_goodbye(cx));
                    self.ended = true;
                    self.goodbye = match std::mem::replace(&mut self.goodbye, Goodbye::Done) {
                        Goodbye::Saying(timer) if said.is_ok() => Goodbye::Said(timer),
                        _ => return Poll::Ready(said),
                    };
                }
                Goodbye::Said(timer) => {
                    if self.wire.poll_leave(cx).is_pending() {
                        ready!(timer.as_mut().poll(cx));
                    }
                    self.goodbye = Goodbye::Done;
                }
                Goodbye::Done => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Feeds the transport what waits, and then waits until it has room for more.
    fn poll_feed(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        loop {
            ready!(self.wire.poll_ready(cx))?;
            match self.waiting.pop_front() {
                Some(frame) => self.wire.start_frame(frame)?,
                None => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Sends what is left and the transport's goodbye, until the timer fires.
    fn poll_say_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        let said = match self.poll_feed(cx) {
            Poll::Ready(Ok(())) => self.wire.poll_goodbye(cx, self.close_code),
            other => other,
        };
        match (said, &mut self.goodbye) {
            (Poll::Pending, Goodbye::Saying(timer)) => timer
                .as_mut()
                .poll(cx)
                .map(|()| Err(io::Error::from(io::ErrorKind::TimedOut).into())),
            (said, _) => said,
        }
    }

    /// Looks after a peer that says nothing, and tells when it is gone.
    fn poll_pulse(&mut self, cx: &mut Context<'_>) -> Poll<LinkError> {
        let Some(pulse) = &mut self.pulse else {
            return Poll::Pending;
        };
        if self.wire.take_heard() {
            pulse.heard();
        }
        loop {
            match ready!(pulse.poll(cx)) {
                Beat::Dead(silence) => return Poll::Ready(LinkError::Silent(silence)),
                Beat::Ping => {
                    // What can not be written now waits for the next flush.
                    let sent = self.wire.start_ping();
                    if let (Err(error), _) | (Ok(()), Poll::Ready(Err(error))) =
                        (sent, self.wire.poll_flush(cx))
                    {
                        return Poll::Ready(error);
                    }
                }
            }
        }
    }
}

impl Wire {
    /// Whether a frame can be started now.
    fn has_room(&self) -> bool {
        match self {
            Self::WebSocket(wire) => wire.has_room(),
            // The outboxes take any number of frames; their bounds are for senders that wait.
            Self::RawSocket(_) | Self::LongPoll(_) => true,
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match self {
            Self::WebSocket(wire) => wire.poll_ready(cx),
            Self::RawSocket(wire) => wire.poll_ready(cx),
            Self::LongPoll(wire) => wire.poll_ready(cx),
        }
    }

    fn start_frame(&mut self, frame: Frame<'_>) -> Result<(), LinkError> {
        match self {
            Self::WebSocket(wire) => wire.start_frame(frame),
            Self::RawSocket(wire) => {
                wire.start_frame(&frame);
                Ok(())
            }
            Self::LongPoll(wire) => {
                wire.start_frame(frame.into_bytes());
                Ok(())
            }
        }
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Received>, LinkError>> {
        let octets = match self {
            Self::WebSocket(wire) => return wire.poll_frame(cx),
            Self::RawSocket(wire) => wire.poll_frame(cx),
            Self::LongPoll(wire) => wire.poll_frame(cx),
        };
        octets.map_ok(|octets| octets.map(Received::Octets))
    }

    fn take_heard(&mut self) -> bool {
        match self {
            Self::WebSocket(wire) => wire.take_heard(),
            Self::RawSocket(wire) => wire.take_heard(),
            Self::LongPoll(wire) => wire.take_heard(),
        }
    }

    fn start_ping(&mut self) -> Result<(), LinkError> {
        match self {
            Self::WebSocket(wire) => wire.start_ping(),
            Self::RawSocket(wire) => {
                wire.start_ping();
                Ok(())
            }
            // Its client asks by itself.
            Self::LongPoll(_) => Ok(()),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match self {
            Self::WebSocket(wire) => wire.poll_flush(cx),
            Self::RawSocket(wire) => wire.poll_flush(cx),
            // What is started is there to be received.
            Self::LongPoll(_) => Poll::Ready(Ok(())),
        }
    }

    fn poll_goodbye(
        &mut self,
        cx: &mut Context<'_>,
        code: CloseCode,
    ) -> Poll<Result<(), LinkError>> {
        match self {
            Self::WebSocket(wire) => wire.poll_goodbye(cx, code),
            Self::RawSocket(wire) => wire.poll_goodbye(cx),
            Self::LongPoll(wire) => wire.poll_goodbye(cx),
        }
    }

    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::WebSocket(wire) => wire.poll_leave(cx),
            Self::RawSocket(wire) => wire.poll_leave(cx),
            Self::LongPoll(_) => Poll::Ready(()),
        }
    }
}
