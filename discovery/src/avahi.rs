//! Finds the Avahi daemon of this machine on the system bus, and announces through it.

mod proxies;
mod publication;

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{sleep, timeout};
use zbus::fdo::{DBusProxy, NameOwnerChangedStream};
use zbus::names::{OwnedUniqueName, WellKnownName};
use zbus::proxy::CacheProperties;
use zbus::{Connection, connection};

use proxies::server::{self, ServerProxy};

pub(crate) use publication::{AvahiError, Publication};

const AVAHI: WellKnownName<'static> =
    WellKnownName::from_static_str_unchecked("org.freedesktop.Avahi");

/// A D-Bus call answers in milliseconds; one that does not is a broken bus.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// How often to look for a bus on a machine that has none.
const BUS_RETRY: Duration = Duration::from_secs(30);

/// A running Avahi daemon.
pub(crate) struct Server {
    connection: Connection,
    /// The process we talk to: never its successor, and never so that the bus starts one.
    owner: OwnedUniqueName,
    proxy: ServerProxy<'static>,
    states: server::StateChangedStream,
    owners: NameOwnerChangedStream,
}

/// The Avahi daemon of this machine, if there is a system bus and Avahi is on it now.
pub(crate) async fn find() -> Option<Server> {
    let found = timeout(CALL_TIMEOUT, async { Server::on(&connect().await?).await });
    match found.await {
        Ok(Ok(server)) => server,
        Ok(Err(error)) => {
            tracing::debug!(%error, "no system bus");
            None
        }
        Err(_) => {
            tracing::debug!("the system bus does not answer");
            None
        }
    }
}

/// Waits until an Avahi daemon is on the system bus.
pub(crate) async fn appeared() -> Server {
    loop {
        match wait_on_bus().await {
            Ok(server) => return server,
            Err(error) => tracing::debug!(%error, "no system bus"),
        }
        sleep(BUS_RETRY).await;
    }
}

async fn wait_on_bus() -> zbus::Result<Server> {
    let connection = connect().await?;
    // Watch first, then look, so that nothing falls between.
    let mut owners = watch_owners(&connection).await?;
    loop {
        if let Some(server) = Server::on(&connection).await? {
            return Ok(server);
        }
        if owners.next().await.is_none() {
            return Err(zbus::Error::Failure("the system bus has gone".to_owned()));
        }
    }
}

async fn connect() -> zbus::Result<Connection> {
    connection::Builder::system()
        .method_timeout(CALL_TIMEOUT)
        .build()
        .await
}

async fn watch_owners(connection: &Connection) -> zbus::Result<NameOwnerChangedStream> {
    let bus = DBusProxy::new(connection).await?;
    bus.receive_name_owner_changed_with_args(&[(0, AVAHI.as_str())])
        .await
}

impl Server {
    async fn on(connection: &Connection) -> zbus::Result<Option<Self>> {
        let owners = watch_owners(connection).await?;
        let owner = match DBusProxy::new(connection)
            .await?
            .get_name_owner(AVAHI.into())
            .await
        {
            Ok(owner) => owner,
            Err(zbus::fdo::Error::NameHasNoOwner(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let proxy = ServerProxy::builder(connection)
            .destination(owner.clone())
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let states = proxy.receive_state_changed().await?;
        Ok(Some(Self {
            connection: connection.clone(),
            owner,
            proxy,
            states,
            owners,
        }))
    }

    /// Whether this very process is still on the bus.
    async fn is_there(&self) -> bool {
        let Ok(bus) = DBusProxy::new(&self.connection).await else {
            return false;
        };
        let name = self.owner.inner().clone().into();
        bus.name_has_owner(name).await.unwrap_or(false)
    }
}
