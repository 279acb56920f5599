//! The frame of one message, or of a piece of a sealed one, on its way to the transport and from it.

use crate::outgoing::Outgoing;
use bytes::{Bytes, BytesMut};
use std::{borrow::Cow, collections::VecDeque};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Octets that are sent as one frame. A long payload is where it came, between what was written around
/// it.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// In memory that the next one is written to.
    Written(&'a [u8]),
    /// In one piece that others send as well.
    Shared(&'a Bytes),
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

impl From<Bytes> for Frame<'_> {
    fn from(octets: Bytes) -> Self {
        Self::Whole(octets)
    }
}

impl Frame<'_> {
    /// A frame whose `payload` belongs at the offset `at` in what was written.
    pub(crate) fn around(written: BytesMut, at: usize, payload: Bytes) -> Self {
        let mut before = written.freeze();
        let after = before.split_off(at);
        Self::Around(Box::new([before, payload, after]))
    }

    /// How many octets it has.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Written(octets) => octets.len(),
            Self::Shared(octets) => octets.len(),
            Self::Whole(octets) => octets.len(),
            Self::Around(pieces) => pieces.iter().map(Bytes::len).sum(),
        }
    }

    /// Adds it to what waits to be written.
    pub(crate) fn put_into(&self, outgoing: &mut Outgoing) {
        match self {
            Self::Written(octets) => outgoing.put(octets),
            Self::Shared(octets) => outgoing.put_shared(octets),
            Self::Whole(octets) => outgoing.put_shared(octets),
            Self::Around(pieces) => pieces.iter().for_each(|piece| outgoing.put_shared(piece)),
        }
    }

    /// All of it in one piece.
    pub(crate) fn contiguous(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Written(octets) => Cow::Borrowed(octets),
            Self::Shared(octets) => Cow::Borrowed(octets),
            Self::Whole(octets) => Cow::Borrowed(octets),
            Self::Around(pieces) => Cow::Owned(pieces.concat()),
        }
    }

    /// All of it in one piece, to keep.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Shared(octets) => octets.clone(),
            Self::Whole(octets) => octets,
            other => other.contiguous().into_owned().into(),
        }
    }

    /// Its octets in the order in which they are sent, to keep.
    pub(crate) fn into_pieces(self) -> VecDeque<Bytes> {
        match self {
            Self::Around(pieces) => VecDeque::from(*pieces),
            other => VecDeque::from([other.into_bytes()]),
        }
    }

    /// The same, to keep.
    pub(crate) fn into_owned(self) -> Frame<'static> {
        match self {
            Self::Around(pieces) => Frame::Around(pieces),
            one => Frame::Whole(one.into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_stands_where_it_belongs() {
        static SHARED: Bytes = Bytes::from_static(b"[1,{}]");
        let around = || Frame::around(BytesMut::from("[1,]"), 3, Bytes::from_static(b"{}"));
        let frames: [fn() -> Frame<'static>; 4] = [
            || Frame::Written(b"[1,{}]"),
            || Frame::Shared(&SHARED),
            || Frame::from(Bytes::from_static(b"[1,{}]")),
            || Frame::around(BytesMut::from("[1,]"), 3, Bytes::from_static(b"{}")),
        ];
        for frame in frames {
            assert_eq!(frame().len(), 6);
            assert_eq!(*frame().contiguous(), *b"[1,{}]");
            assert_eq!(frame().into_bytes(), "[1,{}]");
            assert_eq!(frame().into_owned().into_bytes(), "[1,{}]");
            let pieces = frame().into_pieces();
            assert_eq!(Vec::from(pieces).concat(), b"[1,{}]");
        }
        assert_eq!(around().into_pieces().len(), 3);
    }
}
