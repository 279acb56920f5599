//! The session as a caller: its pending calls.

use super::command::{Key, Outcome};
use crate::error::{CallError, RemoteError};
use crate::pending_call::CallResult;
use crate::queue::Queue;
use std::{collections::HashMap, sync::Arc};
use wamp_proto::options::{CancelMode, CancelOptions};
use wamp_proto::{RequestId, message, uris};

/// The calls that have no final result yet.
pub(crate) struct Caller {
    by_request: HashMap<RequestId, Pending>,
    by_key: HashMap<Key, RequestId>,
    /// Whether the dealer takes CANCEL.
    canceling: bool,
}

struct Pending {
    key: Key,
    outcome: Outcome<CallResult, CallError>,
    parts: Option<Parts>,
}

/// The progressive results of one call. Dropping it tells their taker that there are no more.
struct Parts(Arc<Queue<CallResult>>);

impl Caller {
    pub(crate) fn new(canceling: bool) -> Self {
        Self {
            by_request: HashMap::new(),
            by_key: HashMap::new(),
            canceling,
        }
    }

    /// Notes a call that was sent as `request`.
    pub(crate) fn called(
        &mut self,
        request: RequestId,
        key: Key,
        outcome: Outcome<CallResult, CallError>,
        parts: Option<Arc<Queue<CallResult>>>,
    ) {
        self.by_key.insert(key, request);
        let pending = Pending {
            key,
            outcome,
            parts: parts.map(Parts),
        };
        self.by_request.insert(request, pending);
    }

    /// The request of a call that has not ended.
    pub(crate) fn request(&self, key: Key) -> Option<RequestId> {
        self.by_key.get(&key).copied()
    }

    /// Takes a RESULT. Returns a CANCEL if nobody can take it.
    pub(crate) fn result(&mut self, result: message::Result) -> Option<message::Cancel> {
        let request = result.request;
        let progress = result.details.progress;
        let result = CallResult::new(result.payload, progress);
        if !progress {
            self.finish(request, Ok(result));
            return None;
        }
        // Progress that was not asked for is left out: the final result still comes.
        let parts = self.by_request.get(&request)?.parts.as_ref()?;
        if parts.0.push(result).is_ok() {
            return None;
        }
        self.finish(request, Err(CallError::Overflow));
        self.take_back(request)
    }

    /// Takes an ERROR.
    pub(crate) fn fail(&mut self, request: RequestId, error: RemoteError) {
        self.finish(request, Err(CallError::remote(error)));
    }

    /// The CANCEL that ends a call as its caller wishes; the call stays pending until its answer.
    pub(crate) fn cancel(&mut self, key: Key, mode: CancelMode) -> Option<message::Cancel> {
        let request = self.request(key)?;
        if self.canceling {
            return Some(cancel(request, mode));
        }
        let error = RemoteError::local(uris::CANCELED, "the router can not cancel calls");
        self.finish(request, Err(CallError::Canceled(error)));
        None
    }

    /// The CANCEL for a call that nobody waits for any more.
    pub(crate) fn abandon(&mut self, key: Key) -> Option<message::Cancel> {
        let request = self.by_key.remove(&key)?;
        self.by_request.remove(&request);
        self.take_back(request)
    }

    fn take_back(&self, request: RequestId) -> Option<message::Cancel> {
        self.canceling
            .then(|| cancel(request, CancelMode::KillNoWait))
    }

    /// Answers for calls that are not pending are late ones, for calls cancelled before.
    fn finish(&mut self, request: RequestId, outcome: Result<CallResult, CallError>) {
        let Some(pending) = self.by_request.remove(&request) else {
            return;
        };
        self.by_key.remove(&pending.key);
        // Nobody may wait any more.
        pending.outcome.answer(outcome);
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn cancel(request: RequestId, mode: CancelMode) -> message::Cancel {
    let options = CancelOptions { mode: Some(mode) };
    message::Cancel { request, options }
}
