//! An Ed25519 key alone: what is known of a WAMP client that signs and can not be sealed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DeviceId, WeakKey};
use crate::hex;

/// An Ed25519 public key that protects something: 64 digits of lower-case hexadecimal in text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifyingKey([u8; 32]);

impl VerifyingKey {
    /// Takes a public key.
    ///
    /// # Errors
    ///
    /// If it is not a point, or the same as no key at all.
    pub fn new(ed25519: [u8; 32]) -> Result<Self, WeakKey> {
        match ed25519_dalek::VerifyingKey::from_bytes(&ed25519) {
            Ok(key) if !key.is_weak() => Ok(Self(ed25519)),
            _ => Err(WeakKey("ed25519")),
        }
    }

    /// The key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id of the device that has this key.
    pub fn id(&self) -> DeviceId {
        DeviceId::from_key(&self.0)
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({self})")
    }
}

impl FromStr for VerifyingKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let octets = hex::decode_array(text).ok_or(NotAKey::Text)?;
        Ok(Self::new(octets)?)
    }
}

impl TryFrom<String> for VerifyingKey {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        text.parse()
    }
}

impl From<VerifyingKey> for String {
    fn from(key: VerifyingKey) -> Self {
        key.to_string()
    }
}

/// Why a text is no [`VerifyingKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// It is not 32 bytes in hexadecimal.
    #[error("not an Ed25519 public key, 64 hexadecimal digits in lower case")]
    Text,
    /// It is no key to trust.
    #[error(transparent)]
    Weak(#[from] WeakKey),
}

#[cfg(test)]
mod tests {
    use super::{NotAKey, VerifyingKey};
    use crate::identity::Identity;

    #[test]
    fn a_key_is_its_digits_and_a_weak_one_is_none() {
        let identity = Identity::from_seed(&[1; 64]);
        let key = VerifyingKey::new(*identity.public().ed25519()).expect("a key");
        assert_eq!(key.id(), identity.id());
        assert_eq!(key.to_string().parse(), Ok(key));
        let weak = "01".to_owned() + &"00".repeat(31);
        assert!(matches!(
            weak.parse::<VerifyingKey>(),
            Err(NotAKey::Weak(_))
        ));
        assert_eq!("ab".parse::<VerifyingKey>(), Err(NotAKey::Text));
    }
}
