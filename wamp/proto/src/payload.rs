//! Application payloads: checked octets that are carried, not read.

use crate::{DecodeError, EncodeError, Serializer, Value, format};
use bytes::{BufMut, Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// `Arguments|list` and `ArgumentsKw|dict` of a message, as they stand in the frame they came in.
///
/// The octets are known to be one complete list and, after it, at most one complete dictionary of
/// [`Payload::serializer`]; nothing else is known of them. Cloning shares them. `Debug` prints sizes
/// only, so that payloads do not reach logs.
#[derive(Clone)]
pub struct Payload {
    serializer: Serializer,
    /// The list, then (in JSON after a comma) the dictionary.
    raw: Bytes,
    /// Length of the list; 0 where there is none.
    args: u32,
    /// Where the dictionary starts; `raw.len()` where there is none.
    kwargs_at: u32,
}

impl Payload {
    /// No arguments at all.
    pub const NONE: Self = Self {
        serializer: Serializer::Json,
        raw: Bytes::new(),
        args: 0,
        kwargs_at: 0,
    };

    /// A payload from a list and a dictionary that serde can write; pass `&()` for none.
    ///
    /// Fails where the serializer can not write a value, as NaN in JSON.
    pub fn new<A, K>(serializer: Serializer, args: &A, kwargs: &K) -> Result<Self, EncodeError>
    where
        A: Serialize + ?Sized,
        K: Serialize + ?Sized,
    {
        let mut list = Vec::new();
        format::write_value(serializer, args, &mut list)?;
        let mut dict = Vec::new();
        format::write_value(serializer, kwargs, &mut dict)?;
        Ok(Self::from_written(serializer, &list, &dict))
    }

    /// A payload of one positional argument, a sentence for people.
    pub fn sentence(text: &str) -> Self {
        // A list of one string has a form in every serializer.
        Self::new(Serializer::Json, &[text], &()).unwrap_or(Self::NONE)
    }

    /// Puts written values together; a value that is no list or no dictionary counts as absent, and
    /// so does an empty one that nothing follows (spec, "CALL": empty arguments SHOULD be omitted).
    fn from_written(serializer: Serializer, list: &[u8], dict: &[u8]) -> Self {
        let dict = if format::is_filled_dict(serializer, dict) {
            dict
        } else {
            &[]
        };
        let filled = format::is_filled_list(serializer, list);
        match (filled, dict.is_empty()) {
            (false, true) => Self::NONE,
            (false, false) => Self::join(serializer, format::empty_list(serializer), dict),
            (true, _) => Self::join(serializer, list, dict),
        }
    }

    /// A payload from what another payload's [`args`](Self::args) and [`kwargs`](Self::kwargs) gave;
    /// empty octets are none.
    ///
    /// # Errors
    /// If they are not one list and one dictionary of `serializer`.
    pub fn from_octets(
        serializer: Serializer,
        args: &[u8],
        kwargs: &[u8],
    ) -> Result<Self, DecodeError> {
        let complete = |octets: &[u8]| Ok(format::skip_value(serializer, octets)? == octets.len());
        let has_list = args.is_empty() || format::is_list(serializer, args) && complete(args)?;
        let has_dict =
            kwargs.is_empty() || format::is_dict(serializer, kwargs) && complete(kwargs)?;
        if !(has_list && has_dict) {
            return Err(DecodeError::NotAMessage);
        }
        Ok(Self::from_written(serializer, args, kwargs))
    }

    fn join(serializer: Serializer, list: &[u8], dict: &[u8]) -> Self {
        let mut raw = BytesMut::with_capacity(list.len() + dict.len() + 1);
        raw.put_slice(list);
        if !dict.is_empty() {
            format::put_separator(serializer, &mut raw);
        }
        let kwargs_at = raw.len();
        raw.put_slice(dict);
        Self::from_frame(serializer, raw.freeze(), list.len(), kwargs_at)
    }

    /// A payload that lies in a frame: `raw` from the list's first octet on, the list's length and
    /// where in `raw` the dictionary starts (its length, if there is none).
    ///
    /// An empty list alone, or an empty dictionary at the end, is left out.
    pub(crate) fn from_frame(
        serializer: Serializer,
        raw: Bytes,
        args: usize,
        kwargs_at: usize,
    ) -> Self {
        // Frames are no longer than u32::MAX: `decode` refuses longer ones.
        let (args, kwargs_at) = (args as u32, kwargs_at as u32);
        Self {
            serializer,
            raw,
            args,
            kwargs_at,
        }
    }

    /// A copy that does not keep the frame alive which the payload came in.
    pub fn detached(&self) -> Self {
        Self {
            raw: Bytes::copy_from_slice(&self.raw),
            ..self.clone()
        }
    }

    /// The serializer the octets are written in. Meaningless if there are none.
    pub const fn serializer(&self) -> Serializer {
        self.serializer
    }

    /// The list, if there is one.
    pub fn args(&self) -> Option<&[u8]> {
        self.raw
            .get(..self.args as usize)
            .filter(|list| !list.is_empty())
    }

    /// The dictionary, if there is one.
    pub fn kwargs(&self) -> Option<&[u8]> {
        self.raw
            .get(self.kwargs_at as usize..)
            .filter(|dict| !dict.is_empty())
    }

    /// How many elements of a message it takes: 0, 1 or 2.
    pub(crate) fn element_count(&self) -> usize {
        usize::from(self.args().is_some()) + usize::from(self.kwargs().is_some())
    }

    /// How many octets it holds, for budgets.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Whether it is one binary argument and nothing else (spec, "Payload Passthru Mode"). Only its
    /// first octets are looked at.
    pub fn is_one_binary(&self) -> bool {
        self.kwargs().is_none()
            && self
                .args()
                .is_some_and(|list| format::is_one_binary(self.serializer, list))
    }

    /// List and dictionary as they stand side by side in a message of [`Self::serializer`].
    pub(crate) fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Decodes the positional arguments, as a tuple, a `Vec` or a struct with unnamed fields.
    /// No arguments decode as an empty list.
    pub fn read_args<T: DeserializeOwned>(&self) -> Result<T, String> {
        match self.args() {
            Some(list) => format::read_value(self.serializer, list),
            None => format::read_value(Serializer::Json, b"[]"),
        }
    }

    /// Decodes the keyword arguments, as a struct or a map. No arguments decode as an empty dict.
    pub fn read_kwargs<T: DeserializeOwned>(&self) -> Result<T, String> {
        match self.kwargs() {
            Some(dict) => format::read_value(self.serializer, dict),
            None => format::read_value(Serializer::Json, b"{}"),
        }
    }

    /// The same payload in another serializer.
    ///
    /// Octets become `\0` and base64 in JSON and come back from it. What has no equivalent is an
    /// error: keys that are not strings, extension types, and in JSON NaN, infinity and texts that start
    /// with `\0`.
    pub fn transcoded(&self, to: Serializer) -> Result<Self, EncodeError> {
        if self.serializer == to || self.is_empty() {
            return Ok(self.clone());
        }
        let list = self
            .args()
            .map_or(Ok(Vec::new()), |list| self.transcode(list, to))?;
        let dict = self
            .kwargs()
            .map_or(Ok(Vec::new()), |dict| self.transcode(dict, to))?;
        Ok(Self::from_written(to, &list, &dict))
    }

    fn transcode(&self, raw: &[u8], to: Serializer) -> Result<Vec<u8>, EncodeError> {
        let value: Value = format::read_value(self.serializer, raw)
            .map_err(|reason| EncodeError::Transcode { to, reason })?;
        let mut out = Vec::with_capacity(raw.len());
        format::write_value(to, &value, &mut out)?;
        Ok(out)
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.args() == other.args()
            && self.kwargs() == other.kwargs()
            && (self.is_empty() || self.serializer == other.serializer)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Payload({} args {} octets, kwargs {} octets)",
            self.serializer.name(),
            self.args().map_or(0, <[u8]>::len),
            self.kwargs().map_or(0, <[u8]>::len)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload<A: Serialize>(serializer: Serializer, args: &A) -> Payload {
        Payload::new(serializer, args, &()).unwrap()
    }

    #[test]
    fn one_binary_is_told_from_everything_else() {
        let octets = || Value::Bytes(vec![0, 1, 2]);
        for serializer in Serializer::ALL {
            assert!(payload(serializer, &[octets()]).is_one_binary());
            assert!(!payload(serializer, &[octets(), octets()]).is_one_binary());
            assert!(!payload(serializer, &["text"]).is_one_binary());
            assert!(!payload(serializer, &[1]).is_one_binary());
            assert!(!payload(serializer, &[[octets()]]).is_one_binary());
            assert!(!Payload::NONE.is_one_binary());
            let named = std::collections::BTreeMap::from([("a", 1)]);
            let both = Payload::new(serializer, &[octets()], &named).unwrap();
            assert!(!both.is_one_binary());
        }
        let raw = |serializer, list: &[u8]| Payload::from_octets(serializer, list, b"").unwrap();
        assert!(raw(Serializer::Json, br#"[ "\u0000AAEC" ]"#).is_one_binary());
        assert!(!raw(Serializer::Json, br#"["\u0000AAEC","x"]"#).is_one_binary());
        // A list without a length, and octets in parts.
        assert!(raw(Serializer::Cbor, b"\x9f\x5f\x41\x00\xff\xff").is_one_binary());
        assert!(!raw(Serializer::Cbor, b"\x9f\x41\x00\x01\xff").is_one_binary());
        // An extension type is something else.
        assert!(!raw(Serializer::MessagePack, b"\x91\xd4\x01\x00").is_one_binary());
    }

    #[test]
    fn octets_make_a_payload_only_if_they_are_one() {
        for serializer in Serializer::ALL {
            let named = std::collections::BTreeMap::from([("a", 1)]);
            let payload = Payload::new(serializer, &[1, 2], &named).unwrap();
            let (args, kwargs) = (payload.args().unwrap(), payload.kwargs().unwrap());
            assert_eq!(
                Payload::from_octets(serializer, args, kwargs),
                Ok(payload.clone())
            );
            assert!(Payload::from_octets(serializer, kwargs, args).is_err());
            let cut = &args[..args.len() - 1];
            assert!(Payload::from_octets(serializer, cut, b"").is_err());
            let (twice, none) = ([args, args].concat(), b"".as_slice());
            assert!(Payload::from_octets(serializer, &twice, none).is_err());
        }
    }
}
