//! Batches of messages, both ways (spec, "Message Batching").

use bytes::Bytes;
use wamp_proto::{BatchReader, BatchWriter, DecodeError, Serializer};

/// A batch of so many octets is sent without waiting for more: it fills the longest TLS record, so a
/// longer one would save nothing. A batch counts as one message against what the peer takes, which
/// it does not say, so it is not made longer than it has to be.
const LONGEST_BATCH: usize = 16 << 10;

/// Messages that wait to be sent together, and messages that came together.
pub(super) struct Batches {
    serializer: Serializer,
    sending: BatchWriter,
    received: Option<BatchReader>,
}

impl Batches {
    pub(super) fn new(serializer: Serializer) -> Self {
        Self {
            serializer,
            sending: BatchWriter::new(serializer),
            received: None,
        }
    }

    /// Adds a message; gives the batch before it if it does not fit in there.
    pub(super) fn push(&mut self, message: &[u8]) -> Option<Bytes> {
        let full = if self.sending.len() + message.len() > LONGEST_BATCH {
            self.sending.take()
        } else {
            None
        };
        self.sending.push(message);
        full
    }

    /// What waits to be sent.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        self.sending.take()
    }

    /// Reads a batch, once the one before it is used up.
    pub(super) fn open(&mut self, batch: Bytes) -> Result<(), DecodeError> {
        let received = BatchReader::new(self.serializer, batch)?;
        self.sending.separate_like(&received);
        self.received = Some(received);
        Ok(())
    }

    /// The next message of the batch that is being read.
    pub(super) fn next_received(&mut self) -> Result<Option<Bytes>, DecodeError> {
        let Some(received) = &mut self.received else {
            return Ok(None);
        };
        let next = received.next().transpose()?;
        if next.is_none() {
            self.received = None;
        }
        Ok(next)
    }

    pub(super) fn forget_received(&mut self) {
        self.received = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_full_before_it_is_longer_than_it_may_be() {
        let mut batches = Batches::new(Serializer::Json);
        let half = vec![b'x'; LONGEST_BATCH / 2];
        assert_eq!(batches.push(&half), None);
        let first = batches.push(&half).expect("no room for another");
        assert_eq!(first.len(), half.len() + 1);
        let second = batches
            .push(&vec![b'x'; 2 * LONGEST_BATCH])
            .expect("no room");
        assert_eq!(second.len(), half.len() + 1);
        let long = batches.take().expect("a batch of one");
        assert_eq!(long.len(), 2 * LONGEST_BATCH + 1);
    }
}
