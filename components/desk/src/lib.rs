//! The desk itself: notifications on it, web addresses in its browser, and how its computer is doing.
//!
//! [`Notify`] and [`Open`] ask the desktop by D-Bus; [`Host`] reads what the kernel and UPower say. No
//! part of them takes a command or a file name from whoever calls.

mod caller;
mod host;
mod notify;
mod open;
mod pace;

pub use host::{Host, Settings as HostSettings};
pub use notify::Notify;
pub use open::Open;

use serde::Deserialize;

/// `[components.notify]` and `[components.open]`: nothing to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}
