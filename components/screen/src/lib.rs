//! The screen: its brightness, its lock, and keeping it awake.
//!
//! Three parts that know nothing of each other. [`Screen`] starts them and says how they do. Each works
//! with what it finds on this machine, and says what it lacks.

mod awake;
mod brightness;
mod component;
mod health;
mod holder;
mod lease;
mod lock;
mod logind;
mod manifest;

pub use component::{Screen, Settings};
