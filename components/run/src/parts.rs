//! Makes parts of a result of what a command writes: text where it is text, and no more than may be.

use deskconn_protocol::api::octets::Octets;
use deskconn_protocol::api::run::{Part, Stream};

/// What a stream has written that is in no part yet: the beginning of a character.
#[derive(Debug)]
pub(crate) struct Parts {
    stream: Stream,
    rest: Vec<u8>,
}

impl Parts {
    /// Nothing has been written to `stream` yet.
    pub(crate) const fn of(stream: Stream) -> Self {
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    /// The part that ends with `octets`, but for a character that is not complete.
    pub(crate) fn push(&mut self, octets: &[u8]) -> Option<Part> {
        self.rest.extend_from_slice(octets);
        let complete = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            // The end of the input came too early (`Utf8Error::error_len`).
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.rest.len(),
        };
        let rest = self.rest.split_off(complete);
        self.part(rest)
    }

    /// What is left over at the end.
    pub(crate) fn end(&mut self) -> Option<Part> {
        self.part(Vec::new())
    }

    /// All that is there, as a part; `rest` stays.
    fn part(&mut self, rest: Vec<u8>) -> Option<Part> {
        let octets = std::mem::replace(&mut self.rest, rest);
        if octets.is_empty() {
            return None;
        }
        // In JSON, a text that begins with NUL is taken for octets.
        let text = String::from_utf8(octets).map_err(|error| error.into_bytes());
        let (text, bytes) = match text {
            Ok(text) if !text.starts_with('\0') => (Some(text), None),
            Ok(text) => (None, Some(Octets(text.into_bytes()))),
            Err(octets) => (None, Some(Octets(octets))),
        };
        Some(Part {
            stream: self.stream,
            text,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of these pieces: text as it is, octets as a number.
    fn parts(pieces: &[&[u8]]) -> Vec<String> {
        let mut parts = Parts::of(Stream::Out);
        let mut made: Vec<_> = pieces
            .iter()
            .filter_map(|piece| parts.push(piece))
            .collect();
        made.extend(parts.end());
        let words = made.into_iter().map(|part| match (part.text, part.bytes) {
            (Some(text), None) => text,
            (None, Some(octets)) => format!("{} octets", octets.0.len()),
            both => panic!("{both:?}"),
        });
        words.collect()
    }

    #[test]
    fn a_character_is_in_one_part_though_it_comes_in_two() {
        assert_eq!(parts(&[b"gr\xc3", b"\xbcn"]), ["gr", "ün"]);
        assert_eq!(parts(&[b"\xf0\x9f", b"\x99\x82"]), ["🙂"]);
    }

    #[test]
    fn what_is_no_text_is_octets() {
        assert_eq!(parts(&[b"\x89PNG\r\n", b"text"]), ["6 octets", "text"]);
        assert_eq!(parts(&[b"\0abc"]), ["4 octets"]);
        assert_eq!(parts(&[b"cut \xc3"]), ["cut ", "1 octets"]);
        assert_eq!(parts(&[b""]), Vec::<String>::new());
    }
}
