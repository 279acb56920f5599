//! What becomes of a message that its receiver's serializer has no form for, or that is too long for it.

use wamp_proto::message::request_type;
use wamp_proto::{Message, RequestId};

/// What is owed to whom if a message can not be delivered.
pub(super) enum Undeliverable {
    Invocation(RequestId),
    Answer {
        request_type: u64,
        request: RequestId,
    },
    /// Nobody waits for an event, and after a result in parts more will come.
    Nobody,
}

impl Undeliverable {
    pub(super) fn of(message: &Message) -> Self {
        match message {
            Message::Invocation(m) => Self::Invocation(m.request),
            Message::Result(m) if !m.details.progress => Self::Answer {
                request_type: request_type::CALL,
                request: m.request,
            },
            Message::Error(m) => Self::Answer {
                request_type: m.request_type,
                request: m.request,
            },
            _ => Self::Nobody,
        }
    }
}
