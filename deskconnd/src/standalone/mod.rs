//! A WAMP router and nothing else: realms, roles and users from one file, and no desk.
//!
//! It shares the doors (`listen`) and the router (`router`) with the daemon of a desk. What is its own is
//! the file (`config`), who may enter (`authority`), how it starts (`daemon`) and how it takes on another file
//! while it runs (`reload`).

mod authenticator;
mod authority;
mod authorizer;
mod challenge;
mod config;
mod daemon;
mod directory;
mod doors;
mod enrol;
mod inside;
mod realms;
mod reload;
mod roles;
mod users;
mod webhooks;

pub use config::{EXAMPLE, RouterConfig};
pub use daemon::Standalone;
pub use enrol::{EnrolError, scram_credentials};
