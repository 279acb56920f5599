//! The end of a session: why it comes, and what is said.

use super::wire::{Happening, Wire};
use crate::error::CloseCause;
use wamp_proto::options::CloseDetails;
use wamp_proto::{Message, Payload, Uri, message, uris};

/// How a session ends.
pub(super) enum Ending {
    /// This side says GOODBYE and waits for the router's.
    Leave,
    /// The router said GOODBYE and is answered.
    Answer(CloseCause),
    /// The router broke the protocol and is told so.
    Abort(String),
    /// There is nobody to talk to any more.
    Gone(CloseCause),
}

/// What is said at the end.
pub(super) enum Farewell {
    /// GOODBYE, which the router answers.
    Asking(Message),
    /// The last word.
    Final(Message),
    /// Nothing: the link is cut.
    Silent,
}

impl Ending {
    /// What is to be said, and what is left to know.
    pub(super) fn parts(self) -> (Farewell, CloseCause) {
        match self {
            Self::Leave => (
                Farewell::Asking(goodbye(uris::CLOSE_REALM)),
                CloseCause::Left,
            ),
            Self::Answer(cause) => (Farewell::Final(goodbye(uris::GOODBYE_AND_OUT)), cause),
            Self::Abort(what) => (Farewell::Final(abort(&what)), CloseCause::Violation(what)),
            Self::Gone(cause) => (Farewell::Silent, cause),
        }
    }
}

impl Farewell {
    /// Says it and closes the link in order, or leaves that to dropping it.
    pub(super) async fn say(self, wire: &mut Wire) {
        match self {
            Self::Silent => return,
            Self::Final(message) => wire.push(message),
            Self::Asking(message) => {
                wire.push(message);
                while !ends(&wire.next().await) {}
            }
        }
        if let Err(error) = wire.close().await {
            tracing::debug!(%error, "the link was not closed in order");
        }
    }
}

/// Whether nothing more comes; other messages were under way when this side left.
const fn ends(happening: &Happening) -> bool {
    matches!(
        happening,
        Happening::Received(Message::Goodbye(_) | Message::Abort(_)) | Happening::Ended(_)
    )
}

fn goodbye(reason: Uri) -> Message {
    let details = CloseDetails::default();
    message::Goodbye { details, reason }.into()
}

fn abort(what: &str) -> Message {
    message::Abort {
        details: CloseDetails {
            message: Some(what.to_owned()),
        },
        reason: uris::PROTOCOL_VIOLATION,
        payload: Payload::NONE,
    }
    .into()
}
