//! Moves the pointer, clicks, presses keys and types, through a virtual pointer and keyboard.
//!
//! A [`Desk`] has a pointer and a keyboard with the keys that can be named and typed and no others, and
//! lets go of what a session holds when it leaves. What characters keys give is the desktop's affair: some
//! devices know it; for others [`Layouts`] does for some layouts, and what none of their keys gives is refused.
#![cfg(target_os = "linux")]

mod component;
mod desk;
#[cfg(test)]
mod fake;
mod keys;
mod layout;
mod typing;

pub use component::{Input, Settings};
pub use desk::{Desk, Refusal};
pub use layout::{Layout, Layouts};
