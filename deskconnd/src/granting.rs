//! `org.deskconn.daemon.grant` and `revoke`, and the end of what was granted for a time.

use crate::audit::{Audit, entry};
use crate::devices::{Devices, Ended, NotChanged};
use crate::live;
use crate::router::SharedRealm;
use deskconn_component::failure;
use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::api::daemon::{Device, Unpaired};
use deskconn_protocol::api::grants::{Granting as Grant, Lasting, Revoking as Revoke};
use deskconn_protocol::grants::{self, Catalogue, NotAGrant};
use deskconn_protocol::uris;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use tracing::{info, warn};
use wamp_client::{Invocation, InvocationError, Reply, RequestError, Session};
use wamp_proto::Uri;

/// The owner's hand on what devices may do.
#[derive(Debug)]
pub(crate) struct Granting {
    devices: Arc<Devices>,
    /// Where the devices are.
    realm: Arc<SharedRealm>,
    audit: Arc<Audit>,
    /// Where changes are announced.
    announce: Session,
}

impl Granting {
    /// Registers the procedures in the realm `deskconn`, as the owner's session `owner`.
    pub(crate) async fn serve(
        devices: Arc<Devices>,
        realm: Arc<SharedRealm>,
        audit: Arc<Audit>,
        owner: &Session,
    ) -> Result<Arc<Self>, RequestError> {
        let granting = Arc::new(Self {
            devices,
            realm,
            audit,
            announce: owner.clone(),
        });
        let this = Arc::clone(&granting);
        owner
            .register(Uri::from_static(uris::DAEMON_GRANT), move |invocation| {
                let this = Arc::clone(&this);
                async move { this.grant(&invocation).await }
            })
            .await?;
        let this = Arc::clone(&granting);
        owner
            .register(Uri::from_static(uris::DAEMON_REVOKE), move |invocation| {
                let this = Arc::clone(&this);
                async move { this.revoke(&invocation).await }
            })
            .await?;
        Ok(granting)
    }

    /// Has every end noticed when it comes, until dropped.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let Ended { changed, removed } = self.devices.changed().await;
            for id in changed {
                live::refresh(&self.realm, &self.devices, &id);
                let device = self.devices.describe(&id);
                if let Some(device) = device {
                    self.tell_changed(&device).await;
                }
            }
            for (id, name) in removed {
                live::cut_off(&self.realm, &id);
                info!(device = %id, "the time of a device is over: removed");
                self.audit.note(entry(What::Ended, id.as_str()));
                let unpaired = Unpaired { id, name };
                self.tell(uris::DAEMON_ON_DEVICE_REMOVED, &unpaired).await;
            }
            let devices = Arc::clone(&self.devices);
            if tokio::task::spawn_blocking(move || devices.save())
                .await
                .is_err()
            {
                warn!("what has ended was not noted");
            }
        }
    }

    async fn grant(self: Arc<Self>, invocation: &Invocation) -> Result<Reply, InvocationError> {
        let Grant {
            id,
            grants,
            lasting,
            force,
        } = invocation.kwargs()?;
        let grants = known(self.devices.catalogue(), &grants)?;
        let devices = Arc::clone(&self.devices);
        let names = list(&grants);
        let span = lasting.and_then(Lasting::span);
        let granted =
            tokio::task::spawn_blocking(move || devices.grant(&id, &grants, span, force)).await;
        let granted = granted.map_err(|_| InvocationError::canceled())?;
        let device = granted.map_err(|error| refusal(&error))?;
        live::refresh(&self.realm, &self.devices, &id);
        info!(device = %id, grants = names, "granted");
        self.audit.note(Entry {
            detail: Some(names),
            ..entry(What::Granted, id.as_str())
        });
        self.tell_changed(&device).await;
        Ok(Reply::kwargs(device))
    }

    async fn revoke(self: Arc<Self>, invocation: &Invocation) -> Result<Reply, InvocationError> {
        let Revoke { id, grants } = invocation.kwargs()?;
        let parsed = grants.iter().map(|grant| grant.parse());
        let grants: Result<BTreeSet<grants::Grant>, NotAGrant> = parsed.collect();
        let grants = grants.map_err(|error| {
            let hint = "`deskconn devices show` lists what the device has";
            failure(uris::ERROR_INVALID_ARGUMENT, error.to_string(), hint)
        })?;
        let names = list(&grants);
        let this = Arc::clone(&self);
        let revoked = tokio::task::spawn_blocking(move || {
            this.devices.revoke(&id, &grants, || {
                live::refresh(&this.realm, &this.devices, &id);
            })
        });
        let revoked = revoked.await.map_err(|_| InvocationError::canceled())?;
        let (device, stored) = revoked.map_err(|error| refusal(&error))?;
        info!(device = %id, grants = names, "revoked");
        self.audit.note(Entry {
            detail: Some(names),
            ..entry(What::Revoked, id.as_str())
        });
        self.tell_changed(&device).await;
        stored.map_err(|error| {
            let message = format!(
                "it is revoked as long as the daemon runs, but not on the disk yet: {error}"
            );
            failure(uris::ERROR_FAILED, message, error.hint())
        })?;
        Ok(Reply::kwargs(device))
    }

    /// Tells the owner and the device itself what it may do now.
    async fn tell_changed(&self, device: &Device) {
        self.tell(uris::DAEMON_ON_DEVICE_CHANGED, device).await;
        let topic = Uri::from_static(uris::DAEMON_ON_ME_CHANGED);
        let event = self.announce.publish(topic).kwargs(device);
        if let Err(error) = event.eligible_authid([device.id.as_str()]).await {
            warn!(%error, "a device was not told what it may do");
        }
    }

    async fn tell(&self, topic: &'static str, what: &(impl Serialize + Sync)) {
        let event = self.announce.publish(Uri::from_static(topic));
        if let Err(error) = event.kwargs(what).await {
            warn!(%error, topic, "a change was not announced");
        }
    }
}

/// The grants that somebody named, all of which are in `catalogue`.
pub(crate) fn known(
    catalogue: &Catalogue,
    names: &[String],
) -> Result<BTreeSet<grants::Grant>, InvocationError> {
    let grants = names.iter().map(|name| catalogue.check(name));
    grants.collect::<Result<_, _>>().map_err(|refused| {
        failure(
            uris::ERROR_INVALID_ARGUMENT,
            refused.to_string(),
            refused.hint(catalogue),
        )
    })
}

fn list(grants: &BTreeSet<grants::Grant>) -> String {
    let names: Vec<_> = grants.iter().map(grants::Grant::as_str).collect();
    names.join(", ")
}

fn refusal(error: &NotChanged) -> InvocationError {
    let (uri, hint) = match error {
        NotChanged::NoDevice => (
            uris::ERROR_NOT_FOUND,
            "`deskconn devices` lists the paired devices".to_owned(),
        ),
        NotChanged::NotHeld(_) => (
            uris::ERROR_NOT_FOUND,
            "`deskconn devices show` lists what the device has".to_owned(),
        ),
        NotChanged::NotForWeb(_) => (
            uris::ERROR_DENIED,
            "its page came over plain HTTP and may be forged; --force gives it all the same"
                .to_owned(),
        ),
        NotChanged::TooMany => (
            uris::ERROR_INVALID_ARGUMENT,
            "`deskconn revoke` takes back what is not needed".to_owned(),
        ),
        NotChanged::NotStored(error) => (uris::ERROR_FAILED, error.hint()),
    };
    failure(uri, error.to_string(), hint)
}
