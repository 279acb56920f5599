//! Moves the pointer, clicks, presses keys and types, through virtual devices of the kernel.
//!
//! A [`Desk`] has a pointer and a keyboard with the keys that can be named and typed and no others, and
//! lets go of what a session holds when it leaves. What characters keys give is the desktop's affair:
//! [`Layouts`] knows it for some layouts, and what none of their keys gives is refused.
#![cfg(target_os = "linux")]

mod component;
mod desk;
mod device;
mod keys;
mod layout;

pub use component::{Input, Settings};
pub use desk::{Desk, Refusal};
pub use device::{Change, Device, KEYBOARD_NAME, POINTER_NAME, open};
pub use layout::{Layout, Layouts};
