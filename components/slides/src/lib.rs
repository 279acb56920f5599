//! Flips slides: presentation keys through a virtual keyboard.
//!
//! A [`Presenter`] does an [`Action`] by pressing the keys its viewer takes for it, which
//! [`Profiles`] tells, on a [`Keyboard`] that has those keys only. This crate types no text and
//! looks at no screen.
#![cfg(target_os = "linux")]

mod component;
#[cfg(test)]
mod fake;
mod key;
mod keyboard;
mod presenter;
mod profile;
mod talk;
mod timer;
mod virtual_keyboard;

pub use component::{Settings, Slides};
pub use deskconn_protocol::api::slides::Action;
pub use key::{Chord, ChordError, Key};
pub use keyboard::{KeyEvent, Keyboard, Keys};
pub use presenter::{PerformError, Presenter};
pub use profile::{Profile, ProfileError, Profiles};
pub use virtual_keyboard::VirtualKeyboard;
