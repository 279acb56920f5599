//! Who may enter which realm of a desk by which door, and as what.

mod permissions;
mod tls;

pub(crate) use permissions::{granted, rules};

use crate::audit::{Audit, entry};
use crate::components::{Insiders, authid_of};
use crate::devices::{self, Devices};
use crate::live;
use crate::router::{
    Admission, Authority, Browser, Cookie, Door, Knock, SharedRealm, Unwelcome, Verdict,
};
use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::uris;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use permissions::{everything, only_pairing};
use std::sync::Arc;
use std::time::Duration;
use wamp_proto::Uri;
use wamp_proto::auth::{AuthMethod, ChannelBinding, Verification, cryptosign};
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::options::HelloDetails;
use wamp_router::{Permissions, Question, Ruling};
use wamp_transport::{LinkInfo, Sealed};

/// How long a stranger may stay: a pairing takes two calls, and the second may be answered late, when the
/// owner has said that the device gets in.
const STAY: Duration = Duration::from_secs(90);

/// Knows the paired devices, the owner and the daemon's own parts; all others are strangers.
#[derive(Debug)]
pub(crate) struct DeskAuthority {
    devices: Arc<Devices>,
    /// Where the devices come to.
    realm: Arc<SharedRealm>,
    audit: Arc<Audit>,
    /// The components in processes of their own.
    insiders: Arc<Insiders>,
}

/// The role of devices, however they came.
const DEVICE: &str = "device";

/// Refusals say no more than this: who is paired here is nobody's business.
const NOT_PAIRED: &str =
    "this device is not paired with this computer; hint: run `deskconn pair` there";

impl DeskAuthority {
    /// An authority that knows `devices`, whose realm is `realm`.
    pub(crate) fn new(
        devices: Arc<Devices>,
        realm: Arc<SharedRealm>,
        audit: Arc<Audit>,
        insiders: Arc<Insiders>,
    ) -> Arc<Self> {
        Arc::new(Self {
            devices,
            realm,
            audit,
            insiders,
        })
    }

    fn verdict(&self, knock: &Knock<'_>) -> Verdict {
        match (knock.door, knock.realm.as_str()) {
            (Door::Internal { name }, _) => {
                admit(principal(name, "component", "internal"), everything())
            }
            (Door::Local { component, .. }, uris::REALM) => self
                .insiders
                .verdict(knock.details)
                .unwrap_or_else(|| owner(component.as_deref())),
            (Door::Network(address), uris::REALM_PAIRING) => {
                // The address stands for the stranger: limits and reports go by it.
                let role = knock.browser.map_or("anonymous", Browser::role);
                let stranger = principal(&address.to_string(), role, "anonymous");
                Verdict::admit(stranger, Admission::stranger(only_pairing(), STAY))
            }
            (Door::Network(_), uris::REALM) => self.device(knock.link, knock.details),
            (
                Door::Local {
                    component: None, ..
                },
                uris::REALM_PAIRING,
            ) => {
                let owner = principal("owner", "anonymous", "local");
                Verdict::admit(owner, Admission::stranger(only_pairing(), STAY))
            }
            _ => Verdict::deny(wamp_proto::uris::NO_SUCH_REALM, "there is no such realm"),
        }
    }

    /// A paired device comes over a sealed link made with its own key, and signs for it. One that its owner
    /// has named comes over TLS.
    fn device(&self, link: &LinkInfo, details: &HelloDetails) -> Verdict {
        match (&link.sealed, &link.tls, link.binding) {
            (Some(sealed), _, Some(binding)) => self.sealed(sealed, binding, details),
            (None, Some(channel), _) => tls::verdict(&self.devices, channel, details),
            _ => Verdict::deny(
                wamp_proto::uris::NOT_AUTHORIZED,
                "the realm `deskconn` is open to devices on sealed links or over TLS only; hint: join `deskconn.pairing` to pair",
            ),
        }
    }

    fn sealed(&self, sealed: &Sealed, binding: ChannelBinding, details: &HelloDetails) -> Verdict {
        if !offers(details, AuthMethod::Cryptosign) {
            return Verdict::deny(
                wamp_proto::uris::NO_MATCHING_AUTH_METHOD,
                "offer the method `cryptosign`",
            );
        }
        // The device that it says it is must have the key that the link was made with.
        let claimed = details.authid.as_deref().and_then(device_id);
        let known = claimed.and_then(|id| Some((id, self.devices.get(&id)?)));
        let known = known.and_then(|(id, device)| {
            let keys = device.keys.sealed().copied();
            let keys = keys.filter(|keys| *keys.x25519() == sealed.remote_static);
            Some((id, keys?, device.grants))
        });
        match known {
            Some((id, keys, grants)) => sign(
                &id,
                *keys.ed25519(),
                Some(binding),
                granted(self.devices.catalogue(), &grants),
            ),
            None => Verdict::deny(wamp_proto::uris::NO_SUCH_PRINCIPAL, NOT_PAIRED),
        }
    }
}

impl Authority for DeskAuthority {
    /// A desk knows devices by their keys and gives no cookies.
    fn log_out(&self, _: &Cookie) {}

    /// No permissions of a desk's have anybody asked.
    fn rule(self: Arc<Self>, _: Uri, _: Question) -> BoxFuture<'static, Ruling> {
        ready(Ruling::Denied).boxed()
    }

    fn decide<'a>(&'a self, knock: Knock<'a>) -> BoxFuture<'a, Verdict> {
        ready(self.verdict(&knock)).boxed()
    }

    fn joined(
        &self,
        _: &Uri,
        principal: &Principal,
        admission: &Admission,
    ) -> Result<(), Unwelcome> {
        let authid = &principal.authid;
        self.insiders.joined(authid);
        let Some(id) = device_id(authid) else {
            return Ok(());
        };
        self.devices
            .joined(&id)
            .map_err(|unwelcome| match unwelcome {
                devices::Unwelcome::NotPaired => Unwelcome {
                    reason: wamp_proto::uris::NO_SUCH_PRINCIPAL,
                    message: "the device is not paired",
                },
                devices::Unwelcome::TooMany => Unwelcome {
                    reason: wamp_proto::uris::LIMIT_EXCEEDED,
                    message: "the device has too many sessions; hint: close some",
                },
            })?;
        let is_outdated = |edition| edition != self.devices.edition();
        if admission.edition.is_some_and(is_outdated) {
            self.devices.left(&id);
            return Err(Unwelcome {
                reason: wamp_proto::uris::AUTHENTICATION_FAILED,
                message: "who has which certificate has just changed; hint: try again",
            });
        }
        // What was granted or revoked between the decision and now.
        live::refresh(&self.realm, &self.devices, &id);
        Ok(())
    }

    fn held_back(&self, authid: &str) {
        let what = "sent more messages than it may: they have to wait";
        self.insiders.tell(authid, what.to_owned());
    }

    fn left(&self, authid: &str) {
        self.insiders.left(authid);
        if let Some(id) = device_id(authid) {
            self.devices.left(&id);
        }
    }

    fn refused(&self, door: &Door, reason: &Uri) {
        match door {
            Door::Network(address) => self.audit.note(Entry {
                from: Some(address.to_string()),
                detail: Some(reason.to_string()),
                ..entry(What::Refused, "stranger")
            }),
            Door::Local {
                component: Some(name),
                ..
            } => {
                let what = format!("was not let in: {reason}");
                self.insiders.tell(&authid_of(name), what);
            }
            _ => {}
        }
    }
}

/// Whether the client offers this method.
fn offers(details: &HelloDetails, wanted: AuthMethod) -> bool {
    let mut offered = details.authmethods.iter().flatten();
    offered.any(|method| method == wanted.name())
}

/// Lets a device in once it has signed with this key, for its link if there is a `binding`.
fn sign(
    id: &DeviceId,
    public_key: [u8; 32],
    binding: Option<ChannelBinding>,
    permissions: Permissions,
) -> Verdict {
    let mut challenge = [0; 32];
    if getrandom::fill(&mut challenge).is_err() {
        return Verdict::deny(
            wamp_proto::uris::AUTHENTICATION_FAILED,
            "the system has no randomness",
        );
    }
    let verification = Verification::Cryptosign(cryptosign::Verification {
        challenge,
        public_key,
        binding,
        router: None,
    });
    let principal = principal(id.as_str(), DEVICE, AuthMethod::Cryptosign.name());
    let decision = Decision::Challenge {
        principal,
        verification,
    };
    Verdict {
        decision,
        admission: Some(Admission::known(permissions)),
    }
}

/// The owner's own program. The process of a component is none: it has to say which it is.
fn owner(component: Option<&str>) -> Verdict {
    match component {
        None => admit(principal("owner", "owner", "local"), everything()),
        Some(_) => Verdict::deny(
            wamp_proto::uris::NOT_AUTHORIZED,
            "a component joins as itself; hint: show the ticket $DESKCONN_TICKET as $DESKCONN_AUTHID",
        ),
    }
}

/// Whom a client is let in as.
pub(crate) fn principal(authid: &str, authrole: &str, authmethod: &str) -> Principal {
    Principal {
        authid: authid.into(),
        authrole: authrole.into(),
        authmethod: authmethod.into(),
        authprovider: "deskconnd".into(),
        authextra: None,
    }
}

fn admit(principal: Principal, permissions: Permissions) -> Verdict {
    Verdict::admit(principal, Admission::known(permissions))
}

/// The authids of devices are device ids; all other authids are none.
fn device_id(authid: &str) -> Option<DeviceId> {
    authid.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Realms;
    use deskconn_protocol::grants::Grant;
    use deskconn_protocol::identity::{Identity, PublicIdentity};
    use deskconn_protocol::profile::{DeviceKind, Profile};
    use deskconn_state::StateDir;
    use std::net::IpAddr;
    use tempfile::TempDir;
    use wamp_proto::Serializer;
    use wamp_transport::TransportKind;
    use wamp_transport::sealed::BINDING;

    const NETWORK: Door = Door::Network(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn authority() -> (Arc<DeskAuthority>, TempDir) {
        let home = tempfile::tempdir().unwrap();
        let devices = Devices::open(StateDir::open(home.path()).unwrap()).unwrap();
        let realm = Realms::new([1, 2]).main;
        (
            DeskAuthority::new(devices, realm, Audit::off(home.path()), Insiders::new().0),
            home,
        )
    }

    fn keys(seed: u8) -> PublicIdentity {
        *Identity::from_seed(&[seed; 64]).public()
    }

    fn pair(authority: &DeskAuthority, keys: PublicIdentity) {
        let profile = Profile::new("phone", "", "", DeviceKind::Phone);
        let added = authority
            .devices
            .add(keys.id(), keys, profile, Grant::defaults(), None);
        added.unwrap();
    }

    /// A link, sealed with the key of that device.
    fn link(key: Option<&PublicIdentity>) -> LinkInfo {
        let handshake_hash = [9; 32];
        LinkInfo {
            serializer: Serializer::Json,
            transport: TransportKind::WebSocket,
            framing: wamp_transport::Framing::Plain,
            tls: None,
            sealed: key.map(|key| Sealed {
                remote_static: *key.x25519(),
                handshake_hash,
            }),
            binding: key.map(|_| ChannelBinding {
                name: BINDING,
                id: handshake_hash,
            }),
            peer: String::new(),
        }
    }

    /// What comes of a HELLO from the network: whom it is let in as, at once or after a challenge, or
    /// why not.
    fn decide(authority: &DeskAuthority, link: &LinkInfo, realm: &str, authid: &str) -> String {
        let details = HelloDetails {
            authid: Some(authid.into()),
            authmethods: Some(["cryptosign", "anonymous"].map(Into::into).into()),
            ..HelloDetails::default()
        };
        let knock = Knock {
            door: &NETWORK,
            link,
            realm: &Uri::from(realm),
            details: &details,
            cookie: None,
            browser: None,
            proof: None,
        };
        match authority.verdict(&knock).decision {
            Decision::Admit(principal) => format!("{} at once", principal.authid),
            Decision::Challenge { principal, .. } => format!("{} if it signs", principal.authid),
            Decision::Deny { reason, .. } => reason.to_string(),
            _ => "something else".to_owned(),
        }
    }

    #[test]
    fn a_device_is_who_its_keys_say_and_nobody_else() {
        let (authority, _home) = authority();
        let (ours, other, unknown) = (keys(1), keys(2), keys(3));
        pair(&authority, ours);
        pair(&authority, other);
        let decide = |key, authid: &str| decide(&authority, &link(key), uris::REALM, authid);
        let id = ours.id();
        assert_eq!(
            decide(Some(&ours), id.as_str()),
            format!("{id} if it signs")
        );
        let stranger = "wamp.error.no_such_principal";
        assert_eq!(decide(Some(&other), id.as_str()), stranger);
        assert_eq!(decide(Some(&unknown), id.as_str()), stranger);
        assert_eq!(decide(Some(&unknown), unknown.id().as_str()), stranger);
        assert_eq!(decide(Some(&ours), "owner"), stranger);
        assert_eq!(decide(None, id.as_str()), "wamp.error.not_authorized");
    }

    #[test]
    fn a_device_that_pairs_with_the_link_key_of_another_keeps_it_from_nothing() {
        let (authority, _home) = authority();
        let ours = keys(1);
        pair(&authority, ours);
        for seed in 2..9 {
            let thief = PublicIdentity::new(*keys(seed).ed25519(), *ours.x25519()).unwrap();
            pair(&authority, thief);
        }
        let id = ours.id();
        let decision = decide(&authority, &link(Some(&ours)), uris::REALM, id.as_str());
        assert_eq!(decision, format!("{id} if it signs"));
    }

    #[test]
    fn strangers_are_their_address_in_the_one_realm_they_may_enter() {
        let (authority, _home) = authority();
        let decide = |realm| decide(&authority, &link(None), realm, "owner");
        assert_eq!(decide(uris::REALM_PAIRING), "127.0.0.1 at once");
        assert_eq!(decide(uris::REALM), "wamp.error.not_authorized");
        assert_eq!(decide("realm1"), "wamp.error.no_such_realm");
    }
}
