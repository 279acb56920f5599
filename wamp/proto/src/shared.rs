//! Messages on their way out: owned by one receiver, or one EVENT shared by many.

use crate::{EncodeError, Message, Serializer, codec};
use bytes::{Bytes, BytesMut};
use std::sync::{Arc, OnceLock};

/// A message that many sessions receive alike. It is encoded once for each serializer.
#[derive(Debug)]
pub struct SharedMessage {
    message: Message,
    encoded: [OnceLock<Result<Bytes, EncodeError>>; 3],
}

impl SharedMessage {
    /// Wraps `message` for sharing.
    pub fn new(message: impl Into<Message>) -> Arc<Self> {
        Arc::new(Self {
            message: message.into(),
            encoded: Default::default(),
        })
    }

    /// The message.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// Its frame in `serializer`, encoded by whoever asks first.
    pub fn frame(&self, serializer: Serializer) -> Result<&Bytes, EncodeError> {
        let encoded = self.encoded[serializer.index()].get_or_init(|| {
            let mut out = BytesMut::new();
            codec::encode(&self.message, serializer, &mut out)?;
            Ok(out.freeze())
        });
        encoded.as_ref().map_err(EncodeError::clone)
    }
}

/// What a router hands to a session's way out.
#[derive(Clone, Debug)]
pub enum Outbound {
    /// A message for this session alone.
    Owned(Message),
    /// A message that others receive as well.
    Shared(Arc<SharedMessage>),
}

impl Outbound {
    /// The message.
    pub fn message(&self) -> &Message {
        match self {
            Self::Owned(message) => message,
            Self::Shared(shared) => shared.message(),
        }
    }

    /// The message itself, copied only if others hold it too.
    pub fn into_message(self) -> Message {
        match self {
            Self::Owned(message) => message,
            Self::Shared(shared) => {
                Arc::try_unwrap(shared).map_or_else(|shared| shared.message.clone(), |s| s.message)
            }
        }
    }

    /// What it costs to keep in a queue, in octets: its payload and the message around it.
    pub fn cost(&self) -> usize {
        size_of::<Self>() + self.message().payload().map_or(0, crate::Payload::len)
    }
}

impl From<Message> for Outbound {
    fn from(message: Message) -> Self {
        Self::Owned(message)
    }
}
