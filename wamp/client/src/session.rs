//! The handle of a session: cheap to clone, shared by whoever calls, registers, publishes and
//! subscribes.

use crate::call::Call;
use crate::driver::command::{Abandoned, Command, Commands, Guard, Life};
use crate::driver::{CLOSE_TIMEOUT, Driver};
use crate::error::CloseCause;
use crate::event::{self, Event};
use crate::invocation::{self, Invocation};
use crate::publish::Publish;
use crate::register::Register;
use crate::reply::{InvocationError, Reply};
use crate::subscribe::{Subscribe, SubscribeEvents};
use std::{fmt, sync::Arc};
use tokio::sync::{mpsc, watch};
use tracing::Instrument;
use wamp_proto::options::WelcomeDetails;
use wamp_proto::{Feature, Serializer, SessionId, Uri, message};
use wamp_transport::Link;

/// An open session in a realm.
///
/// Clones are handles of the same session. When the last one is dropped, and no [`PendingCall`],
/// [`Registration`], [`Subscription`] or [`EventStream`] is left that holds one, the session leaves
/// the realm by itself. A handler that owns a clone keeps its own session open: such a session ends
/// by [`Session::leave`], or from the other side.
///
/// [`PendingCall`]: crate::PendingCall
/// [`Registration`]: crate::Registration
/// [`Subscription`]: crate::Subscription
/// [`EventStream`]: crate::EventStream
#[derive(Clone)]
pub struct Session {
    about: Arc<About>,
    commands: Commands,
    abandoned: mpsc::UnboundedSender<Abandoned>,
    life: watch::Receiver<Life>,
}

/// What is known of a session from its beginning.
struct About {
    id: SessionId,
    realm: Uri,
    details: WelcomeDetails,
    serializer: Serializer,
}

impl Session {
    /// Starts the session that a WELCOME on `link` opened.
    pub(crate) fn start(link: Link, realm: Uri, welcome: message::Welcome) -> Self {
        let (commands, received) = Commands::channel();
        let (abandoned, dropped) = mpsc::unbounded_channel();
        let (alive, life) = watch::channel(Life::Open);
        let details = *welcome.details;
        let dealer = details.roles.and_then(|roles| roles.dealer);
        let canceling = dealer.is_some_and(|dealer| dealer.has(Feature::CallCanceling));
        let about = Arc::new(About {
            id: welcome.session,
            realm: details.realm.clone().unwrap_or(realm),
            details,
            serializer: link.info().serializer,
        });
        let driver = Driver::new(link, canceling, &commands, received, dropped, alive);
        let span = tracing::info_span!("wamp", session = %about.id);
        // The driver ends by itself when the session does or when the last handle is dropped.
        tokio::spawn(driver.run().instrument(span));
        Self {
            about,
            commands,
            abandoned,
            life,
        }
    }

    /// The session's id, as the realm knows it.
    pub fn id(&self) -> SessionId {
        self.about.id
    }

    /// The realm.
    pub fn realm(&self) -> &Uri {
        &self.about.realm
    }

    /// What the router said in WELCOME: who it is and who this session is to it.
    pub fn details(&self) -> &WelcomeDetails {
        &self.about.details
    }

    /// A call of `procedure`, to be given arguments and awaited.
    pub fn call(&self, procedure: impl Into<Uri>) -> Call {
        Call::new(Ok(self.clone()), procedure.into())
    }

    /// A publication to `topic`, to be given arguments and awaited.
    pub fn publish(&self, topic: impl Into<Uri>) -> Publish {
        Publish::new(Ok(self.clone()), topic.into())
    }

    /// A registration of `procedure`, to be awaited. `handler` runs as a task for every call, many
    /// at a time unless a [`Lane`](crate::Lane) is given. A panic in it is answered with an error.
    /// Handlers end where they stand when the session ends.
    pub fn register<F, Fut, R>(&self, procedure: impl Into<Uri>, handler: F) -> Register
    where
        F: Fn(Invocation) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, InvocationError>> + Send + 'static,
        R: Into<Reply>,
    {
        let handler = invocation::handler(handler);
        Register::new(self.clone(), procedure.into(), handler)
    }

    /// A subscription to `topic`, to be awaited. `handler` runs for one event at a time, in the
    /// order they came. If it is slower than they come, the oldest that wait are dropped, and
    /// [`Event::missed`] of the next one counts them.
    pub fn subscribe<F, Fut>(&self, topic: impl Into<Uri>, handler: F) -> Subscribe
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let handler = event::handler(handler);
        Subscribe::new(self.clone(), topic.into(), handler)
    }

    /// A subscription to `topic` whose events are taken from a stream; to be awaited. As with
    /// [`Session::subscribe`], a slow taker misses the oldest and is told how many.
    pub fn events(&self, topic: impl Into<Uri>) -> SubscribeEvents {
        SubscribeEvents::new(self.clone(), topic.into())
    }

    /// Leaves the realm: says GOODBYE after everything asked before, waits for the router's answer
    /// a few seconds at most, and closes the link. Whatever is still pending fails, handlers end.
    ///
    /// Returns how the session ended, which may have been otherwise before.
    pub async fn leave(&self) -> CloseCause {
        let mut life = self.life.clone();
        let leaving = async {
            // A driver that is gone has left already.
            let _ = self.commands.send(Command::Leave).await;
            drop(life.wait_for(|life| !matches!(life, Life::Open)).await);
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, leaving).await.is_err() {
            // What was asked before can not be written: the link is stuck.
            let _ = self.abandoned.send(Abandoned::Session);
        }
        self.closed().await
    }

    /// Waits until the session is over and its link closed.
    pub async fn closed(&self) -> CloseCause {
        let mut life = self.life.clone();
        let closed = life.wait_for(|life| matches!(life, Life::Closed(_))).await;
        match closed.as_deref() {
            Ok(Life::Closed(cause)) => cause.clone(),
            _ => CloseCause::Failed,
        }
    }

    /// Whether the session is over, or about to be.
    pub fn is_closed(&self) -> bool {
        !matches!(*self.life.borrow(), Life::Open) || self.life.has_changed().is_err()
    }

    /// Why a request got no answer.
    pub(crate) fn cause(&self) -> CloseCause {
        match &*self.life.borrow() {
            Life::Closing(cause) | Life::Closed(cause) => cause.clone(),
            // The driver's task was ended from outside, with its runtime.
            Life::Open => CloseCause::Failed,
        }
    }

    pub(crate) fn serializer(&self) -> Serializer {
        self.about.serializer
    }

    pub(crate) fn guard(&self, what: Abandoned) -> Guard {
        Guard::new(self.abandoned.clone(), what)
    }

    pub(crate) async fn send(&self, command: Command) -> Result<(), CloseCause> {
        let sent = self.commands.send(command).await;
        sent.map_err(|_| self.cause())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.about.id)
            .field("realm", &self.about.realm)
            .finish_non_exhaustive()
    }
}
