//! The message buses of a desktop: connections that are made when they are first needed, and again when
//! they are lost; and what programs of a desktop share over them.

pub mod awake;
mod environment;
pub mod portal;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use zbus::names::BusName;
use zbus::{Connection, connection};

pub use environment::Environment;

/// A D-Bus call answers in milliseconds; one that does not is a broken bus or a hung desktop.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a bus that did not answer is left alone. Until then nobody waits for it again.
const SILENCE: Duration = Duration::from_secs(30);

/// The two buses of a desktop: the system's, with logind, and the session's, with the desktop itself.
/// Clones share their connections.
#[derive(Debug, Clone, Default)]
pub struct Buses {
    system: Arc<Mutex<Bus>>,
    session: Arc<Mutex<Bus>>,
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

/// One bus.
#[derive(Debug, Default)]
struct Bus {
    connection: Option<Connection>,
    /// Until when it is left alone.
    silent_until: Option<Instant>,
}

async fn connected(
    bus: &Mutex<Bus>,
    builder: impl Fn() -> connection::Builder<'static>,
) -> zbus::Result<Connection> {
    let silent = || zbus::Error::Failure("the bus does not answer".to_owned());
    let mut bus = bus.lock().await;
    if let Some(connection) = bus.connection.as_ref().filter(|old| !old.is_closed()) {
        return Ok(connection.clone());
    }
    if bus.silent_until.is_some_and(|until| Instant::now() < until) {
        return Err(silent());
    }
    let connecting = builder().method_timeout(CALL_TIMEOUT).build();
    let Ok(connected) = timeout(CALL_TIMEOUT, connecting).await else {
        bus.silent_until = Some(Instant::now() + SILENCE);
        return Err(silent());
    };
    Ok(bus.connection.insert(connected?).clone())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_does_not_answer_is_waited_for_once_in_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus");
        let _silent = UnixListener::bind(&path).unwrap();
        let address = format!("unix:path={}", path.display());
        let bus = Mutex::default();
        let connect = || {
            let address = address.clone();
            connected(&bus, move || connection::Builder::address(address.as_str()))
        };
        for (what, after, waits) in [
            ("the first", Duration::ZERO, CALL_TIMEOUT),
            ("the next", Duration::ZERO, Duration::ZERO),
            ("one after a while", SILENCE, CALL_TIMEOUT),
        ] {
            tokio::time::advance(after).await;
            let start = Instant::now();
            assert!(connect().await.is_err(), "{what}");
            assert_eq!(start.elapsed().as_secs(), waits.as_secs(), "{what}");
        }
    }
}
