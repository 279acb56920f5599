//! What a link may cost and how long it waits.

use std::time::Duration;

/// The bounds of one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkLimits {
    /// The longest message taken from the peer, or batch of messages, in octets. Memory for one is
    /// the most a peer can make a link hold; RawSocket can only announce powers of two from 512 to
    /// 16 MiB and rounds down to one.
    pub max_message: usize,
    /// When to ask whether the peer is still there. `None` where the kernel knows, as between
    /// processes of one machine, and for RawSocket peers that may not know PING, which
    /// autobahn-python is one of.
    pub keepalive: Option<Keepalive>,
    /// How long the transport's own handshake may take, and the sealed link's.
    pub open_timeout: Duration,
    /// How long closing waits for the peer to close as well.
    pub close_timeout: Duration,
}

/// How a silent peer is found to be dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// A peer that was silent for so long is sent a ping.
    pub ping_interval: Duration,
    /// A peer that was silent for so long is gone. Longer than two intervals, so that one lost
    /// answer does not end a link.
    pub ping_timeout: Duration,
}

impl Default for LinkLimits {
    /// 16 MiB, the most RawSocket can carry; the default keepalive; ten seconds to open and two to
    /// close.
    fn default() -> Self {
        Self {
            max_message: 16 << 20,
            keepalive: Some(Keepalive::default()),
            open_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
        }
    }
}

impl Default for Keepalive {
    /// A ping after 15 s of silence, the end after 40 s: two pings may be lost.
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(15),
            ping_timeout: Duration::from_secs(40),
        }
    }
}
