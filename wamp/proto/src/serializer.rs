//! The serializers a link can negotiate, and their names on the wire.

/// How WAMP messages are written as octets on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Serializer {
    /// JSON, RFC 8259; `wamp.2.json`, RawSocket serializer 1.
    Json,
    /// MessagePack; `wamp.2.msgpack`, RawSocket serializer 2.
    MessagePack,
    /// CBOR, RFC 8949; `wamp.2.cbor`, RawSocket serializer 3.
    Cbor,
}

impl Serializer {
    /// Every serializer, in the order of preference of our own clients.
    pub const ALL: [Self; 3] = [Self::MessagePack, Self::Cbor, Self::Json];

    /// The short name, as in the WebSocket subprotocol after `wamp.2.`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "msgpack",
            Self::Cbor => "cbor",
        }
    }

    /// The serializer of that short name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// The WebSocket subprotocol (spec, "WebSocket Transport").
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => "wamp.2.json",
            Self::MessagePack => "wamp.2.msgpack",
            Self::Cbor => "wamp.2.cbor",
        }
    }

    /// The serializer of a WebSocket subprotocol.
    pub fn from_subprotocol(subprotocol: &str) -> Option<Self> {
        Self::from_name(subprotocol.strip_prefix("wamp.2.")?)
    }

    /// The RawSocket serializer nibble (spec, "RawSocket Transport").
    pub const fn rawsocket_id(self) -> u8 {
        match self {
            Self::Json => 1,
            Self::MessagePack => 2,
            Self::Cbor => 3,
        }
    }

    /// The serializer of a RawSocket nibble.
    pub fn from_rawsocket_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.rawsocket_id() == id)
    }

    /// Whether frames travel as WebSocket binary messages rather than text.
    pub const fn is_binary(self) -> bool {
        !matches!(self, Self::Json)
    }

    /// A small number for tables indexed by serializer.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Json => 0,
            Self::MessagePack => 1,
            Self::Cbor => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_on_the_wire_leads_back_to_its_serializer() {
        for s in Serializer::ALL {
            assert_eq!(Serializer::from_subprotocol(s.subprotocol()), Some(s));
            assert_eq!(Serializer::from_rawsocket_id(s.rawsocket_id()), Some(s));
            assert_eq!(Serializer::from_name(s.name()), Some(s));
        }
        assert_eq!(Serializer::from_subprotocol("wamp.1.json"), None);
        assert_eq!(Serializer::from_rawsocket_id(0), None);
    }
}
