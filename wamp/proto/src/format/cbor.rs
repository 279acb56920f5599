//! CBOR (RFC 8949): a walk over the initial octets checks the structure; minicbor reads what is read.

mod reader;

use super::MAX_DEPTH;
use crate::codec::{Filled, Format, Parts};
use crate::{DecodeError, Serializer};
use bytes::{BufMut, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;

/// CBOR.
pub(crate) struct Cbor;

impl Format for Cbor {
    const SERIALIZER: Serializer = Serializer::Cbor;
    const EMPTY_LIST: &'static [u8] = &[0x80];
    const EMPTY_DICT: &'static [u8] = &[0xa0];

    fn split(frame: &[u8], parts: &mut Parts) -> Result<(), DecodeError> {
        let Head {
            major: LIST,
            count,
            body,
        } = untagged(frame, 0)?
        else {
            return Err(DecodeError::NotAMessage);
        };
        let end = values(frame, body, count, 1, |range| parts.push(range))?;
        if end == frame.len() {
            Ok(())
        } else {
            Err(malformed("something after the value", end))
        }
    }

    fn uint(raw: &[u8]) -> Option<u64> {
        match head(raw, 0).ok()? {
            Head {
                major: UNSIGNED,
                count,
                ..
            } => count,
            _ => None,
        }
    }

    fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
        match head(raw, 0).ok()? {
            Head {
                major: TEXT,
                count: Some(_),
                body,
            } => std::str::from_utf8(raw.get(body..)?)
                .ok()
                .map(Cow::Borrowed),
            Head {
                major: TEXT,
                count: None,
                ..
            } => Self::read(raw).ok().map(Cow::Owned),
            _ => None,
        }
    }

    fn list(raw: &[u8]) -> Option<Filled> {
        filled(raw, LIST)
    }

    fn dict(raw: &[u8]) -> Option<Filled> {
        filled(raw, DICT)
    }

    fn read<T: DeserializeOwned>(raw: &[u8]) -> Result<T, String> {
        reader::read(raw)
    }

    fn begin(out: &mut BytesMut, elements: usize) {
        // No message has more elements than the short form counts.
        out.put_u8(LIST << 5 | elements as u8);
    }

    fn separate(_out: &mut BytesMut) {}

    fn end(_out: &mut BytesMut) {}

    fn put_uint(out: &mut BytesMut, number: u64) {
        put_head(out, UNSIGNED, number);
    }

    fn put_text(out: &mut BytesMut, text: &str) {
        put_head(out, TEXT, text.len() as u64);
        out.put_slice(text.as_bytes());
    }

    fn put<T: Serialize + ?Sized>(out: &mut BytesMut, value: &T) -> Result<(), String> {
        let mut octets = Vec::new();
        let mut serializer = minicbor_serde::Serializer::new(&mut octets);
        // `()` is null to every other serializer.
        serializer.serialize_unit_as_null(true);
        value
            .serialize(&mut serializer)
            .map_err(|error| error.to_string())?;
        out.put_slice(&octets);
        Ok(())
    }
}

// Major types, RFC 8949 §3.1.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const OCTETS: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const DICT: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

/// Ends what began without a length.
const BREAK: u8 = 0xff;

const fn malformed(what: &'static str, offset: usize) -> DecodeError {
    DecodeError::Malformed {
        serializer: Serializer::Cbor,
        what,
        offset,
    }
}

/// What stands at the start of a value.
struct Head {
    major: u8,
    /// The number behind the major type; `None` is "until the break".
    count: Option<u64>,
    /// Where what follows begins.
    body: usize,
}

/// Reads the head of the value at `at`.
fn head(octets: &[u8], at: usize) -> Result<Head, DecodeError> {
    let Some(&first) = octets.get(at) else {
        return Err(malformed("an early end", at));
    };
    let (major, info) = (first >> 5, first & 0x1f);
    let width = match info {
        0..=23 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        31 if matches!(major, OCTETS | TEXT | LIST | DICT) => {
            return Ok(Head {
                major,
                count: None,
                body: at + 1,
            });
        }
        _ => return Err(malformed("a reserved length", at)),
    };
    let body = at + 1 + width;
    let number = octets
        .get(at + 1..body)
        .ok_or_else(|| malformed("an early end", at))?;
    let count = match width {
        0 => u64::from(info),
        _ => number
            .iter()
            .fold(0u64, |number, octet| number << 8 | u64::from(*octet)),
    };
    Ok(Head {
        major,
        count: Some(count),
        body,
    })
}

/// The head of the value at `at`, behind its tags (as the self-described CBOR tag 55799).
fn untagged(octets: &[u8], mut at: usize) -> Result<Head, DecodeError> {
    for _ in 0..MAX_DEPTH {
        let head = head(octets, at)?;
        if head.major != TAG {
            return Ok(head);
        }
        at = head.body;
    }
    Err(malformed("too deep a nesting", at))
}

fn filled(raw: &[u8], container: u8) -> Option<Filled> {
    match head(raw, 0).ok()? {
        Head {
            major,
            count: Some(count),
            ..
        } if major == container => Some(Filled::when(count > 0)),
        Head {
            major,
            count: None,
            body,
        } if major == container => Some(Filled::when(raw.get(body) != Some(&BREAK))),
        _ => None,
    }
}

/// Whether a list holds one octet string, tagged or not.
pub(super) fn is_one_binary(list: &[u8]) -> bool {
    let is_octets = |at| untagged(list, at).is_ok_and(|head| head.major == OCTETS);
    match head(list, 0) {
        Ok(Head {
            count: Some(1),
            body,
            ..
        }) => is_octets(body),
        Ok(Head {
            count: None, body, ..
        }) => is_octets(body) && skip(list, body, 1).is_ok_and(|end| list.get(end) == Some(&BREAK)),
        _ => false,
    }
}

/// The end of the value that starts at `at`. `depth` counts the containers and tags around it.
pub(super) fn skip(octets: &[u8], at: usize, depth: usize) -> Result<usize, DecodeError> {
    let Head { major, count, body } = head(octets, at)?;
    match (major, count) {
        (UNSIGNED | NEGATIVE, _) => Ok(body),
        (SIMPLE, Some(value)) => {
            // RFC 8949 §3.3: simple values below 32 have no two-octet form.
            let two_octets = octets.get(at) == Some(&0xf8);
            if two_octets && value < 32 {
                Err(malformed("a reserved simple value", at))
            } else {
                Ok(body)
            }
        }
        (OCTETS | TEXT, Some(len)) => string(octets, body, len, major),
        (OCTETS | TEXT, None) => chunks(octets, body, major),
        _ if depth >= MAX_DEPTH => Err(malformed("too deep a nesting", at)),
        (LIST, count) => values(octets, body, count, depth + 1, |_| ()),
        (DICT, Some(count)) => {
            let count = count
                .checked_mul(2)
                .ok_or_else(|| malformed("an early end", at))?;
            values(octets, body, Some(count), depth + 1, |_| ())
        }
        (DICT, None) => {
            let mut found = 0u64;
            let end = values(octets, body, None, depth + 1, |_| found += 1)?;
            if found.is_multiple_of(2) {
                Ok(end)
            } else {
                Err(malformed("a key without a value", end))
            }
        }
        (TAG, _) => skip(octets, body, depth + 1),
        _ => Err(malformed("a break out of place", at)),
    }
}

/// The end of `count` values (or all until the break) from `at` on, telling `found` each one's place.
fn values(
    octets: &[u8],
    mut at: usize,
    count: Option<u64>,
    depth: usize,
    mut found: impl FnMut(std::ops::Range<usize>),
) -> Result<usize, DecodeError> {
    let mut left = count;
    loop {
        match &mut left {
            Some(0) => return Ok(at),
            Some(left) => *left -= 1,
            None if octets.get(at) == Some(&BREAK) => return Ok(at + 1),
            None => {}
        }
        let end = skip(octets, at, depth)?;
        found(at..end);
        at = end;
    }
}

fn string(octets: &[u8], at: usize, len: u64, major: u8) -> Result<usize, DecodeError> {
    let end = usize::try_from(len)
        .ok()
        .and_then(|len| at.checked_add(len));
    let data = end.and_then(|end| Some((octets.get(at..end)?, end)));
    let (data, end) = data.ok_or_else(|| malformed("an early end", at))?;
    if major == TEXT && std::str::from_utf8(data).is_err() {
        return Err(malformed("text that is not UTF-8", at));
    }
    Ok(end)
}

/// The end of a string in chunks, each of the same type and a known length (RFC 8949 §3.2.3).
fn chunks(octets: &[u8], mut at: usize, major: u8) -> Result<usize, DecodeError> {
    while octets.get(at) != Some(&BREAK) {
        let chunk = head(octets, at)?;
        let Some(len) = chunk.count.filter(|_| chunk.major == major) else {
            return Err(malformed("a chunk of another type", at));
        };
        at = string(octets, chunk.body, len, major)?;
    }
    Ok(at + 1)
}

fn put_head(out: &mut BytesMut, major: u8, number: u64) {
    let major = major << 5;
    match number {
        0..=23 => out.put_u8(major | number as u8),
        24..=0xff => {
            out.put_u8(major | 24);
            out.put_u8(number as u8);
        }
        0x100..=0xffff => {
            out.put_u8(major | 25);
            out.put_u16(number as u16);
        }
        0x1_0000..=0xffff_ffff => {
            out.put_u8(major | 26);
            out.put_u32(number as u32);
        }
        _ => {
            out.put_u8(major | 27);
            out.put_u64(number);
        }
    }
}
