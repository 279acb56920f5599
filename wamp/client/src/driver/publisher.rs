//! The session as a publisher: publications that wait for their acknowledgement.

use super::command::Outcome;
use crate::error::{RemoteError, RequestError};
use std::collections::HashMap;
use wamp_proto::{PublicationId, RequestId, message};

/// The publications that were not acknowledged yet.
#[derive(Default)]
pub(crate) struct Publisher {
    pending: HashMap<RequestId, Outcome<PublicationId>>,
}

impl Publisher {
    /// Notes a publication, sent as `request`, that is to be acknowledged.
    pub(crate) fn awaits(&mut self, request: RequestId, outcome: Outcome<PublicationId>) {
        self.pending.insert(request, outcome);
    }

    /// Takes a PUBLISHED.
    pub(crate) fn published(&mut self, published: &message::Published) {
        if let Some(outcome) = self.pending.remove(&published.request) {
            outcome.answer(Ok(published.publication));
        }
    }

    /// Takes an ERROR.
    pub(crate) fn fail(&mut self, request: RequestId, error: RemoteError) {
        match self.pending.remove(&request) {
            Some(outcome) => {
                outcome.answer(Err(RequestError::Refused(error)));
            }
            // A router says so only if asked to.
            None => tracing::debug!(%error, "an error about a publication nobody waits for"),
        }
    }
}
