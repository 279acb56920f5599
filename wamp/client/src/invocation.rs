//! What a procedure receives and what it answers.

use crate::args::reads_payload;
use crate::driver::command::{Command, Commands};
use crate::queue::{Queue, Queued};
use crate::reply::{InvocationError, ProgressError, RUNTIME_ERROR, Reply};
use futures_util::{FutureExt, future::BoxFuture};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::watch;
use wamp_proto::options::{CancelMode, InterruptOptions, InvocationDetails};
use wamp_proto::{Payload, RequestId, Serializer, SessionId, Uri, message};

/// A registered procedure's code.
pub(crate) type Handler =
    Arc<dyn Fn(Invocation) -> BoxFuture<'static, Result<Reply, InvocationError>> + Send + Sync>;

/// Puts a handler into the form that is kept.
pub(crate) fn handler<F, Fut, R>(code: F) -> Handler
where
    F: Fn(Invocation) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, InvocationError>> + Send + 'static,
    R: Into<Reply>,
{
    Arc::new(move |invocation| {
        let answer = code(invocation);
        Box::pin(async move { answer.await.map(Into::into) })
    })
}

/// One call that this side is to answer (spec, "INVOCATION").
#[derive(Debug)]
pub struct Invocation {
    request: RequestId,
    procedure: Uri,
    details: InvocationDetails,
    payload: Payload,
    serializer: Serializer,
    commands: Commands,
    interrupted: watch::Receiver<Option<Interrupt>>,
    /// Further arguments, if the first were not all.
    parts: Option<Arc<Queue<Arguments>>>,
}

reads_payload!(Invocation);

impl Invocation {
    pub(crate) fn new(
        message: message::Invocation,
        registered: &Uri,
        serializer: Serializer,
        commands: Commands,
        interrupted: watch::Receiver<Option<Interrupt>>,
        parts: Option<Arc<Queue<Arguments>>>,
    ) -> Self {
        let procedure = message.details.procedure.as_ref();
        Self {
            request: message.request,
            procedure: procedure.unwrap_or(registered).detached(),
            details: message.details.into_inner(),
            payload: message.payload,
            serializer,
            commands,
            interrupted,
            parts,
        }
    }

    /// The procedure that was called, also where it was registered by a pattern.
    pub const fn procedure(&self) -> &Uri {
        &self.procedure
    }

    /// The caller's session, if the router discloses it.
    pub const fn caller(&self) -> Option<SessionId> {
        self.details.caller
    }

    /// The caller's authid, if the router discloses it.
    pub fn caller_authid(&self) -> Option<&str> {
        self.details.caller_authid.as_deref()
    }

    /// The caller's authrole, if the router discloses it.
    pub fn caller_authrole(&self) -> Option<&str> {
        self.details.caller_authrole.as_deref()
    }

    /// After what time the router gives the call up, if it was asked to say so.
    pub fn timeout(&self) -> Option<Duration> {
        self.details.timeout.map(Duration::from_millis)
    }

    /// Everything the router says about the call.
    pub const fn details(&self) -> &InvocationDetails {
        &self.details
    }

    /// Whether the caller takes results in parts.
    pub const fn takes_progress(&self) -> bool {
        self.details.receive_progress
    }

    /// Sends a part of the result (spec, "Progressive Call Results"). A caller that does not take
    /// parts is not sent any. Waits while the link is slower than this.
    ///
    /// # Errors
    /// If the part can not be written, or the session ended.
    pub async fn progress(&self, part: impl Into<Reply>) -> Result<(), ProgressError> {
        if !self.takes_progress() {
            return Ok(());
        }
        let payload = part.into().write(self.serializer)?;
        let part = Command::Progress(self.request, payload);
        self.commands
            .send(part)
            .await
            .map_err(|_| ProgressError::Closed)
    }

    /// The next further arguments of a call whose caller gives them in parts (spec, "Progressive Call
    /// Invocations"); `None` when these were the last. Cancel safe.
    ///
    /// # Errors
    /// If the call was cancelled before its arguments were complete.
    pub async fn next(&mut self) -> Result<Option<Arguments>, InvocationError> {
        let Some(parts) = &self.parts else {
            return Ok(None);
        };
        tokio::select! {
            biased;
            _ = self.cancelled() => Err(InvocationError::canceled()),
            part = parts.next() => Ok(part.map(|(part, _)| part)),
        }
    }

    /// Whether the call was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.interrupted.borrow().is_some()
    }

    /// Waits until the call is cancelled (spec, "Call Canceling"). The handler is not stopped: it
    /// decides what to undo, and answers, best with [`InvocationError::canceled`].
    pub async fn cancelled(&self) -> Interrupt {
        let mut interrupted = self.interrupted.clone();
        let interrupt = interrupted.wait_for(Option::is_some).await;
        // Taken out of the lock before anything else is awaited, so that handlers stay `Send`.
        match interrupt.ok().map(|interrupt| interrupt.clone()) {
            Some(interrupt) => interrupt.unwrap_or_default(),
            // The session ended, and with it this handler.
            None => std::future::pending().await,
        }
    }

    /// Runs `handler` on this and sends its answer, whatever becomes of it.
    pub(crate) async fn serve(self, handler: Handler) {
        let request = self.request;
        let serializer = self.serializer;
        let procedure = self.procedure.clone();
        let commands = self.commands.clone();
        // Nothing the handler owns is looked at after a panic.
        let running = AssertUnwindSafe(async move { handler(self).await });
        let answer = match running.catch_unwind().await {
            Ok(Ok(reply)) => reply.write(serializer).map_err(|error| {
                tracing::warn!(%procedure, %error, "the result of a procedure can not be written");
                InvocationError::new(RUNTIME_ERROR, "the result can not be written")
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                // What it said may be anything: it goes to the panic hook, not to the caller.
                tracing::error!(%procedure, "a procedure panicked");
                Err(InvocationError::new(RUNTIME_ERROR, "the procedure failed"))
            }
        };
        // Through the same queue as progress, so that it comes last. Without a driver there is no
        // caller either.
        let _ = commands.send(Command::Answer(request, answer)).await;
    }
}

/// Further arguments of an invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments {
    payload: Payload,
}

reads_payload!(Arguments);

impl Arguments {
    pub(crate) const fn new(payload: Payload) -> Self {
        Self { payload }
    }
}

impl Queued for Arguments {
    fn payload(&self) -> &Payload {
        &self.payload
    }
}

/// How a call was cancelled.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Interrupt {
    /// With [`CancelMode::Kill`] the caller still waits for the answer.
    pub mode: Option<CancelMode>,
    /// Why, if the router says so.
    pub reason: Option<Uri>,
}

impl Interrupt {
    pub(crate) fn new(options: InterruptOptions) -> Self {
        Self {
            mode: options.mode,
            reason: options.reason.map(|reason| reason.detached()),
        }
    }
}
