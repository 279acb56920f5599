//! What ends a link, and what only ends one message.

use std::{io, time::Duration};
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
