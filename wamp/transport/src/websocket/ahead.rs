//! Reading from the system in large pieces for a reader that takes small ones.

use crate::io::Tracked;
use bytes::Bytes;
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What the system is asked for, in octets.
const PIECE: usize = 64 << 10;

thread_local! {
    /// What the system's octets are read into: one for all links of a thread, since none keeps it.
    static PIECES: RefCell<Box<[u8]>> = RefCell::new(vec![0; PIECE].into());
}

/// A stream that reads what there is at once, and keeps what was not asked for until it is. An idle one
/// holds nothing.
pub(super) struct Ahead {
    io: Tracked,
    rest: Bytes,
}

impl Ahead {
    pub(super) const fn new(io: Tracked) -> Self {
        Self {
            io,
            rest: Bytes::new(),
        }
    }

    /// Whether anything came in since this was last asked.
    pub(super) fn take_heard(&mut self) -> bool {
        self.io.take_heard()
    }

    /// As [`Tracked::poll_leave`].
    pub(super) fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.io.poll_leave(cx)
    }
}

impl AsyncRead for Ahead {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buf.remaining();
        if !self.rest.is_empty() {
            let taken = self.rest.len().min(room);
            buf.put_slice(&self.rest.split_to(taken));
            if self.rest.is_empty() {
                self.rest = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        PIECES.with_borrow_mut(|piece| {
            let mut piece = ReadBuf::new(piece);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
            let read = piece.filled();
            let (now, later) = read.split_at(read.len().min(room));
            buf.put_slice(now);
            if !later.is_empty() {
                self.rest = Bytes::copy_from_slice(later);
            }
            Poll::Ready(Ok(()))
        })
    }
}

impl AsyncWrite for Ahead {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_is_read_ahead_comes_in_order_and_nothing_is_kept_then() {
        let (mut near, far) = tokio::io::duplex(2 * PIECE);
        let sent = (0..PIECE + 100).map(|at| at as u8).collect::<Vec<_>>();
        near.write_all(&sent).await.unwrap();
        near.shutdown().await.unwrap();
        let mut ahead = Ahead::new(Tracked::new(Box::new(far)));
        let (mut come, mut few) = (Vec::new(), [0; 1000]);
        loop {
            let read = ahead.read(&mut few).await.unwrap();
            if read == 0 {
                break;
            }
            come.extend_from_slice(&few[..read]);
        }
        assert!(come == sent, "{} of {} octets", come.len(), sent.len());
        assert!(ahead.rest.is_empty());
    }
}
