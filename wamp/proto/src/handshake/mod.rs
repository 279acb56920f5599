//! Opening a session: HELLO, perhaps CHALLENGE and AUTHENTICATE, then WELCOME or ABORT (spec,
//! "Session Establishment" and "Authentication").

pub mod client;
mod credentials;
pub mod router;

pub use client::ClientHandshake;
pub use router::RouterHandshake;
