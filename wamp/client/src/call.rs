//! Calling procedures.

use crate::args::{self, reads_payload};
use crate::driver::command::{Abandoned, Command, Guard, Key, Outcome, StartCall};
use crate::error::{CallError, CloseCause, check_uri};
use crate::queue::{Bounds, Queue, Queued};
use crate::session::Session;
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::{future::IntoFuture, sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};
use wamp_proto::options::{CallOptions, CancelMode};
use wamp_proto::{MatchPolicy, Payload, Uri};

/// How many progressive results wait for their taker before the call is cancelled.
const PARTS: Bounds = Bounds {
    items: 1024,
    octets: 16 << 20,
};

/// A call about to be made; from [`Session::call`].
///
/// Awaiting it makes the call and gives its final result. Dropping that future cancels the call, the
/// callee being told where it can be (CANCEL, mode `killnowait`).
#[derive(Debug)]
#[must_use = "a call is made when it is awaited or started"]
pub struct Call<A = (), K = ()> {
    session: Result<Session, CloseCause>,
    procedure: Uri,
    args: A,
    kwargs: K,
    options: CallOptions,
    timeout: Option<Duration>,
}

impl Call {
    /// A call in `session`, or one that fails because there is none.
    pub(crate) fn new(session: Result<Session, CloseCause>, procedure: Uri) -> Self {
        Self {
            session,
            procedure,
            args: (),
            kwargs: (),
            options: CallOptions::default(),
            timeout: None,
        }
    }
}

impl<A, K> Call<A, K> {
    /// Gives positional arguments: a tuple or a list.
    pub fn args<T: Serialize>(self, args: T) -> Call<T, K> {
        Call {
            session: self.session,
            procedure: self.procedure,
            args,
            kwargs: self.kwargs,
            options: self.options,
            timeout: self.timeout,
        }
    }

    /// Gives one positional argument.
    pub fn arg<T: Serialize>(self, arg: T) -> Call<(T,), K> {
        self.args((arg,))
    }

    /// Gives keyword arguments: a struct or a map.
    pub fn kwargs<T: Serialize>(self, kwargs: T) -> Call<A, T> {
        Call {
            session: self.session,
            procedure: self.procedure,
            args: self.args,
            kwargs,
            options: self.options,
            timeout: self.timeout,
        }
    }

    /// Ends the call with [`CallError::Timeout`] after `timeout`, or after that time without a
    /// further result in parts. The router is asked to watch it too (spec, "Call Timeouts"), but
    /// this side does not depend on it.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks for results in parts (spec, "Progressive Call Results"), to be taken from
    /// [`PendingCall::next`].
    pub const fn progress(mut self) -> Self {
        self.options.receive_progress = true;
        self
    }

    /// Asks the router to tell the callee who calls (spec, "Caller Identification").
    pub const fn disclose_me(mut self) -> Self {
        self.options.disclose_me = true;
        self
    }
}

impl<A: Serialize, K: Serialize> Call<A, K> {
    /// Makes the call and returns as soon as it is on its way.
    ///
    /// # Errors
    /// If it can not be made.
    pub fn start(self) -> impl Future<Output = Result<PendingCall, CallError>> + Send + 'static {
        let prepared = self.prepare();
        async move { prepared?.start().await }
    }

    /// Makes the call with its first arguments and leaves it open for more (spec, "Progressive Call
    /// Invocations"), which [`PendingCall::send`] and [`PendingCall::finish`] give.
    ///
    /// # Errors
    /// If it can not be made; a router that can not do this says so with an ERROR.
    pub fn open(mut self) -> impl Future<Output = Result<PendingCall, CallError>> + Send + 'static {
        self.options.progress = true;
        self.start()
    }

    /// Everything that needs the arguments, so that the future does not.
    fn prepare(self) -> Result<Prepared, CallError> {
        let session = self.session?;
        check_uri(&self.procedure, MatchPolicy::Exact).map_err(CallError::InvalidUri)?;
        let payload = args::write(session.serializer(), &self.args, &self.kwargs)?;
        let mut options = self.options;
        options.timeout = self.timeout.map(milliseconds);
        Ok(Prepared {
            session,
            procedure: self.procedure,
            payload,
            options,
            timeout: self.timeout,
        })
    }
}

impl<A: Serialize, K: Serialize> IntoFuture for Call<A, K> {
    type Output = Result<CallResult, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let started = self.start();
        Box::pin(async move { started.await?.result().await })
    }
}

struct Prepared {
    session: Session,
    procedure: Uri,
    payload: Payload,
    options: CallOptions,
    timeout: Option<Duration>,
}

impl Prepared {
    async fn start(self) -> Result<PendingCall, CallError> {
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

    /// Gives further arguments of a call that was [opened](Call::open). Waits while the link is
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

    /// Gives the last arguments of a call that was [opened](Call::open).
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

/// A timeout as it stands in a message; 0 would be none.
fn milliseconds(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_millis())
        .unwrap_or(u64::MAX)
        .clamp(1, wamp_proto::MAX_ID)
}
