//! A value of any WAMP type, for the few places that must look inside one: authentication extras,
//! meta procedures and payloads on their way between serializers.

use data_encoding::BASE64;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::{collections::BTreeMap, fmt};

/// A WAMP dictionary.
pub type Dict = BTreeMap<String, Value>;

/// A value of any WAMP type (spec, "Data types").
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// JSON `null`.
    #[default]
    Null,
    /// `bool`.
    Bool(bool),
    /// `integer`, where it fits 64 bits with a sign.
    Int(i64),
    /// `integer` above `i64::MAX`.
    UInt(u64),
    /// A floating point number.
    Float(f64),
    /// `string`.
    Text(String),
    /// Octets. In JSON: the string `\0` followed by base64 (spec, "Binary conversion of JSON
    /// Strings").
    Bytes(Vec<u8>),
    /// `list`.
    List(Vec<Self>),
    /// `dict`.
    Dict(Dict),
}

impl Value {
    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The dictionary, if this is one.
    pub const fn as_dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The list, if this is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The number, if this is an integer that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(n) => u64::try_from(*n).ok(),
            Self::UInt(n) => Some(*n),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Self::UInt(number), Self::Int)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::UInt(number) => serializer.serialize_u64(*number),
            // JSON has no such number, and `null` would be another value.
            Self::Float(number) if serializer.is_human_readable() && !number.is_finite() => {
                Err(serde::ser::Error::custom("JSON has no NaN and no infinity"))
            }
            Self::Float(number) => serializer.serialize_f64(*number),
            // Whoever reads it would take it for octets, or for octets gone wrong.
            Self::Text(text) if serializer.is_human_readable() && text.starts_with('\0') => Err(
                serde::ser::Error::custom("a text that starts with \\0 is octets in JSON"),
            ),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(octets) if serializer.is_human_readable() => {
                serializer.collect_str(&format_args!("\0{}", BASE64.encode_display(octets)))
            }
            Self::Bytes(octets) => serializer.serialize_bytes(octets),
            Self::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for item in list {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Dict(dict) => {
                let mut map = serializer.serialize_map(Some(dict.len()))?;
                for (key, value) in dict {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = deserializer.is_human_readable();
        deserializer.deserialize_any(ValueVisitor { json })
    }
}

struct ValueVisitor {
    /// Whether a string that starts with `\0` is octets.
    json: bool,
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a WAMP value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        match text.strip_prefix('\0').filter(|_| self.json) {
            Some(base64) => BASE64
                .decode(base64.as_bytes())
                .map(Value::Bytes)
                .map_err(|_| E::custom("a string that starts with \\0 is base64")),
            None => Ok(Value::from(text)),
        }
    }

    fn visit_bytes<E>(self, octets: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(octets.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut dict = Dict::new();
        while let Some((key, value)) = map.next_entry()? {
            dict.insert(key, value);
        }
        Ok(Value::Dict(dict))
    }
}
