//! The stream below a WebSocket: it asks the system for large pieces and gives out small ones, and
//! collects what is to be written until it is flushed.

use super::incoming::{Incoming, Whole};
use crate::{LinkError, io::Tracked, outgoing::Outgoing};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// tungstenite may add no more while so many octets wait: a peer that pings and does not read must not
/// fill the memory with PONGs.
const FULL: usize = 64 << 10;

/// A stream that reads what there is at once, and keeps what was not asked for until it is. An idle one
/// holds nothing.
pub(super) struct Buffered {
    io: Tracked,
    incoming: Incoming,
    outgoing: Outgoing,
}

impl Buffered {
    pub(super) fn new(io: Tracked, incoming: Incoming) -> Self {
        Self {
            io,
            incoming,
            outgoing: Outgoing::default(),
        }
    }

    /// Whether anything came in since this was last asked.
    pub(super) fn take_heard(&mut self) -> bool {
        self.io.take_heard()
    }

    /// As [`Incoming::poll_whole`].
    pub(super) fn poll_whole(
        &mut self,
        cx: &mut Context<'_>,
        longest: usize,
    ) -> Poll<Result<Option<Whole>, LinkError>> {
        self.incoming.poll_whole(&mut self.io, cx, longest)
    }

    /// How many octets wait to be written.
    pub(super) const fn waiting(&self) -> usize {
        self.outgoing.len()
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
}

impl AsyncRead for Buffered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { io, incoming, .. } = &mut *self;
        incoming.poll_give(io, cx, buf)
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_is_written_is_not_sent_before_it_is_flushed() {
        let (mut near, far) = tokio::io::duplex(100);
        let mut buffered = Buffered::new(Tracked::new(Box::new(far)), Incoming::of_client());
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
