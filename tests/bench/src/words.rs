//! WAMP messages as a benchmark needs them: prebuilt but for ids and a number, and read as far as it takes
//! to check them.

mod scan;
mod write;

pub use scan::{Heard, heard};
pub use write::{Message, Template};

use serde::{Deserialize, Serialize};

/// How messages are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Serializer {
    /// JSON.
    Json,
    /// MessagePack.
    Msgpack,
    /// CBOR.
    Cbor,
}

impl Serializer {
    /// The name, as in a WebSocket subprotocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Msgpack => "msgpack",
            Self::Cbor => "cbor",
        }
    }

    /// The number in a RawSocket handshake.
    pub const fn rawsocket_number(self) -> u8 {
        match self {
            Self::Json => 1,
            Self::Msgpack => 2,
            Self::Cbor => 3,
        }
    }
}

/// How a pattern is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// The URI itself.
    Exact,
    /// Every URI that begins so.
    Prefix,
    /// Every URI with something for each empty part.
    Wildcard,
}

impl Match {
    /// As options say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Prefix => "prefix",
            Self::Wildcard => "wildcard",
        }
    }
}

/// The codes of messages.
pub mod code {
    /// A session begins.
    pub const HELLO: u64 = 1;
    /// It has begun.
    pub const WELCOME: u64 = 2;
    /// It may not begin.
    pub const ABORT: u64 = 3;
    /// It ends.
    pub const GOODBYE: u64 = 6;
    /// A request failed.
    pub const ERROR: u64 = 8;
    /// To a topic.
    pub const PUBLISH: u64 = 16;
    /// To a topic, from now on.
    pub const SUBSCRIBE: u64 = 32;
    /// It is so.
    pub const SUBSCRIBED: u64 = 33;
    /// From a topic.
    pub const EVENT: u64 = 36;
    /// Of a procedure.
    pub const CALL: u64 = 48;
    /// Its result.
    pub const RESULT: u64 = 50;
    /// Of a procedure, from now on.
    pub const REGISTER: u64 = 64;
    /// It is so.
    pub const REGISTERED: u64 = 65;
    /// To a callee.
    pub const INVOCATION: u64 = 68;
    /// From a callee.
    pub const YIELD: u64 = 70;
}

/// How many octets of a payload say who sent it and which one it is.
pub const STAMP: usize = 12;

/// What is sent as the only argument of everything: a stamp, then the same text in every message.
#[derive(Clone, Debug)]
pub struct Filler(Vec<u8>);

impl Filler {
    /// A text of `length` octets, at least [`STAMP`], with the stamp.
    pub fn new(length: usize) -> Self {
        Self(
            (STAMP..length.max(STAMP))
                .map(|at| b'a' + (at % 26) as u8)
                .collect(),
        )
    }

    /// How long the text is with its stamp.
    pub const fn length(&self) -> usize {
        STAMP + self.0.len()
    }

    /// What follows the stamp.
    pub fn rest(&self) -> &[u8] {
        &self.0
    }

    /// Who sent a text and which one it is; `None` if it is not as it was sent.
    pub fn read(&self, text: &[u8]) -> Option<Stamp> {
        let (stamp, rest) = text.split_first_chunk::<STAMP>()?;
        if rest != self.0 {
            return None;
        }
        Stamp::read(stamp)
    }
}

/// Who sent a message, and its number among those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The number of the sender; below 10,000.
    pub sender: usize,
    /// The number of the message.
    pub number: u32,
}

impl Stamp {
    /// Twelve digits: four for the sender, eight for the number.
    pub fn write(self) -> [u8; STAMP] {
        let mut rest =
            self.sender as u64 % 10_000 * 100_000_000 + u64::from(self.number % 100_000_000);
        let mut digits = [b'0'; STAMP];
        for digit in digits.iter_mut().rev() {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        digits
    }

    fn read(digits: &[u8; STAMP]) -> Option<Self> {
        let mut all = 0_u64;
        for digit in digits {
            all = all * 10 + u64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        }
        Some(Self {
            sender: (all / 100_000_000) as usize,
            number: (all % 100_000_000) as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Serializer; 3] = [Serializer::Json, Serializer::Msgpack, Serializer::Cbor];

    #[test]
    fn what_was_written_is_heard_with_its_stamp() {
        for serializer in ALL {
            for length in [STAMP, 16, 32, 300, 70_000] {
                let filler = Filler::new(length);
                let messages = [
                    Template::call(serializer, "com.example.a", &filler),
                    Template::publish(serializer, "com.example.a", &filler),
                    Template::answer(serializer, &filler),
                ];
                for template in messages {
                    let stamp = Stamp {
                        sender: 3,
                        number: 12_345,
                    };
                    let mut frame = Vec::new();
                    template.fill(77, &stamp.write(), |parts| frame = parts.concat());
                    let heard = heard(serializer, &frame).expect("a message");
                    assert_eq!(heard.id, 77);
                    let text = heard.text(length).expect("an argument");
                    assert_eq!(filler.read(text), Some(stamp));
                }
            }
        }
    }

    #[test]
    fn a_changed_payload_is_noticed() {
        let filler = Filler::new(32);
        let mut text = [
            &Stamp {
                sender: 0,
                number: 1,
            }
            .write()[..],
            filler.rest(),
        ]
        .concat();
        assert!(filler.read(&text).is_some());
        text[31] ^= 1;
        assert_eq!(filler.read(&text), None);
        assert_eq!(filler.read(&text[..31]), None);
    }

    #[test]
    fn messages_of_other_routers_are_heard_too() {
        let json = br#"[36, 5512315355, 4429313566, {"topic": "a.\"b"}, ["000000000001"]]"#;
        let event = heard(Serializer::Json, json).expect("a message");
        assert_eq!((event.code, event.id), (code::EVENT, 5_512_315_355));
        assert_eq!(event.text(12), Some(&b"000000000001"[..]));
        let welcome = heard(
            Serializer::Json,
            br#"[2,9129137332,{"roles":{"broker":{}}}]"#,
        );
        assert_eq!(welcome.map(|heard| heard.code), Some(code::WELCOME));
        let short = b"\x95\x24\xcd\x01\x00\x02\x81\xa1k\xcb\0\0\0\0\0\0\0\0\x91\xac000000000001";
        let event = heard(Serializer::Msgpack, short).expect("a message");
        assert_eq!((event.code, event.id), (code::EVENT, 256));
        assert_eq!(event.text(12), Some(&b"000000000001"[..]));
    }
}
