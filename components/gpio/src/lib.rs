//! Sets and reads pins: lines of the kernel's GPIO chips that the owner has given names.
//!
//! The lines are held by a process of their own, the keeper ([`keep`]), so that they are driven to
//! their safe state whatever happens to the daemon; it also does what needs exact times. The component
//! [`Gpio`] is what callers see: it minds limits, runs schedules and tells of changes. This crate
//! decides nothing about who may call: the realm does.
#![cfg(target_os = "linux")]

mod clock;
mod component;
mod desk;
mod keeper;
mod name;
mod pins;
mod schedule;
mod settings;

pub use component::Gpio;
pub use keeper::{Action, Command, HELPER, Keeper, Report, State, Wave, keep};
pub use name::{BadName, LineName};
pub use pins::{KernelPins, Pins};
pub use settings::{Bias, Line, LineRef, Output, Place, Role, Settings};
