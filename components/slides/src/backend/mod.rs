//! The ways to a keyboard: the kernel's on Linux, a recording one in tests.

#[cfg(test)]
pub(crate) mod fake;
#[cfg(target_os = "linux")]
mod uinput;

use std::collections::BTreeSet;

use deskconn_component::Unavailable;

use crate::key::Key;
use crate::keyboard::Keyboard;

/// The name of the virtual keyboard, as `/proc/bus/input/devices` and desktops show it.
pub const KEYBOARD_NAME: &str = "DeskConn Slides";

/// Looks whether [`open`] would succeed, without creating anything.
///
/// # Errors
///
/// [`Unavailable`] with what is missing and how to get it.
pub fn probe() -> Result<(), Unavailable> {
    #[cfg(target_os = "linux")]
    {
        deskconn_component::uinput::probe()
    }
    #[cfg(not(target_os = "linux"))]
    {
        Err(unsupported())
    }
}

/// Creates the virtual keyboard, with `keys` and no others.
///
/// Call it when the component starts, not at the first key: a desktop needs a moment to notice
/// a new keyboard and misses what is pressed before. The keyboard is gone, and every key up,
/// when the value is dropped or the process ends in whatever way.
///
/// # Errors
///
/// [`Unavailable`] with what is missing and how to get it.
pub fn open(keys: &BTreeSet<Key>) -> Result<Box<dyn Keyboard + Send>, Unavailable> {
    #[cfg(target_os = "linux")]
    {
        Ok(Box::new(uinput::UinputKeyboard::create(keys)?))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = keys;
        Err(unsupported())
    }
}

#[cfg(not(target_os = "linux"))]
fn unsupported() -> Unavailable {
    Unavailable::new(
        "slides can press keys on Linux only",
        "switch the slides component off on this machine",
    )
}
