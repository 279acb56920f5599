//! Octets, in whatever form a serializer has for them.

use std::borrow::Cow;
use std::fmt;

use data_encoding::BASE64;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Octets: `bin` in MessagePack, a byte string in CBOR, and in JSON a text of `\0` and base64 (WAMP spec,
/// "Binary conversion of JSON Strings"). `Debug` shows how many there are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Octets(pub Vec<u8>);

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Octets({})", self.0.len())
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("\0{}", BASE64.encode_display(&self.0)))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(OctetsVisitor)
        } else {
            deserializer.deserialize_byte_buf(OctetsVisitor)
        }
    }
}

struct OctetsVisitor;

impl<'de> Visitor<'de> for OctetsVisitor {
    type Value = Octets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("octets")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Octets, E> {
        let base64 = text.strip_prefix('\0').unwrap_or_default();
        let octets = BASE64.decode(base64.as_bytes());
        octets.map(Octets).map_err(|_| E::custom("not base64"))
    }

    fn visit_bytes<E: Error>(self, octets: &[u8]) -> Result<Octets, E> {
        Ok(Octets(octets.to_vec()))
    }

    fn visit_byte_buf<E: Error>(self, octets: Vec<u8>) -> Result<Octets, E> {
        Ok(Octets(octets))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Octets, A::Error> {
        let mut octets = Vec::new();
        while let Some(octet) = items.next_element()? {
            octets.push(octet);
        }
        Ok(Octets(octets))
    }
}

impl JsonSchema for Octets {
    fn schema_name() -> Cow<'static, str> {
        "Octets".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "description": "Octets; in JSON, `\\0` and base64."})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_json_they_are_a_text_that_begins_with_nul() {
        let octets = Octets(vec![0, 255]);
        let json = serde_json::to_string(&octets).expect("JSON");
        assert_eq!(json, "\"\\u0000AP8=\"");
        assert_eq!(
            serde_json::from_str::<Octets>(&json).expect("octets"),
            octets
        );
        assert!(serde_json::from_str::<Octets>("\"\\u0000?\"").is_err());
    }

    #[test]
    fn debug_does_not_show_them() {
        assert_eq!(format!("{:?}", Octets(vec![1, 2, 3])), "Octets(3)");
    }
}
