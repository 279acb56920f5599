//! Frames of WebSocket (RFC 6455) and RawSocket, as little of them as a benchmark needs: whole messages,
//! and PING to answer.

use std::ops::Range;

/// How messages stand in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// WebSocket, as the side that says.
    WebSocket(Side),
    /// Four octets of type and length before each message.
    RawSocket,
}

/// Clients mask what they send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that connects. Its mask is zero: unmasking costs the router the same, and masking the
    /// client nothing.
    Client,
    /// The one that accepts.
    Server,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message in JSON.
    Text,
    /// A message in anything else.
    Binary,
    /// More of a message.
    More,
    /// To be answered with the same octets.
    Ping,
    /// An answer.
    Pong,
    /// The last one.
    Close,
}

/// A frame in a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Where its payload is, unmasked.
    pub payload: Range<usize>,
    /// Whether a message ends with it: WebSocket may send one in parts.
    pub is_last: bool,
}

/// What is no frame that this end takes.
#[derive(Debug)]
pub struct BadFrame(pub String);

impl Framing {
    /// The frame at the start of `octets`, if all of it is there. Its payload is unmasked in place.
    ///
    /// # Errors
    /// If it is something that neither a router nor this client sends.
    pub fn find(self, octets: &mut [u8]) -> Result<Option<Found>, BadFrame> {
        match self {
            Self::WebSocket(_) => find_websocket(octets),
            Self::RawSocket => find_rawsocket(octets),
        }
    }

    /// Appends a frame whose payload is `parts` one after the other.
    pub fn put(self, kind: Kind, parts: &[&[u8]], out: &mut Vec<u8>) {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        out.reserve(length + 14);
        match self {
            Self::WebSocket(side) => put_websocket_header(side, kind, length, out),
            Self::RawSocket => put_rawsocket_header(kind, length, out),
        }
        for part in parts {
            out.extend_from_slice(part);
        }
    }
}

fn find_websocket(octets: &mut [u8]) -> Result<Option<Found>, BadFrame> {
    let [first, second, ..] = *octets else {
        return Ok(None);
    };
    let kind = match first {
        0x80 | 0x00 => Kind::More,
        0x81 | 0x01 => Kind::Text,
        0x82 | 0x02 => Kind::Binary,
        0x88 => Kind::Close,
        0x89 => Kind::Ping,
        0x8A => Kind::Pong,
        other => return Err(BadFrame(format!("a frame that begins with {other:#04x}"))),
    };
    let is_last = first & 0x80 != 0;
    let (length, mut start) = match second & 0x7F {
        126 => match *octets {
            [_, _, a, b, ..] => (usize::from(u16::from_be_bytes([a, b])), 4),
            _ => return Ok(None),
        },
        127 => match octets.get(2..10).and_then(|long| long.try_into().ok()) {
            Some(long) => (
                usize::try_from(u64::from_be_bytes(long)).unwrap_or(usize::MAX),
                10,
            ),
            None => return Ok(None),
        },
        short => (usize::from(short), 2),
    };
    let mask = if second & 0x80 == 0 {
        [0; 4]
    } else {
        start += 4;
        match octets
            .get(start - 4..start)
            .and_then(|mask| mask.try_into().ok())
        {
            Some(mask) => mask,
            None => return Ok(None),
        }
    };
    let payload = start..start.saturating_add(length);
    let Some(masked) = octets.get_mut(payload.clone()) else {
        return Ok(None);
    };
    if second & 0x80 != 0 {
        unmask(masked, mask);
    }
    Ok(Some(Found {
        kind,
        payload,
        is_last,
    }))
}

/// Takes the mask off, eight octets at a time.
fn unmask(octets: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = octets.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (octet, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *octet ^= mask;
    }
}

fn put_websocket_header(side: Side, kind: Kind, length: usize, out: &mut Vec<u8>) {
    out.push(match kind {
        Kind::More => 0x80,
        Kind::Text => 0x81,
        Kind::Binary => 0x82,
        Kind::Close => 0x88,
        Kind::Ping => 0x89,
        Kind::Pong => 0x8A,
    });
    let masked = match side {
        Side::Client => 0x80,
        Side::Server => 0,
    };
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => out.push(masked | short),
        (_, Ok(medium)) => {
            out.push(masked | 126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    if side == Side::Client {
        out.extend_from_slice(&[0; 4]);
    }
}

fn find_rawsocket(octets: &[u8]) -> Result<Option<Found>, BadFrame> {
    let [kind, a, b, c, ..] = *octets else {
        return Ok(None);
    };
    let kind = match kind {
        0 => Kind::Binary,
        1 => Kind::Ping,
        2 => Kind::Pong,
        other => return Err(BadFrame(format!("a frame of type {other}"))),
    };
    let payload = 4..4 + u32::from_be_bytes([0, a, b, c]) as usize;
    let is_whole = payload.end <= octets.len();
    Ok(is_whole.then_some(Found {
        kind,
        payload,
        is_last: true,
    }))
}

fn put_rawsocket_header(kind: Kind, length: usize, out: &mut Vec<u8>) {
    let kind = match kind {
        Kind::Text | Kind::Binary | Kind::More | Kind::Close => 0,
        Kind::Ping => 1,
        Kind::Pong => 2,
    };
    let [_, length @ ..] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    out.push(kind);
    out.extend_from_slice(&length);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Framing; 3] = [
        Framing::WebSocket(Side::Client),
        Framing::WebSocket(Side::Server),
        Framing::RawSocket,
    ];

    #[test]
    fn a_frame_is_found_again_once_all_of_it_is_there() {
        for framing in ALL {
            for length in [0, 1, 125, 126, 65_535, 65_536] {
                let payload = vec![7; length];
                let mut out = Vec::new();
                framing.put(Kind::Binary, &[&payload], &mut out);
                let whole = out.len();
                let found = framing.find(&mut out).unwrap().expect("all of it is there");
                assert_eq!(found.kind, Kind::Binary);
                assert_eq!(out[found.payload.clone()], payload[..]);
                assert_eq!(found.payload.end, whole);
                assert_eq!(
                    framing.find(&mut out[..whole - 1]).unwrap(),
                    None,
                    "{length}"
                );
            }
        }
    }

    #[test]
    fn a_mask_is_taken_off() {
        let mut frame = vec![0x82, 0x80 | 9, 1, 2, 3, 4];
        frame.extend(
            b"wamp.link"
                .iter()
                .zip([1, 2, 3, 4].iter().cycle())
                .map(|(a, b)| a ^ b),
        );
        let framing = Framing::WebSocket(Side::Server);
        let found = framing.find(&mut frame).unwrap().unwrap();
        assert_eq!(&frame[found.payload], b"wamp.link");
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        for framing in ALL {
            assert!(framing.find(&mut [0x7F, 0xFF, 0, 0]).is_err());
        }
    }
}
