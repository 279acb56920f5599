//! The screen: its brightness, its lock, and keeping it awake.
//!
//! Three parts that know nothing of each other. [`Screen`] starts them and says how they do. Each works
//! with what it finds on this machine, and says what it lacks.

mod brightness;
mod bus;
mod component;
mod holder;
mod lease;
mod logind;

pub use component::{Screen, Settings};
