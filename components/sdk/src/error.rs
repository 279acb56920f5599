//! Errors that procedures answer with, in DeskConn's form.

use crate::Unavailable;
use deskconn_protocol::uris;
use wamp_client::InvocationError;
use wamp_proto::Uri;

/// An ERROR `uri` with a sentence for people and what they can do about it.
pub fn failure(uri: &str, message: impl Into<String>, hint: impl Into<String>) -> InvocationError {
    InvocationError::new(Uri::from(uri), message).hint(hint)
}

impl From<Unavailable> for InvocationError {
    /// `org.deskconn.error.unavailable`.
    fn from(Unavailable { reason, hint, .. }: Unavailable) -> Self {
        failure(uris::ERROR_UNAVAILABLE, reason, hint)
    }
}
