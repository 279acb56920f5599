//! What can go wrong: opening a session, calling, every other request, and how sessions end.

use crate::args::{ArgumentsError, ReadError, reads_payload};
use std::{fmt, sync::Arc, time::Duration};
use wamp_proto::{MatchPolicy, Payload, Uri, handshake::client::HandshakeError, message, uris};
use wamp_transport::{ConnectError, EndpointError, LinkError};

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The URL names no place to connect to.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The router could not be reached.
    #[error("can not connect")]
    Connect(#[from] ConnectError),
    /// The link broke before the session was open.
    #[error("the link broke while joining")]
    Link(#[from] LinkError),
    /// The router closed the link before the session was open.
    #[error("the router closed the link while joining")]
    Ended,
    /// The router refused, or said something that does not belong there.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The system has no randomness to open a session with.
    #[error("the system has no randomness")]
    Randomness(#[source] getrandom::Error),
    /// The router took too long.
    #[error("the router did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
}

impl JoinError {
    /// The URI by which the router refused, if it did.
    pub const fn reason(&self) -> Option<&Uri> {
        match self {
            Self::Handshake(HandshakeError::Aborted { reason, .. }) => Some(reason),
            _ => None,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Connect(error) => error.hint(),
            _ => None,
        }
    }

    /// Whether trying again with the same credentials leads to the same answer: the router knows
    /// the client and does not want it, or the two can not agree on a way to authenticate.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Handshake(HandshakeError::Aborted { reason, .. }) => is_final_refusal(reason),
            Self::Handshake(_) | Self::Endpoint(_) => true,
            _ => false,
        }
    }
}

/// Whether a router that closes with `reason` means it for good. `wamp.close.killed` is among them:
/// somebody decided to end the session, and coming straight back would undo that.
fn is_final_refusal(reason: &Uri) -> bool {
    const FINAL: [Uri; 9] = [
        uris::KILLED,
        uris::NO_SUCH_REALM,
        uris::NO_SUCH_ROLE,
        uris::NO_SUCH_PRINCIPAL,
        uris::NO_MATCHING_AUTH_METHOD,
        uris::NOT_AUTHORIZED,
        uris::AUTHENTICATION_DENIED,
        Uri::from_static("wamp.error.authentication_required"),
        Uri::from_static("wamp.error.authorization_denied"),
    ];
    FINAL.contains(reason)
}

/// How a session ended, or why there is none.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CloseCause {
    /// This side left.
    #[error("the session was left")]
    Left,
    /// The router said GOODBYE.
    #[error("the router closed the session: {}", Sentence(reason, message.as_deref()))]
    Goodbye {
        /// The reason URI.
        reason: Uri,
        /// The router's sentence.
        message: Option<String>,
    },
    /// The router sent ABORT.
    #[error("the router aborted the session: {}", Sentence(reason, message.as_deref()))]
    Aborted {
        /// The reason URI.
        reason: Uri,
        /// The router's sentence.
        message: Option<String>,
    },
    /// The link broke.
    #[error("the link broke: {0}")]
    Lost(#[source] Arc<LinkError>),
    /// The router closed the link without a word.
    #[error("the router closed the link")]
    Ended,
    /// The router broke the protocol, and this side aborted the session.
    #[error("the router broke the protocol: {0}")]
    Violation(String),
    /// A lasting client is between two sessions.
    #[error("not connected")]
    Offline,
    /// The session's task ended before its time.
    #[error("the session failed")]
    Failed,
}

impl CloseCause {
    /// Whether a router that closed the session so would refuse the next one as well.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Aborted { reason, .. } | Self::Goodbye { reason, .. } => is_final_refusal(reason),
            _ => false,
        }
    }
}

/// An ERROR that a callee or the router answered with.
///
/// The convention of DeskConn, and of many others, is that the first argument is a sentence for
/// people and that the keyword argument `hint` says what they can do about it.
#[derive(Clone)]
pub struct RemoteError {
    uri: Uri,
    payload: Payload,
}

impl RemoteError {
    pub(crate) fn new(error: message::Error) -> Self {
        Self {
            uri: error.error.detached(),
            payload: error.payload,
        }
    }

    /// An error that this side answers itself.
    pub(crate) fn local(uri: Uri, sentence: &str) -> Self {
        let payload = Payload::sentence(sentence);
        Self { uri, payload }
    }

    /// What went wrong, as a URI.
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// What went wrong, as a sentence: the first argument, if it is text.
    pub fn message(&self) -> Option<String> {
        let args: Vec<wamp_proto::Value> = self.payload.read_args().ok()?;
        args.first()?.as_str().map(str::to_owned)
    }

    /// What to do about it: the keyword argument `hint`, if it is text.
    pub fn hint(&self) -> Option<String> {
        let kwargs: wamp_proto::Dict = self.payload.read_kwargs().ok()?;
        kwargs.get("hint")?.as_str().map(str::to_owned)
    }
}

reads_payload!(RemoteError);

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sentence(&self.uri, self.message().as_deref()).fmt(f)
    }
}

impl fmt::Debug for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteError")
            .field("uri", &self.uri)
            .field("payload", &self.payload)
            .finish()
    }
}

impl std::error::Error for RemoteError {}

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The callee or the router answered with an error.
    #[error("{0}")]
    Application(RemoteError),
    /// The call took longer than its timeout.
    #[error("the call took too long")]
    Timeout,
    /// The call was cancelled, by this side or because the callee left.
    #[error("the call was cancelled: {0}")]
    Canceled(RemoteError),
    /// The session ended first, or there is none.
    #[error(transparent)]
    Closed(#[from] CloseCause),
    /// The arguments can not be sent.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The procedure is no URI.
    #[error("`{0}` is not a URI: components joined by dots, without white space and `#`")]
    InvalidUri(Uri),
    /// The message can not be sent on this link.
    #[error("the call can not be sent: {0}")]
    Unsent(#[source] LinkError),
    /// Results came in faster than they were taken, and the call was cancelled.
    #[error("results came in faster than they were taken")]
    Overflow,
    /// The end of the call was taken before, or all its arguments were given.
    #[error("the call has ended already")]
    Ended,
    /// The result is not what was expected.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl CallError {
    /// Sorts an ERROR by its URI.
    pub(crate) fn remote(error: RemoteError) -> Self {
        if *error.uri() == uris::TIMEOUT {
            Self::Timeout
        } else if *error.uri() == uris::CANCELED {
            Self::Canceled(error)
        } else {
            Self::Application(error)
        }
    }

    /// The ERROR that was answered, if that is what went wrong.
    pub const fn remote_error(&self) -> Option<&RemoteError> {
        match self {
            Self::Application(error) | Self::Canceled(error) => Some(error),
            _ => None,
        }
    }
}

/// Why the router did not do what it was asked: to register, subscribe, publish, or take one of
/// them back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The router answered with an error.
    #[error("{0}")]
    Refused(RemoteError),
    /// The session ended first, or there is none.
    #[error(transparent)]
    Closed(#[from] CloseCause),
    /// What is published can not be sent.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The procedure or topic is no URI, or no pattern.
    #[error("`{0}` is not a URI: components joined by dots, without white space and `#`")]
    InvalidUri(Uri),
    /// The message can not be sent on this link.
    #[error("the request can not be sent: {0}")]
    Unsent(#[source] LinkError),
    /// The router did it and took it back (spec, "Registration Revocation", "Subscription
    /// Revocation").
    #[error("the router took it back")]
    Revoked,
}

impl RequestError {
    /// The ERROR that was answered, if that is what went wrong.
    pub const fn remote_error(&self) -> Option<&RemoteError> {
        match self {
            Self::Refused(error) => Some(error),
            _ => None,
        }
    }
}

/// Judges a URI before it is sent, since some requests would get no answer about it.
pub(crate) fn check_uri(uri: &Uri, policy: MatchPolicy) -> Result<(), Uri> {
    if uri.is_valid_pattern(policy, wamp_proto::UriRule::Loose) {
        Ok(())
    } else {
        Err(uri.clone())
    }
}

/// "message (uri)", or the URI alone.
struct Sentence<'a>(&'a Uri, Option<&'a str>);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(message) => write!(f, "{message} ({})", self.0),
            None => self.0.fmt(f),
        }
    }
}
