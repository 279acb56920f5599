//! What a DeskConn component is: a manifest and a WAMP session.
//!
//! A component registers procedures and publishes events in the realm `deskconn`, as any WAMP client
//! does; the same component runs inside the daemon or in a process of its own. It implements
//! [`Component`], says in a [`Manifest`] what it offers, and tells by [`Health`] whether this machine
//! has what it needs.

mod component;
mod error;
mod manifest;
mod pace;
#[cfg(unix)]
pub mod process;
mod rate;
mod reach;
mod registrar;
mod unavailable;

pub use component::{Component, Context, Health, HealthReporter, StartError, health};
pub use error::failure;
pub use manifest::{Manifest, Procedure, Topic, Type};
pub use pace::Pace;
pub use rate::{RateLimit, TooFast};
pub use reach::Reach;
pub use registrar::Registrar;
pub use unavailable::Unavailable;
