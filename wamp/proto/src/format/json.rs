//! JSON (RFC 8259): the frame is scanned once by the grammar; serde_json reads what is read.

use super::MAX_DEPTH;
use crate::codec::{Filled, Format, Parts};
use crate::{DecodeError, Serializer};
use bytes::{BufMut, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;

/// JSON.
pub(crate) struct Json;

impl Format for Json {
    const SERIALIZER: Serializer = Serializer::Json;
    const EMPTY_LIST: &'static [u8] = b"[]";
    const EMPTY_DICT: &'static [u8] = b"{}";

    fn check_text(frame: &[u8]) -> Result<(), DecodeError> {
        std::str::from_utf8(frame)
            .map(|_| ())
            .map_err(|error| malformed("text that is not UTF-8", error.valid_up_to()))
    }

    fn split(frame: &[u8], parts: &mut Parts) -> Result<(), DecodeError> {
        let start = blank(frame, 0);
        if frame.get(start) != Some(&b'[') {
            return Err(DecodeError::NotAMessage);
        }
        let end = items(frame, start, 1, |range| parts.push(range))?;
        match blank(frame, end) {
            rest if rest == frame.len() => Ok(()),
            rest => Err(malformed("something after the value", rest)),
        }
    }

    fn uint(raw: &[u8]) -> Option<u64> {
        if raw.is_empty() || !raw.iter().all(u8::is_ascii_digit) {
            return None;
        }
        raw.iter().try_fold(0u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
    }

    fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
        let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        if inner.contains(&b'\\') {
            return serde_json::from_slice(raw).ok().map(Cow::Owned);
        }
        std::str::from_utf8(inner).ok().map(Cow::Borrowed)
    }

    fn list(raw: &[u8]) -> Option<Filled> {
        container(raw, b'[', b']')
    }

    fn dict(raw: &[u8]) -> Option<Filled> {
        container(raw, b'{', b'}')
    }

    fn read<T: DeserializeOwned>(raw: &[u8]) -> Result<T, String> {
        serde_json::from_slice(raw).map_err(|error| error.to_string())
    }

    fn begin(out: &mut BytesMut, _elements: usize) {
        out.put_u8(b'[');
    }

    fn separate(out: &mut BytesMut) {
        out.put_u8(b',');
    }

    fn end(out: &mut BytesMut) {
        out.put_u8(b']');
    }

    fn put_uint(out: &mut BytesMut, number: u64) {
        out.put_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    fn put_text(out: &mut BytesMut, text: &str) {
        if plain(text.as_bytes()) == text.len() {
            out.put_u8(b'"');
            out.put_slice(text.as_bytes());
            out.put_u8(b'"');
        } else {
            // Writing a string to memory can not fail.
            out.put_slice(serde_json::Value::from(text).to_string().as_bytes());
        }
    }

    fn put<T: Serialize + ?Sized>(out: &mut BytesMut, value: &T) -> Result<(), String> {
        serde_json::to_writer(out.writer(), value).map_err(|error| error.to_string())
    }
}

const fn malformed(what: &'static str, offset: usize) -> DecodeError {
    DecodeError::Malformed {
        serializer: Serializer::Json,
        what,
        offset,
    }
}

fn container(raw: &[u8], open: u8, close: u8) -> Option<Filled> {
    let inner = raw.strip_prefix(&[open])?.strip_suffix(&[close])?;
    Some(Filled::when(blank(inner, 0) != inner.len()))
}

/// Whether a list holds one string that starts with `\0` (spec, "Binary conversion of JSON Strings").
pub(super) fn is_one_binary(list: &[u8]) -> bool {
    let at = blank(list, 1);
    let marked = list
        .get(at..)
        .is_some_and(|item| item.starts_with(br#""\u0000"#));
    marked && string(list, at).is_ok_and(|end| list.get(blank(list, end)) == Some(&b']'))
}

/// The first offset from `at` on that holds no white space.
fn blank(octets: &[u8], mut at: usize) -> usize {
    while matches!(octets.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The end of the value that starts at `at`. `depth` counts the containers around it.
pub(super) fn skip(octets: &[u8], at: usize, depth: usize) -> Result<usize, DecodeError> {
    match octets.get(at) {
        Some(b'"') => string(octets, at),
        Some(b'[') => items(octets, at, depth + 1, |_| ()),
        Some(b'{') => entries(octets, at, depth + 1),
        Some(b't') => literal(octets, at, b"true"),
        Some(b'f') => literal(octets, at, b"false"),
        Some(b'n') => literal(octets, at, b"null"),
        Some(b'-' | b'0'..=b'9') => number(octets, at),
        Some(_) => Err(malformed("no value", at)),
        None => Err(malformed("an early end", at)),
    }
}

/// The end of the list that starts at `at`, telling `found` where each item lies.
fn items(
    octets: &[u8],
    at: usize,
    depth: usize,
    mut found: impl FnMut(std::ops::Range<usize>),
) -> Result<usize, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(malformed("too deep a nesting", at));
    }
    let mut at = blank(octets, at + 1);
    if octets.get(at) == Some(&b']') {
        return Ok(at + 1);
    }
    loop {
        let end = skip(octets, at, depth)?;
        found(at..end);
        at = blank(octets, end);
        match octets.get(at) {
            Some(b',') => at = blank(octets, at + 1),
            Some(b']') => return Ok(at + 1),
            Some(_) => return Err(malformed("no comma between items", at)),
            None => return Err(malformed("a list without end", at)),
        }
    }
}

/// The end of the dictionary that starts at `at`.
fn entries(octets: &[u8], at: usize, depth: usize) -> Result<usize, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(malformed("too deep a nesting", at));
    }
    let mut at = blank(octets, at + 1);
    if octets.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    loop {
        if octets.get(at) != Some(&b'"') {
            return Err(malformed("a key that is no string", at));
        }
        at = blank(octets, string(octets, at)?);
        if octets.get(at) != Some(&b':') {
            return Err(malformed("no colon after a key", at));
        }
        at = blank(octets, skip(octets, blank(octets, at + 1), depth)?);
        match octets.get(at) {
            Some(b',') => at = blank(octets, at + 1),
            Some(b'}') => return Ok(at + 1),
            Some(_) => return Err(malformed("no comma between entries", at)),
            None => return Err(malformed("a dictionary without end", at)),
        }
    }
}

/// The end of the string whose quote stands at `at`.
fn string(octets: &[u8], at: usize) -> Result<usize, DecodeError> {
    let mut at = at + 1;
    loop {
        at += plain(octets.get(at..).unwrap_or_default());
        match octets.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at = escape(octets, at)?,
            Some(_) => return Err(malformed("a control character in a string", at)),
            None => return Err(malformed("a string without end", at)),
        }
    }
}

/// How many octets at the start stand for themselves in a string.
fn plain(octets: &[u8]) -> usize {
    let special = |c: u8| u8::from(c == b'"') | u8::from(c == b'\\') | u8::from(c < 0x20);
    // Without a way out in the middle, a chunk is looked at in a few steps: long strings go fast.
    let (chunks, _) = octets.as_chunks::<32>();
    let are_plain = |chunk: &&[u8; 32]| chunk.iter().fold(0, |any, &c| any | special(c)) == 0;
    let start = 32 * chunks.iter().take_while(are_plain).count();
    let rest = octets.get(start..).unwrap_or_default();
    let (words, last) = rest.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        if let Some(found) = first_special(u64::from_le_bytes(*word)) {
            return start + 8 * at + found;
        }
    }
    let tail = last.iter().take_while(|&&c| special(c) == 0).count();
    start + rest.len() - last.len() + tail
}

/// Which of eight octets, the lowest first, is the first that does not stand for itself.
const fn first_special(word: u64) -> Option<usize> {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = ONES * 0x80;
    // Sets the high bit of the first octet below `bound`, and perhaps of others after it.
    const fn below(word: u64, bound: u64) -> u64 {
        word.wrapping_sub(ONES * bound) & !word & HIGH
    }
    let quote = below(word ^ (ONES * b'"' as u64), 1);
    let backslash = below(word ^ (ONES * b'\\' as u64), 1);
    match quote | backslash | below(word, 0x20) {
        0 => None,
        found => Some(found.trailing_zeros() as usize / 8),
    }
}

/// The end of the escape whose backslash stands at `at`.
fn escape(octets: &[u8], at: usize) -> Result<usize, DecodeError> {
    match octets.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => unicode_escape(octets, at),
        _ => Err(malformed("an unknown escape", at)),
    }
}

/// The end of the `\uXXXX` at `at`; a surrogate has to be a pair, since half of one is no text.
fn unicode_escape(octets: &[u8], at: usize) -> Result<usize, DecodeError> {
    let unit = |at: usize| {
        let digits = octets.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0u32, |unit, digit| {
            Some(unit << 4 | char::from(*digit).to_digit(16)?)
        })
    };
    match unit(at) {
        Some(0xD800..=0xDBFF) => match unit(at + 6) {
            Some(0xDC00..=0xDFFF) => Ok(at + 12),
            _ => Err(malformed("half a surrogate pair", at)),
        },
        Some(0xDC00..=0xDFFF) => Err(malformed("half a surrogate pair", at)),
        Some(_) => Ok(at + 6),
        None => Err(malformed("an unknown escape", at)),
    }
}

fn literal(octets: &[u8], at: usize, word: &[u8]) -> Result<usize, DecodeError> {
    let end = at + word.len();
    if octets.get(at..end) == Some(word) {
        Ok(end)
    } else {
        Err(malformed("no value", at))
    }
}

fn digits(octets: &[u8], mut at: usize) -> usize {
    while matches!(octets.get(at), Some(b'0'..=b'9')) {
        at += 1;
    }
    at
}

/// The end of the number that starts at `at`.
fn number(octets: &[u8], at: usize) -> Result<usize, DecodeError> {
    let some_digits = |at: usize| match digits(octets, at) {
        end if end > at => Ok(end),
        _ => Err(malformed("a number without digits", at)),
    };
    let int = if octets.get(at) == Some(&b'-') {
        at + 1
    } else {
        at
    };
    let mut end = match octets.get(int) {
        Some(b'0') => int + 1,
        _ => some_digits(int)?,
    };
    if octets.get(end) == Some(&b'.') {
        end = some_digits(end + 1)?;
    }
    if let Some(b'e' | b'E') = octets.get(end) {
        let sign = usize::from(matches!(octets.get(end + 1), Some(b'+' | b'-')));
        end = some_digits(end + 1 + sign)?;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_or_escapes_is_found_wherever_it_stands() {
        for length in 0..80 {
            for at in 0..length {
                for special in [b'"', b'\\', 0, 0x1F] {
                    let mut octets = vec![b' '; length];
                    octets[at] = special;
                    // Others after it do not matter.
                    if let Some(last) = octets.get_mut(at + 1..).and_then(<[u8]>::last_mut) {
                        *last = b'"';
                    }
                    assert_eq!(plain(&octets), at, "{special} at {at} of {length}");
                }
            }
            for octet in [b'!', b'#', b'[', b']', 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                assert_eq!(plain(&vec![octet; length]), length, "{octet}");
            }
        }
    }
}
