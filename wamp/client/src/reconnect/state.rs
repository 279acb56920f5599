//! What a lasting client is doing.

use crate::error::{CloseCause, JoinError, RequestError};
use std::{fmt, sync::Arc, time::Duration};
use wamp_proto::{SessionId, Uri, handshake::client::HandshakeError};

/// What a [`Client`](crate::Client) is doing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum State {
    /// It has no session and is after one.
    Connecting {
        /// Which attempt since the last session that lasted, counted from 1.
        attempt: u32,
        /// After what time it starts; zero while it is under way.
        next_in: Duration,
        /// Why there is no session; `None` in the beginning.
        last_error: Option<Disconnect>,
    },
    /// It has a session.
    Online {
        /// The session's id.
        session: SessionId,
        /// What the router refused to restore or took back; tried again from time to time.
        missing: Arc<[Missing]>,
    },
    /// It has ended, because it was closed or because the router will not have it.
    Closed {
        /// Why.
        reason: Disconnect,
    },
}

/// A registration or subscription that a session lacks.
#[derive(Clone, Debug)]
pub struct Missing {
    /// The procedure, topic or pattern.
    pub uri: Uri,
    /// Why.
    pub error: Arc<RequestError>,
}

/// Why a client has no session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Disconnect {
    /// None was opened.
    Join(Arc<JoinError>),
    /// The last one ended.
    Session(CloseCause),
}

impl Disconnect {
    /// Whether another attempt would end in the same way.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Join(error) => error.is_final(),
            Self::Session(cause) => cause.is_final(),
        }
    }

    /// What a request is told that finds no session because of this.
    pub(crate) fn cause(&self) -> CloseCause {
        match self {
            Self::Session(cause) => cause.clone(),
            Self::Join(error) => match &**error {
                JoinError::Handshake(HandshakeError::Aborted { reason, message }) => {
                    CloseCause::Aborted {
                        reason: reason.clone(),
                        message: message.clone(),
                    }
                }
                _ => CloseCause::Offline,
            },
        }
    }
}

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join(error) => error.fmt(f),
            Self::Session(cause) => cause.fmt(f),
        }
    }
}

impl std::error::Error for Disconnect {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Join(error) => error.source(),
            Self::Session(cause) => cause.source(),
        }
    }
}
