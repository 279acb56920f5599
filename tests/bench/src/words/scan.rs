//! Reading messages as far as it takes to check them.

use super::{Serializer, code};

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard<'a> {
    /// Its type.
    pub code: u64,
    /// Its first id; 0 where it has none.
    pub id: u64,
    serializer: Serializer,
    /// What follows the type and the id.
    rest: &'a [u8],
}

/// Reads the beginning of a message; `None` if it is none.
pub fn heard(serializer: Serializer, frame: &[u8]) -> Option<Heard<'_>> {
    let mut rest = frame;
    let code = match serializer {
        Serializer::Json => {
            json::list(&mut rest)?;
            json::uint(&mut rest)?
        }
        Serializer::Msgpack => {
            msgpack::list(&mut rest)?;
            msgpack::uint(&mut rest)?
        }
        Serializer::Cbor => {
            cbor::list(&mut rest)?;
            cbor::uint(&mut rest)?
        }
    };
    let id = match (code, serializer) {
        (code::ABORT | code::GOODBYE, _) => 0,
        (_, Serializer::Json) => json::uint(&mut rest)?,
        (_, Serializer::Msgpack) => msgpack::uint(&mut rest)?,
        (_, Serializer::Cbor) => cbor::uint(&mut rest)?,
    };
    Some(Heard {
        code,
        id,
        serializer,
        rest,
    })
}

impl<'a> Heard<'a> {
    /// The first argument, if it is a text of that length.
    pub fn text(&self, length: usize) -> Option<&'a [u8]> {
        let skipped = match self.code {
            code::RESULT | code::YIELD => 1,
            code::CALL | code::INVOCATION | code::PUBLISH | code::EVENT => 2,
            _ => return None,
        };
        let mut rest = self.rest;
        match self.serializer {
            Serializer::Json => {
                for _ in 0..skipped {
                    json::skip(&mut rest)?;
                }
                json::list(&mut rest)?;
                json::text(&mut rest, length)
            }
            Serializer::Msgpack => {
                for _ in 0..skipped {
                    msgpack::skip(&mut rest)?;
                }
                msgpack::list(&mut rest)?;
                msgpack::text(&mut rest, length)
            }
            Serializer::Cbor => {
                for _ in 0..skipped {
                    cbor::skip(&mut rest)?;
                }
                cbor::list(&mut rest)?;
                cbor::text(&mut rest, length)
            }
        }
    }
}

fn octet(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

fn number(rest: &mut &[u8], octets: usize) -> Option<u64> {
    let (number, after) = rest.split_at_checked(octets)?;
    *rest = after;
    Some(
        number
            .iter()
            .fold(0, |all, octet| all << 8 | u64::from(*octet)),
    )
}

fn drop_octets(rest: &mut &[u8], octets: u64) -> Option<()> {
    *rest = rest.get(usize::try_from(octets).ok()?..)?;
    Some(())
}

fn exactly<'a>(rest: &mut &'a [u8], found: u64, expected: usize) -> Option<&'a [u8]> {
    if found != expected as u64 {
        return None;
    }
    let (text, after) = rest.split_at_checked(expected)?;
    *rest = after;
    Some(text)
}

mod json {
    //! Texts that are read have no escapes; others are only skipped.

    use super::octet;

    pub(super) fn list(rest: &mut &[u8]) -> Option<()> {
        to_value(rest);
        (octet(rest)? == b'[').then_some(())
    }

    pub(super) fn uint(rest: &mut &[u8]) -> Option<u64> {
        to_value(rest);
        let mut number = None;
        while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
            number = Some(number.unwrap_or(0) * 10 + u64::from(digit - b'0'));
            *rest = after;
        }
        number
    }

    pub(super) fn text<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
        to_value(rest);
        if octet(rest)? != b'"' {
            return None;
        }
        let text = rest.get(..length)?;
        *rest = rest.get(length..)?;
        (octet(rest)? == b'"').then_some(text)
    }

    pub(super) fn skip(rest: &mut &[u8]) -> Option<()> {
        to_value(rest);
        if let Some(after) = rest.strip_prefix(b"{}") {
            *rest = after;
            return Some(());
        }
        let mut depth = 0_usize;
        loop {
            match octet(rest)? {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                b'"' => skip_text(rest)?,
                _ => {}
            }
            if depth == 0 && matches!(rest.first()?, b',' | b']' | b'}') {
                return Some(());
            }
        }
    }

    fn skip_text(rest: &mut &[u8]) -> Option<()> {
        loop {
            let at = memchr::memchr2(b'"', b'\\', rest)?;
            let is_end = rest[at] == b'"';
            *rest = rest.get(at + if is_end { 1 } else { 2 }..)?;
            if is_end {
                return Some(());
            }
        }
    }

    fn to_value(rest: &mut &[u8]) {
        while let Some((b',' | b' ', after)) = rest.split_first() {
            *rest = after;
        }
    }
}

mod msgpack {
    use super::{drop_octets, exactly, number, octet};

    pub(super) fn list(rest: &mut &[u8]) -> Option<()> {
        match octet(rest)? {
            0x90..=0x9F => Some(()),
            0xDC => drop_octets(rest, 2),
            0xDD => drop_octets(rest, 4),
            _ => None,
        }
    }

    pub(super) fn uint(rest: &mut &[u8]) -> Option<u64> {
        match octet(rest)? {
            small @ 0..=0x7F => Some(small.into()),
            size @ 0xCC..=0xCF => number(rest, 1 << (size - 0xCC)),
            size @ 0xD0..=0xD3 => number(rest, 1 << (size - 0xD0)),
            _ => None,
        }
    }

    pub(super) fn text<'a>(rest: &mut &'a [u8], expected: usize) -> Option<&'a [u8]> {
        let found = match octet(rest)? {
            short @ 0xA0..=0xBF => u64::from(short & 0x1F),
            size @ 0xD9..=0xDB => number(rest, 1 << (size - 0xD9))?,
            _ => return None,
        };
        exactly(rest, found, expected)
    }

    pub(super) fn skip(rest: &mut &[u8]) -> Option<()> {
        let mut left = 1_u64;
        while left > 0 {
            left -= 1;
            match octet(rest)? {
                0..=0x7F | 0xC0 | 0xC2 | 0xC3 | 0xE0..=0xFF => {}
                dict @ 0x80..=0x8F => left += 2 * u64::from(dict & 0x0F),
                list @ 0x90..=0x9F => left += u64::from(list & 0x0F),
                text @ 0xA0..=0xBF => drop_octets(rest, u64::from(text & 0x1F))?,
                size @ 0xC4..=0xC6 => {
                    let length = number(rest, 1 << (size - 0xC4))?;
                    drop_octets(rest, length)?;
                }
                size @ 0xCC..=0xCF => drop_octets(rest, 1 << (size - 0xCC))?,
                size @ 0xD0..=0xD3 => drop_octets(rest, 1 << (size - 0xD0))?,
                0xCA => drop_octets(rest, 4)?,
                0xCB => drop_octets(rest, 8)?,
                size @ 0xD9..=0xDB => {
                    let length = number(rest, 1 << (size - 0xD9))?;
                    drop_octets(rest, length)?;
                }
                0xDC => left += number(rest, 2)?,
                0xDD => left += number(rest, 4)?,
                0xDE => left += 2 * number(rest, 2)?,
                0xDF => left += 2 * number(rest, 4)?,
                _ => return None,
            }
        }
        Some(())
    }
}

mod cbor {
    use super::{drop_octets, exactly, number, octet};

    pub(super) fn list(rest: &mut &[u8]) -> Option<()> {
        (head(rest)?.0 == 4).then_some(())
    }

    pub(super) fn uint(rest: &mut &[u8]) -> Option<u64> {
        let (major, number) = head(rest)?;
        (major == 0).then_some(number)
    }

    pub(super) fn text<'a>(rest: &mut &'a [u8], expected: usize) -> Option<&'a [u8]> {
        let (major, found) = head(rest)?;
        (major == 3).then(|| exactly(rest, found, expected))?
    }

    pub(super) fn skip(rest: &mut &[u8]) -> Option<()> {
        let mut left = 1_u64;
        while left > 0 {
            left -= 1;
            match head(rest)? {
                (0 | 1 | 7, _) => {}
                (2 | 3, length) => drop_octets(rest, length)?,
                (4, items) => left += items,
                (5, entries) => left += 2 * entries,
                (6, _) => left += 1,
                _ => return None,
            }
        }
        Some(())
    }

    /// The major type and its number; no router here leaves lengths open.
    fn head(rest: &mut &[u8]) -> Option<(u8, u64)> {
        let first = octet(rest)?;
        let value = match first & 0x1F {
            small @ 0..=23 => small.into(),
            size @ 24..=27 => number(rest, 1 << (size - 24))?,
            _ => return None,
        };
        Some((first >> 5, value))
    }
}
