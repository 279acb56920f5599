//! Finding out that a silent peer is gone.

use crate::Keepalive;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep};

/// The clock of one link. The timer is not moved for every frame: it fires once an interval, looks
/// when the peer was last heard and goes to sleep again.
pub(crate) struct Pulse {
    keepalive: Keepalive,
    heard_at: Instant,
    timer: Pin<Box<Sleep>>,
}

/// What is to be done about a silent peer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Ask whether it is there, then poll again.
    Ping,
    /// Give it up; it was silent for so long.
    Dead(Duration),
}

impl Pulse {
    pub(crate) fn new(keepalive: Keepalive) -> Self {
        Self {
            keepalive,
            heard_at: Instant::now(),
            timer: Box::pin(sleep(keepalive.ping_interval.min(keepalive.ping_timeout))),
        }
    }

    /// Notes that the peer lives.
    pub(crate) fn heard(&mut self) {
        self.heard_at = Instant::now();
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Beat> {
        let Keepalive {
            ping_interval,
            ping_timeout,
        } = self.keepalive;
        let dead_at = self.heard_at + ping_timeout;
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if now >= dead_at {
                return Poll::Ready(Beat::Dead(ping_timeout));
            }
            let ping_at = self.heard_at + ping_interval;
            if now >= ping_at {
                let next = (now + ping_interval).min(dead_at);
                self.timer.as_mut().reset(next);
                return Poll::Ready(Beat::Ping);
            }
            self.timer.as_mut().reset(ping_at.min(dead_at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    fn pulse() -> Pulse {
        Pulse::new(Keepalive::default())
    }

    async fn next(pulse: &mut Pulse) -> (u64, Beat) {
        let start = Instant::now();
        let beat = poll_fn(|cx| pulse.poll(cx)).await;
        (start.elapsed().as_secs(), beat)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_asked_twice_and_then_given_up() {
        let mut pulse = pulse();
        assert_eq!(next(&mut pulse).await, (15, Beat::Ping));
        assert_eq!(next(&mut pulse).await, (15, Beat::Ping));
        let dead = Beat::Dead(Duration::from_secs(40));
        assert_eq!(next(&mut pulse).await, (10, dead));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_speaks_is_not_asked() {
        let mut pulse = pulse();
        for _ in 0..10 {
            let early = tokio::time::timeout(Duration::from_secs(14), next(&mut pulse));
            assert!(early.await.is_err());
            pulse.heard();
        }
        assert_eq!(next(&mut pulse).await, (15, Beat::Ping));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_starts_the_count_again() {
        let mut pulse = pulse();
        for _ in 0..5 {
            assert_eq!(next(&mut pulse).await, (15, Beat::Ping));
            pulse.heard();
        }
    }
}
