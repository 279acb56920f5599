//! RawSocket frames: a prefix of four octets, then the payload (spec, "RawSocket Transport",
//! "Framing").

use crate::{LinkError, frame::Frame, io::Tracked, outgoing::Outgoing};
use bytes::{Buf, Bytes, BytesMut};
use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncReadExt, AsyncWrite};

/// What is read at once, in octets: about forty small messages.
const READ_SIZE: usize = 4 << 10;
/// What is read at once of a long frame. Memory grows with what has come, not with the length the
/// peer claims.
const LONG_READ_SIZE: usize = 64 << 10;
/// A sender waits while so many octets wait to be written.
const WRITE_HIGH_WATER: usize = 64 << 10;
/// Nothing more is read while so many octets of PONG wait to be written: a peer that pings and
/// does not read must not fill the memory.
const PONGS_HIGH_WATER: usize = 64 << 10;

const PREFIX: usize = 4;
const MESSAGE: u8 = 0;
const PING: u8 = 1;
const PONG: u8 = 2;
/// The 25th bit of the length: exactly 16 MiB.
const LENGTH_BIT: u8 = 0x08;

/// The longest messages either way, in octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    receive: usize,
    send: usize,
}

impl Lengths {
    /// From the nibbles of the handshake, each `n` in 2^(9 + n).
    pub(super) const fn agreed(own: u8, peer: u8) -> Self {
        Self {
            receive: 512 << own,
            send: 512 << peer,
        }
    }
}

/// An open RawSocket. Its buffers exist only while something is in them: an idle link has none.
pub(crate) struct RawSocket {
    io: Tracked,
    lengths: Lengths,
    inbox: BytesMut,
    outbox: Outgoing,
    /// Octets of PONG that were put into the outbox since it was last empty.
    pongs: usize,
}

/// A frame that came in.
enum Incoming {
    Message(Bytes),
    Ping(Bytes),
    Pong,
}

impl RawSocket {
    pub(super) fn new(io: Tracked, lengths: Lengths) -> Self {
        Self {
            io,
            lengths,
            inbox: BytesMut::new(),
            outbox: Outgoing::default(),
            pongs: 0,
        }
    }

    /// The longest frame the peer takes, in octets.
    pub(crate) const fn send_limit(&self) -> usize {
        self.lengths.send
    }

    pub(crate) fn take_heard(&mut self) -> bool {
        self.io.take_heard()
    }

    /// The next message's frame; `None` after the peer's last.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, LinkError>> {
        loop {
            match self.take_frame()? {
                Some(Incoming::Message(frame)) => return Poll::Ready(Ok(Some(frame))),
                Some(Incoming::Ping(payload)) => self.pong(payload, cx)?,
                Some(Incoming::Pong) => {}
                None => {
                    if self.pongs > PONGS_HIGH_WATER {
                        ready!(self.poll_flush(cx))?;
                    }
                    if !ready!(self.poll_read(cx))? {
                        return Poll::Ready(if self.inbox.is_empty() {
                            Ok(None)
                        } else {
                            Err(LinkError::Cut)
                        });
                    }
                }
            }
        }
    }

    /// Waits until the outbox is below its high-water mark.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        if self.outbox.len() >= WRITE_HIGH_WATER {
            ready!(self.poll_write(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Puts a frame of at most [`Self::send_limit`] octets into the outbox.
    pub(crate) fn start_frame(&mut self, frame: &Frame<'_>) {
        self.put_prefix(MESSAGE, frame.len());
        frame.put_into(&mut self.outbox);
    }

    pub(crate) fn start_ping(&mut self) {
        self.put_prefix(PING, 0);
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        ready!(self.poll_write(cx))?;
        Pin::new(&mut self.io).poll_flush(cx).map_err(LinkError::Io)
    }

    /// RawSocket has no words for closing: the last octet is the goodbye.
    pub(crate) fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        self.poll_flush(cx)
    }

    /// Waits for the peer to end the stream too.
    pub(crate) fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.io.poll_leave(cx)
    }

    /// The next complete frame of the inbox.
    fn take_frame(&mut self) -> Result<Option<Incoming>, LinkError> {
        let Some(&[kind, rest @ ..]) = self.inbox.first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let length = self.checked_length(kind, rest)?;
        if self.inbox.len() < PREFIX + length {
            return Ok(None);
        }
        self.inbox.advance(PREFIX);
        let payload = self.inbox.split_to(length).freeze();
        match kind & !LENGTH_BIT {
            MESSAGE => Ok(Some(Incoming::Message(payload))),
            PING => Ok(Some(Incoming::Ping(payload))),
            PONG => Ok(Some(Incoming::Pong)),
            other => Err(framing(format!("frame type {other:#04x} is reserved"))),
        }
    }

    /// The length of the payload, known from the prefix alone and refused before any of it is
    /// waited for.
    fn checked_length(&self, kind: u8, length: [u8; 3]) -> Result<usize, LinkError> {
        let [high, middle, low] = length;
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        let length = match (kind & LENGTH_BIT, length) {
            (0, length) => length,
            (_, 0) => 1 << 24,
            _ => return Err(framing("a length above 16 MiB".to_owned())),
        };
        if length > self.lengths.receive {
            let limit = self.lengths.receive;
            return Err(LinkError::TooLong { limit });
        }
        Ok(length)
    }

    /// Reads once into the inbox; false at the end of the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, LinkError>> {
        let room = if self.inbox.len() < READ_SIZE {
            READ_SIZE
        } else {
            LONG_READ_SIZE
        };
        if self.inbox.capacity() - self.inbox.len() < room / 4 {
            self.inbox.reserve(room);
        }
        match pin!(self.io.read_buf(&mut self.inbox)).poll(cx) {
            Poll::Ready(read) => Poll::Ready(Ok(read? > 0)),
            Poll::Pending => {
                if self.inbox.is_empty() {
                    self.inbox = BytesMut::new();
                }
                Poll::Pending
            }
        }
    }

    /// Answers a PING with exactly one PONG.
    fn pong(&mut self, payload: Bytes, cx: &mut Context<'_>) -> Result<(), LinkError> {
        self.pongs += PREFIX + payload.len();
        self.put_prefix(PONG, payload.len());
        self.outbox.put(&payload);
        // It goes now if it can, and otherwise with the next flush.
        match self.poll_flush(cx) {
            Poll::Ready(flushed) => flushed,
            Poll::Pending => Ok(()),
        }
    }

    fn put_prefix(&mut self, kind: u8, length: usize) {
        // Lengths are checked before; only 16 MiB itself needs the 25th bit, and its 24 others are 0.
        let extra = if length >> 24 == 0 { 0 } else { LENGTH_BIT };
        let [.., high, middle, low] = length.to_be_bytes();
        self.outbox.put(&[kind | extra, high, middle, low]);
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        ready!(self.outbox.poll_write(&mut self.io, cx))?;
        self.pongs = 0;
        Poll::Ready(Ok(()))
    }
}

fn framing(what: String) -> LinkError {
    LinkError::Framing {
        transport: "RawSocket",
        what,
    }
}
