//! What a procedure receives and what it answers.

use crate::args::{self, ArgumentsError, ReadError, reads_payload};
use crate::driver::command::{Command, Commands};
use crate::queue::{Queue, Queued};
use futures_util::{FutureExt, future::BoxFuture};
use serde::Serialize;
use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use wamp_proto::options::{AnyDetails, CancelMode, InterruptOptions, InvocationDetails};
use wamp_proto::{
    Dict, Payload, RequestId, Serializer, SessionId, Uri, Value, message, message::request_type,
    uris,
};

/// The error a handler's panic and an unwritable result are answered with.
const RUNTIME_ERROR: Uri = Uri::from_static("wamp.error.runtime_error");

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
            details: message.details,
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

    fn write(self, serializer: Serializer) -> Result<Payload, ArgumentsError> {
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

/// Registrations that share a lane are served one invocation at a time, in the order the
/// invocations came; those that wait count against the session's bound.
///
/// Without one, invocations run side by side, and two that come closely after one another may
/// overtake each other.
#[derive(Clone, Debug)]
pub struct Lane(LaneId);

/// Which lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LaneId(u64);

impl Lane {
    /// A lane that nothing shares yet.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(LaneId(NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) const fn id(&self) -> LaneId {
        self.0
    }
}

impl Default for Lane {
    fn default() -> Self {
        Self::new()
    }
}
