//! A client that lasts: it connects, connects again after a loss, and restores what was registered
//! and subscribed.
//!
//! ```text
//!              joined                     refused for good, or closed
//!   Connecting ───────► Online ──────────────────────────────► Closed
//!       ▲  │ failed       │ session lost                          ▲
//!       └──┴──────────────┘                                       │
//!          └──────────────────────────────────────────────────────┘
//! ```

mod backoff;
mod handles;
mod state;
mod supervisor;
mod wanted;

pub use backoff::Backoff;
pub use handles::{LastingEventStream, LastingRegistration, LastingSubscription};
pub use state::{Disconnect, Missing, State};

use crate::call::Call;
use crate::connect::JoinOptions;
use crate::error::CloseCause;
use crate::event::{self, Event};
use crate::invocation::{self, Invocation};
use crate::publish::Publish;
use crate::register::Register;
use crate::reply::{InvocationError, Reply};
use crate::session::Session;
use crate::subscribe::{Subscribe, SubscribeEvents};
use futures_util::future::BoxFuture;
use std::{fmt, sync::Arc, time::Duration};
use supervisor::{Order, Orders, Status, Supervisor};
use tokio::sync::watch;
use wamp_proto::Uri;
use wamp_transport::{ConnectError, ConnectOptions, Endpoint, Link};

/// How a client gets a link.
type Connector = Arc<dyn Fn() -> BoxFuture<'static, Result<Link, ConnectError>> + Send + Sync>;

/// A client that keeps a session open as long as it lives.
///
/// Clones are handles of the same client; it leaves when the last one, and the last handle of what
/// it registered and subscribed, is dropped. A handler that owns a clone keeps its own client: such
/// a one ends by [`Client::close`].
///
/// Without a session, calls and publications fail at once with [`CloseCause::Offline`]: what a
/// person did a minute ago must not happen when the link comes back. Who wants to wait does so by
/// [`Client::online`]. Registrations and subscriptions wait for a session, and are made again in
/// every later one. Events and invocations in between are missed; [`Client::state`] tells when.
#[derive(Clone)]
pub struct Client {
    orders: Orders,
    status: watch::Receiver<Status>,
}

impl Client {
    /// A client of the router at `endpoint`.
    pub fn connect(endpoint: Endpoint, connecting: ConnectOptions, joining: JoinOptions) -> Self {
        let connector = move || {
            let (endpoint, connecting) = (endpoint.clone(), connecting.clone());
            async move { wamp_transport::connect(&endpoint, &connecting).await }
        };
        Self::new(connector, joining, Backoff::default())
    }

    /// A client that gets its links from `connector`, called anew for every attempt.
    pub fn new<F, Fut>(connector: F, joining: JoinOptions, backoff: Backoff) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Link, ConnectError>> + Send + 'static,
    {
        let connector: Connector = Arc::new(move || Box::pin(connector()));
        let (orders, ordered) = Orders::channel();
        let state = State::Connecting {
            attempt: 1,
            next_in: Duration::ZERO,
            last_error: None,
        };
        let (shown, status) = watch::channel(Status {
            state,
            session: None,
        });
        let supervisor = Supervisor::new(connector, joining, backoff, ordered, shown);
        // The task ends by itself when the client is closed or its last handle is dropped.
        tokio::spawn(supervisor.run());
        Self { orders, status }
    }

    /// What the client is doing.
    pub fn state(&self) -> State {
        self.status.borrow().state.clone()
    }

    /// What the client is doing and will be doing, to be followed.
    pub fn states(&self) -> States {
        let mut status = self.status.clone();
        status.mark_changed();
        States(status)
    }

    /// The present session. It is of use for what is done at once; the next loss ends it.
    ///
    /// # Errors
    /// [`CloseCause::Offline`] while there is none, another cause when the client has ended.
    pub fn session(&self) -> Result<Session, CloseCause> {
        let status = self.status.borrow();
        match (&status.session, &status.state) {
            (Some(session), _) => Ok(session.clone()),
            (None, State::Closed { reason }) => Err(reason.cause()),
            (None, _) => Err(CloseCause::Offline),
        }
    }

    /// Waits for a session.
    ///
    /// # Errors
    /// Why there will be none any more.
    pub async fn online(&self) -> Result<Session, CloseCause> {
        let mut status = self.status.clone();
        let settled = |status: &Status| {
            status.session.is_some() || matches!(status.state, State::Closed { .. })
        };
        if status.wait_for(settled).await.is_err() {
            return Err(CloseCause::Failed);
        }
        self.session()
    }

    /// A call of `procedure`, which fails at once without a session.
    pub fn call(&self, procedure: impl Into<Uri>) -> Call {
        Call::new(self.session(), procedure.into())
    }

    /// A publication to `topic`, which fails at once without a session.
    pub fn publish(&self, topic: impl Into<Uri>) -> Publish {
        Publish::new(self.session(), topic.into())
    }

    /// A registration in every session, as by [`Session::register`]. Awaiting it waits until a
    /// router has accepted or refused it for the first time; a later session that refuses it is
    /// asked again from time to time.
    pub fn register<F, Fut, R>(&self, procedure: impl Into<Uri>, handler: F) -> Register<Self>
    where
        F: Fn(Invocation) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, InvocationError>> + Send + 'static,
        R: Into<Reply>,
    {
        let handler = invocation::handler(handler);
        Register::new(self.clone(), procedure.into(), handler)
    }

    /// A subscription in every session, as by [`Session::subscribe`]. Awaiting it waits until a
    /// router has accepted or refused it for the first time.
    pub fn subscribe<F, Fut>(&self, topic: impl Into<Uri>, handler: F) -> Subscribe<Self>
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let handler = event::handler(handler);
        Subscribe::new(self.clone(), topic.into(), handler)
    }

    /// A subscription in every session whose events are taken from one stream.
    pub fn events(&self, topic: impl Into<Uri>) -> SubscribeEvents<Self> {
        SubscribeEvents::new(self.clone(), topic.into())
    }

    /// Makes the next attempt now, if the client waits for it: the network may be back.
    pub fn retry_now(&self) {
        self.orders.give(Order::Retry);
    }

    /// Leaves, and waits until the session is over. Returns why the client ended, which may have
    /// been otherwise before.
    pub async fn close(&self) -> Disconnect {
        self.orders.give(Order::Close);
        self.closed().await
    }

    /// Waits until the client has ended: closed, or refused for good.
    pub async fn closed(&self) -> Disconnect {
        let mut status = self.status.clone();
        let is_closed = |status: &Status| matches!(status.state, State::Closed { .. });
        match status.wait_for(is_closed).await.as_deref() {
            Ok(Status {
                state: State::Closed { reason },
                ..
            }) => reason.clone(),
            _ => Disconnect::Session(CloseCause::Failed),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

/// What a client does, as it changes. Changes that come closely after one another may be seen as one.
#[derive(Clone, Debug)]
pub struct States(watch::Receiver<Status>);

impl States {
    /// The present state at first, then the next one whenever it changes; `None` after the client has
    /// ended. Cancel safe.
    pub async fn next(&mut self) -> Option<State> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().state.clone())
    }
}
