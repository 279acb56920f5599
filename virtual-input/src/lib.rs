//! A pointer and a keyboard that programs take for real ones, by whatever way this desk has.
//!
//! An [`Opener`] tries the ways one after another: devices of the kernel (`/dev/uinput`), which reach
//! everything, then what the desktop offers: its portal on Wayland, XTEST of its X server. What it opens is a [`Device`], and it says
//! why the ways before it were not taken; [`Devices`] does it for a component. Who may use it, and how fast, is decided elsewhere.
#![cfg(target_os = "linux")]

mod device;
mod devices;
mod opener;
mod portal;
pub mod uinput;
mod x11;

pub use device::{Change, Device, Prepared, Writer};
pub use devices::{Devices, IsGone, Standing};
pub use opener::{Choice, Opened, Opener, Refused, Wanted};
