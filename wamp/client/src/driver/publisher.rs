//! The session as a publisher: publications that wait for their acknowledgement.

use super::command::Outcome;
use crate::error::RequestError;
use std::collections::HashMap;
use wamp_proto::options::PublishOptions;
use wamp_proto::{Payload, PublicationId, RequestId, Uri, message};

/// The publications that were not acknowledged yet.
#[derive(Default)]
pub(crate) struct Publisher {
    pending: HashMap<RequestId, Outcome<PublicationId>>,
}

impl Publisher {
    /// The PUBLISH to send.
    pub(crate) fn publish(
        &mut self,
        request: RequestId,
        options: PublishOptions,
        topic: Uri,
        payload: Payload,
        reply: Option<Outcome<PublicationId>>,
    ) -> message::Publish {
        if let Some(reply) = reply {
            self.pending.insert(request, reply);
        }
        message::Publish {
            request,
            options,
            topic,
            payload,
        }
    }

    pub(crate) fn published(&mut self, published: &message::Published) {
        if let Some(reply) = self.pending.remove(&published.request) {
            reply.answer(Ok(published.publication));
        }
    }

    /// Fails a publication; one that nobody waits for is reported in the log.
    pub(crate) fn fail(&mut self, request: RequestId, error: RequestError) {
        match self.pending.remove(&request) {
            Some(reply) => {
                reply.answer(Err(error));
            }
            None => tracing::warn!(%error, "a publication failed that nobody waited for"),
        }
    }
}
