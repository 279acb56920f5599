//! WAMP messages, serializers, ids, URIs and the session handshake, as values.
//!
//! This crate does no IO, reads no clock and owns no randomness: frames, time and random octets come
//! in as arguments, messages and frames go out as return values. It follows the [WAMP
//! specification](https://wamp-proto.org/spec.html); section names in the documentation are its.
//!
//! * [`Message`] is one WAMP message with typed options; [`decode`] and [`encode`] turn frames into
//!   messages and back for each [`Serializer`].
//! * Application payloads are not decoded. A [`Payload`] is a checked slice of the frame it came in,
//!   and is copied into the outgoing frame, or transcoded where the two sides speak different
//!   serializers.
//! * [`handshake`] holds the two machines that open a session, [`auth`] the authentication methods.

pub mod auth;
mod batch;
mod codec;
pub mod date;
pub mod error;
mod format;
pub mod handshake;
mod id;
pub mod message;
pub mod options;
mod payload;
pub mod roles;
mod serializer;
mod shared;
mod sparse;
mod uri;
pub mod uris;
mod value;

pub use batch::{BatchReader, BatchWriter, MAX_BATCHED_FRAME};
pub use codec::{decode, decode_text, encode, encode_around};
pub use error::{DecodeError, EncodeError};
pub use format::{MAX_DEPTH, skip_value};
pub use id::{
    IdSequence, MAX_ID, PublicationId, RegistrationId, RequestId, SessionId, SubscriptionId,
};
pub use message::Message;
pub use payload::Payload;
pub use roles::{Feature, Features, Roles};
pub use serializer::Serializer;
pub use shared::{Outbound, SharedMessage};
pub use sparse::{Dictionary, Sparse};
pub use uri::{MatchPolicy, Uri, UriRule};
pub use value::{Dict, Value};
