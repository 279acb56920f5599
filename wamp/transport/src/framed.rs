//! Messages in frames: encoded, and sealed where the link is.

use crate::{CloseCode, LinkError, frames::Frames, sealed::Seal};
use bytes::{Bytes, BytesMut};
use std::task::{Context, Poll, ready};
use wamp_proto::{Message, Outbound, Serializer, decode, encode};

/// What a message is expected to take beside its payload, in octets.
const USUAL_ENVELOPE: usize = 128;

/// A stream and sink of messages over a transport.
pub(crate) struct Framed {
    frames: Frames,
    serializer: Serializer,
    seal: Option<Box<Seal>>,
}

impl Framed {
    /// Messages in the open.
    pub(crate) const fn plain(frames: Frames, serializer: Serializer) -> Self {
        Self {
            frames,
            serializer,
            seal: None,
        }
    }

    /// Messages in a sealed link.
    pub(crate) fn sealed(frames: Frames, serializer: Serializer, seal: Seal) -> Self {
        Self {
            seal: Some(Box::new(seal)),
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
            let Some(frame) = ready!(self.frames.poll_frame(cx)) else {
                return Poll::Ready(None);
            };
            // An error of the transport has already been noted there.
            let frame = frame?;
            match self.read(frame) {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Ok(None) => {}
                Err(error) => {
                    self.frames.fail(&error);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        self.frames.poll_ready(cx)
    }

    pub(crate) fn start_send(&mut self, message: &Outbound) -> Result<(), LinkError> {
        let frame = self.encode(message)?;
        let limit = self.frames.send_limit();
        let Some(seal) = &mut self.seal else {
            if frame.len() > limit {
                let length = frame.len();
                return Err(LinkError::TooLongToSend { length, limit });
            }
            return self.frames.start_frame(frame);
        };
        seal.seal(&frame, limit, |sealed| self.frames.start_frame(sealed))
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        self.frames.poll_flush(cx)
    }

    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        self.frames.poll_close(cx)
    }

    /// The message a frame completes; `None` while more of it must follow.
    fn read(&mut self, frame: Bytes) -> Result<Option<Message>, LinkError> {
        let opened = match &mut self.seal {
            Some(seal) => seal.open(&frame)?,
            None => Some(frame),
        };
        opened
            .map(|frame| decode(self.serializer, &frame).map_err(LinkError::Decode))
            .transpose()
    }

    fn encode(&self, message: &Outbound) -> Result<Bytes, LinkError> {
        match message {
            Outbound::Shared(shared) => shared.frame(self.serializer),
            Outbound::Owned(message) => {
                let payload = message.payload().map_or(0, wamp_proto::Payload::len);
                let mut frame = BytesMut::with_capacity(USUAL_ENVELOPE + payload);
                encode(message, self.serializer, &mut frame).map(|()| frame.freeze())
            }
        }
        .map_err(LinkError::Encode)
    }
}
