//! What a procedure answers.

use crate::args::{self, ArgumentsError, ReadError};
use serde::Serialize;
use std::fmt;
use wamp_proto::options::AnyDetails;
use wamp_proto::{
    Dict, Payload, RequestId, Serializer, Uri, Value, message, message::request_type, uris,
};

/// The error a handler's panic and an unwritable result are answered with.
pub(crate) const RUNTIME_ERROR: Uri = Uri::from_static("wamp.error.runtime_error");

/// Why a part of a result was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgressError {
    /// It can not be written.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The session ended.
    #[error("the session is closed")]
    Closed,
}

impl From<ProgressError> for InvocationError {
    fn from(error: ProgressError) -> Self {
        match error {
            ProgressError::Arguments(_) => Self::new(RUNTIME_ERROR, error.to_string()),
            ProgressError::Closed => Self::canceled(),
        }
    }
}

/// What a procedure results in. `()` is a result without arguments.
pub struct Reply(Box<dyn FnOnce(Serializer) -> Result<Payload, ArgumentsError> + Send>);

impl Reply {
    /// One positional argument.
    pub fn value<T: Serialize + Send + 'static>(value: T) -> Self {
        Self::new((value,), ())
    }

    /// Positional arguments: a tuple or a list.
    pub fn args<T: Serialize + Send + 'static>(args: T) -> Self {
        Self::new(args, ())
    }

    /// Keyword arguments: a struct or a map.
    pub fn kwargs<T: Serialize + Send + 'static>(kwargs: T) -> Self {
        Self::new((), kwargs)
    }

    /// Positional and keyword arguments.
    pub fn new<A, K>(args: A, kwargs: K) -> Self
    where
        A: Serialize + Send + 'static,
        K: Serialize + Send + 'static,
    {
        Self(Box::new(move |serializer| {
            args::write(serializer, &args, &kwargs)
        }))
    }

    pub(crate) fn write(self, serializer: Serializer) -> Result<Payload, ArgumentsError> {
        (self.0)(serializer)
    }
}

impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::new((), ())
    }
}

impl From<Payload> for Reply {
    /// Arguments that came from elsewhere, passed on.
    fn from(payload: Payload) -> Self {
        Self(Box::new(move |serializer| {
            Ok(payload.transcoded(serializer)?)
        }))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

/// An ERROR that a procedure answers with: a URI, a sentence for people as the first argument, and
/// keyword arguments, of which `hint` says what to do.
#[derive(Clone, PartialEq, thiserror::Error)]
#[error("{message} ({uri})")]
pub struct InvocationError {
    uri: Uri,
    message: String,
    kwargs: Dict,
}

impl InvocationError {
    /// An error of that URI and sentence.
    pub fn new(uri: impl Into<Uri>, message: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            message: message.into(),
            kwargs: Dict::new(),
        }
    }

    /// `wamp.error.invalid_argument`: the arguments are not what the procedure takes.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(uris::INVALID_ARGUMENT, message)
    }

    /// `wamp.error.canceled`: the answer to an interrupt.
    pub fn canceled() -> Self {
        Self::new(uris::CANCELED, "the call was cancelled")
    }

    /// Adds what the person who gets the error can do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.kwarg("hint", hint.into())
    }

    /// Adds a keyword argument.
    #[must_use]
    pub fn kwarg(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.kwargs.insert(key.into(), value.into());
        self
    }

    /// The URI.
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn into_message(self, request: RequestId, serializer: Serializer) -> message::Error {
        let payload = Payload::new(serializer, &[&self.message], &self.kwargs);
        message::Error {
            request_type: request_type::INVOCATION,
            request,
            details: AnyDetails::new(),
            error: self.uri,
            // A keyword argument that can not be written takes not the sentence with it.
            payload: payload.unwrap_or_else(|_| Payload::sentence(&self.message)),
        }
    }
}

impl From<ReadError> for InvocationError {
    fn from(error: ReadError) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

impl fmt::Debug for InvocationError {
    /// Without the keyword arguments, which are payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvocationError")
            .field("uri", &self.uri)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
