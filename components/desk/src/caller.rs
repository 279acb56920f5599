//! Who calls: by which name people know them.

use deskconn_component::failure;
use deskconn_protocol::api::daemon::Devices;
use deskconn_protocol::uris;
use wamp_client::{Invocation, InvocationError, Session};
use wamp_proto::Uri;

/// The authid of this user's own programs.
const OWNER: &str = "owner";

/// What the authids of components in processes of their own begin with.
const COMPONENT: &str = "component:";

/// The authid of who calls.
///
/// # Errors
/// If the router does not disclose it.
pub(crate) fn of(call: &Invocation) -> Result<&str, InvocationError> {
    call.caller_authid().ok_or_else(|| {
        let hint = "the router has to disclose callers to components";
        failure(uris::ERROR_FAILED, "it is not known who calls", hint)
    })
}

/// What people know `authid` by: the name of a device as its owner has it, that of a component; nothing
/// for this user's own programs. A device that has just been removed is its id.
pub(crate) async fn name(session: &Session, authid: &str) -> Option<String> {
    if authid == OWNER {
        return None;
    }
    if let Some(component) = authid.strip_prefix(COMPONENT) {
        return Some(component.to_owned());
    }
    let listed = session.call(Uri::from_static(uris::DAEMON_DEVICES)).await;
    let listed = listed.ok().and_then(|listed| listed.kwargs().ok());
    let Devices { devices } = listed.unwrap_or(Devices { devices: vec![] });
    let mut devices = devices.into_iter();
    let device = devices.find(|device| device.id.as_str() == authid);
    Some(device.map_or_else(|| authid.to_owned(), |device| device.profile.name))
}
