//! Commands by name: the owner writes them down, others start and stop them.
//!
//! Nothing that a caller sends gets anywhere near a command: `start` takes no arguments, there is no shell,
//! and standard input is empty. A command runs as the daemon's user, with a small environment, in a process
//! group and within limits of its own, and no longer than it may.

mod component;
mod desk;
mod parts;
mod run;
mod settings;

pub use component::Run;
pub use settings::Settings;
