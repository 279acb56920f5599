//! `org.deskconn.daemon.*`: what the owner sees and does.

use crate::addresses;
use crate::audit::{Audit, entry};
use crate::components::Host;
use crate::devices::Devices;
use crate::live;
use crate::metrics;
use crate::pairing::Pairing;
use crate::router::{Router, SharedRealm};
use deskconn_component::failure;
use deskconn_protocol::api::audit::What;
use deskconn_protocol::api::daemon::{
    Devices as DeviceList, Metrics, Status, Tls, Unpair, Unpaired,
};
use deskconn_protocol::identity::{DeviceId, Identity};
use deskconn_protocol::uris;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use wamp_client::{Invocation, InvocationError, Lane, Reply, RequestError, Session};
use wamp_proto::Uri;

/// The daemon, as far as its owner may look and reach.
#[derive(Clone)]
pub(crate) struct Management {
    pub(crate) name: String,
    pub(crate) identity: Arc<Identity>,
    pub(crate) started: Instant,
    /// As URLs.
    pub(crate) listening: Vec<String>,
    /// How it is known over TLS, but for where.
    pub(crate) tls: Option<watch::Receiver<Tls>>,
    /// Where it listens on the network.
    pub(crate) doors: Vec<SocketAddr>,
    pub(crate) devices: Arc<Devices>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) pairing: Arc<Pairing>,
    pub(crate) components: Arc<Host>,
    /// The realm of those who are known.
    pub(crate) realm: Arc<SharedRealm>,
    pub(crate) router: Arc<Router>,
    /// Ends the daemon.
    pub(crate) shutdown: CancellationToken,
}

impl Management {
    /// Registers the procedures, in the realm `deskconn`: those that only the owner may call in the
    /// session `owner`, and those that devices may call too in the session `devices`.
    pub(crate) async fn serve(
        self,
        owner: &Session,
        devices: &Session,
    ) -> Result<(), RequestError> {
        let management = Arc::new(self);
        management
            .register(devices, uris::DAEMON_STATUS, |m, _| {
                Ok(Reply::kwargs(m.status()))
            })
            .await?;
        management
            .register(devices, uris::DAEMON_ME, |m, invocation| {
                let device = caller(invocation).and_then(|id| m.devices.describe(&id));
                let not_a_device = || {
                    let hint = "`deskconn devices` lists the paired devices";
                    failure(
                        uris::ERROR_NOT_FOUND,
                        "the caller is no paired device",
                        hint,
                    )
                };
                Ok(Reply::kwargs(device.ok_or_else(not_a_device)?))
            })
            .await?;
        management
            .register_removal(devices, uris::PAIRING_LEAVE, |invocation| {
                caller(invocation).ok_or_else(|| {
                    let hint = "`deskconn unpair` removes a device";
                    failure(
                        uris::ERROR_NOT_FOUND,
                        "only a paired device can leave",
                        hint,
                    )
                })
            })
            .await?;
        management
            .register(owner, uris::DAEMON_DEVICES, |m, _| {
                Ok(Reply::kwargs(DeviceList {
                    devices: m.devices.list(),
                }))
            })
            .await?;
        management
            .register(owner, uris::DAEMON_METRICS, |m, _| {
                let metrics = metrics::gather(&m.router);
                Ok(Reply::kwargs(Metrics { metrics }))
            })
            .await?;
        management.register_shutdown(owner).await?;
        management
            .register_removal(owner, uris::DAEMON_UNPAIR, |invocation| {
                let Unpair { id } = invocation.kwargs()?;
                Ok(id)
            })
            .await
    }

    /// Registers a procedure that removes the device `which` finds in its invocation.
    async fn register_removal(
        self: &Arc<Self>,
        session: &Session,
        uri: &'static str,
        which: fn(&Invocation) -> Result<DeviceId, InvocationError>,
    ) -> Result<(), RequestError> {
        let (management, announce) = (Arc::clone(self), session.clone());
        let handler = move |invocation: Invocation| {
            let (management, announce) = (Arc::clone(&management), announce.clone());
            async move { management.remove(which(&invocation)?, &announce).await }
        };
        session.register(Uri::from_static(uri), handler).await?;
        Ok(())
    }

    /// Registers the procedure that ends the daemon as soon as its answer is on its way.
    async fn register_shutdown(self: &Arc<Self>, session: &Session) -> Result<(), RequestError> {
        let uri = Uri::from_static(uris::DAEMON_SHUTDOWN);
        let (shutdown, own, asked) = (
            self.shutdown.clone(),
            session.clone(),
            AtomicBool::new(false),
        );
        let handler = move |_| {
            if !asked.swap(true, Ordering::Relaxed) {
                info!("the owner stops the daemon");
                // In the lane, a call of our own comes after the answer to this one.
                let (shutdown, last) = (shutdown.clone(), own.call(uris::DAEMON_SHUTDOWN));
                tokio::spawn(async move {
                    drop(last.await);
                    shutdown.cancel();
                });
            }
            async { Ok(()) }
        };
        session.register(uri, handler).lane(&Lane::new()).await?;
        Ok(())
    }

    async fn register(
        self: &Arc<Self>,
        session: &Session,
        uri: &'static str,
        answer: fn(&Self, &Invocation) -> Result<Reply, InvocationError>,
    ) -> Result<(), RequestError> {
        let management = Arc::clone(self);
        let handler = move |invocation: Invocation| {
            let management = Arc::clone(&management);
            async move { answer(&management, &invocation) }
        };
        session.register(Uri::from_static(uri), handler).await?;
        Ok(())
    }

    fn status(&self) -> Status {
        Status {
            name: self.name.clone(),
            id: self.identity.id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            pairing: *self.pairing.watch().borrow(),
            sessions: self.realm.with(|realm, _, _| realm.sessions().count()) as u64,
            devices: self.devices.count() as u64,
            listening: self.listening.clone(),
            tls: self.tls.as_ref().map(|tls| {
                let tls = tls.borrow().clone();
                let urls = addresses::reachable(&self.doors).into_iter();
                let urls = urls.map(|address| format!("wss://{address}/ws"));
                Tls {
                    urls: urls.collect(),
                    ..tls
                }
            }),
            components: self.components.list(),
        }
    }

    /// Removes a device from the disk, then ends its sessions, then says so.
    async fn remove(&self, id: DeviceId, announce: &Session) -> Result<Reply, InvocationError> {
        let devices = Arc::clone(&self.devices);
        // The disk is waited for elsewhere; whoever asked waits here.
        let removed = tokio::task::spawn_blocking(move || devices.remove(&id)).await;
        let removed = removed.map_err(|_| InvocationError::canceled())?;
        let removed = removed.map_err(|error| {
            failure(
                uris::ERROR_FAILED,
                format!("the device is still paired: {error}"),
                error.hint(),
            )
        })?;
        let Some(name) = removed else {
            let hint = "`deskconn devices` lists the paired devices";
            return Err(failure(
                uris::ERROR_NOT_FOUND,
                "there is no such device",
                hint,
            ));
        };
        live::cut_off(&self.realm, &id);
        info!(device = %id, "a device was removed");
        self.audit.note(entry(What::Unpaired, id.as_str()));
        let unpaired = Unpaired { id, name };
        let event = announce.publish(Uri::from_static(uris::DAEMON_ON_DEVICE_REMOVED));
        if let Err(error) = event.kwargs(unpaired.clone()).await {
            warn!(%error, "the removal was not announced");
        }
        Ok(Reply::kwargs(unpaired))
    }
}

/// The device that calls, if one does.
fn caller(invocation: &Invocation) -> Option<DeviceId> {
    invocation.caller_authid()?.parse().ok()
}
