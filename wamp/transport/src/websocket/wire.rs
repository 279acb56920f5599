//! WebSocket frames, by tungstenite.

use super::{buffered::Buffered, incoming::Whole};
use crate::{
    CloseCode, LinkError, Subprotocol,
    frame::{Frame, Received},
    outgoing::Outgoing,
};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use std::{
    collections::VecDeque,
    pin::Pin,
    str::Utf8Error,
    task::{Context, Poll, ready},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        error::ProtocolError,
        protocol::{
            CloseFrame, Role, WebSocketConfig,
            frame::{
                self,
                coding::{self, Data, OpCode},
            },
        },
    },
};

/// What tungstenite reads at once, in octets. It allocates this at once and keeps it, so it is what an
/// idle link costs; [`Buffered`] sees to it that the system is not asked for so little. A server has it
/// read control frames and pieces of messages only.
const SERVER_READ_SIZE: usize = 256;
const CLIENT_READ_SIZE: usize = 4 << 10;
/// A sender waits while so many octets wait to be written.
const WRITE_HIGH_WATER: usize = 64 << 10;
/// Longer messages are sent in frames of this length, so that a PONG need not wait for all of one. Every
/// sealed frame is shorter and stays whole.
const LONGEST_FRAME: usize = 128 << 10;
/// What tungstenite holds of control frames while [`Buffered`] takes nothing: two of the longest.
const CONTROL_FRAMES: usize = 256;

/// An open WebSocket.
pub(crate) struct WebSocket {
    stream: WebSocketStream<Buffered>,
    role: Role,
    subprotocol: Subprotocol,
    /// A frame that found no room in the write buffer.
    held: Option<Message>,
    /// What is left to send of a long message, each a frame or several.
    rest: VecDeque<Bytes>,
    /// Whether a PONG may wait in tungstenite.
    pong: bool,
    /// Whether our CLOSE is on its way.
    closing: bool,
    /// Whether the peer's CLOSE has come.
    closed: bool,
}

/// tungstenite's settings for messages of at most `longest` octets. It sends all that clients send, and
/// what is no data for servers.
pub(super) fn config(longest: usize, role: Role) -> WebSocketConfig {
    let (read, sent) = match role {
        Role::Server => (SERVER_READ_SIZE, CONTROL_FRAMES),
        Role::Client => (CLIENT_READ_SIZE, LONGEST_FRAME + CONTROL_FRAMES),
    };
    WebSocketConfig::default()
        .read_buffer_size(read)
        .write_buffer_size(0)
        .max_write_buffer_size(sent)
        .max_message_size(Some(longest))
        .max_frame_size(Some(longest))
}

impl WebSocket {
    pub(super) const fn new(
        stream: WebSocketStream<Buffered>,
        role: Role,
        subprotocol: Subprotocol,
    ) -> Self {
        Self {
            stream,
            role,
            subprotocol,
            held: None,
            rest: VecDeque::new(),
            pong: false,
            closing: false,
            closed: false,
        }
    }

    pub(crate) fn take_heard(&mut self) -> bool {
        self.stream.get_mut().take_heard()
    }

    /// The next message's frame; `None` once the peer closed.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Received>, LinkError>> {
        loop {
            if self.pong {
                // What can not be written now waits for the next flush.
                self.pong = self.poll_flush_all(cx).map_err(write_error)?.is_pending();
            }
            let longest = self.longest();
            if let Some(whole) = ready!(self.stream.get_mut().poll_whole(cx, longest))? {
                return Poll::Ready(self.whole(whole).map(Some));
            }
            let Some(message) = ready!(Pin::new(&mut self.stream).poll_next(cx)) else {
                return Poll::Ready(Ok(None));
            };
            match message.map_err(|error| self.read_error(error))? {
                Message::Binary(frame) => {
                    return Poll::Ready(self.received(Received::Octets(frame)).map(Some));
                }
                Message::Text(frame) => {
                    return Poll::Ready(self.received(Received::Text(frame)).map(Some));
                }
                Message::Ping(_) => self.pong = true,
                Message::Pong(_) | Message::Frame(_) => {}
                Message::Close(_) => {
                    self.closed = true;
                    // Our CLOSE in answer goes now if it can, and otherwise when the link closes.
                    let _answered = self.poll_flush_all(cx);
                    return Poll::Ready(Ok(None));
                }
            }
        }
    }

    /// Whether nothing of an earlier message is left to send.
    pub(crate) fn has_room(&self) -> bool {
        self.held.is_none() && self.rest.is_empty()
    }

    /// Whether a server's frame has room at once.
    fn is_ready(&self) -> bool {
        let waiting = self.stream.get_ref().waiting();
        self.role == Role::Server && self.has_room() && waiting < WRITE_HIGH_WATER && !self.pong
    }

    /// Waits until there is room for a frame.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        if self.is_ready() {
            return Poll::Ready(Ok(()));
        }
        loop {
            ready!(Pin::new(&mut self.stream).poll_ready(cx)).map_err(write_error)?;
            if self.held.is_some() || self.outgoing().len() >= WRITE_HIGH_WATER {
                ready!(self.poll_flush_all(cx)).map_err(write_error)?;
            }
            if let Some(held) = self.held.take() {
                self.give(held)?;
            } else if let Some(next) = self.next_of_rest() {
                self.send(next.into(), Data::Continue, self.rest.is_empty())?;
            } else {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Sends the frame of one message; the one before it must be out of the way, see
    /// [`Self::has_room`].
    pub(crate) fn start_frame(&mut self, frame: Frame<'_>) -> Result<(), LinkError> {
        let kind = if self.subprotocol.is_binary() {
            Data::Binary
        } else {
            Data::Text
        };
        if frame.len() <= LONGEST_FRAME {
            return self.send(frame, kind, true);
        }
        self.rest = frame.into_pieces();
        let first = self.next_of_rest().unwrap_or_default();
        self.send(first.into(), kind, self.rest.is_empty())
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
        self.poll_flush_all(cx).map_err(write_error)
    }

    /// Sends what is left and a CLOSE.
    pub(crate) fn poll_goodbye(
        &mut self,
        cx: &mut Context<'_>,
        code: CloseCode,
    ) -> Poll<Result<(), LinkError>> {
        if !self.closing {
            if !self.has_room() {
                ready!(self.poll_ready(cx))?;
            }
            // What waits and this go together.
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
        match ready!(self.poll_flush_all(cx)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(already_closed(error)),
        }
    }

    /// Waits for the peer's CLOSE, and then for the end of its stream.
    pub(crate) fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(Ok(_)) = ready!(Pin::new(&mut self.stream).poll_next(cx)) {}
        self.stream.get_mut().poll_leave(cx)
    }

    /// The next frame of a long message.
    fn next_of_rest(&mut self) -> Option<Bytes> {
        let first = self.rest.front_mut()?;
        if first.len() > LONGEST_FRAME {
            return Some(first.split_to(LONGEST_FRAME));
        }
        self.rest.pop_front()
    }

    /// Sends a data frame. A server's needs no mask, and so nothing but a header before it.
    fn send(&mut self, payload: Frame<'_>, kind: Data, is_final: bool) -> Result<(), LinkError> {
        if self.role == Role::Client {
            let opcode = OpCode::Data(kind);
            let frame = frame::Frame::message(payload.into_bytes(), opcode, is_final);
            return self.give(Message::Frame(frame));
        }
        if self.closing || self.closed {
            return Err(LinkError::Closed);
        }
        let outgoing = self.outgoing();
        put_header(outgoing, kind, is_final, payload.len());
        payload.put_into(outgoing);
        Ok(())
    }

    /// Gives tungstenite a frame to send.
    fn give(&mut self, message: Message) -> Result<(), LinkError> {
        match Pin::new(&mut self.stream).start_send(message) {
            Ok(()) => Ok(()),
            Err(Error::WriteBufferFull(message)) => {
                self.held = Some(*message);
                Ok(())
            }
            Err(error) => Err(write_error(error)),
        }
    }

    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        // tungstenite does not flush once both sides have said CLOSE.
        self.stream.get_mut().poll_write_out(cx).map_err(Error::Io)
    }

    fn outgoing(&mut self) -> &mut Outgoing {
        self.stream.get_mut().outgoing()
    }

    /// A message that tungstenite has not looked at.
    fn whole(&self, Whole { kind, payload }: Whole) -> Result<Received, LinkError> {
        self.received(match kind {
            Data::Text => {
                let text = payload.try_into();
                Received::Text(text.map_err(|error: Utf8Error| self.read_error(error.into()))?)
            }
            _ => Received::Octets(payload),
        })
    }

    /// Frames are of the type that belongs to the serializer.
    fn received(&self, frame: Received) -> Result<Received, LinkError> {
        let found = match (&frame, self.subprotocol.is_binary()) {
            (Received::Text(_), false) | (Received::Octets(_), true) => return Ok(frame),
            (Received::Text(_), true) => "text",
            (Received::Octets(_), false) => "binary",
        };
        Err(LinkError::FrameType {
            found,
            serializer: self.subprotocol.serializer.name(),
        })
    }

    /// The longest message that is taken, in octets.
    fn longest(&self) -> usize {
        let limit = self.stream.get_config().max_message_size;
        limit.unwrap_or(usize::MAX)
    }

    fn read_error(&self, error: Error) -> LinkError {
        match error {
            Error::Io(error) => LinkError::Io(error),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => LinkError::Cut,
            Error::Capacity(_) => LinkError::TooLong {
                limit: self.longest(),
            },
            other => LinkError::Framing {
                transport: "WebSocket",
                what: other.to_string(),
            },
        }
    }
}

/// The header of a frame without a mask (RFC 6455, section 5.2).
fn put_header(outgoing: &mut Outgoing, kind: Data, is_final: bool, length: usize) {
    let first = u8::from(OpCode::Data(kind)) | if is_final { 0x80 } else { 0 };
    if let Ok(short @ 0..126) = u8::try_from(length) {
        outgoing.put(&[first, short]);
    } else if let Ok(length) = u16::try_from(length) {
        let [high, low] = length.to_be_bytes();
        outgoing.put(&[first, 126, high, low]);
    } else {
        outgoing.put(&[first, 127]);
        outgoing.put(&(length as u64).to_be_bytes());
    }
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
