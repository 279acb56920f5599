//! Links: byte streams turned into streams of WAMP messages, over WebSocket, RawSocket and memory.
//!
//! A [`Link`] is a `Stream` of messages received and a `Sink` of messages to send, owned by one task
//! that polls both. Neither direction waits for the other. This crate frames, encodes, seals and
//! keeps connections alive; it knows nothing of sessions, realms or who may do what.
//!
//! * Routers look at the first octet ([`sniff`]), then [`rawsocket::accept`] or, after the HTTP
//!   upgrade, [`websocket::accept`]; both give an [`Opened`]. [`memory::pair`] needs no accepting.
//! * Clients [`connect()`] to an [`Endpoint`].
//! * A sealed link ([`sealed`]) is a Noise IK channel inside either transport, [`tls`] is below it.

mod connect;
mod endpoint;
mod error;
mod frame;
mod framed;
mod frames;
pub mod io;
mod keepalive;
mod limits;
mod link;
pub mod longpoll;
pub mod memory;
mod outgoing;
pub mod rawsocket;
pub mod sealed;
mod sniff;
mod subprotocol;
pub mod tls;
pub mod websocket;

pub use connect::{ConnectError, ConnectOptions, connect};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{LinkError, OpenError, Refusal};
pub use limits::{Keepalive, LinkLimits};
pub use link::{CloseCode, Link, LinkInfo, Opened, Sealed, TransportKind};
pub use sniff::{Sniffed, sniff};
pub use subprotocol::{Framing, Subprotocol, negotiate};
