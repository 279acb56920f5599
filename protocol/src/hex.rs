//! Lower-case hexadecimal, the only spelling of bytes in DeskConn's messages and files.

use data_encoding::HEXLOWER;

/// Spells `bytes` in lower-case hexadecimal.
pub(crate) fn encode(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Reads lower-case hexadecimal of any length; `None` if it is anything else.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    HEXLOWER.decode(text.as_bytes()).ok()
}

/// Reads exactly `N` bytes of lower-case hexadecimal; `None` if it is anything else.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

/// Serde functions for `#[serde(with = "hex::array")]` on `[u8; N]`.
pub(crate) mod array {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        super::decode_array(&text)
            .ok_or_else(|| D::Error::custom(format_args!("not {N} bytes of lower-case hex")))
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_array, encode};

    #[test]
    fn only_lower_case_of_the_right_length_is_read() {
        assert_eq!(encode(&[0, 0xAB]), "00ab");
        assert_eq!(decode("00ab"), Some(vec![0, 0xAB]));
        assert_eq!(decode_array::<2>("00ab"), Some([0, 0xAB]));
        for wrong in ["00AB", "0ab", "00ag", "00ab ", "00", "00abcd"] {
            assert_eq!(decode_array::<2>(wrong), None, "{wrong:?}");
        }
    }
}
