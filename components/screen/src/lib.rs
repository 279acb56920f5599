//! The screen: its brightness, its lock, keeping it awake, and pictures of it.
//!
//! Four parts that know nothing of each other. [`Screen`] starts them and says how they do. Each works
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
mod screenshot;

pub use component::{Screen, Settings};
