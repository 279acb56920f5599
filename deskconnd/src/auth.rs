//! Who may enter which realm by which door, and as what.

use crate::devices::{self, Devices};
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::uris;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use wamp_proto::auth::{AuthMethod, Verification, cryptosign};
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::options::HelloDetails;
use wamp_proto::{MatchPolicy, Uri};
use wamp_router::{Actions, Disclosure, Permissions, Rule};
use wamp_transport::LinkInfo;

/// By which way a client came in. What it is trusted with depends on this before anything it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// A TCP connection, loopback included: every web page and user of the machine reaches that.
    Network(IpAddr),
    /// The Unix socket, from a process of that user, who is the daemon's or root.
    Local {
        /// The user id.
        uid: u32,
    },
    /// A part of this daemon.
    Internal {
        /// Its name, as `slides`.
        name: &'static str,
    },
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(f),
            Self::Local { uid } => write!(f, "local user {uid}"),
            Self::Internal { name } => write!(f, "component {name}"),
        }
    }
}

/// What comes with being let in.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) permissions: Arc<Permissions>,
}

/// Decides about every HELLO.
#[derive(Debug)]
pub(crate) struct Authority {
    devices: Arc<Devices>,
}

/// Refusals say no more than this: who is paired here is nobody's business.
const NOT_PAIRED: &str =
    "this device is not paired with this computer; hint: run `deskconn pair` there";

impl Authority {
    /// An authority that knows `devices`.
    pub(crate) const fn new(devices: Arc<Devices>) -> Self {
        Self { devices }
    }

    /// Decides about a HELLO that came by `door` over the link described by `link`.
    pub(crate) fn decide(
        &self,
        door: &Door,
        link: &LinkInfo,
        realm: &Uri,
        details: &HelloDetails,
    ) -> (Decision, Option<Admission>) {
        match (door, realm.as_str()) {
            (Door::Internal { name }, _) => {
                admit(principal(name, "component", "internal"), everything())
            }
            (Door::Local { .. }, uris::REALM) => {
                admit(principal("owner", "owner", "local"), everything())
            }
            (Door::Network(address), uris::REALM_PAIRING) => {
                // The address stands for the stranger: limits and reports go by it.
                let stranger = principal(&address.to_string(), "anonymous", "anonymous");
                admit(stranger, only_pairing())
            }
            (Door::Network(_), uris::REALM) => self.device(link, details),
            (Door::Local { .. }, uris::REALM_PAIRING) => {
                let owner = principal("owner", "anonymous", "local");
                admit(owner, only_pairing())
            }
            _ => deny(wamp_proto::uris::NO_SUCH_REALM, "there is no such realm"),
        }
    }

    /// Counts a session that has begun. False if its principal may not be here any more.
    pub(crate) fn joined(&self, authid: &str) -> bool {
        device_id(authid).is_none_or(|id| self.devices.joined(&id))
    }

    /// Counts a session that has ended.
    pub(crate) fn left(&self, authid: &str) {
        if let Some(id) = device_id(authid) {
            self.devices.left(&id);
        }
    }

    /// A paired device has to come over a sealed link made with its own key, and to sign for it.
    fn device(&self, link: &LinkInfo, details: &HelloDetails) -> (Decision, Option<Admission>) {
        let (Some(sealed), Some(binding)) = (&link.sealed, link.binding) else {
            return deny(
                wamp_proto::uris::NOT_AUTHORIZED,
                "the realm `deskconn` is open to paired devices on sealed links only; hint: join `deskconn.pairing` to pair",
            );
        };
        let offered = details.authmethods.iter().flatten();
        if !offered
            .into_iter()
            .any(|method| method == AuthMethod::Cryptosign.name())
        {
            return deny(
                wamp_proto::uris::NO_MATCHING_AUTH_METHOD,
                "offer the method `cryptosign`",
            );
        }
        let claimed = details.authid.as_deref().and_then(device_id);
        let known = self.devices.by_x25519(&sealed.remote_static);
        let record = match (known, claimed) {
            (Some(known), Some(claimed)) if known == claimed => self.devices.get(&known),
            _ => None,
        };
        let Some((id, record)) = known.zip(record) else {
            return deny(wamp_proto::uris::NO_SUCH_PRINCIPAL, NOT_PAIRED);
        };
        let mut challenge = [0; 32];
        if getrandom::fill(&mut challenge).is_err() {
            return deny(
                wamp_proto::uris::AUTHENTICATION_FAILED,
                "the system has no randomness",
            );
        }
        let verification = Verification::Cryptosign(cryptosign::Verification {
            challenge,
            public_key: *record.keys.ed25519(),
            binding: Some(binding),
            router: None,
        });
        let principal = principal(id.as_str(), "device", AuthMethod::Cryptosign.name());
        let permissions = devices::permissions(&record.grants);
        (
            Decision::Challenge {
                principal,
                verification,
            },
            Some(Admission { permissions }),
        )
    }
}

fn principal(authid: &str, authrole: &str, authmethod: &str) -> Principal {
    Principal {
        authid: authid.into(),
        authrole: authrole.into(),
        authmethod: authmethod.into(),
        authprovider: "deskconnd".into(),
        authextra: None,
    }
}

fn admit(
    principal: Principal,
    permissions: impl Into<Arc<Permissions>>,
) -> (Decision, Option<Admission>) {
    let permissions = permissions.into();
    (Decision::Admit(principal), Some(Admission { permissions }))
}

fn deny(reason: Uri, message: &str) -> (Decision, Option<Admission>) {
    (
        Decision::Deny {
            reason,
            message: message.to_owned(),
        },
        None,
    )
}

/// The two procedures a stranger may call, and nothing else.
fn only_pairing() -> Permissions {
    Permissions::new([uris::PAIRING_BEGIN, uris::PAIRING_CONFIRM].map(|uri| {
        Rule::new(MatchPolicy::Exact, Uri::from_static(uri), Actions::CALL)
            .disclosing(Disclosure::Always)
    }))
}

/// Everything, and components learn who it was.
fn everything() -> Permissions {
    let rule = Rule::new(MatchPolicy::Prefix, Uri::from_static(""), Actions::ALL);
    Permissions::new([rule.disclosing(Disclosure::Always)])
}

/// The authids of devices are device ids; all other authids are none.
fn device_id(authid: &str) -> Option<DeviceId> {
    authid.parse().ok()
}
