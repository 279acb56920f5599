//! The keeper: a process that holds the lines, so that they are safe whatever happens to the daemon.
//!
//! ```text
//!   daemon                                     keeper
//!   desk ── client ──── a pair of sockets ──── process ── Keeper ── pins
//!             lines of JSON: Command →, ← Report
//! ```
//!
//! When the socket ends without [`Command::End`], the daemon has crashed: the keeper drives
//! every output to its safe state and holds it there until a new keeper asks it to make room
//! ([`handover`]) or it is told to end (SIGTERM). When the keeper itself is killed, the client starts
//! another at once, which takes the lines again.

pub(crate) mod client;
mod core;
mod handover;
mod messages;
mod process;
mod wave;

pub use self::core::Keeper;
pub use messages::{Action, Command, Report, State};
pub use process::{HELPER, keep};
pub use wave::Wave;
