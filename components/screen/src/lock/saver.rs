//! The screen savers of desktops, which lock: one interface under many names.

use zbus::Connection;

use deskconn_desktop::is_there;

/// A screen saver as it is found on the session bus.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saver {
    /// Its name, which its interface has as well.
    name: &'static str,
    path: &'static str,
    /// Whether `Lock` takes a message to show (Cinnamon's).
    message: bool,
}

/// All that are known; the one everybody speaks first.
const KNOWN: [Saver; 5] = [
    Saver {
        name: "org.freedesktop.ScreenSaver",
        path: "/org/freedesktop/ScreenSaver",
        message: false,
    },
    Saver {
        name: "org.gnome.ScreenSaver",
        path: "/org/gnome/ScreenSaver",
        message: false,
    },
    Saver {
        name: "org.cinnamon.ScreenSaver",
        path: "/org/cinnamon/ScreenSaver",
        message: true,
    },
    Saver {
        name: "org.mate.ScreenSaver",
        path: "/org/mate/ScreenSaver",
        message: false,
    },
    Saver {
        name: "org.xfce.ScreenSaver",
        path: "/org/xfce/ScreenSaver",
        message: false,
    },
];

/// The screen savers that run and say whether they are active, and what they say. One that does not
/// say, as XScreenSaver, can not be asked to lock either.
pub(super) async fn running(bus: &Connection) -> Vec<(Saver, bool)> {
    let mut running = Vec::new();
    for saver in KNOWN {
        if !is_there(bus, saver.name).await {
            continue;
        }
        if let Ok(active) = saver.is_active(bus).await {
            running.push((saver, active));
        }
    }
    running
}

impl Saver {
    /// Asks it to lock.
    pub(super) async fn lock(self, bus: &Connection) -> zbus::Result<()> {
        let (to, interface) = (Some(self.name), Some(self.name));
        if self.message {
            bus.call_method(to, self.path, interface, "Lock", &"")
                .await?;
        } else {
            bus.call_method(to, self.path, interface, "Lock", &())
                .await?;
        }
        Ok(())
    }

    async fn is_active(self, bus: &Connection) -> zbus::Result<bool> {
        let reply = bus
            .call_method(
                Some(self.name),
                self.path,
                Some(self.name),
                "GetActive",
                &(),
            )
            .await?;
        reply.body().deserialize()
    }
}
