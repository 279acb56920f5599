//! By what a device is known.

use data_encoding::HEXLOWER;
use deskconn_protocol::identity::{DeviceId, PublicIdentity, VerifyingKey};
use deskconn_protocol::pin::Pin;
use serde::{Deserialize, Serialize};

/// By what a device is known, and so by what it may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Text", into = "Text")]
pub(crate) struct Keys {
    login: Login,
    certificate: Option<Pin>,
}

/// What a device signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    /// The keys it paired with. They are shown to every computer it is paired with, of which any could
    /// pass a signature on to another: they count on sealed links only, which nobody can pass on.
    Sealed(PublicIdentity),
    /// A key its owner has named, for this computer alone: it counts over TLS.
    Named(VerifyingKey),
    /// Nothing: it shows its certificate.
    Nothing,
}

impl Keys {
    /// Those of a device that paired.
    pub(crate) const fn paired(keys: PublicIdentity) -> Self {
        Self {
            login: Login::Sealed(keys),
            certificate: None,
        }
    }

    /// Those of a WAMP client that its owner has named; `None` if there are none.
    pub(crate) fn named(key: Option<VerifyingKey>, certificate: Option<Pin>) -> Option<Self> {
        let login = key.map_or(Login::Nothing, Login::Named);
        let nothing = Self {
            login,
            certificate: None,
        };
        nothing.with_certificate(certificate)
    }

    /// The same with another certificate, or without; `None` if nothing would be left.
    pub(crate) fn with_certificate(self, certificate: Option<Pin>) -> Option<Self> {
        let is_known = certificate.is_some() || self.login != Login::Nothing;
        is_known.then_some(Self {
            certificate,
            ..self
        })
    }

    /// The id of a device that comes with these.
    pub(crate) fn id(&self) -> Option<DeviceId> {
        match &self.login {
            Login::Sealed(keys) => Some(keys.id()),
            Login::Named(key) => Some(key.id()),
            Login::Nothing => self.certificate.map(|pin| pin.id()),
        }
    }

    /// The keys for sealed links.
    pub(crate) const fn sealed(&self) -> Option<&PublicIdentity> {
        match &self.login {
            Login::Sealed(keys) => Some(keys),
            Login::Named(_) | Login::Nothing => None,
        }
    }

    /// The key to sign with over TLS.
    pub(crate) const fn named_key(&self) -> Option<&VerifyingKey> {
        match &self.login {
            Login::Named(key) => Some(key),
            Login::Sealed(_) | Login::Nothing => None,
        }
    }

    /// The certificate to show over TLS.
    pub(crate) const fn certificate(&self) -> Option<Pin> {
        self.certificate
    }
}

/// Keys as they stand in a file.
#[derive(Serialize, Deserialize)]
struct Text {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ed25519: Option<VerifyingKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x25519: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<Pin>,
}

impl TryFrom<Text> for Keys {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        let Text {
            ed25519,
            x25519,
            certificate,
        } = text;
        let x25519 = x25519.map(|digits| {
            let octets = HEXLOWER.decode(digits.as_bytes()).ok();
            let octets = octets.and_then(|octets| <[u8; 32]>::try_from(octets).ok());
            octets.ok_or_else(|| "x25519 is not 64 hexadecimal digits".to_owned())
        });
        let login = match (ed25519, x25519.transpose()?) {
            (Some(ed25519), Some(x25519)) => {
                let keys = PublicIdentity::new(*ed25519.as_bytes(), x25519);
                Login::Sealed(keys.map_err(|error| error.to_string())?)
            }
            (Some(ed25519), None) => Login::Named(ed25519),
            (None, None) if certificate.is_some() => Login::Nothing,
            (None, _) => return Err("it has no key".to_owned()),
        };
        Ok(Self { login, certificate })
    }
}

impl From<Keys> for Text {
    fn from(keys: Keys) -> Self {
        let sealed = keys.sealed();
        let paired = sealed.and_then(|keys| VerifyingKey::new(*keys.ed25519()).ok());
        Self {
            ed25519: paired.or_else(|| keys.named_key().copied()),
            x25519: sealed.map(|keys| HEXLOWER.encode(keys.x25519())),
            certificate: keys.certificate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::identity::Identity;

    fn key(seed: u8) -> VerifyingKey {
        VerifyingKey::new(*Identity::from_seed(&[seed; 64]).public().ed25519()).unwrap()
    }

    #[test]
    fn every_sort_of_keys_is_the_same_after_a_restart() {
        let pin = Pin([9; 32]);
        let paired = Keys::paired(*Identity::from_seed(&[1; 64]).public());
        for keys in [
            paired,
            paired.with_certificate(Some(pin)).unwrap(),
            Keys::named(Some(key(1)), None).unwrap(),
            Keys::named(Some(key(1)), Some(pin)).unwrap(),
            Keys::named(None, Some(pin)).unwrap(),
        ] {
            let text = toml::to_string(&keys).unwrap();
            assert_eq!(toml::from_str(&text), Ok(keys), "{text}");
        }
        assert!(toml::from_str::<Keys>("").is_err());
        assert!(toml::from_str::<Keys>("ed25519 = 'ab'").is_err());
    }

    #[test]
    fn keys_never_come_to_nothing() {
        let pin = Some(Pin([9; 32]));
        assert_eq!(Keys::named(None, None), None);
        let certificate_alone = Keys::named(None, pin).unwrap();
        assert_eq!(certificate_alone.with_certificate(None), None);
        let both = Keys::named(Some(key(1)), pin).unwrap();
        assert_eq!(both.with_certificate(None).unwrap().id(), Some(key(1).id()));
    }

    #[test]
    fn what_a_device_paired_with_counts_on_sealed_links_only() {
        let identity = Identity::from_seed(&[1; 64]);
        let paired = Keys::paired(*identity.public());
        assert_eq!(paired.named_key(), None);
        let named = Keys::named(Some(key(1)), None).unwrap();
        assert_eq!(named.sealed(), None);
        assert_eq!(named.id(), paired.id());
    }
}
