//! `org.deskconn.daemon.add_device` and `set_certificate`: letting WAMP clients in that can not pair.

use crate::audit::{Audit, entry};
use crate::devices::{Devices, Keys, NotNamed};
use crate::granting;
use crate::live;
use crate::router::SharedRealm;
use deskconn_component::failure;
use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::api::daemon::{AddDevice, Device, SetCertificate};
use deskconn_protocol::api::grants::Lasting;
use deskconn_protocol::grants::Grant;
use deskconn_protocol::profile::{DeviceKind, Profile};
use deskconn_protocol::uris;
use std::sync::Arc;
use tracing::{info, warn};
use wamp_client::{Invocation, InvocationError, Reply, RequestError, Session};
use wamp_proto::Uri;

/// The owner's hand on who comes without having paired, and by what.
#[derive(Debug)]
pub(crate) struct Naming {
    devices: Arc<Devices>,
    /// Where the devices are.
    realm: Arc<SharedRealm>,
    audit: Arc<Audit>,
    /// Where changes are announced.
    announce: Session,
}

impl Naming {
    /// Registers the procedures in the realm `deskconn`, as the owner's session `owner`.
    pub(crate) async fn serve(
        devices: Arc<Devices>,
        realm: Arc<SharedRealm>,
        audit: Arc<Audit>,
        owner: &Session,
    ) -> Result<(), RequestError> {
        let naming = Arc::new(Self {
            devices,
            realm,
            audit,
            announce: owner.clone(),
        });
        let this = Arc::clone(&naming);
        let add = move |invocation: Invocation| {
            let this = Arc::clone(&this);
            async move { this.add(&invocation).await }
        };
        owner
            .register(Uri::from_static(uris::DAEMON_ADD_DEVICE), add)
            .await?;
        let set = move |invocation: Invocation| {
            let this = Arc::clone(&naming);
            async move { this.set_certificate(&invocation).await }
        };
        owner
            .register(Uri::from_static(uris::DAEMON_SET_CERTIFICATE), set)
            .await?;
        Ok(())
    }

    async fn add(&self, invocation: &Invocation) -> Result<Reply, InvocationError> {
        let AddDevice {
            name,
            key,
            certificate,
            grants,
            lasting,
        } = invocation.kwargs()?;
        let grants = match grants {
            Some(names) => granting::known(self.devices.catalogue(), &names)?,
            None => Grant::defaults().into_iter().collect(),
        };
        let keys = Keys::named(key, certificate).ok_or_else(|| refusal(&NotNamed::Nothing))?;
        let profile = Profile::new(&name, "", "", DeviceKind::Other);
        let span = lasting.and_then(Lasting::span);
        let devices = Arc::clone(&self.devices);
        let named =
            tokio::task::spawn_blocking(move || devices.name(profile, keys, grants, span)).await;
        let named = named.map_err(|_| InvocationError::canceled())?;
        let device = named.map_err(|error| refusal(&error))?;
        info!(device = %device.id, "the owner has added a device");
        self.audit.note(Entry {
            detail: Some("its owner has named it".to_owned()),
            ..entry(What::Paired, device.id.as_str())
        });
        self.tell(uris::DAEMON_ON_DEVICE_PAIRED, &device).await;
        Ok(Reply::kwargs(device))
    }

    async fn set_certificate(
        self: Arc<Self>,
        invocation: &Invocation,
    ) -> Result<Reply, InvocationError> {
        let SetCertificate { id, certificate } = invocation.kwargs()?;
        let this = Arc::clone(&self);
        let set = tokio::task::spawn_blocking(move || {
            let cut = || live::cut_off_certified(&this.realm, &id);
            this.devices.set_certificate(&id, certificate, cut)
        });
        let set = set.await.map_err(|_| InvocationError::canceled())?;
        let device = set.map_err(|error| refusal(&error))?;
        info!(device = %id, "a device has another certificate, or none any more");
        self.audit.note(Entry {
            detail: certificate.map(|pin| pin.to_string()),
            ..entry(What::Certified, id.as_str())
        });
        self.tell(uris::DAEMON_ON_DEVICE_CHANGED, &device).await;
        Ok(Reply::kwargs(device))
    }

    async fn tell(&self, topic: &'static str, device: &Device) {
        let event = self.announce.publish(Uri::from_static(topic));
        if let Err(error) = event.kwargs(device).await {
            warn!(%error, topic, "a change was not announced");
        }
    }
}

fn refusal(error: &NotNamed) -> InvocationError {
    let (uri, hint) = match error {
        NotNamed::Nothing => (
            uris::ERROR_INVALID_ARGUMENT,
            "name its public key or its certificate".to_owned(),
        ),
        NotNamed::KnownKey(_) | NotNamed::KnownCertificate(_) => (
            uris::ERROR_INVALID_ARGUMENT,
            "`deskconn devices` lists the devices, `deskconn unpair` removes one".to_owned(),
        ),
        NotNamed::NoDevice => (
            uris::ERROR_NOT_FOUND,
            "`deskconn devices` lists the paired devices".to_owned(),
        ),
        NotNamed::OnlyCertificate => (
            uris::ERROR_INVALID_ARGUMENT,
            "`deskconn unpair` removes the device".to_owned(),
        ),
        NotNamed::NotStored(error) => (uris::ERROR_FAILED, error.hint()),
    };
    failure(uri, error.to_string(), hint)
}
