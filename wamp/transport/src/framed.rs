//! Messages in frames: encoded, and batched or sealed where the link is.

mod batches;

use crate::{
    CloseCode, LinkError,
    frame::{Frame, Received},
    frames::Frames,
    outgoing,
    sealed::Seal,
};
use batches::Batches;
use bytes::{Bytes, BytesMut};
use std::task::{Context, Poll, ready};
use wamp_proto::{
    MAX_BATCHED_FRAME, Message, Outbound, Serializer, decode, decode_text, encode_around,
};

/// A stream and sink of messages over a transport.
pub(crate) struct Framed {
    frames: Frames,
    serializer: Serializer,
    packing: Packing,
    /// What messages are written into before they are framed, one after the other.
    written: BytesMut,
}

/// What is between encoded messages and the transport's frames.
enum Packing {
    Plain,
    Batched(Box<Batches>),
    Sealed(Box<Seal>),
}

impl Framed {
    /// Messages in the open.
    pub(crate) fn plain(frames: Frames, serializer: Serializer) -> Self {
        Self {
            frames,
            serializer,
            packing: Packing::Plain,
            written: BytesMut::new(),
        }
    }

    /// Messages in batches.
    pub(crate) fn batched(frames: Frames, serializer: Serializer) -> Self {
        Self {
            packing: Packing::Batched(Box::new(Batches::new(serializer))),
            ..Self::plain(frames, serializer)
        }
    }

    /// Messages in a sealed link.
    pub(crate) fn sealed(frames: Frames, serializer: Serializer, seal: Seal) -> Self {
        Self {
            packing: Packing::Sealed(Box::new(seal)),
            ..Self::plain(frames, serializer)
        }
    }

    pub(crate) const fn set_close_code(&mut self, code: CloseCode) {
        self.frames.set_close_code(code);
    }

    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, LinkError>>> {
        loop {
            match self.received() {
                Ok(None) => {}
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Err(error) => return Poll::Ready(Some(Err(self.fail(error)))),
            }
            let Some(frame) = ready!(self.frames.poll_frame(cx)) else {
                return Poll::Ready(None);
            };
            // An error of the transport has already been noted there.
            let frame = frame?;
            match self.read(frame) {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(self.fail(error)))),
            }
        }
    }

    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        self.frames.poll_ready(cx)
    }

    pub(crate) fn start_send(&mut self, message: &Outbound) -> Result<(), LinkError> {
        let long = match &self.packing {
            Packing::Plain => outgoing::LONG,
            // It is copied in any case.
            Packing::Batched(_) | Packing::Sealed(_) => usize::MAX,
        };
        let frame = encode(message, self.serializer, long, &mut self.written)?;
        let limit = self.frames.send_limit();
        match &mut self.packing {
            Packing::Plain => {
                within(frame.len(), limit)?;
                self.frames.start_frame(frame)
            }
            Packing::Batched(batches) => {
                within(frame.len(), limit.min(MAX_BATCHED_FRAME))?;
                match batches.push(&frame.contiguous()) {
                    Some(full) => self.frames.start_frame(full.into()),
                    None => Ok(()),
                }
            }
            Packing::Sealed(seal) => seal.seal(&frame.contiguous(), limit, |sealed| {
                self.frames.start_frame(sealed.into())
            }),
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        self.end_batch()?;
        // An idle link holds no buffer.
        self.written = BytesMut::new();
        self.frames.poll_flush(cx)
    }

    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        self.end_batch()?;
        self.frames.poll_close(cx)
    }

    /// A message that came in a batch before.
    fn received(&mut self) -> Result<Option<Message>, LinkError> {
        let Packing::Batched(batches) = &mut self.packing else {
            return Ok(None);
        };
        let frame = batches.next_received().map_err(LinkError::Decode)?;
        self.decode(frame)
    }

    /// The message a frame completes; `None` while more of it must follow, or it has to be taken
    /// out of a batch.
    fn read(&mut self, frame: Received) -> Result<Option<Message>, LinkError> {
        let opened = match (&mut self.packing, frame) {
            (Packing::Plain, Received::Text(text)) => {
                return decode_text(text).map(Some).map_err(LinkError::Decode);
            }
            (Packing::Plain, Received::Octets(octets)) => Some(octets),
            (Packing::Batched(batches), frame) => {
                batches.open(frame.into()).map_err(LinkError::Decode)?;
                None
            }
            (Packing::Sealed(seal), frame) => seal.open(&Bytes::from(frame))?,
        };
        self.decode(opened)
    }

    fn decode(&self, frame: Option<Bytes>) -> Result<Option<Message>, LinkError> {
        frame
            .map(|frame| decode(self.serializer, &frame).map_err(LinkError::Decode))
            .transpose()
    }

    /// Gives the transport the messages that wait for company.
    fn end_batch(&mut self) -> Result<(), LinkError> {
        if let Packing::Batched(batches) = &mut self.packing
            && let Some(batch) = batches.take()
        {
            self.frames.start_frame(batch.into())?;
        }
        Ok(())
    }

    /// Receives nothing more, not even what came before the error was noticed.
    fn fail(&mut self, error: LinkError) -> LinkError {
        self.frames.fail(&error);
        if let Packing::Batched(batches) = &mut self.packing {
            batches.forget_received();
        }
        error
    }
}

/// A message's frame, with a payload of `long` octets or more where it is.
fn encode<'a>(
    message: &'a Outbound,
    serializer: Serializer,
    long: usize,
    written: &'a mut BytesMut,
) -> Result<Frame<'a>, LinkError> {
    let message = match message {
        Outbound::Shared(shared) => {
            let frame = shared.frame(serializer);
            return frame.map(Frame::Shared).map_err(LinkError::Encode);
        }
        Outbound::Owned(message) => message,
    };
    written.clear();
    let left_out = encode_around(message, serializer, long, written).map_err(LinkError::Encode)?;
    Ok(match left_out {
        None => Frame::Written(written),
        Some((at, payload)) => Frame::around(written.split(), at, payload),
    })
}

fn within(length: usize, limit: usize) -> Result<(), LinkError> {
    if length > limit {
        return Err(LinkError::TooLongToSend { length, limit });
    }
    Ok(())
}
