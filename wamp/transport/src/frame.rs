//! The frame of one message, or of a piece of a sealed one, on its way to the transport and from it.

use bytes::{Bytes, BytesMut};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Octets that are sent as one frame. A long payload is where it came, between what was written around
/// it.
#[derive(Debug)]
pub(crate) enum Frame {
    /// In one piece.
    Whole(Bytes),
    /// In pieces that follow each other.
    Around(Box<[Bytes; 3]>),
}

/// A frame that came in.
#[derive(Debug)]
pub(crate) enum Received {
    /// The transport has seen to it that it is UTF-8.
    Text(Utf8Bytes),
    /// Anything.
    Octets(Bytes),
}

impl From<Received> for Bytes {
    fn from(frame: Received) -> Self {
        match frame {
            Received::Text(text) => text.into(),
            Received::Octets(octets) => octets,
        }
    }
}

impl From<Bytes> for Frame {
    fn from(octets: Bytes) -> Self {
        Self::Whole(octets)
    }
}

impl Frame {
    /// A frame whose `payload` belongs at the offset `at` in what was written.
    pub(crate) fn around(written: BytesMut, at: usize, payload: Bytes) -> Self {
        let mut before = written.freeze();
        let after = before.split_off(at);
        Self::Around(Box::new([before, payload, after]))
    }

    /// How many octets it has.
    pub(crate) fn len(&self) -> usize {
        self.pieces().iter().map(Bytes::len).sum()
    }

    /// Its octets, in the order in which they are sent.
    pub(crate) const fn pieces(&self) -> &[Bytes] {
        match self {
            Self::Whole(octets) => std::slice::from_ref(octets),
            Self::Around(pieces) => pieces.as_slice(),
        }
    }

    /// All of it in one piece.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Whole(octets) => octets,
            Self::Around(pieces) => pieces.concat().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_stands_where_it_belongs() {
        let frame = Frame::around(BytesMut::from("[1,]"), 3, Bytes::from_static(b"{}"));
        assert_eq!((frame.len(), frame.pieces().len()), (6, 3));
        assert_eq!(frame.into_bytes(), "[1,{}]");
        let whole = Frame::from(Bytes::from_static(b"[1]"));
        assert_eq!((whole.len(), whole.pieces().len()), (3, 1));
        assert_eq!(whole.into_bytes(), "[1]");
    }
}
