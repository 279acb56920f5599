//! The message buses of a desktop: connections that are made when they are first needed, and again when
//! they are lost; and what programs of a desktop share over them.

pub mod awake;
mod environment;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use zbus::names::BusName;
use zbus::{Connection, connection};

pub use environment::Environment;

/// A D-Bus call answers in milliseconds; one that does not is a broken bus or a hung desktop.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// The two buses of a desktop: the system's, with logind, and the session's, with the desktop itself.
/// Clones share their connections.
#[derive(Debug, Clone, Default)]
pub struct Buses {
    system: Arc<Mutex<Option<Connection>>>,
    session: Arc<Mutex<Option<Connection>>>,
}

impl Buses {
    /// The system bus.
    ///
    /// # Errors
    /// If there is none, or it does not answer.
    pub async fn system(&self) -> zbus::Result<Connection> {
        connected(&self.system, connection::Builder::system).await
    }

    /// The session bus of this user.
    ///
    /// # Errors
    /// If there is none, or it does not answer.
    pub async fn session(&self) -> zbus::Result<Connection> {
        connected(&self.session, connection::Builder::session).await
    }
}

async fn connected(
    slot: &Mutex<Option<Connection>>,
    builder: fn() -> connection::Builder<'static>,
) -> zbus::Result<Connection> {
    let mut slot = slot.lock().await;
    if let Some(connection) = slot.as_ref().filter(|connection| !connection.is_closed()) {
        return Ok(connection.clone());
    }
    let connecting = builder().method_timeout(CALL_TIMEOUT).build();
    let connection = timeout(CALL_TIMEOUT, connecting)
        .await
        .map_err(|_| zbus::Error::Failure("the bus does not answer".to_owned()))??;
    Ok(slot.insert(connection).clone())
}

/// Whether somebody on the bus has this name now. Nothing is started to answer.
pub async fn is_there(bus: &Connection, name: &'static str) -> bool {
    let Ok(proxy) = zbus::fdo::DBusProxy::new(bus).await else {
        return false;
    };
    let name = BusName::try_from(name);
    match name {
        Ok(name) => proxy.name_has_owner(name).await.unwrap_or(false),
        Err(_) => false,
    }
}

/// Whether somebody on the bus has this name, or would be started to have it.
pub async fn is_to_be_had(bus: &Connection, name: &'static str) -> bool {
    if is_there(bus, name).await {
        return true;
    }
    let Ok(proxy) = zbus::fdo::DBusProxy::new(bus).await else {
        return false;
    };
    let activatable = proxy.list_activatable_names().await;
    activatable.is_ok_and(|names| names.iter().any(|known| known.as_str() == name))
}
