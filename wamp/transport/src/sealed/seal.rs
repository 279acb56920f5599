//! Messages in and out of sealed frames.

use super::MAX_FRAME;
use crate::LinkError;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use snow::TransportState;

/// What sealing adds to a plaintext, in octets.
const TAG: usize = 16;
/// A direction takes a new key after so many frames.
const REKEY_EVERY: u64 = 1 << 20;

/// The octet that opens a plaintext: the message ends with it.
const LAST_PIECE: u8 = 0;
/// The octet that opens a plaintext: more of the message follows.
const MORE_FOLLOWS: u8 = 1;

/// Both directions of a sealed link.
pub(crate) struct Seal {
    noise: TransportState,
    max_message: usize,
    /// What has come of a message in several pieces.
    partial: BytesMut,
}

impl Seal {
    /// `max_message` is the longest message put together from pieces, in octets.
    pub(super) fn new(noise: TransportState, max_message: usize) -> Self {
        Self {
            noise,
            max_message,
            partial: BytesMut::new(),
        }
    }

    /// Gives `send` the frames of one message, in the order they must be sent, none longer than
    /// `max_frame`, which no transport has below 512.
    ///
    /// # Errors
    /// Those of `send`, or if the link is used up, after 2^64 frames.
    pub(crate) fn seal(
        &mut self,
        message: &[u8],
        max_frame: usize,
        mut send: impl FnMut(Bytes) -> Result<(), LinkError>,
    ) -> Result<(), LinkError> {
        let longest = max_frame.min(MAX_FRAME) - TAG - 1;
        let mut rest = message;
        loop {
            let (piece, after) = rest.split_at(rest.len().min(longest));
            send(self.seal_piece(piece, after.is_empty())?)?;
            if after.is_empty() {
                return Ok(());
            }
            rest = after;
        }
    }

    /// Opens one frame; gives the message it completes, or `None` while more of it must follow.
    ///
    /// # Errors
    /// If the frame does not open, in its place, or is not a piece of a message. The link can not
    /// go on after that.
    pub(crate) fn open(&mut self, frame: &[u8]) -> Result<Option<Bytes>, LinkError> {
        if frame.len() <= TAG || frame.len() > MAX_FRAME {
            return Err(LinkError::Seal("a frame is too short or too long"));
        }
        let mut plaintext = BytesMut::zeroed(frame.len() - TAG);
        if self.noise.read_message(frame, &mut plaintext).is_err() {
            return Err(LinkError::Seal("a frame does not open"));
        }
        if self.noise.receiving_nonce().is_multiple_of(REKEY_EVERY) {
            self.noise.rekey_incoming();
        }
        let marker = plaintext.get_u8();
        if plaintext.len() + self.partial.len() > self.max_message {
            let limit = self.max_message;
            return Err(LinkError::TooLong { limit });
        }
        match marker {
            LAST_PIECE if self.partial.is_empty() => Ok(Some(plaintext.freeze())),
            LAST_PIECE => {
                self.partial.put(plaintext);
                Ok(Some(std::mem::take(&mut self.partial).freeze()))
            }
            MORE_FOLLOWS => {
                self.partial.put(plaintext);
                Ok(None)
            }
            _ => Err(LinkError::Seal("a frame is no piece of a message")),
        }
    }

    fn seal_piece(&mut self, piece: &[u8], last: bool) -> Result<Bytes, LinkError> {
        let mut plaintext = BytesMut::with_capacity(1 + piece.len());
        plaintext.put_u8(if last { LAST_PIECE } else { MORE_FOLLOWS });
        plaintext.put_slice(piece);
        let mut frame = BytesMut::zeroed(plaintext.len() + TAG);
        if self.noise.write_message(&plaintext, &mut frame).is_err() {
            return Err(LinkError::Seal("no more frames can be sealed"));
        }
        if self.noise.sending_nonce().is_multiple_of(REKEY_EVERY) {
            self.noise.rekey_outgoing();
        }
        Ok(frame.freeze())
    }
}

#[cfg(test)]
mod tests;
