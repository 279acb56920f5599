//! Devices that come over TLS: WAMP clients that sign with a key their owner has named, and whoever shows a
//! certificate that the owner has tied to a device.

use super::{DEVICE, NOT_PAIRED, device_id, granted, offers, principal, sign};
use crate::devices::Devices;
use crate::router::{Admission, Verdict};
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::pin::Pin;
use wamp_proto::auth::cryptosign::Announcement;
use wamp_proto::auth::{AuthMethod, ChannelBinding};
use wamp_proto::options::HelloDetails;
use wamp_proto::uris;
use wamp_transport::tls::Channel;

/// Decides about a HELLO that came over `channel`.
pub(super) fn verdict(devices: &Devices, channel: &Channel, details: &HelloDetails) -> Verdict {
    let certified = offers(details, AuthMethod::Tls).then(|| certified(devices, channel, details));
    if let Some(verdict) = certified.flatten() {
        return verdict;
    }
    if offers(details, AuthMethod::Cryptosign) {
        return signed(devices, channel.binding.as_ref(), details);
    }
    Verdict::deny(
        uris::NO_MATCHING_AUTH_METHOD,
        "offer the method `cryptosign`, or `tls` with a certificate that this computer's owner has tied to a device",
    )
}

/// Lets the device in whose certificate was shown, if it claims to be no other.
fn certified(devices: &Devices, channel: &Channel, details: &HelloDetails) -> Option<Verdict> {
    // Before the device is looked up: what changes from now on is noticed.
    let edition = devices.edition();
    let certificate = channel.certificate.as_ref()?;
    let (id, device) = devices.certified(Pin(certificate.key))?;
    if details
        .authid
        .as_deref()
        .is_some_and(|claimed| claimed != id.as_str())
    {
        return None;
    }
    let admission = Admission {
        edition: Some(edition),
        ..Admission::known(granted(devices.catalogue(), &device.grants))
    };
    let principal = principal(id.as_str(), DEVICE, AuthMethod::Tls.name());
    Some(Verdict::admit(principal, admission))
}

/// Asks the device for a signature that the client claims to be, by its id, its key or both; for this
/// connection, if the client can bind it.
fn signed(devices: &Devices, link: Option<&ChannelBinding>, details: &HelloDetails) -> Verdict {
    let hello = |message| Verdict::deny(uris::AUTHENTICATION_DENIED, message);
    let announced = match Announcement::read(details) {
        Ok(announced) => announced,
        Err(message) => return hello(message),
    };
    let binding = match (announced.channel_binding.as_deref(), link) {
        (None, _) => None,
        (Some(name), Some(link)) if name == link.name => Some(*link),
        (Some(_), _) => return hello("the link has no such channel binding"),
    };
    let claimed = match (details.authid.as_deref(), &announced.public_key) {
        (Some(authid), _) => device_id(authid),
        (None, Some(key)) => Some(DeviceId::from_key(key)),
        (None, None) => return hello("say who you are: authid, or authextra.pubkey"),
    };
    let known = claimed.and_then(|id| Some((id, devices.get(&id)?)));
    let known = known.and_then(|(id, device)| {
        let key = *device.keys.named_key()?.as_bytes();
        let is_announced = announced
            .public_key
            .is_none_or(|announced| announced == key);
        is_announced.then_some((id, key, device.grants))
    });
    match known {
        Some((id, key, grants)) => sign(&id, key, binding, granted(devices.catalogue(), &grants)),
        None => Verdict::deny(uris::NO_SUCH_PRINCIPAL, NOT_PAIRED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::Keys;
    use deskconn_protocol::grants::Grant;
    use deskconn_protocol::identity::{Identity, VerifyingKey};
    use deskconn_protocol::profile::{DeviceKind, Profile};
    use deskconn_state::StateDir;
    use std::sync::Arc;
    use tempfile::TempDir;
    use wamp_proto::Value;
    use wamp_proto::auth::Verification;
    use wamp_proto::handshake::router::Decision;
    use wamp_transport::tls::{BINDING, PeerCertificate};

    fn key(seed: u8) -> VerifyingKey {
        VerifyingKey::new(*Identity::from_seed(&[seed; 64]).public().ed25519()).unwrap()
    }

    /// Devices of which one has paired (1), one is known by key (2) and one by certificate (3).
    fn devices() -> (Arc<Devices>, TempDir, [DeviceId; 3]) {
        let home = tempfile::tempdir().unwrap();
        let devices = Devices::open(StateDir::open(home.path()).unwrap()).unwrap();
        let profile = || Profile::new("robot", "", "", DeviceKind::Other);
        let keys = *Identity::from_seed(&[1; 64]).public();
        let paired = devices.add(keys.id(), keys, profile(), Vec::new(), None);
        let named = |key, certificate| {
            let keys = Keys::named(key, certificate).unwrap();
            let grants = Grant::defaults().into_iter().collect();
            devices.name(profile(), keys, grants, None).unwrap().id
        };
        let ids = [
            paired.unwrap().id,
            named(Some(key(2)), None),
            named(None, Some(Pin([3; 32]))),
        ];
        (devices, home, ids)
    }

    /// A client that says this of itself, over a connection on which it showed the certificate with this
    /// key.
    #[derive(Default)]
    struct Client<'a> {
        certificate: Option<u8>,
        authid: Option<&'a str>,
        key: Option<u8>,
        binding: Option<&'a str>,
    }

    impl Client<'_> {
        /// What comes of its HELLO: whom it is let in as, at once or after a signature, or why not.
        fn enter(&self, devices: &Devices, methods: &[&str]) -> String {
            let channel = Channel {
                version: "TLS 1.3",
                certificate: self.certificate.map(|octet| PeerCertificate {
                    fingerprint: [0; 32],
                    key: [octet; 32],
                    names: Vec::new(),
                }),
                binding: Some(ChannelBinding {
                    name: BINDING,
                    id: [9; 32],
                }),
            };
            let text = |name: &str, value: String| (name.into(), Value::Text(value));
            let key = self.key.map(|seed| text("pubkey", key(seed).to_string()));
            let binding = self
                .binding
                .map(|name| text("channel_binding", name.to_owned()));
            let details = HelloDetails {
                authid: self.authid.map(Into::into),
                authmethods: Some(methods.iter().map(|method| (*method).into()).collect()),
                authextra: Some(key.into_iter().chain(binding).collect()),
                ..HelloDetails::default()
            };
            match verdict(devices, &channel, &details).decision {
                Decision::Admit(principal) => principal.authmethod.to_string(),
                Decision::Challenge {
                    verification: Verification::Cryptosign(asked),
                    ..
                } if asked.binding.is_some() => "signs for the link".to_owned(),
                Decision::Challenge { .. } => "signs".to_owned(),
                Decision::Deny { reason, .. } => reason.to_string(),
                other => format!("{other:?}"),
            }
        }
    }

    const STRANGER: &str = "wamp.error.no_such_principal";
    const DENIED: &str = "wamp.error.authentication_denied";

    #[test]
    fn a_named_key_signs_and_no_other_does() {
        let (devices, _home, [_, by_key, _]) = devices();
        let enter = |authid, key, binding| {
            let client = Client {
                authid,
                key,
                binding,
                ..Client::default()
            };
            client.enter(&devices, &["cryptosign"])
        };
        let id = Some(by_key.as_str());
        assert_eq!(enter(id, Some(2), None), "signs");
        assert_eq!(enter(None, Some(2), None), "signs");
        assert_eq!(enter(id, None, None), "signs");
        assert_eq!(
            enter(id, Some(2), Some("tls-exporter")),
            "signs for the link"
        );
        assert_eq!(enter(id, Some(2), Some("tls-unique")), DENIED);
        assert_eq!(enter(id, Some(4), None), STRANGER);
        assert_eq!(enter(None, Some(4), None), STRANGER);
        assert_eq!(enter(Some("owner"), Some(2), None), STRANGER);
        assert_eq!(enter(None, None, None), DENIED);
    }

    #[test]
    fn the_key_of_a_paired_device_opens_nothing_over_tls() {
        let (devices, _home, [paired, ..]) = devices();
        for binding in [None, Some("tls-exporter")] {
            let client = Client {
                authid: Some(paired.as_str()),
                key: Some(1),
                binding,
                ..Client::default()
            };
            assert_eq!(client.enter(&devices, &["cryptosign"]), STRANGER);
        }
    }

    #[test]
    fn a_certificate_lets_its_device_in_and_nobody_else() {
        let (devices, _home, [paired, by_key, by_certificate]) = devices();
        let enter = |certificate, authid, methods: &[&str]| {
            let client = Client {
                certificate,
                authid,
                ..Client::default()
            };
            client.enter(&devices, methods)
        };
        let both = &["tls", "cryptosign"];
        assert_eq!(enter(Some(3), None, both), "tls");
        assert_eq!(enter(Some(3), Some(by_certificate.as_str()), both), "tls");
        assert_eq!(enter(Some(3), Some(by_key.as_str()), both), "signs");
        let none = "wamp.error.no_matching_auth_method";
        assert_eq!(enter(Some(3), Some(by_key.as_str()), &["tls"]), none);
        assert_eq!(enter(Some(4), None, &["tls"]), none);
        assert_eq!(enter(None, Some(by_certificate.as_str()), &["tls"]), none);
        assert_eq!(enter(Some(3), None, &["anonymous"]), none);

        // A device that has paired may show one all the same.
        devices
            .set_certificate(&paired, Some(Pin([5; 32])), || ())
            .unwrap();
        assert_eq!(enter(Some(5), Some(paired.as_str()), &["tls"]), "tls");
        devices.set_certificate(&paired, None, || ()).unwrap();
        assert_eq!(enter(Some(5), Some(paired.as_str()), &["tls"]), none);
    }
}
