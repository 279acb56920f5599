//! MessagePack: a walk over the type octets checks the structure; rmp-serde reads what is read.

use super::MAX_DEPTH;
use crate::codec::{Filled, Format, Parts};
use crate::{DecodeError, Serializer};
use bytes::{BufMut, BytesMut};
use rmp::Marker;
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;

/// MessagePack.
pub(crate) struct MessagePack;

impl Format for MessagePack {
    const SERIALIZER: Serializer = Serializer::MessagePack;
    const EMPTY_LIST: &'static [u8] = &[0x90];
    const EMPTY_DICT: &'static [u8] = &[0x80];

    fn split(frame: &[u8], parts: &mut Parts) -> Result<(), DecodeError> {
        let Head {
            kind: Kind::List(count),
            body,
        } = head(frame, 0)?
        else {
            return Err(DecodeError::NotAMessage);
        };
        let mut at = body;
        for _ in 0..count {
            let end = skip(frame, at, 1)?;
            parts.push(at..end);
            at = end;
        }
        if at == frame.len() {
            Ok(())
        } else {
            Err(malformed("something after the value", at))
        }
    }

    fn uint(mut raw: &[u8]) -> Option<u64> {
        rmp::decode::read_int(&mut raw).ok()
    }

    fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
        match head(raw, 0).ok()? {
            Head {
                kind: Kind::Text(len),
                body,
            } => {
                let octets = raw.get(body..body.checked_add(len)?)?;
                std::str::from_utf8(octets).ok().map(Cow::Borrowed)
            }
            _ => None,
        }
    }

    fn list(raw: &[u8]) -> Option<Filled> {
        match head(raw, 0).ok()?.kind {
            Kind::List(count) => Some(Filled::when(count > 0)),
            _ => None,
        }
    }

    fn dict(raw: &[u8]) -> Option<Filled> {
        match head(raw, 0).ok()?.kind {
            Kind::Dict(count) => Some(Filled::when(count > 0)),
            _ => None,
        }
    }

    fn read<T: DeserializeOwned>(raw: &[u8]) -> Result<T, String> {
        rmp_serde::from_slice(raw).map_err(|error| error.to_string())
    }

    fn begin(out: &mut BytesMut, elements: usize) {
        // No message has more elements than the short form counts.
        out.put_u8(0x90 | elements as u8);
    }

    fn separate(_out: &mut BytesMut) {}

    fn end(_out: &mut BytesMut) {}

    fn put_uint(out: &mut BytesMut, number: u64) {
        written(rmp::encode::write_uint(&mut out.writer(), number).map(|_| ()));
    }

    fn put_text(out: &mut BytesMut, text: &str) {
        written(rmp::encode::write_str(&mut out.writer(), text));
    }

    fn put<T: Serialize + ?Sized>(out: &mut BytesMut, value: &T) -> Result<(), String> {
        rmp_serde::encode::write_named(&mut out.writer(), value).map_err(|error| error.to_string())
    }
}

/// Takes the result of writing to memory, which never fails.
fn written<E>(result: Result<(), E>) {
    debug_assert!(result.is_ok(), "writing to memory failed");
}

const fn malformed(what: &'static str, offset: usize) -> DecodeError {
    DecodeError::Malformed {
        serializer: Serializer::MessagePack,
        what,
        offset,
    }
}

/// What stands at the start of a value.
struct Head {
    kind: Kind,
    /// Where the octets, items or entries begin.
    body: usize,
}

enum Kind {
    /// That many items follow.
    List(usize),
    /// That many entries follow.
    Dict(usize),
    /// That many octets of UTF-8 follow.
    Text(usize),
    /// That many octets follow.
    Octets(usize),
}

/// Reads the head of the value at `at`.
fn head(octets: &[u8], at: usize) -> Result<Head, DecodeError> {
    let Some(&first) = octets.get(at) else {
        return Err(malformed("an early end", at));
    };
    let at = at + 1;
    let len = |width: usize| {
        let field = octets
            .get(at..at + width)
            .ok_or_else(|| malformed("an early end", at))?;
        // A width of at most four octets fits.
        Ok(field
            .iter()
            .fold(0usize, |len, octet| len << 8 | usize::from(*octet)))
    };
    let (kind, body) = match Marker::from_u8(first) {
        Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => {
            (Kind::Octets(0), at)
        }
        Marker::U8 | Marker::I8 => (Kind::Octets(1), at),
        Marker::U16 | Marker::I16 => (Kind::Octets(2), at),
        Marker::U32 | Marker::I32 | Marker::F32 => (Kind::Octets(4), at),
        Marker::U64 | Marker::I64 | Marker::F64 => (Kind::Octets(8), at),
        Marker::FixStr(n) => (Kind::Text(n.into()), at),
        Marker::Str8 => (Kind::Text(len(1)?), at + 1),
        Marker::Str16 => (Kind::Text(len(2)?), at + 2),
        Marker::Str32 => (Kind::Text(len(4)?), at + 4),
        Marker::Bin8 => (Kind::Octets(len(1)?), at + 1),
        Marker::Bin16 => (Kind::Octets(len(2)?), at + 2),
        Marker::Bin32 => (Kind::Octets(len(4)?), at + 4),
        Marker::FixArray(n) => (Kind::List(n.into()), at),
        Marker::Array16 => (Kind::List(len(2)?), at + 2),
        Marker::Array32 => (Kind::List(len(4)?), at + 4),
        Marker::FixMap(n) => (Kind::Dict(n.into()), at),
        Marker::Map16 => (Kind::Dict(len(2)?), at + 2),
        Marker::Map32 => (Kind::Dict(len(4)?), at + 4),
        // The octet of the extension's type counts with its data.
        Marker::FixExt1 => (Kind::Octets(2), at),
        Marker::FixExt2 => (Kind::Octets(3), at),
        Marker::FixExt4 => (Kind::Octets(5), at),
        Marker::FixExt8 => (Kind::Octets(9), at),
        Marker::FixExt16 => (Kind::Octets(17), at),
        Marker::Ext8 => (Kind::Octets(len(1)? + 1), at + 1),
        Marker::Ext16 => (Kind::Octets(len(2)? + 1), at + 2),
        Marker::Ext32 => (Kind::Octets(len(4)? + 1), at + 4),
        Marker::Reserved => return Err(malformed("a reserved type", at - 1)),
    };
    Ok(Head { kind, body })
}

/// Whether a list holds one item of octets, not one of an extension type.
pub(super) fn is_one_binary(list: &[u8]) -> bool {
    let Ok(Head {
        kind: Kind::List(1),
        body,
    }) = head(list, 0)
    else {
        return false;
    };
    let marker = list.get(body).map(|octet| Marker::from_u8(*octet));
    matches!(marker, Some(Marker::Bin8 | Marker::Bin16 | Marker::Bin32))
}

/// The end of the value that starts at `at`. `depth` counts the containers around it.
pub(super) fn skip(octets: &[u8], at: usize, depth: usize) -> Result<usize, DecodeError> {
    let Head { kind, body } = head(octets, at)?;
    let data = |len: usize| {
        let end = body
            .checked_add(len)
            .ok_or_else(|| malformed("an early end", at))?;
        let data = octets
            .get(body..end)
            .ok_or_else(|| malformed("an early end", at))?;
        Ok((data, end))
    };
    let values = match kind {
        Kind::Octets(len) => return data(len).map(|(_, end)| end),
        Kind::Text(len) => {
            let (text, end) = data(len)?;
            return match std::str::from_utf8(text) {
                Ok(_) => Ok(end),
                Err(_) => Err(malformed("text that is not UTF-8", body)),
            };
        }
        Kind::List(count) => count,
        Kind::Dict(count) => count.saturating_mul(2),
    };
    if depth >= MAX_DEPTH {
        return Err(malformed("too deep a nesting", at));
    }
    let mut at = body;
    for _ in 0..values {
        at = skip(octets, at, depth + 1)?;
    }
    Ok(at)
}
