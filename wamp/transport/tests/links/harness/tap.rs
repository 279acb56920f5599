//! A stream whose octets can be watched, changed, added to and cut off.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The watched stream.
pub(crate) struct Tap<S> {
    inner: S,
    watch: Watch,
}

/// What was written to a [`Tap`], and what is to become of what will be.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    octets: Vec<u8>,
    writes: usize,
    /// Where to change an octet, counted from the first ever written.
    change_at: Option<usize>,
    /// Where the stream ends.
    cut_at: Option<usize>,
    /// Octets to slip in before the next.
    inject: Vec<u8>,
}

impl<S> Tap<S> {
    pub(crate) fn new(inner: S) -> (Self, Watch) {
        let watch = Watch::default();
        let tap = Self {
            inner,
            watch: watch.clone(),
        };
        (tap, watch)
    }
}

impl Watch {
    /// Everything written so far.
    pub(crate) fn octets(&self) -> Vec<u8> {
        self.0.lock().unwrap().octets.clone()
    }

    /// How often something was written.
    pub(crate) fn writes(&self) -> usize {
        self.0.lock().unwrap().writes
    }

    /// Changes the octet that stands `offset` after the last one written.
    pub(crate) fn change(&self, offset: usize) {
        let mut state = self.0.lock().unwrap();
        state.change_at = Some(state.octets.len() + offset);
    }

    /// Ends the stream `offset` octets after the last one written.
    pub(crate) fn cut(&self, offset: usize) {
        let mut state = self.0.lock().unwrap();
        state.cut_at = Some(state.octets.len() + offset);
    }

    /// Slips `octets` in before the next one written.
    pub(crate) fn inject(&self, octets: Vec<u8>) {
        self.0.lock().unwrap().inject = octets;
    }

    /// Whether `needle` was written.
    pub(crate) fn contains(&self, needle: &[u8]) -> bool {
        let octets = self.octets();
        octets.windows(needle.len()).any(|window| window == needle)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut state = this.watch.0.lock().unwrap();
        while !state.inject.is_empty() {
            let inner = Pin::new(&mut this.inner);
            let written = ready!(inner.poll_write(cx, &state.inject))?;
            state.inject.drain(..written);
        }
        let from = state.octets.len();
        let mut octets = buf.to_vec();
        if let Some(changed) = state.change_at.and_then(|at| octets.get_mut(at - from)) {
            *changed ^= 1;
        }
        if let Some(cut_at) = state.cut_at {
            octets.truncate(cut_at - from);
            if octets.is_empty() {
                ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
        }
        let written = ready!(Pin::new(&mut this.inner).poll_write(cx, &octets))?;
        state.octets.extend_from_slice(&octets[..written]);
        state.writes += 1;
        state.change_at = state.change_at.filter(|&at| at >= from + written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
