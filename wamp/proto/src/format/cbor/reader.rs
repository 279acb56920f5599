//! Reading a list of CBOR as a tuple whose last fields may be missing, as JSON and MessagePack are read.
//!
//! minicbor-serde takes a list for a tuple only if it says beforehand that it has as many items.

use minicbor_serde::{Deserializer, error::DecodeError};
use serde::de::{self, Visitor};

/// The end of a list that did not say its length.
const BREAK: u8 = 0xFF;

/// Reads a value; the length of a list is left to the type that is read. What such a type leaves
/// over is an error.
pub(super) fn read<T: de::DeserializeOwned>(raw: &[u8]) -> Result<T, String> {
    let mut deserializer = Deserializer::new(raw);
    let value = T::deserialize(Outermost(&mut deserializer)).map_err(|error| error.to_string())?;
    let decoder = deserializer.decoder();
    // A list that does not say its length beforehand may have its end still before it.
    let ended = match raw.get(decoder.position()..) {
        None | Some([]) => true,
        Some(rest) => rest == [BREAK],
    };
    if ended {
        Ok(value)
    } else {
        Err("too many items".to_owned())
    }
}

/// minicbor's deserializer, for the outermost value.
struct Outermost<'a, 'de>(&'a mut Deserializer<'de>);

macro_rules! forward {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.0.$method(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Outermost<'_, 'de> {
    type Error = DecodeError;

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    forward! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Arguments(u64, #[serde(default)] Option<String>);

    #[test]
    fn the_last_items_may_be_missing_but_none_too_many() {
        let table: [(&[u8], Option<Arguments>); 6] = [
            (b"\x81\x07", Some(Arguments(7, None))),
            (b"\x9f\x07\xff", Some(Arguments(7, None))),
            (b"\x82\x07\x61x", Some(Arguments(7, Some("x".to_owned())))),
            (
                b"\x9f\x07\x61x\xff",
                Some(Arguments(7, Some("x".to_owned()))),
            ),
            (b"\x80", None),
            (b"\x83\x07\x61x\x01", None),
        ];
        for (raw, expected) in table {
            assert_eq!(read(raw).ok(), expected, "{raw:?}");
        }
        assert_eq!(read::<Vec<u8>>(b"\x83\x01\x02\x03"), Ok(vec![1, 2, 3]));
        assert_eq!(
            read::<(u8, u8)>(b"\x83\x01\x02\x03"),
            Err("too many items".to_owned())
        );
    }
}
