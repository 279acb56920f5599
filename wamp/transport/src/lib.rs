//! Links: byte streams turned into streams of WAMP messages, over WebSocket, RawSocket and memory.
//!
//! A [`Link`] is a `Stream` of messages received and a `Sink` of messages to send, owned by one task
//! that polls both. Neither direction waits for the other. This crate frames, encodes, seals and
//! keeps connections alive; it knows nothing of sessions, realms or who may do what.

mod error;
mod limits;
mod link;
pub mod memory;

pub use error::LinkError;
pub use limits::{Keepalive, LinkLimits};
pub use link::{CloseCode, Link, LinkInfo, Sealed, TransportKind};
