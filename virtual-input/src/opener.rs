//! Which way is taken to a pointer and a keyboard.

use std::collections::BTreeSet;
use std::path::PathBuf;

use deskconn_component::Unavailable;
use deskconn_desktop::{Buses, Environment};
use deskconn_protocol::api::input::{Backend, NotUsed};
use evdev::KeyCode;
use serde::Deserialize;

use crate::device::Device;
use crate::portal::Portal;
use crate::{uinput, x11};

/// `backend` in the configuration: which ways may be taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// The first one there is.
    #[default]
    Auto,
    /// Devices of the kernel.
    Uinput,
    /// The desktop's portal.
    Portal,
    /// XTEST of the X server.
    X11,
}

/// The devices that somebody wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The keyboard's name, as desktops show it.
    pub keyboard: &'static str,
    /// The keys that it has. It has no others.
    pub keys: BTreeSet<KeyCode>,
    /// The pointer's name, if there is to be one.
    pub pointer: Option<&'static str>,
}

/// Opens devices, as often as they are lost.
#[derive(Debug)]
pub struct Opener {
    wanted: Wanted,
    choice: Choice,
    portal: Portal,
    buses: Buses,
}

/// Devices, and the way to them.
pub struct Opened {
    /// The devices.
    pub device: Box<dyn Device>,
    /// The way that was taken.
    pub backend: Backend,
    /// Those tried before it.
    pub not_used: Vec<NotUsed>,
}

/// There is no way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{unavailable}")]
pub struct Refused {
    /// What to tell people.
    pub unavailable: Unavailable,
    /// The ways that were tried.
    pub not_used: Vec<NotUsed>,
}

impl Opener {
    /// An opener of `wanted` by the ways that `choice` allows. Nothing is opened yet. What the portal gives
    /// who was allowed once is kept in `folder`, which need not be there.
    pub fn new(wanted: Wanted, choice: Choice, folder: PathBuf) -> Self {
        Self {
            portal: Portal::new(wanted.clone(), folder),
            wanted,
            choice,
            buses: Buses::default(),
        }
    }

    /// Opens the devices. Only if it `may_ask` does the portal put a question to whoever sits there.
    ///
    /// A desktop needs a moment to notice those of the kernel and misses what is done before. Every key is up
    /// again when the device is dropped by who presses keys on it; when the process is killed, the kernel
    /// lets go of what it holds, and compositors should. The X server does not: what was left down there goes up
    /// when the device is opened again.
    ///
    /// # Errors
    /// [`Refused`] with what is missing, way by way.
    pub async fn open(&self, may_ask: bool) -> Result<Opened, Refused> {
        let mut tried = Vec::new();
        if matches!(self.choice, Choice::Auto | Choice::Uinput) {
            match uinput::open(&self.wanted) {
                Ok(device) => return Ok(opened(device, Backend::Uinput, &tried)),
                Err(unavailable) => tried.push((Backend::Uinput, unavailable)),
            }
        }
        if self.choice == Choice::Uinput {
            return Err(refused(&tried));
        }
        let environment = Environment::of_session(&self.buses).await;
        if self.takes_portal(&environment).await {
            match self.portal.open(may_ask).await {
                Ok(device) => return Ok(opened(device, Backend::Portal, &tried)),
                Err(unavailable) => tried.push((Backend::Portal, unavailable)),
            }
        }
        if self.choice.takes_x11(&environment) {
            match x11::open(&self.wanted, &environment) {
                Ok(device) => return Ok(opened(device, Backend::X11, &tried)),
                Err(unavailable) => tried.push((Backend::X11, unavailable)),
            }
        }
        Err(refused(&tried))
    }

    /// Whether the portal is to be asked. On a desktop of the X server nobody needs to be.
    async fn takes_portal(&self, environment: &Environment) -> bool {
        match self.choice {
            Choice::Portal => true,
            Choice::Uinput | Choice::X11 => false,
            Choice::Auto => {
                !self.choice.takes_x11(environment) && self.portal.is_offered(&self.buses).await
            }
        }
    }
}

impl Choice {
    /// Whether the X server is to be asked. That of a Wayland desktop passes nothing on to the desktop's
    /// own programs.
    fn takes_x11(self, environment: &Environment) -> bool {
        match self {
            Self::X11 => true,
            Self::Uinput | Self::Portal => false,
            Self::Auto => !environment.is_wayland() && environment.get("DISPLAY").is_some(),
        }
    }
}

fn opened(device: Box<dyn Device>, backend: Backend, tried: &[(Backend, Unavailable)]) -> Opened {
    Opened {
        device,
        backend,
        not_used: not_used(tried),
    }
}

fn not_used(tried: &[(Backend, Unavailable)]) -> Vec<NotUsed> {
    let tried = tried.iter();
    tried
        .map(|(backend, unavailable)| NotUsed {
            backend: *backend,
            reason: unavailable.reason.clone(),
        })
        .collect()
}

/// Every reason, and the hint for the first way, which is the best one, unless the portal only has to be asked.
fn refused(tried: &[(Backend, Unavailable)]) -> Refused {
    let reasons = tried.iter().map(|(_, unavailable)| &*unavailable.reason);
    let portal = tried
        .iter()
        .find(|(backend, _)| *backend == Backend::Portal);
    let hint = portal.or_else(|| tried.first());
    let hint = hint.map(|(_, unavailable)| &*unavailable.hint);
    Refused {
        unavailable: Unavailable::new(
            reasons.collect::<Vec<_>>().join(", and "),
            hint.unwrap_or_default(),
        ),
        not_used: not_used(tried),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_said_and_the_best_way_hinted_at() {
        let tried = [
            (
                Backend::Uinput,
                Unavailable::new("there is no /dev/uinput", "load it"),
            ),
            (
                Backend::X11,
                Unavailable::new("the X server has no XTEST", "change it"),
            ),
        ];
        let refused = refused(&tried);
        assert_eq!(
            refused.to_string(),
            "there is no /dev/uinput, and the X server has no XTEST; hint: load it"
        );
        assert_eq!(refused.not_used.len(), 2);
        assert_eq!(refused.not_used[1].reason, "the X server has no XTEST");
    }
}
