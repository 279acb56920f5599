//! What is spoken on a link: a serializer, and how its messages stand in frames.

use std::fmt;
use wamp_proto::Serializer;

/// What stands before the serializer in the name of a sealed subprotocol (docs/protocol.md, "The
/// sealed link").
const SEALED_PREFIX: &str = "deskconn.sealed.v1.";

/// What stands after the serializer in the name of a batched subprotocol (spec, "Message Batching").
const BATCHED_SUFFIX: &str = ".batched";

/// What a sealed link adds to the RawSocket serializer id.
const SEALED_NIBBLE: u8 = 8;

/// What client and router agree on before the first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subprotocol {
    /// How messages are written.
    pub serializer: Serializer,
    /// How they stand in frames.
    pub framing: Framing,
}

/// How messages stand in the frames of a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Each in a frame of its own, in the open.
    Plain,
    /// Several in one frame, in the open; over WebSocket and HTTP only (spec, "Message Batching").
    Batched,
    /// In the frames of a sealed link.
    Sealed,
}

impl Subprotocol {
    /// Each message in a frame of its own, in the open.
    pub const fn plain(serializer: Serializer) -> Self {
        Self {
            serializer,
            framing: Framing::Plain,
        }
    }

    /// Messages in batches, in the open.
    pub const fn batched(serializer: Serializer) -> Self {
        Self {
            serializer,
            framing: Framing::Batched,
        }
    }

    /// Messages in a sealed link.
    pub const fn sealed(serializer: Serializer) -> Self {
        Self {
            serializer,
            framing: Framing::Sealed,
        }
    }

    /// The WebSocket subprotocol.
    pub fn name(self) -> String {
        match self.framing {
            Framing::Plain => self.serializer.subprotocol().to_owned(),
            Framing::Batched => format!("{}{BATCHED_SUFFIX}", self.serializer.subprotocol()),
            Framing::Sealed => format!("{SEALED_PREFIX}{}", self.serializer.name()),
        }
    }

    /// What a WebSocket subprotocol stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(serializer) = name.strip_prefix(SEALED_PREFIX) {
            return Serializer::from_name(serializer).map(Self::sealed);
        }
        match name.strip_suffix(BATCHED_SUFFIX) {
            Some(name) => Serializer::from_subprotocol(name).map(Self::batched),
            None => Serializer::from_subprotocol(name).map(Self::plain),
        }
    }

    /// The serializer nibble of the RawSocket handshake; `None` for batches, which RawSocket does
    /// not have.
    pub const fn rawsocket_nibble(self) -> Option<u8> {
        let id = self.serializer.rawsocket_id();
        match self.framing {
            Framing::Plain => Some(id),
            Framing::Batched => None,
            Framing::Sealed => Some(id + SEALED_NIBBLE),
        }
    }

    /// What a serializer nibble of the RawSocket handshake stands for.
    pub fn from_rawsocket_nibble(nibble: u8) -> Option<Self> {
        match nibble.checked_sub(SEALED_NIBBLE) {
            Some(id) => Serializer::from_rawsocket_id(id).map(Self::sealed),
            None => Serializer::from_rawsocket_id(nibble).map(Self::plain),
        }
    }

    /// Whether a WebSocket carries it in binary frames rather than text.
    pub(crate) const fn is_binary(self) -> bool {
        matches!(self.framing, Framing::Sealed) || self.serializer.is_binary()
    }
}

impl fmt::Display for Subprotocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Chooses from the subprotocols a client offers, in `Sec-WebSocket-Protocol` headers: the first
/// that is known and `allowed`, since clients offer what they like best first.
///
/// `None` means that the upgrade is to be refused with 400 (spec, "WebSocket Transport").
pub fn negotiate<'a>(
    headers: impl IntoIterator<Item = &'a str>,
    allowed: impl Fn(Subprotocol) -> bool,
) -> Option<Subprotocol> {
    headers
        .into_iter()
        .flat_map(|header| header.split(','))
        .filter_map(|name| Subprotocol::from_name(name.trim()))
        .find(|&subprotocol| allowed(subprotocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_nibble_leads_back_to_its_subprotocol() {
        let mut nibbles = Vec::new();
        for serializer in Serializer::ALL {
            for subprotocol in [
                Subprotocol::plain(serializer),
                Subprotocol::batched(serializer),
                Subprotocol::sealed(serializer),
            ] {
                let name = subprotocol.name();
                assert_eq!(Subprotocol::from_name(&name), Some(subprotocol));
                let Some(nibble) = subprotocol.rawsocket_nibble() else {
                    assert_eq!(subprotocol.framing, Framing::Batched);
                    continue;
                };
                assert_eq!(
                    Subprotocol::from_rawsocket_nibble(nibble),
                    Some(subprotocol)
                );
                nibbles.push(nibble);
            }
        }
        nibbles.sort_unstable();
        assert_eq!(nibbles, [1, 2, 3, 9, 10, 11]);
        for unknown in [0, 4, 5, 8, 12, 15] {
            assert_eq!(Subprotocol::from_rawsocket_nibble(unknown), None);
        }
    }

    #[test]
    fn the_first_known_and_allowed_offer_is_chosen() {
        let json = Subprotocol::plain(Serializer::Json);
        let sealed_cbor = Subprotocol::sealed(Serializer::Cbor);
        let batched = Subprotocol::batched(Serializer::MessagePack);
        let any = |_| true;
        let table: [(&[&str], Option<Subprotocol>); 9] = [
            (&[], None),
            (&["", "chat, mqtt"], None),
            (&["wamp.1.json,wamp.2.json"], Some(json)),
            (&["chat", " wamp.2.json ,wamp.2.cbor"], Some(json)),
            (&["deskconn.sealed.v1.cbor, wamp.2.json"], Some(sealed_cbor)),
            (&["deskconn.sealed.v1.bson"], None),
            (&["wamp.2.msgpack.batched, wamp.2.json"], Some(batched)),
            (&["wamp.2.json, wamp.2.msgpack.batched"], Some(json)),
            (&["wamp.2.bson.batched, wamp.2.batched"], None),
        ];
        for (headers, expected) in table {
            let chosen = negotiate(headers.iter().copied(), any);
            assert_eq!(chosen, expected, "{headers:?}");
        }
        let only_plain = |subprotocol: Subprotocol| subprotocol.framing != Framing::Sealed;
        let offered = ["deskconn.sealed.v1.cbor, wamp.2.json"];
        assert_eq!(negotiate(offered, only_plain), Some(json));
    }
}
