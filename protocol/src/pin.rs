//! What a certificate is known by: the SHA-256 of its public key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hex;
use crate::identity::DeviceId;

/// SHA-256 of the `SubjectPublicKeyInfo` of a certificate, in DER (RFC 7469 §2.4): 64 digits of
/// lower-case hexadecimal in text. It stays when the certificate is renewed for the same key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pin(#[serde(with = "hex::array")] pub [u8; 32]);

impl Pin {
    /// The id of a device of which nothing but this is known.
    pub fn id(&self) -> DeviceId {
        DeviceId::from_key(&self.0)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({self})")
    }
}

impl FromStr for Pin {
    type Err = NotAPin;

    fn from_str(text: &str) -> Result<Self, NotAPin> {
        hex::decode_array(text).map(Self).ok_or(NotAPin)
    }
}

/// A text is no [`Pin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the SHA-256 of a public key, 64 hexadecimal digits")]
pub struct NotAPin;

#[cfg(test)]
mod tests {
    use super::{NotAPin, Pin};

    #[test]
    fn a_pin_is_its_digits_in_every_text() {
        let pin = Pin([0xAB; 32]);
        let digits = "ab".repeat(32);
        assert_eq!(pin.to_string(), digits);
        assert_eq!(digits.parse(), Ok(pin));
        assert_eq!(
            serde_json::to_string(&pin).ok(),
            Some(format!("\"{digits}\""))
        );
        assert_eq!(digits.to_uppercase().parse::<Pin>(), Err(NotAPin));
        assert_eq!("".parse::<Pin>(), Err(NotAPin));
    }
}
