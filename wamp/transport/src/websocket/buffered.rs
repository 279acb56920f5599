//! The stream below a WebSocket: it asks the system for large pieces and gives out small ones, and
//! collects what is to be written until it is flushed.

use crate::{io::Tracked, outgoing::Outgoing};
use bytes::{Bytes, BytesMut};
use std::{
    cell::RefCell,
    future::Future,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// What the system is asked for, in octets.
const PIECE: usize = 64 << 10;
/// So much of a piece is kept where it is, which keeps all of it in memory; less is copied.
const WORTH_KEEPING: usize = PIECE / 4;
/// tungstenite may add no more while so many octets wait: a peer that pings and does not read must not
/// fill the memory with PONGs.
const FULL: usize = 64 << 10;

thread_local! {
    /// What the system's octets are read into: one for all links of a thread, since few keep it.
    static ROOM: RefCell<BytesMut> = RefCell::default();
}

/// A stream that reads what there is at once, and keeps what was not asked for until it is. An idle one
/// holds nothing.
pub(super) struct Buffered {
    io: Tracked,
    rest: Bytes,
    outgoing: Outgoing,
}

impl Buffered {
    pub(super) fn new(io: Tracked) -> Self {
        Self {
            io,
            rest: Bytes::new(),
            outgoing: Outgoing::default(),
        }
    }

    /// Whether anything came in since this was last asked.
    pub(super) fn take_heard(&mut self) -> bool {
        self.io.take_heard()
    }

    /// What waits to be written. tungstenite holds back nothing: it writes to here at once.
    pub(super) const fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    /// Writes out what waits.
    pub(super) fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outgoing.poll_write(&mut self.io, cx)
    }

    /// As [`Tracked::poll_leave`].
    pub(super) fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.io.poll_leave(cx)
    }

    /// Gives out what is kept.
    fn give(&mut self, buf: &mut ReadBuf<'_>) {
        let given = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest.split_to(given));
        if self.rest.is_empty() {
            self.rest = Bytes::new();
        }
    }
}

impl AsyncRead for Buffered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.rest.is_empty() {
            self.give(buf);
            return Poll::Ready(Ok(()));
        }
        ROOM.with_borrow_mut(|room| {
            // Free again, unless somebody keeps of what was read before.
            room.reserve(PIECE);
            ready!(pin!(self.io.read_buf(room)).poll(cx))?;
            self.rest = room.split().freeze();
            self.give(buf);
            if self.rest.len() < WORTH_KEEPING {
                self.rest = Bytes::copy_from_slice(&self.rest);
            }
            Poll::Ready(Ok(()))
        })
    }
}

impl AsyncWrite for Buffered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.outgoing.len() > FULL {
            ready!(self.poll_write_out(cx))?;
        }
        self.outgoing.put(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn what_is_read_ahead_comes_in_order_and_nothing_is_kept_then() {
        let (mut near, far) = tokio::io::duplex(2 * PIECE);
        let sent = (0..PIECE + 100).map(|at| at as u8).collect::<Vec<_>>();
        near.write_all(&sent).await.unwrap();
        near.shutdown().await.unwrap();
        let mut buffered = Buffered::new(Tracked::new(Box::new(far)));
        let (mut come, mut few) = (Vec::new(), [0; 1000]);
        loop {
            let read = buffered.read(&mut few).await.unwrap();
            if read == 0 {
                break;
            }
            come.extend_from_slice(&few[..read]);
        }
        assert!(come == sent, "{} of {} octets", come.len(), sent.len());
        assert!(buffered.rest.is_empty());
    }

    #[tokio::test]
    async fn what_is_written_is_not_sent_before_it_is_flushed() {
        let (mut near, far) = tokio::io::duplex(100);
        let mut buffered = Buffered::new(Tracked::new(Box::new(far)));
        for word in ["first ", "then"] {
            buffered.write_all(word.as_bytes()).await.unwrap();
        }
        assert_eq!(buffered.outgoing().len(), 10);
        buffered.flush().await.unwrap();
        assert_eq!(buffered.outgoing().len(), 0);
        let mut come = [0; 100];
        let read = near.read(&mut come).await.unwrap();
        assert_eq!(&come[..read], b"first then");
    }
}
