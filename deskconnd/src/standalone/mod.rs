//! A WAMP router and nothing else: realms, roles and users from one file, and no desk.
//!
//! It shares the doors (`listen`) and the router (`router`) with the daemon of a desk. What is its own is
//! the file (`config`), who may enter (`authority`), and how it starts (`daemon`).

mod authority;
mod challenge;
mod config;
mod daemon;
mod doors;
mod enrol;
mod realms;
mod roles;
mod users;

pub use config::{EXAMPLE, RouterConfig};
pub use daemon::Standalone;
pub use enrol::{EnrolError, scram_credentials};
