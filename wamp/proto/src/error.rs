//! What can be wrong with a frame, and what a message may not be encoded as.

use crate::{RequestId, Serializer};

/// Why a frame is not a WAMP message. Every one of these is a protocol violation by the peer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The frame is not one complete value of the link's serializer.
    #[error("not a {} value: {what} at octet {offset}", .serializer.name())]
    Malformed {
        /// The serializer of the link.
        serializer: Serializer,
        /// What was found wrong.
        what: &'static str,
        /// Where in the frame, counted from 0.
        offset: usize,
    },
    /// The frame holds something other than a list that starts with a message type.
    #[error("a WAMP message is a list that starts with its type")]
    NotAMessage,
    /// The message type is none of the spec's.
    #[error("unknown message type {0}")]
    UnknownType(u64),
    /// The message has too few or too many elements.
    #[error("{message} has {found} elements")]
    Length {
        /// The message's name, as `CALL`.
        message: &'static str,
        /// How many elements the list has.
        found: usize,
    },
    /// An element is not of the type the message's definition gives it.
    #[error("{message}.{field} is not {expected}")]
    Field {
        /// The message's name, as `CALL`.
        message: &'static str,
        /// The element's name in the spec.
        field: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// The options or details hold a known key of a wrong type or value.
    #[error("{message}.{field}: {reason}")]
    Options {
        /// The message's name, as `CALL`.
        message: &'static str,
        /// The element's name in the spec.
        field: &'static str,
        /// What the deserializer says of it.
        reason: String,
    },
    /// The transport message is no batch of frames.
    #[error("not a batch of messages: {0}")]
    Batch(&'static str),
    /// The frame is longer than 4 GiB, which no transport of ours lets through.
    #[error("the frame is too long")]
    TooLong,
}

/// Why a message can not be written in a serializer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The payload has no equivalent in the link's serializer.
    #[error("the payload can not be written as {}: {reason}", .to.name())]
    Transcode {
        /// The serializer that can not hold it.
        to: Serializer,
        /// What stands in the way.
        reason: String,
    },
    /// The options or details can not be written.
    #[error("the options can not be written: {0}")]
    Options(String),
}

/// What a peer did that the spec forbids; ends the session with ABORT
/// `wamp.error.protocol_violation` (spec, "Protocol Errors").
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A frame that is no message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A message that this peer may not send, or not now.
    #[error("{message} is not allowed {when}")]
    Unexpected {
        /// The message's name, as `HELLO`.
        message: &'static str,
        /// When it came, as "in an open session".
        when: &'static str,
    },
    /// A request id that repeats or goes back (spec, "Verification of CALL Request IDs").
    #[error("request id {found} does not follow {last}")]
    RequestId {
        /// The id that came.
        found: RequestId,
        /// The last one before it.
        last: u64,
    },
    /// An answer to an invocation that was never made to this session.
    #[error("no invocation {0} was made to this session")]
    UnknownInvocation(RequestId),
    /// A feature used without having been announced, or an option out of place.
    #[error("{0}")]
    Option(&'static str),
}
