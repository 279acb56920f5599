//! The serializers, each as a [`Format`](crate::codec::Format): a structure check of our own, so
//! that no octet of a frame goes unjudged, and serde for the values that are really read.

mod cbor;
mod json;
mod msgpack;

pub(crate) use cbor::Cbor;
pub(crate) use json::Json;
pub(crate) use msgpack::MessagePack;

use crate::codec::{Filled, Format};
use crate::{DecodeError, EncodeError, Serializer};
use bytes::{BufMut, BytesMut};
use serde::{Serialize, de::DeserializeOwned};

/// How deep lists and dictionaries may be nested in a frame, the message's own list included.
///
/// Deeper than any data people exchange, shallow enough that no parser behind us, and no stack of
/// our own, is hurt by it (serde_json gives up at 128).
pub const MAX_DEPTH: usize = 100;

/// Calls `$body` with `$format` as the format of `$serializer`.
macro_rules! with_format {
    ($serializer:expr, $format:ident => $body:expr) => {
        match $serializer {
            Serializer::Json => {
                type $format = Json;
                $body
            }
            Serializer::MessagePack => {
                type $format = MessagePack;
                $body
            }
            Serializer::Cbor => {
                type $format = Cbor;
                $body
            }
        }
    };
}

/// The length of the one value that `octets` starts with, checked as every frame is.
///
/// # Errors
/// If there is no complete value, or it is nested too deeply.
pub fn skip_value(serializer: Serializer, octets: &[u8]) -> Result<usize, DecodeError> {
    match serializer {
        Serializer::Json => json::skip(octets, 0, 0),
        Serializer::MessagePack => msgpack::skip(octets, 0, 0),
        Serializer::Cbor => cbor::skip(octets, 0, 0),
    }
}

pub(crate) fn read_value<T: DeserializeOwned>(
    serializer: Serializer,
    raw: &[u8],
) -> Result<T, String> {
    with_format!(serializer, F => F::read(raw))
}

pub(crate) fn write_value<T: Serialize + ?Sized>(
    to: Serializer,
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut written = BytesMut::new();
    with_format!(to, F => F::put(&mut written, value))
        .map_err(|reason| EncodeError::Transcode { to, reason })?;
    out.put_slice(&written);
    Ok(())
}

/// Whether a list that was checked before holds one binary item alone.
pub(crate) fn is_one_binary(serializer: Serializer, list: &[u8]) -> bool {
    match serializer {
        Serializer::Json => json::is_one_binary(list),
        Serializer::MessagePack => msgpack::is_one_binary(list),
        Serializer::Cbor => cbor::is_one_binary(list),
    }
}

pub(crate) fn is_list(serializer: Serializer, raw: &[u8]) -> bool {
    with_format!(serializer, F => F::list(raw)).is_some()
}

pub(crate) fn is_dict(serializer: Serializer, raw: &[u8]) -> bool {
    with_format!(serializer, F => F::dict(raw)).is_some()
}

pub(crate) fn is_filled_list(serializer: Serializer, raw: &[u8]) -> bool {
    with_format!(serializer, F => F::list(raw)) == Some(Filled::Yes)
}

pub(crate) fn is_filled_dict(serializer: Serializer, raw: &[u8]) -> bool {
    with_format!(serializer, F => F::dict(raw)) == Some(Filled::Yes)
}

pub(crate) fn empty_list(serializer: Serializer) -> &'static [u8] {
    with_format!(serializer, F => F::EMPTY_LIST)
}

pub(crate) fn put_separator(serializer: Serializer, out: &mut BytesMut) {
    with_format!(serializer, F => F::separate(out));
}
