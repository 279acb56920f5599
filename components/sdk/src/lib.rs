//! What a DeskConn component is: a manifest, a probe and a WAMP session.

mod unavailable;

pub use unavailable::Unavailable;
