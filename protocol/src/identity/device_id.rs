//! The id of a device: the hash of its key.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name nobody else can claim: the hash of a device's Ed25519 key, as
/// 32 characters of lower-case base32 (protocol §3). It is the device's `authid`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceId([u8; Self::LEN]);

impl DeviceId {
    /// How long an id is, in characters.
    pub const LEN: usize = 32;

    /// The id of an Ed25519 public key.
    pub fn from_key(ed25519: &[u8; 32]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"deskconn-id")
            .chain_update(ed25519)
            .finalize();
        let mut text = [0; Self::LEN];
        BASE32_NOPAD.encode_mut(&digest[..20], &mut text);
        text.make_ascii_lowercase();
        Self(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only base32 characters get into an id")
    }

    /// The first eight characters, what an announcement tells of it (protocol §2).
    pub fn hint(&self) -> &str {
        &self.as_str()[..8]
    }

    /// The first four characters, enough to tell two devices of one name apart.
    pub fn short(&self) -> &str {
        &self.as_str()[..4]
    }
}

impl FromStr for DeviceId {
    type Err = NotADeviceId;

    fn from_str(text: &str) -> Result<Self, NotADeviceId> {
        let bytes: [u8; Self::LEN] = text.as_bytes().try_into().map_err(|_| NotADeviceId)?;
        let base32 = |byte: &u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
        if !bytes.iter().all(base32) {
            return Err(NotADeviceId);
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for DeviceId {
    type Error = NotADeviceId;

    fn try_from(text: String) -> Result<Self, NotADeviceId> {
        text.parse()
    }
}

impl From<DeviceId> for String {
    fn from(id: DeviceId) -> Self {
        id.as_str().to_owned()
    }
}

impl AsRef<str> for DeviceId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a device id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a device id is 32 characters of a-z and 2-7")]
pub struct NotADeviceId;

#[cfg(test)]
mod tests {
    use super::{DeviceId, NotADeviceId};

    #[test]
    fn a_device_id_is_read_only_as_it_is_written() {
        let id = DeviceId::from_key(&[1; 32]);
        assert_eq!(id.as_str().parse(), Ok(id));
        assert_eq!(id.to_string().len(), DeviceId::LEN);
        assert!(id.as_str().starts_with(id.hint()) && id.hint().starts_with(id.short()));
        let upper = id.to_string().to_uppercase();
        let long = format!("{id}a");
        let umlauts = "ü".repeat(16);
        for wrong in [
            "",
            "abc",
            &upper,
            &long,
            &umlauts,
            &id.as_str().replace(id.short(), "0189"),
        ] {
            assert_eq!(wrong.parse::<DeviceId>(), Err(NotADeviceId), "{wrong:?}");
        }
    }
}
