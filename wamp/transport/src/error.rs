//! What keeps a link from opening, what ends it, and what only ends one message.

use std::{fmt, future::Future, io, time::Duration};
use tokio_rustls::rustls;
use wamp_proto::{DecodeError, EncodeError};

/// Why a message could not be received or sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The stream below failed.
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// The stream below ended in the middle of a frame, or without the close its transport asks for.
    #[error("the connection ended without being closed")]
    Cut,
    /// The peer did not even answer pings.
    #[error("nothing was heard from the peer for {} s", .0.as_secs())]
    Silent(Duration),
    /// The peer broke the rules of the transport.
    #[error("the peer broke the {transport} protocol: {what}")]
    Framing {
        /// `WebSocket` or `RawSocket`.
        transport: &'static str,
        /// What it did.
        what: String,
    },
    /// The peer sent a text frame where its serializer is binary, or the other way round.
    #[error("a {found} frame on a link of {serializer}")]
    FrameType {
        /// `text` or `binary`.
        found: &'static str,
        /// The serializer of the link.
        serializer: &'static str,
    },
    /// The peer sends a message that is longer than this side takes.
    #[error("a message is longer than the {limit} octets this side takes")]
    TooLong {
        /// The limit, in octets.
        limit: usize,
    },
    /// A frame of the sealed link is not the peer's, or not in its place.
    #[error("the sealed link is broken: {0}")]
    Seal(&'static str),
    /// A frame is no WAMP message.
    #[error("a frame is no WAMP message")]
    Decode(#[source] DecodeError),
    /// A message to send can not be written in the link's serializer.
    #[error("the message can not be encoded")]
    Encode(#[source] EncodeError),
    /// A message to send is longer than the peer takes.
    #[error("the message has {length} octets, the peer takes {limit}")]
    TooLongToSend {
        /// Its length, in octets.
        length: usize,
        /// The limit, in octets.
        limit: usize,
    },
    /// The link is closed, or its peer has gone.
    #[error("the link is closed")]
    Closed,
}

impl LinkError {
    /// Whether the link can go on: the error is about one message to send, of which nothing was
    /// written.
    pub const fn is_about_one_message(&self) -> bool {
        matches!(self, Self::Encode(_) | Self::TooLongToSend { .. })
    }
}

/// Why a link was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The stream below failed or ended.
    #[error("the connection failed during the handshake")]
    Io(#[from] io::Error),
    /// The other side took too long.
    #[error("the other side did not finish the handshake within {} s", .0.as_secs())]
    Timeout(Duration),
    /// TLS was not agreed on, or the other side's certificate is not trusted.
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    /// The other side speaks something else.
    #[error("the other side does not speak RawSocket")]
    NotRawSocket,
    /// The client asked for a serializer that is unknown or not taken here.
    #[error("RawSocket serializer {0} is not taken here")]
    Serializer(u8),
    /// This side asked for batches, which RawSocket does not have.
    #[error("RawSocket carries no batches of messages")]
    Batches,
    /// The other side uses octets of the handshake that are reserved.
    #[error("reserved octets of the RawSocket handshake are not zero")]
    ReservedOctets,
    /// The router turned the client away.
    #[error("the router refused: {0}")]
    Refused(Refusal),
    /// The server answered the upgrade with another HTTP status than 101.
    #[error("the server answered with HTTP status {0} instead of upgrading to WebSocket")]
    NotUpgraded(u16),
    /// The server's answer to the upgrade is not as RFC 6455 has it.
    #[error("the WebSocket upgrade failed: {0}")]
    WebSocket(String),
    /// The router chose what it was not asked for.
    #[error("the router chose a serializer it was not offered")]
    OtherSubprotocol,
    /// The handshake of the sealed link failed: a wrong key, a wrong prologue, or no handshake.
    #[error("the sealed link's handshake failed: {0}")]
    Seal(&'static str),
    /// The transport opened, then failed during the sealed link's handshake.
    #[error("the link failed during the sealed link's handshake")]
    Link(#[from] LinkError),
}

impl OpenError {
    /// What TLS objects to.
    pub(crate) fn tls(error: rustls::Error) -> Self {
        Self::Tls(io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Waits for `opening`, no longer than `limit`.
    pub(crate) async fn within<T>(
        limit: Duration,
        opening: impl Future<Output = Result<T, Self>>,
    ) -> Result<T, Self> {
        tokio::time::timeout(limit, opening)
            .await
            .unwrap_or(Err(Self::Timeout(limit)))
    }
}

/// Why a RawSocket router turns a client away (spec, "RawSocket Transport", "Handshake").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The serializer is not supported.
    Serializer,
    /// The maximum message length is not acceptable.
    Length,
    /// Reserved bits are used.
    Reserved,
    /// No more connections are taken.
    TooManyConnections,
    /// An error the spec does not name.
    Other(u8),
}

impl Refusal {
    pub(crate) const fn nibble(self) -> u8 {
        match self {
            Self::Serializer => 1,
            Self::Length => 2,
            Self::Reserved => 3,
            Self::TooManyConnections => 4,
            Self::Other(nibble) => nibble,
        }
    }

    pub(crate) const fn from_nibble(nibble: u8) -> Self {
        match nibble {
            1 => Self::Serializer,
            2 => Self::Length,
            3 => Self::Reserved,
            4 => Self::TooManyConnections,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serializer => f.write_str("the serializer is not supported"),
            Self::Length => f.write_str("the maximum message length is not acceptable"),
            Self::Reserved => f.write_str("reserved bits are used"),
            Self::TooManyConnections => f.write_str("it takes no more connections"),
            Self::Other(nibble) => write!(f, "error {nibble}"),
        }
    }
}
