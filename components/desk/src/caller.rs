//! Who calls.

use deskconn_component::failure;
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::uris;
use wamp_client::{Invocation, InvocationError};

/// What the authids of components in processes of their own begin with.
const COMPONENT: &str = "component:";

/// Who an authid stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A paired device.
    Device(DeviceId),
    /// A component in a process of its own.
    Component(String),
    /// A program of this user's, or a part of the daemon.
    Own,
}

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

impl From<&str> for Caller {
    /// Who the authid stands for; those of devices are their ids.
    fn from(authid: &str) -> Self {
        match (authid.parse(), authid.strip_prefix(COMPONENT)) {
            (Ok(id), _) => Self::Device(id),
            (_, Some(component)) => Self::Component(component.to_owned()),
            _ => Self::Own,
        }
    }
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::identity::Identity;

    use super::*;

    #[test]
    fn an_authid_says_who_it_is() {
        let id = Identity::from_seed(&[1; 64]).id();
        assert_eq!(Caller::from(id.as_str()), Caller::Device(id));
        let lamp = Caller::Component("lamp".to_owned());
        assert_eq!(Caller::from("component:lamp"), lamp);
        assert_eq!(Caller::from("owner"), Caller::Own);
    }
}
