//! Several messages in one transport message (spec, "Message Batching").
//!
//! In JSON each frame is followed by a separator; in MessagePack and CBOR each is preceded by its
//! length. The frames themselves are [`crate::decode`]'s and [`crate::encode`]'s.

use crate::{DecodeError, Serializer};
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// The specification's separator of JSON frames, ASCII RECORD SEPARATOR.
const SEPARATOR: u8 = 0x1E;
/// What autobahn-python and Crossbar.io write instead (docs/adr/0007, row 10). Neither octet may stand
/// in JSON unescaped, so both end a frame for certain.
const OTHER_SEPARATOR: u8 = 0x18;
/// The octets of the length before a MessagePack or CBOR frame, big-endian.
const PREFIX: usize = 4;

/// The longest frame that fits into a batch, in octets: the length before it has 32 bits.
pub const MAX_BATCHED_FRAME: usize = u32::MAX as usize;

/// Puts frames together to batches.
#[derive(Debug)]
pub struct BatchWriter {
    serializer: Serializer,
    separator: u8,
    batch: BytesMut,
}

impl BatchWriter {
    /// An empty batch of frames of `serializer`.
    pub fn new(serializer: Serializer) -> Self {
        Self {
            serializer,
            separator: SEPARATOR,
            batch: BytesMut::new(),
        }
    }

    /// Separates JSON frames as the peer does in `batch`, from now on.
    pub const fn separate_like(&mut self, batch: &BatchReader) {
        self.separator = batch.separator;
    }

    /// What is in the batch, in octets.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether nothing is in the batch.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Appends a frame of at most [`MAX_BATCHED_FRAME`] octets.
    pub fn push(&mut self, frame: &[u8]) {
        self.batch.reserve(frame.len() + PREFIX);
        match self.serializer {
            Serializer::Json => {
                self.batch.put_slice(frame);
                self.batch.put_u8(self.separator);
            }
            Serializer::MessagePack | Serializer::Cbor => {
                self.batch.put_uint(frame.len() as u64, PREFIX);
                self.batch.put_slice(frame);
            }
        }
    }

    /// Takes the batch and begins an empty one; `None` if it is empty, which no peer may send.
    pub fn take(&mut self) -> Option<Bytes> {
        let batch = std::mem::take(&mut self.batch);
        (!batch.is_empty()).then(|| batch.freeze())
    }
}

/// Takes the frames out of a batch, in order; ends after the first error.
///
/// What follows an error is not looked at: whoever sends it is to be left.
#[derive(Debug)]
pub struct BatchReader {
    serializer: Serializer,
    separator: u8,
    rest: Bytes,
    /// Whether nothing was taken out yet.
    whole: bool,
}

impl BatchReader {
    /// Reads `batch`, of frames of `serializer`.
    ///
    /// # Errors
    /// If it is empty, which is illegal.
    pub fn new(serializer: Serializer, batch: Bytes) -> Result<Self, DecodeError> {
        if batch.is_empty() {
            return Err(DecodeError::Batch("it is empty"));
        }
        let separator = match serializer {
            Serializer::Json => batch.iter().copied().find(is_separator),
            Serializer::MessagePack | Serializer::Cbor => None,
        };
        Ok(Self {
            serializer,
            separator: separator.unwrap_or(SEPARATOR),
            rest: batch,
            whole: true,
        })
    }

    /// Where the next frame lies in what is left, and how much of that it takes.
    fn next_bounds(&self) -> Result<(usize, usize, usize), DecodeError> {
        match self.serializer {
            Serializer::Json => {
                let end = self.rest.iter().position(is_separator);
                let end = end.ok_or(DecodeError::Batch("the last message is not ended"))?;
                Ok((0, end, end + 1))
            }
            Serializer::MessagePack | Serializer::Cbor => {
                let prefix = self.rest.first_chunk::<PREFIX>();
                let prefix = prefix.ok_or(DecodeError::Batch("a length is cut short"))?;
                let length = u32::from_be_bytes(*prefix) as usize;
                if length > self.rest.len() - PREFIX {
                    return Err(DecodeError::Batch("a message is longer than the batch"));
                }
                Ok((PREFIX, PREFIX + length, PREFIX + length))
            }
        }
    }
}

impl Iterator for BatchReader {
    type Item = Result<Bytes, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (start, end, taken) = match self.next_bounds() {
            Ok(bounds) => bounds,
            Err(error) => {
                self.rest.clear();
                return Some(Err(error));
            }
        };
        let frame = if self.whole && taken == self.rest.len() {
            self.rest.slice(start..end)
        } else {
            // A copy: a realm that remembers one message must not hold the whole batch for it.
            Bytes::copy_from_slice(&self.rest[start..end])
        };
        self.whole = false;
        self.rest.advance(taken);
        Some(Ok(frame))
    }
}

/// Whether an octet ends a JSON frame.
const fn is_separator(octet: &u8) -> bool {
    matches!(*octet, SEPARATOR | OTHER_SEPARATOR)
}

#[cfg(test)]
mod tests;
