//! What keeps a screen awake: an inhibitor of logind's, and one of the desktop's screen saver.

use zbus::Connection;

use crate::{Buses, is_there};

const WHO: &str = "DeskConn";

const LOGIND: &str = "org.freedesktop.login1";
const SAVER: &str = "org.freedesktop.ScreenSaver";

/// The part of logind's D-Bus interface that keeps a screen awake (`org.freedesktop.login1(5)`).
#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
trait Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<zbus::OwnedFd>;
}

#[zbus::proxy(
    interface = "org.freedesktop.ScreenSaver",
    default_service = "org.freedesktop.ScreenSaver",
    default_path = "/org/freedesktop/ScreenSaver"
)]
trait ScreenSaver {
    fn inhibit(&self, application: &str, reason: &str) -> zbus::Result<u32>;
    fn un_inhibit(&self, cookie: u32) -> zbus::Result<()>;
}

/// The screen is kept awake as long as this is there, and the buses that it was taken with; when the process is
/// gone, in whatever way, so is this.
#[derive(Debug)]
pub struct Hold {
    /// Closing it ends logind's.
    _logind: Option<zbus::OwnedFd>,
    saver: Option<(ScreenSaverProxy<'static>, u32)>,
}

/// There is no logind, and no screen saver on the session's bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NobodyToAsk;

/// Whether the screen could be kept awake.
///
/// # Errors
/// If there is nobody to ask.
pub async fn probe(buses: &Buses) -> Result<(), NobodyToAsk> {
    let logind = match buses.system().await {
        Ok(bus) => is_there(&bus, LOGIND).await,
        Err(_) => false,
    };
    let saver = match buses.session().await {
        Ok(bus) => is_there(&bus, SAVER).await,
        Err(_) => false,
    };
    if logind || saver {
        Ok(())
    } else {
        Err(NobodyToAsk)
    }
}

impl Hold {
    /// Keeps the screen awake, for a reason that the desktop may show. Both are asked: desktops listen to the
    /// one or the other.
    ///
    /// # Errors
    /// If neither does it.
    pub async fn take(buses: &Buses, why: &str) -> Result<Self, NobodyToAsk> {
        let logind = match buses.system().await {
            Ok(bus) => by_logind(&bus, why).await.ok(),
            Err(_) => None,
        };
        let saver = match buses.session().await {
            Ok(bus) => by_saver(&bus, why).await.ok().flatten(),
            Err(_) => None,
        };
        if logind.is_none() && saver.is_none() {
            return Err(NobodyToAsk);
        }
        Ok(Self {
            _logind: logind,
            saver,
        })
    }

    /// Lets it go to sleep again.
    pub async fn release(self) {
        let Some((saver, cookie)) = self.saver else {
            return;
        };
        // A screen saver that is gone holds nothing back.
        saver.un_inhibit(cookie).await.ok();
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
