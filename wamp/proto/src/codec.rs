//! Frames to messages and back, the same way for every serializer.
//!
//! A serializer's [`Format`] splits a frame into its raw elements, which checks the structure of all
//! of it, and reads or writes one element. What elements a message has, and of what types, is said
//! once, in [`crate::message`]; a [`Field`] knows how a type stands in a frame.

mod field;

use crate::format::{Cbor, Json, MessagePack};
use crate::message::Message;
use crate::{DecodeError, EncodeError, Serializer};
use bytes::{Bytes, BytesMut};
pub(crate) use field::Field;
use serde::{Serialize, de::DeserializeOwned};
use std::{borrow::Cow, ops::Range};

/// The most elements a message has: ERROR with both kinds of arguments.
pub(crate) const MAX_ELEMENTS: usize = 7;

/// What a message is expected to take beside its payload, in octets.
const ENVELOPE: usize = 128;
/// The same of WELCOME, which names every feature there is.
const WELCOME: usize = 2 << 10;

/// Reads one message from one frame of `serializer`.
///
/// The whole frame is checked: that it is one value, nested no deeper than [`crate::MAX_DEPTH`], and
/// nothing follows it. The message's payload is a slice of `frame` and keeps it alive.
///
/// # Errors
/// What makes the frame something other than a message; always a protocol violation of the sender.
pub fn decode(serializer: Serializer, frame: &Bytes) -> Result<Message, DecodeError> {
    match serializer {
        Serializer::Json => decode_as::<Json>(frame),
        Serializer::MessagePack => decode_as::<MessagePack>(frame),
        Serializer::Cbor => decode_as::<Cbor>(frame),
    }
}

/// Appends `message` to `out` as one frame of `serializer`, transcoding its payload if that is in
/// another one.
///
/// # Errors
/// If the payload has no equivalent in `serializer`; `out` is then as it was.
pub fn encode(
    message: &Message,
    serializer: Serializer,
    out: &mut BytesMut,
) -> Result<(), EncodeError> {
    encode_around(message, serializer, usize::MAX, out).map(|_| ())
}

/// As [`encode`], but does not copy a payload of `long` octets or more: gives it, and the offset in
/// `out` that it belongs to.
///
/// # Errors
/// As [`encode`].
pub fn encode_around(
    message: &Message,
    serializer: Serializer,
    long: usize,
    out: &mut BytesMut,
) -> Result<Option<(usize, Bytes)>, EncodeError> {
    let envelope = match message {
        Message::Welcome(_) => WELCOME,
        _ => ENVELOPE,
    };
    let payload = message.payload().map_or(0, crate::Payload::len);
    let copied = if payload < long { payload } else { 0 };
    out.reserve(envelope + copied);
    let start = out.len();
    let mut sink = Sink {
        serializer,
        out,
        long,
        left_out: None,
    };
    let written = match serializer {
        Serializer::Json => message.write::<Json>(&mut sink),
        Serializer::MessagePack => message.write::<MessagePack>(&mut sink),
        Serializer::Cbor => message.write::<Cbor>(&mut sink),
    };
    let left_out = sink.left_out;
    match written {
        Ok(()) => Ok(left_out),
        Err(error) => {
            out.truncate(start);
            Err(error)
        }
    }
}

/// Reads one message from one frame of JSON, as [`decode`] does, of which it is known already that it
/// is UTF-8.
///
/// # Errors
/// As [`decode`].
pub fn decode_text(frame: impl AsRef<str> + Into<Bytes>) -> Result<Message, DecodeError> {
    decode_checked::<Json>(&frame.into())
}

fn decode_as<F: Format>(octets: &Bytes) -> Result<Message, DecodeError> {
    F::check_text(octets)?;
    decode_checked::<F>(octets)
}

fn decode_checked<F: Format>(octets: &Bytes) -> Result<Message, DecodeError> {
    if u32::try_from(octets.len()).is_err() {
        return Err(DecodeError::TooLong);
    }
    let mut parts = Parts::default();
    F::split(octets, &mut parts)?;
    Message::read::<F>(&Frame { octets, parts })
}

/// One serializer's way to write the types that messages are made of.
pub(crate) trait Format {
    /// Which one.
    const SERIALIZER: Serializer;

    /// Checks that a frame is UTF-8, if frames are text.
    fn check_text(_frame: &[u8]) -> Result<(), DecodeError> {
        Ok(())
    }
    /// Finds the elements of the list that `frame` is, checking every octet of it.
    fn split(frame: &[u8], parts: &mut Parts) -> Result<(), DecodeError>;

    /// The number, if `raw` is an integer that is not negative.
    fn uint(raw: &[u8]) -> Option<u64>;
    /// The text, if `raw` is a string; borrowed where it stands there without escapes.
    fn text(raw: &[u8]) -> Option<Cow<'_, str>>;
    /// Whether `raw` is a list, and whether it has items.
    fn list(raw: &[u8]) -> Option<Filled>;
    /// Whether `raw` is a dictionary, and whether it has entries.
    fn dict(raw: &[u8]) -> Option<Filled>;
    /// Any value, by serde.
    fn read<T: DeserializeOwned>(raw: &[u8]) -> Result<T, String>;

    /// Starts a list of that many elements.
    fn begin(out: &mut BytesMut, elements: usize);
    /// Stands between two elements.
    fn separate(out: &mut BytesMut);
    /// Ends the list.
    fn end(out: &mut BytesMut);
    /// Writes a number.
    fn put_uint(out: &mut BytesMut, number: u64);
    /// Writes a string.
    fn put_text(out: &mut BytesMut, text: &str);
    /// Writes any value, by serde.
    fn put<T: Serialize + ?Sized>(out: &mut BytesMut, value: &T) -> Result<(), String>;
    /// The list without items.
    const EMPTY_LIST: &'static [u8];
    /// The dictionary without entries.
    const EMPTY_DICT: &'static [u8];
}

/// Whether a container has anything in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Filled {
    Yes,
    No,
}

impl Filled {
    pub(crate) const fn when(filled: bool) -> Self {
        if filled { Self::Yes } else { Self::No }
    }
}

/// Where the elements of a frame lie in it.
#[derive(Default)]
pub(crate) struct Parts {
    ranges: [(u32, u32); MAX_ELEMENTS],
    /// How many there are, even if more than any message has.
    count: usize,
}

impl Parts {
    pub(crate) fn push(&mut self, range: Range<usize>) {
        if let Some(slot) = self.ranges.get_mut(self.count) {
            // `decode` refuses frames whose offsets do not fit.
            *slot = (range.start as u32, range.end as u32);
        }
        self.count += 1;
    }

    fn range(&self, index: usize) -> Option<Range<usize>> {
        let (start, end) = *self.ranges.get(index).filter(|_| index < self.count)?;
        Some(start as usize..end as usize)
    }
}

/// A frame whose structure is known to be good.
pub(crate) struct Frame<'a> {
    octets: &'a Bytes,
    parts: Parts,
}

impl Frame<'_> {
    /// The message type.
    pub(crate) fn code<F: Format>(&self) -> Result<u64, DecodeError> {
        let raw = self.parts.range(0).and_then(|range| self.octets.get(range));
        raw.and_then(F::uint).ok_or(DecodeError::NotAMessage)
    }
}

/// The elements of one message, read from the second on.
pub(crate) struct Elements<'a> {
    frame: &'a Frame<'a>,
    message: &'static str,
    next: usize,
}

impl<'a> Elements<'a> {
    pub(crate) const fn new(frame: &'a Frame<'a>, message: &'static str) -> Self {
        Self {
            frame,
            message,
            next: 1,
        }
    }

    /// Fails if elements are left that the message does not have.
    pub(crate) fn end(&self) -> Result<(), DecodeError> {
        if self.next < self.frame.parts.count {
            Err(self.length())
        } else {
            Ok(())
        }
    }

    fn length(&self) -> DecodeError {
        DecodeError::Length {
            message: self.message,
            found: self.frame.parts.count,
        }
    }

    fn take(&mut self) -> Option<Range<usize>> {
        let range = self.frame.parts.range(self.next)?;
        self.next += 1;
        Some(range)
    }

    fn raw(&mut self) -> Result<&'a [u8], DecodeError> {
        let range = self.take();
        range
            .and_then(|range| self.frame.octets.get(range))
            .ok_or_else(|| self.length())
    }

    fn wrong(&self, field: &'static str, expected: &'static str) -> DecodeError {
        DecodeError::Field {
            message: self.message,
            field,
            expected,
        }
    }
}

/// Where a message is written to.
pub(crate) struct Sink<'a> {
    serializer: Serializer,
    out: &'a mut BytesMut,
    /// From how many octets on a payload is not copied.
    long: usize,
    /// One that was not, and where it belongs.
    left_out: Option<(usize, Bytes)>,
}

impl Sink<'_> {
    pub(crate) fn begin<F: Format>(&mut self, elements: usize, code: u64) {
        F::begin(self.out, elements);
        F::put_uint(self.out, code);
    }

    pub(crate) fn end<F: Format>(&mut self) {
        F::end(self.out);
    }

    fn uint<F: Format>(&mut self, number: u64) {
        F::separate(self.out);
        F::put_uint(self.out, number);
    }

    fn text<F: Format>(&mut self, text: &str) {
        F::separate(self.out);
        F::put_text(self.out, text);
    }
}
