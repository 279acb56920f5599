//! WebSocket frames, by tungstenite.

use super::ahead::Ahead;
use crate::{CloseCode, LinkError, Subprotocol};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        error::ProtocolError,
        protocol::{
            CloseFrame, WebSocketConfig,
            frame::{
                Frame,
                coding::{self, Data, OpCode},
            },
        },
    },
};

/// What tungstenite reads at once, in octets. It allocates this at once and keeps it, so it is what an
/// idle link costs; [`Ahead`] sees to it that the system is not asked for so little.
const READ_SIZE: usize = 1 << 10;
/// A sender waits while more octets than this wait to be written. tungstenite keeps the buffer it
/// grew to.
const WRITE_HIGH_WATER: usize = 8 << 10;
/// Longer messages are sent in frames of this length, so that the write buffer stays small. Every
/// sealed frame is shorter and stays whole.
const LONGEST_FRAME: usize = 64 << 10;
/// The write buffer's bound: what a sender may fill, one frame, and room for control frames.
const WRITE_LIMIT: usize = WRITE_HIGH_WATER + LONGEST_FRAME + (4 << 10);

/// An open WebSocket.
pub(crate) struct WebSocket {
    stream: WebSocketStream<Ahead>,
    subprotocol: Subprotocol,
    /// A frame that found no room in the write buffer.
    held: Option<Message>,
    /// What is left to send of a long message.
    rest: Bytes,
    /// Whether our CLOSE is on its way.
    closing: bool,
}

/// tungstenite's settings for messages of at most `longest` octets.
pub(super) fn config(longest: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_SIZE)
        .write_buffer_size(WRITE_HIGH_WATER)
        .max_write_buffer_size(WRITE_LIMIT)
        .max_message_size(Some(longest))
        .max_frame_size(Some(longest))
}

impl WebSocket {
    pub(super) fn new(stream: WebSocketStream<Ahead>, subprotocol: Subprotocol) -> Self {
        Self {
            stream,
            subprotocol,
            held: None,
            rest: Bytes::new(),
            closing: false,
        }
    }

    pub(crate) fn take_heard(&mut self) -> bool {
        self.stream.get_mut().take_heard()
    }

    /// The next message's frame; `None` once the peer closed.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, LinkError>> {
        let binary = self.subprotocol.is_binary();
        loop {
            let Some(message) = ready!(Pin::new(&mut self.stream).poll_next(cx)) else {
                return Poll::Ready(Ok(None));
            };
            match message.map_err(|error| self.read_error(error))? {
                Message::Binary(frame) if binary => return Poll::Ready(Ok(Some(frame))),
                Message::Text(frame) if !binary => return Poll::Ready(Ok(Some(frame.into()))),
                Message::Binary(_) => return Poll::Ready(Err(self.frame_type("binary"))),
                Message::Text(_) => return Poll::Ready(Err(self.frame_type("text"))),
                // tungstenite has the PONG ready and sends it with the next read, write or flush.
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                Message::Close(_) => {
                    // Our CLOSE in answer goes now if it can, and otherwise when the link closes.
                    let _answered = Pin::new(&mut self.stream).poll_flush(cx);
                    return Poll::Ready(Ok(None));
                }
            }
        }
    }

    /// Whether nothing of an earlier message is left to send.
    pub(crate) fn has_room(&self) -> bool {
        self.held.is_none() && self.rest.is_empty()
    }

    /// Waits until there is room for a frame.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        loop {
            ready!(Pin::new(&mut self.stream).poll_ready(cx)).map_err(write_error)?;
            let Some(next) = self.held.take().or_else(|| self.next_of_rest()) else {
                return Poll::Ready(Ok(()));
            };
            self.send(next)?;
            if self.held.is_some() {
                ready!(Pin::new(&mut self.stream).poll_flush(cx)).map_err(write_error)?;
            }
        }
    }

    /// Sends the frame of one message; the one before it must be out of the way, see
    /// [`Self::has_room`].
    pub(crate) fn start_frame(&mut self, mut frame: Bytes) -> Result<(), LinkError> {
        let kind = if self.subprotocol.is_binary() {
            Data::Binary
        } else {
            Data::Text
        };
        let whole = frame.len() <= LONGEST_FRAME;
        if !whole {
            self.rest = frame.split_off(LONGEST_FRAME);
        }
        self.send(data(frame, kind, whole))
    }

    /// Sends a PING, unless so much waits already that the peer will not be reached anyway.
    pub(crate) fn start_ping(&mut self) -> Result<(), LinkError> {
        match Pin::new(&mut self.stream).start_send(Message::Ping(Bytes::new())) {
            Ok(()) | Err(Error::WriteBufferFull(_)) => Ok(()),
            Err(error) => Err(write_error(error)),
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        if !self.has_room() {
            ready!(self.poll_ready(cx))?;
        }
        Pin::new(&mut self.stream)
            .poll_flush(cx)
            .map_err(write_error)
    }

    /// Sends what is left and a CLOSE.
    pub(crate) fn poll_goodbye(
        &mut self,
        cx: &mut Context<'_>,
        code: CloseCode,
    ) -> Poll<Result<(), LinkError>> {
        if !self.closing {
            ready!(self.poll_flush(cx))?;
            self.closing = true;
            let close = CloseFrame {
                code: close_code(code),
                reason: "".into(),
            };
            match Pin::new(&mut self.stream).start_send(Message::Close(Some(close))) {
                Ok(()) => {}
                // The peer closed first, and was answered when that was read.
                Err(Error::Protocol(ProtocolError::SendAfterClosing)) => {}
                Err(error) => return Poll::Ready(already_closed(error)),
            }
        }
        match ready!(Pin::new(&mut self.stream).poll_flush(cx)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(already_closed(error)),
        }
    }

    /// Waits for the peer's CLOSE, and then for the end of its stream.
    pub(crate) fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(Ok(_)) = ready!(Pin::new(&mut self.stream).poll_next(cx)) {}
        self.stream.get_mut().poll_leave(cx)
    }

    fn send(&mut self, message: Message) -> Result<(), LinkError> {
        match Pin::new(&mut self.stream).start_send(message) {
            Ok(()) => Ok(()),
            Err(Error::WriteBufferFull(message)) => {
                self.held = Some(*message);
                Ok(())
            }
            Err(error) => Err(write_error(error)),
        }
    }

    /// The next frame of a long message.
    fn next_of_rest(&mut self) -> Option<Message> {
        if self.rest.is_empty() {
            return None;
        }
        let next = self.rest.split_to(self.rest.len().min(LONGEST_FRAME));
        Some(data(next, Data::Continue, self.rest.is_empty()))
    }

    fn frame_type(&self, found: &'static str) -> LinkError {
        LinkError::FrameType {
            found,
            serializer: self.subprotocol.serializer.name(),
        }
    }

    fn read_error(&self, error: Error) -> LinkError {
        let limit = self.stream.get_config().max_message_size;
        match error {
            Error::Io(error) => LinkError::Io(error),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => LinkError::Cut,
            Error::Capacity(_) => LinkError::TooLong {
                limit: limit.unwrap_or(usize::MAX),
            },
            other => LinkError::Framing {
                transport: "WebSocket",
                what: other.to_string(),
            },
        }
    }
}

fn data(payload: Bytes, kind: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(kind), is_final))
}

fn write_error(error: Error) -> LinkError {
    match error {
        Error::Io(error) => LinkError::Io(error),
        // All that is left: the CLOSE of either side went out.
        _ => LinkError::Closed,
    }
}

/// A link that is closed already is closed.
fn already_closed(error: Error) -> Result<(), LinkError> {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => Ok(()),
        error => Err(write_error(error)),
    }
}

const fn close_code(code: CloseCode) -> coding::CloseCode {
    match code {
        CloseCode::Normal => coding::CloseCode::Normal,
        CloseCode::GoingAway => coding::CloseCode::Away,
        CloseCode::ProtocolError => coding::CloseCode::Protocol,
        CloseCode::UnsupportedData => coding::CloseCode::Unsupported,
        CloseCode::PolicyViolation => coding::CloseCode::Policy,
        CloseCode::TooBig => coding::CloseCode::Size,
        CloseCode::InternalError => coding::CloseCode::Error,
    }
}
