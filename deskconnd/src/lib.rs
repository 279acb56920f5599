//! The DeskConn daemon: a WAMP router that makes a computer an API on its own network.
//!
//! [`Daemon::start`] puts the parts together: the doors (`listen`), the realms behind them
//! (`router`) and who may enter (`auth`), the paired devices (`devices`) and how one becomes
//! paired (`pairing`), the components, the announcement and the owner's procedures. The binary only
//! reads the command line and waits for signals.

mod addresses;
mod announce;
mod audit;
mod auth;
mod bridge;
mod certificate;
mod components;
pub mod config;
mod daemon;
mod desk;
mod devices;
mod granting;
mod history;
mod in_process;
mod journal;
pub mod launch;
mod listen;
mod live;
mod management;
mod metrics;
mod naming;
mod pairing;
mod renewal;
mod router;
pub mod sandbox;
pub mod standalone;

pub use certificate::CertificateError;
pub use components::{own_process, run_helper};
pub use config::{Config, ConfigError};
pub use daemon::{Daemon, PartLost, Places, StartError};
pub use listen::{Doorstep, ListenError};

/// The name and version that peers see.
pub(crate) const AGENT: &str = concat!("deskconnd/", env!("CARGO_PKG_VERSION"));
