//! What comes in over a WebSocket: a server takes whole messages out of what was read as they stand, and
//! leaves every other frame to tungstenite (docs/adr/0017).

use crate::{LinkError, io::Tracked};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::{
    cell::RefCell,
    future::Future,
    io::{self, Cursor},
    pin::pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncReadExt, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Data, OpCode},
};

/// What the system is asked for, in octets.
pub(super) const PIECE: usize = 64 << 10;
/// So much of a piece is kept where it is, which keeps all of it in memory; less is copied.
const WORTH_KEEPING: usize = PIECE / 4;
/// Messages of at most so many octets share their memory with others, see [`SHORT`].
const SHORT_MESSAGE: usize = SHORT_ROOM / 4;
/// How much memory a short message that is kept can keep, in octets.
const SHORT_ROOM: usize = 1 << 10;
/// What long messages are read into, in octets: 64 KiB and what is around them. Longer ones grow out of
/// it, and one that is kept can keep so much.
const LONG_ROOM: usize = PIECE + PIECE / 4;
/// How many of these a thread keeps, for as many messages under way at once.
const LONG_ROOMS: usize = 8;

thread_local! {
    /// What the system's octets are read into: one for all links of a thread, since few keep it.
    static ROOM: RefCell<BytesMut> = RefCell::default();
    /// What short messages are copied to, so that not each has to be given memory of its own.
    static SHORT: RefCell<BytesMut> = RefCell::default();
    /// What long messages were read into, to be used again once nobody has them any more. The system
    /// takes as long to give so much memory as it takes to send it.
    static LONG: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

/// A message in one frame, as it came.
pub(super) struct Whole {
    pub(super) kind: Data,
    pub(super) payload: Bytes,
}

/// What was read and has not been asked for. An idle link holds nothing.
pub(super) struct Incoming {
    rest: BytesMut,
    /// How many octets tungstenite gets: those of the frame that it reads, or all there will be.
    left_to_tungstenite: u64,
    /// Whether the last data frame was not the last of its message.
    fragmented: bool,
    long: Option<Box<Long>>,
}

/// A message that is longer than what is read at once.
struct Long {
    kind: Data,
    mask: [u8; 4],
    /// Memory grows with what has come, not with the length the peer claims.
    payload: BytesMut,
    length: usize,
}

impl Incoming {
    /// What a client reads: all of it is tungstenite's, beginning with the server's answer.
    pub(super) fn of_client() -> Self {
        Self::new(BytesMut::new(), u64::MAX)
    }

    /// What a server reads after the request; of that, `leftover` has been read.
    pub(super) fn of_server(leftover: &[u8]) -> Self {
        Self::new(leftover.into(), 0)
    }

    fn new(rest: BytesMut, left_to_tungstenite: u64) -> Self {
        Self {
            rest,
            left_to_tungstenite,
            fragmented: false,
            long: None,
        }
    }

    /// The next message, if it comes in one frame of at most `longest` octets; `None` if tungstenite has
    /// to read what comes next.
    pub(super) fn poll_whole(
        &mut self,
        io: &mut Tracked,
        cx: &mut Context<'_>,
        longest: usize,
    ) -> Poll<Result<Option<Whole>, LinkError>> {
        loop {
            if let Some(long) = &mut self.long {
                ready!(long.poll_rest(io, cx))?;
                return Poll::Ready(Ok(self.long.take().map(|long| long.end())));
            }
            if self.left_to_tungstenite > 0 || self.fragmented {
                return Poll::Ready(Ok(None));
            }
            let mut head = Head::of_whole(&self.rest);
            if head.is_none() && ready!(self.poll_header(io, cx))?.is_some() {
                // It was not all there, or it is of another kind.
                head = Head::of_whole(&self.rest);
            }
            let Some(Head {
                kind,
                start,
                length,
                mask,
            }) = head
            else {
                return Poll::Ready(Ok(None));
            };
            if length > longest {
                return Poll::Ready(Ok(None));
            }
            if self.rest.len() >= start + length {
                self.rest.advance(start);
                let payload = self.take(length, mask);
                return Poll::Ready(Ok(Some(Whole { kind, payload })));
            }
            if length >= WORTH_KEEPING {
                self.rest.advance(start);
                self.long = Some(Box::new(Long::begin(kind, mask, &self.rest, length)));
                self.rest = BytesMut::new();
            } else if !ready!(self.poll_read(io, cx))? {
                return Poll::Ready(Err(LinkError::Cut));
            }
        }
    }

    /// Gives tungstenite what it may have: no more than one frame at a time.
    pub(super) fn poll_give(
        &mut self,
        io: &mut Tracked,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left_to_tungstenite == 0 {
            self.left_to_tungstenite = match ready!(self.poll_header(io, cx))? {
                Some((header, start, length)) => {
                    if matches!(header.opcode, OpCode::Data(_)) {
                        self.fragmented = !header.is_final;
                    }
                    length.saturating_add(start as u64)
                }
                // It says what is wrong with this, or that it is the end.
                None => u64::MAX,
            };
        }
        if self.rest.is_empty() && !ready!(self.poll_read(io, cx))? {
            return Poll::Ready(Ok(()));
        }
        let allowed = usize::try_from(self.left_to_tungstenite).unwrap_or(usize::MAX);
        let given = self.rest.len().min(buf.remaining()).min(allowed);
        buf.put_slice(&self.rest.split_to(given));
        if self.left_to_tungstenite < u64::MAX {
            self.left_to_tungstenite -= given as u64;
        }
        self.let_go();
        Poll::Ready(Ok(()))
    }

    /// The header of the frame that comes next, how many octets it takes and how many follow; `None` if
    /// there is none, or none that can be read.
    fn poll_header(
        &mut self,
        io: &mut Tracked,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<(FrameHeader, usize, u64)>>> {
        loop {
            let mut cursor = Cursor::new(&*self.rest);
            match FrameHeader::parse(&mut cursor) {
                Ok(Some((header, length))) => {
                    let start = self.rest.len() - cursor.remaining();
                    return Poll::Ready(Ok(Some((header, start, length))));
                }
                Ok(None) => {
                    if !ready!(self.poll_read(io, cx))? {
                        return Poll::Ready(Ok(None));
                    }
                }
                Err(_) => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// Reads once; false at the end of the stream.
    fn poll_read(&mut self, io: &mut Tracked, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        ROOM.with_borrow_mut(|room| {
            // Free again, unless somebody keeps of what was read before.
            room.reserve(PIECE);
            room.extend_from_slice(&self.rest);
            let read = pin!(io.read_buf(room)).poll(cx);
            let all = room.split();
            match read {
                Poll::Ready(Ok(octets)) => {
                    self.rest = all;
                    Poll::Ready(Ok(octets > 0))
                }
                other => {
                    // What waits for more must not keep the room of all links.
                    if all.len() < WORTH_KEEPING && !all.is_empty() {
                        self.rest = BytesMut::from(&*all);
                    }
                    other.map_ok(|_| false)
                }
            }
        })
    }

    /// Takes a message of which all is there.
    fn take(&mut self, length: usize, mask: [u8; 4]) -> Bytes {
        let mut payload = if length >= WORTH_KEEPING {
            self.rest.split_to(length)
        } else {
            let masked = self.rest.get(..length).unwrap_or_default();
            let payload = if length <= SHORT_MESSAGE {
                SHORT.with_borrow_mut(|short| {
                    if short.capacity() < length {
                        short.reserve(SHORT_ROOM);
                    }
                    short.extend_from_slice(masked);
                    short.split()
                })
            } else {
                BytesMut::from(masked)
            };
            self.rest.advance(length);
            payload
        };
        unmask(&mut payload, mask);
        self.let_go();
        payload.freeze()
    }

    /// Keeps no memory for nothing.
    fn let_go(&mut self) {
        if self.rest.is_empty() {
            self.rest = BytesMut::new();
        }
    }
}

impl Long {
    /// A message of `length` octets, of which `begun` have come.
    fn begin(kind: Data, mask: [u8; 4], begun: &[u8], length: usize) -> Self {
        let mut payload = BytesMut::new();
        if length <= LONG_ROOM {
            LONG.with_borrow_mut(|rooms| {
                let is_free = |room: &mut BytesMut| room.try_reclaim(LONG_ROOM);
                if let Some(free) = rooms.iter_mut().position(is_free) {
                    payload = rooms.swap_remove(free);
                }
            });
        }
        payload.reserve(LONG_ROOM);
        payload.extend_from_slice(begun);
        Self {
            kind,
            mask,
            payload,
            length,
        }
    }

    /// Reads until all of it is there, and nothing of what follows.
    fn poll_rest(&mut self, io: &mut Tracked, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        while self.payload.len() < self.length {
            let missing = self.length - self.payload.len();
            if self.payload.len() == self.payload.capacity() {
                self.payload
                    .reserve(missing.min(self.payload.len().max(PIECE)));
            }
            let mut room = (&mut self.payload).limit(missing);
            if ready!(pin!(io.read_buf(&mut room)).poll(cx))? == 0 {
                return Poll::Ready(Err(LinkError::Cut));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn end(mut self) -> Whole {
        unmask(&mut self.payload, self.mask);
        let payload = self.payload.split().freeze();
        if self.length <= LONG_ROOM {
            LONG.with_borrow_mut(|rooms| {
                if rooms.len() == LONG_ROOMS {
                    // The one that has been wanted for longest.
                    rooms.remove(0);
                }
                rooms.push(self.payload);
            });
        }
        Whole {
            kind: self.kind,
            payload,
        }
    }
}

/// The header of a frame that is all of a client's message, as it has to be.
struct Head {
    kind: Data,
    /// Where the payload begins.
    start: usize,
    length: usize,
    mask: [u8; 4],
}

impl Head {
    /// Reads it from the start of `octets` (RFC 6455, section 5.2); `None` if it is another header, or
    /// not all of one.
    fn of_whole(octets: &[u8]) -> Option<Self> {
        const FINAL: u8 = 0x80;
        const MASKED: u8 = 0x80;
        let (&[first, second], rest) = octets.split_first_chunk()?;
        let kind = match first ^ FINAL {
            1 => Data::Text,
            2 => Data::Binary,
            _ => return None,
        };
        let (length, rest) = match second ^ MASKED {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk()?;
                (usize::try_from(u64::from_be_bytes(*length)).ok()?, rest)
            }
            short @ 0..126 => (usize::from(short), rest),
            _ => return None,
        };
        let (mask, rest) = rest.split_first_chunk()?;
        Some(Self {
            kind,
            start: octets.len() - rest.len(),
            length,
            mask: *mask,
        })
    }
}

/// Takes the mask off (RFC 6455, section 5.3).
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let twice = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (eights, rest) = payload.as_chunks_mut::<8>();
    for eight in eights {
        *eight = (u64::from_ne_bytes(*eight) ^ twice).to_ne_bytes();
    }
    for (octet, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *octet ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn what_is_read_ahead_comes_in_order_and_nothing_is_kept_then() {
        let (mut near, far) = tokio::io::duplex(2 * PIECE);
        let sent = (0..PIECE + 100).map(|at| at as u8).collect::<Vec<_>>();
        near.write_all(&sent).await.unwrap();
        near.shutdown().await.unwrap();
        let mut io = Tracked::new(Box::new(far));
        let mut incoming = Incoming::of_client();
        let (mut come, mut few) = (Vec::new(), [0; 1000]);
        loop {
            let mut buf = ReadBuf::new(&mut few);
            poll_fn(|cx| incoming.poll_give(&mut io, cx, &mut buf))
                .await
                .unwrap();
            if buf.filled().is_empty() {
                break;
            }
            come.extend_from_slice(buf.filled());
        }
        assert!(come == sent, "{} of {} octets", come.len(), sent.len());
        assert!(incoming.rest.is_empty());
    }

    #[tokio::test]
    async fn what_a_long_message_was_read_into_is_used_again_once_nobody_has_it() {
        let payload = vec![7; WORTH_KEEPING];
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        let frame = [&[0x82, 0xFE], &length[..], &[1, 2, 3, 4], &payload].concat();
        let (mut near, far) = tokio::io::duplex(1000);
        let writing = async {
            for _ in 0..3 {
                near.write_all(&frame).await.unwrap();
            }
        };
        let reading = async {
            let mut io = Tracked::new(Box::new(far));
            let mut incoming = Incoming::of_server(&[]);
            let mut next = async || {
                let whole = poll_fn(|cx| incoming.poll_whole(&mut io, cx, usize::MAX)).await;
                whole.ok().flatten().expect("a whole message").payload
            };
            let rooms = || LONG.with_borrow(Vec::len);
            let (first, _second) = (next().await, next().await);
            assert_eq!(rooms(), 2);
            drop(first);
            let _third = next().await;
            assert_eq!(rooms(), 2);
        };
        tokio::join!(writing, reading);
    }
}
