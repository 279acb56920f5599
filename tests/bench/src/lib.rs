//! A load generator for WAMP routers, and the relay that shows how fast its sockets can be at all.
//!
//! One thread drives every connection of a scenario, with prebuilt frames and no library of a router's:
//! what is measured is the router. Every message that comes is checked: nothing may be lost, come twice or
//! come out of order. The same client drives the [`relay`], which frames alike and knows no WAMP; what a
//! router does is told as a fraction of that.

pub mod connection;
pub mod drive;
pub mod endpoint;
pub mod framing;
pub mod histogram;
pub mod plot;
pub mod process;
pub mod relay;
pub mod report;
pub mod scenario;
pub mod stream;
pub mod suite;
pub mod targets;
pub mod tls;
pub mod words;
