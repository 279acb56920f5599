//! What waits to be written to a stream: short octets copied together, long ones where they are.

use crate::io::Tracked;
use bytes::{Buf, Bytes, BytesMut};
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::AsyncWrite;

/// From so many octets on, a piece of its own costs the system less than copying does.
pub(crate) const LONG: usize = 4 << 10;
/// How many pieces the system is given at once.
const PIECES: usize = 16;
/// Room for some short messages, so that it need not grow with each.
const ROOM: usize = 4 << 10;

/// Octets in the order in which they are written. It holds memory only while something waits.
#[derive(Default)]
pub(crate) struct Outgoing {
    /// What comes before `last`.
    pieces: VecDeque<Bytes>,
    last: BytesMut,
    octets: usize,
}

impl Outgoing {
    /// How many octets wait.
    pub(crate) const fn len(&self) -> usize {
        self.octets
    }

    /// Adds a copy of `octets`.
    pub(crate) fn put(&mut self, octets: &[u8]) {
        self.octets += octets.len();
        if self.last.capacity() == 0 {
            self.last.reserve(ROOM.max(octets.len()));
        }
        self.last.extend_from_slice(octets);
    }

    /// Adds `octets`, which are copied only if they are few.
    pub(crate) fn put_shared(&mut self, octets: &Bytes) {
        if octets.len() < LONG {
            return self.put(octets);
        }
        self.octets += octets.len();
        if !self.last.is_empty() {
            self.pieces.push_back(self.last.split().freeze());
        }
        self.pieces.push_back(octets.clone());
    }

    /// Writes until nothing waits or the stream takes no more.
    pub(crate) fn poll_write(
        &mut self,
        io: &mut Tracked,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.octets == 0 {
            return Poll::Ready(Ok(()));
        }
        while self.octets > 0 {
            let written = ready!(self.poll_write_once(io, cx))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.forget(written);
        }
        *self = Self::default();
        Poll::Ready(Ok(()))
    }

    fn poll_write_once(&self, io: &mut Tracked, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.pieces.is_empty() {
            return Pin::new(io).poll_write(cx, &self.last);
        }
        let mut slices = [IoSlice::new(&[]); PIECES];
        let waiting = self.pieces.iter().map(|piece| &**piece);
        let mut filled = 0;
        for (slice, piece) in slices.iter_mut().zip(waiting.chain([&*self.last])) {
            *slice = IoSlice::new(piece);
            filled += 1;
        }
        let slices = slices.get(..filled).unwrap_or_default();
        Pin::new(io).poll_write_vectored(cx, slices)
    }

    /// Drops that many octets from the front.
    fn forget(&mut self, mut written: usize) {
        self.octets -= written;
        while let Some(first) = self.pieces.front_mut() {
            if written < first.len() {
                return first.advance(written);
            }
            written -= first.len();
            self.pieces.pop_front();
        }
        self.last.advance(written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn octets_are_written_in_order_however_few_the_stream_takes() {
        // Less than one of the pieces, so that every one is written in parts.
        let (mut near, far) = tokio::io::duplex(LONG / 2 + 1);
        let mut io = Tracked::new(Box::new(far));
        let mut outgoing = Outgoing::default();
        let mut expected = Vec::new();
        for number in 0..3 * PIECES {
            let few = [number as u8; 7];
            let many = vec![number as u8; LONG + number];
            outgoing.put(&few);
            outgoing.put_shared(&many.clone().into());
            outgoing.put_shared(&Bytes::copy_from_slice(&few));
            expected.extend_from_slice(&[&few[..], &many, &few].concat());
        }
        assert_eq!(outgoing.len(), expected.len());
        let writing = async {
            poll_fn(|cx| outgoing.poll_write(&mut io, cx))
                .await
                .unwrap();
            assert_eq!(outgoing.len(), 0);
            drop(io);
        };
        let mut come = Vec::new();
        let (read, ()) = tokio::join!(near.read_to_end(&mut come), writing);
        assert_eq!(read.unwrap(), expected.len());
        assert!(come == expected);
    }
}
