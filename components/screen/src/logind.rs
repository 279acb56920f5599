//! The part of systemd-logind's D-Bus interface that we use (`org.freedesktop.login1(5)`).

use zbus::proxy::CacheProperties;
use zbus::{Connection, OwnedObjectPath};

/// The session a process belongs to, and for what runs outside of any, as a user's service does, the
/// one on that user's display.
const OWN_SESSION: &str = "/org/freedesktop/login1/session/auto";

/// `org.freedesktop.login1.Manager`.
#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
pub(crate) trait Manager {
    fn get_session(&self, id: &str) -> zbus::Result<OwnedObjectPath>;
}

/// `org.freedesktop.login1.Session`.
#[zbus::proxy(
    interface = "org.freedesktop.login1.Session",
    default_service = "org.freedesktop.login1",
    assume_defaults = false
)]
pub(crate) trait Session {
    fn lock(&self) -> zbus::Result<()>;
    fn unlock(&self) -> zbus::Result<()>;
    fn set_brightness(&self, subsystem: &str, name: &str, level: u32) -> zbus::Result<()>;
    #[zbus(property)]
    fn id(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn locked_hint(&self) -> zbus::Result<bool>;
}

/// The session of this desk, by the path that its signals come from, which `session/auto` is not.
///
/// # Errors
/// If logind is not there, or knows no session of this user's.
pub(crate) async fn own_session(bus: &Connection) -> zbus::Result<SessionProxy<'static>> {
    let own = session_at(bus, OWN_SESSION.try_into()?).await?;
    let id = own.id().await?;
    let manager = ManagerProxy::builder(bus)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    session_at(bus, manager.get_session(&id).await?).await
}

async fn session_at(
    bus: &Connection,
    path: OwnedObjectPath,
) -> zbus::Result<SessionProxy<'static>> {
    SessionProxy::builder(bus)
        .path(path)
        .cache_properties(CacheProperties::No)
        .build()
        .await
}
