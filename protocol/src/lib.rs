//! What every DeskConn program must agree on: names, identities, pairing.
//!
//! The crate is pure. It opens no socket and no file, reads no clock and makes no random numbers: time
//! comes in as `now: Instant`, randomness as byte arrays, the environment as a lookup function. What
//! it says is written down for other languages in `docs/protocol.md`, and held to the same
//! `vectors/*.json` as the TypeScript and Android implementations.
//!
//! * [`uris`] — every `org.deskconn.*` name;
//! * [`api`] — what the daemon's procedures take and give;
//! * [`identity`], [`profile`], [`cryptosign`] — who a device is, and how it proves it;
//! * [`pairing`] — from a one-time code to a trusted device;
//! * [`grants`] — what a trusted device may do;
//! * [`schema`] — what arguments look like, and whether they do;
//! * [`pin`] — by what a certificate is known;
//! * [`link`], [`paths`] — where a daemon is found;
//! * [`words`] — the two words both screens show.

pub mod api;
pub mod cryptosign;
pub mod grants;
mod hex;
pub mod identity;
pub mod link;
pub mod pairing;
pub mod paths;
pub mod pin;
pub mod profile;
pub mod schema;
pub mod uris;
pub mod words;

/// The TCP port a daemon listens on unless its owner chose another.
pub const DEFAULT_PORT: u16 = 5020;
