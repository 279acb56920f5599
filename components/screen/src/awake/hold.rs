//! What keeps a screen awake: an inhibitor of logind's, and one of the desktop's screen saver.

use deskconn_component::Unavailable;
use zbus::Connection;

use crate::logind::{self, ManagerProxy};
use deskconn_desktop::{Buses, is_there};

const WHO: &str = "DeskConn";

const HINT: &str =
    "run the daemon on a computer with systemd-logind, or in the session of its desktop";

#[zbus::proxy(
    interface = "org.freedesktop.ScreenSaver",
    default_service = "org.freedesktop.ScreenSaver",
    default_path = "/org/freedesktop/ScreenSaver"
)]
trait ScreenSaver {
    fn inhibit(&self, application: &str, reason: &str) -> zbus::Result<u32>;
    fn un_inhibit(&self, cookie: u32) -> zbus::Result<()>;
}

const SAVER: &str = "org.freedesktop.ScreenSaver";

/// The screen is kept awake as long as this is there; when the daemon is gone, in whatever way, so
/// is this.
#[derive(Debug)]
pub(super) struct Hold {
    /// Closing it ends logind's.
    _logind: Option<zbus::OwnedFd>,
    saver: Option<(ScreenSaverProxy<'static>, u32)>,
}

/// Whether the screen could be kept awake.
///
/// # Errors
/// If there is nobody to ask.
pub(super) async fn probe(buses: &Buses) -> Result<(), Unavailable> {
    let logind = match buses.system().await {
        Ok(bus) => is_there(&bus, logind::NAME).await,
        Err(_) => false,
    };
    let saver = match buses.session().await {
        Ok(bus) => is_there(&bus, SAVER).await,
        Err(_) => false,
    };
    if logind || saver {
        Ok(())
    } else {
        Err(unavailable())
    }
}

impl Hold {
    /// Keeps the screen awake. Both are asked: desktops listen to the one or the other.
    ///
    /// # Errors
    /// If neither does it.
    pub(super) async fn take(buses: &Buses, why: &str) -> Result<Self, Unavailable> {
        let logind = match buses.system().await {
            Ok(bus) => by_logind(&bus, why).await.ok(),
            Err(_) => None,
        };
        let saver = match buses.session().await {
            Ok(bus) => by_saver(&bus, why).await.ok().flatten(),
            Err(_) => None,
        };
        if logind.is_none() && saver.is_none() {
            return Err(unavailable());
        }
        Ok(Self {
            _logind: logind,
            saver,
        })
    }

    /// Lets it go to sleep again.
    pub(super) async fn release(self) {
        let Some((saver, cookie)) = self.saver else {
            return;
        };
        if let Err(error) = saver.un_inhibit(cookie).await {
            tracing::debug!(%error, "the screen saver is not told");
        }
    }
}

async fn by_logind(bus: &Connection, why: &str) -> zbus::Result<zbus::OwnedFd> {
    let manager = ManagerProxy::new(bus).await?;
    manager.inhibit("idle", WHO, why, "block").await
}

async fn by_saver(
    bus: &Connection,
    why: &str,
) -> zbus::Result<Option<(ScreenSaverProxy<'static>, u32)>> {
    if !is_there(bus, SAVER).await {
        return Ok(None);
    }
    let saver = ScreenSaverProxy::new(bus).await?;
    let cookie = saver.inhibit(WHO, why).await?;
    Ok(Some((saver, cookie)))
}

fn unavailable() -> Unavailable {
    Unavailable::new("nothing here can keep the screen awake", HINT)
}
