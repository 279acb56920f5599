//! What becomes of the live sessions of a device when the trust in it changes.

use crate::auth::granted;
use crate::devices::Devices;
use crate::router::SharedRealm;
use deskconn_protocol::identity::DeviceId;
use std::sync::Arc;
use wamp_proto::auth::AuthMethod;
use wamp_router::{CloseReason, Permissions, SessionInfo};

/// Gives the sessions of a device what it may do now.
///
/// Whoever changes the grants of a device calls this afterwards, and so does every session that has
/// joined. The grants are read under the realm's lock, so the last to come has read the newest.
pub(crate) fn refresh(realm: &SharedRealm, devices: &Devices, id: &DeviceId) {
    realm.with(|realm, now, out| {
        let device = devices.get(id);
        let permissions = device.map_or_else(Permissions::none, |paired| {
            granted(devices.catalogue(), &paired.grants)
        });
        realm.set_permissions(|info| is_of(info, id), Arc::new(permissions), now, out);
    });
}

/// Ends every session of a device, at once.
pub(crate) fn cut_off(realm: &SharedRealm, id: &DeviceId) {
    realm.with(|realm, now, out| {
        realm.close_sessions(|info| is_of(info, id), CloseReason::Revoked, now, out);
    });
}

/// Ends every session of a device that came by its certificate, at once.
pub(crate) fn cut_off_certified(realm: &SharedRealm, id: &DeviceId) {
    let by_certificate = |info: &SessionInfo| {
        is_of(info, id) && *info.principal.authmethod == *AuthMethod::Tls.name()
    };
    realm.with(|realm, now, out| {
        realm.close_sessions(by_certificate, CloseReason::Revoked, now, out);
    });
}

fn is_of(info: &SessionInfo, id: &DeviceId) -> bool {
    *info.principal.authid == *id.as_str()
}
