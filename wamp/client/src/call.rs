//! Calling procedures.

use crate::args;
use crate::error::{CallError, CloseCause, check_uri};
use crate::pending_call::{CallResult, PendingCall, Prepared};
use crate::session::Session;
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::{future::IntoFuture, time::Duration};
use wamp_proto::options::CallOptions;
use wamp_proto::{MatchPolicy, Uri};

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

/// A timeout as it stands in a message; 0 would be none.
fn milliseconds(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_millis())
        .unwrap_or(u64::MAX)
        .clamp(1, wamp_proto::MAX_ID)
}
