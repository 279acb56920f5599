//! Calls under way, and their results.

use crate::args::{self, reads_payload};
use crate::driver::command::{Abandoned, Command, Guard, Key, Outcome, StartCall};
use crate::error::{CallError, CloseCause};
use crate::queue::{Bounds, Queue, Queued};
use crate::session::Session;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};
use wamp_proto::options::{CallOptions, CancelMode};
use wamp_proto::{Payload, Uri};

/// How many progressive results wait for their taker before the call is cancelled.
const PARTS: Bounds = Bounds {
    items: 1024,
    octets: 16 << 20,
};

/// A call that was made. Dropping it before its end cancels it.
#[derive(Debug)]
pub struct PendingCall {
    session: Session,
    key: Key,
    guard: Guard,
    procedure: Uri,
    /// Whether further arguments may follow.
    is_open: bool,
    parts: Option<Arc<Queue<CallResult>>>,
    /// `None` when the call has ended.
    outcome: Option<oneshot::Receiver<Result<CallResult, CallError>>>,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
}

impl PendingCall {
    /// The next result: those in parts, for which [`CallResult::is_progress`] holds, and then the
    /// final one or the error that ends the call; `None` after that. Cancel safe.
    pub async fn next(&mut self) -> Option<Result<CallResult, CallError>> {
        self.outcome.as_ref()?;
        let deadline = self.deadline;
        let next = self.receive();
        let next = match deadline {
            Some(deadline) => timeout_at(deadline, next)
                .await
                .unwrap_or(Err(CallError::Timeout)),
            None => next.await,
        };
        match &next {
            Ok(part) if part.is_progress() => self.restart_timeout(),
            Err(CallError::Timeout) => self.give_up(),
            _ => self.end(),
        }
        Some(next)
    }

    /// The final result, passing over those in parts.
    ///
    /// # Errors
    /// What ended the call.
    pub async fn result(mut self) -> Result<CallResult, CallError> {
        while let Some(next) = self.next().await {
            match next {
                Ok(part) if part.is_progress() => {}
                end => return end,
            }
        }
        Err(CallError::Ended)
    }

    /// Cancels the call (spec, "Call Canceling"). It still has an end to wait for: with
    /// [`CancelMode::Kill`] what the callee makes of it, otherwise [`CallError::Canceled`] soon.
    ///
    /// # Errors
    /// If the session ended.
    pub async fn cancel(&self, mode: CancelMode) -> Result<(), CloseCause> {
        self.session.send(Command::Cancel(self.key, mode)).await
    }

    /// Gives further arguments of a call that was [opened](crate::Call::open). Waits while the link is
    /// slower than this.
    ///
    /// # Errors
    /// [`CallError::Ended`] if the call has ended or its arguments are complete; or if these
    /// arguments can not be sent, which the call survives.
    pub async fn send<A, K>(&mut self, args: A, kwargs: K) -> Result<(), CallError>
    where
        A: Serialize,
        K: Serialize,
    {
        let payload = args::write(self.session.serializer(), &args, &kwargs)?;
        self.go_on(payload, true).await
    }

    /// Gives the last arguments of a call that was [opened](crate::Call::open).
    ///
    /// # Errors
    /// As [`PendingCall::send`].
    pub async fn finish<A, K>(&mut self, args: A, kwargs: K) -> Result<(), CallError>
    where
        A: Serialize,
        K: Serialize,
    {
        let payload = args::write(self.session.serializer(), &args, &kwargs)?;
        self.go_on(payload, false).await?;
        self.is_open = false;
        Ok(())
    }

    async fn go_on(&mut self, payload: Payload, progress: bool) -> Result<(), CallError> {
        if !self.is_open || self.outcome.is_none() {
            return Err(CallError::Ended);
        }
        let (outcome, sent) = Outcome::channel();
        let arguments = Command::Continue {
            key: self.key,
            procedure: self.procedure.clone(),
            payload,
            progress,
            outcome,
        };
        self.session.send(arguments).await?;
        match sent.await {
            Ok(sent) => sent?,
            Err(_) => return Err(self.session.cause().into()),
        }
        self.restart_timeout();
        Ok(())
    }

    async fn receive(&mut self) -> Result<CallResult, CallError> {
        if let Some(parts) = &self.parts
            && let Some((part, _)) = parts.next().await
        {
            return Ok(part);
        }
        match &mut self.outcome {
            Some(outcome) => match outcome.await {
                Ok(outcome) => outcome,
                Err(_) => Err(CallError::Closed(self.session.cause())),
            },
            None => Err(CallError::Ended),
        }
    }

    fn restart_timeout(&mut self) {
        self.deadline = self.timeout.map(|timeout| Instant::now() + timeout);
    }

    /// The call has ended; there is nothing to cancel.
    fn end(&mut self) {
        self.guard.disarm();
        self.outcome = None;
    }

    /// Nobody waits any more: the call is cancelled at once.
    fn give_up(&mut self) {
        self.guard.fire();
        self.outcome = None;
    }
}

/// A call that only needs to be sent.
pub(crate) struct Prepared {
    pub(crate) session: Session,
    pub(crate) procedure: Uri,
    pub(crate) payload: Payload,
    pub(crate) options: CallOptions,
    pub(crate) timeout: Option<Duration>,
}

impl Prepared {
    /// Sends it.
    pub(crate) async fn start(self) -> Result<PendingCall, CallError> {
        let key = Key::unique();
        let (outcome, awaited) = Outcome::channel();
        let parts = self
            .options
            .receive_progress
            .then(|| Arc::new(Queue::new(PARTS)));
        let is_open = self.options.progress;
        let call = Command::Call(StartCall {
            key,
            options: self.options,
            procedure: self.procedure.clone(),
            payload: self.payload,
            parts: parts.clone(),
            outcome,
        });
        let mut pending = PendingCall {
            key,
            guard: self.session.guard(Abandoned::Call(key)),
            session: self.session,
            procedure: self.procedure,
            is_open,
            parts,
            outcome: Some(awaited),
            timeout: self.timeout,
            deadline: None,
        };
        pending.restart_timeout();
        let sent = pending.session.send(call);
        match pending.deadline {
            Some(deadline) => timeout_at(deadline, sent)
                .await
                .map_err(|_| CallError::Timeout)??,
            None => sent.await?,
        }
        Ok(pending)
    }
}

/// What a procedure resulted in (spec, "RESULT").
#[derive(Clone, Debug, PartialEq)]
pub struct CallResult {
    payload: Payload,
    progress: bool,
}

reads_payload!(CallResult);

impl CallResult {
    pub(crate) const fn new(payload: Payload, progress: bool) -> Self {
        Self { payload, progress }
    }

    /// Whether more results follow.
    pub const fn is_progress(&self) -> bool {
        self.progress
    }
}

impl Queued for CallResult {
    fn payload(&self) -> &Payload {
        &self.payload
    }
}
