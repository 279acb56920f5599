//! What a lasting client wants of every session it has.

use crate::driver::command::{Outcome, Revocation};
use crate::error::RequestError;
use crate::event::EventHandler;
use crate::register::{Procedure, Registration};
use crate::session::Session;
use crate::subscribe::{Subscription, Topic};
use std::sync::Arc;
use wamp_proto::Uri;

/// Something to be done in every session.
#[derive(Clone)]
pub(crate) enum Wanted {
    Registration(Procedure),
    Subscription(Topic, EventHandler),
}

/// It done in one session.
#[derive(Debug)]
pub(crate) enum Live {
    Registration(Registration),
    Subscription(Subscription),
}

/// Something wanted, and how far it has come in the present session.
pub(crate) struct Entry {
    pub(crate) wanted: Wanted,
    pub(crate) progress: Progress,
    /// Who asked for it, until it was done for the first time.
    pub(crate) asked: Option<Outcome<()>>,
}

/// How far something wanted has come.
pub(crate) enum Progress {
    /// There is no session, or its turn has not come.
    Waiting,
    /// The router was asked.
    Asked,
    /// It is done.
    Live(Live),
    /// The router refused, or took it back.
    Missing(Arc<RequestError>),
}

impl Wanted {
    pub(crate) const fn uri(&self) -> &Uri {
        match self {
            Self::Registration(procedure) => &procedure.uri,
            Self::Subscription(topic, _) => &topic.uri,
        }
    }

    /// Does it in `session`.
    pub(crate) async fn begin(self, session: Session) -> Result<Live, RequestError> {
        match self {
            Self::Registration(procedure) => {
                procedure.register(session).await.map(Live::Registration)
            }
            Self::Subscription(topic, handler) => {
                topic.handle(session, handler).await.map(Live::Subscription)
            }
        }
    }
}

impl Live {
    /// That the router takes it back.
    pub(crate) fn revocation(&self) -> Revocation {
        match self {
            Self::Registration(registration) => registration.revocation(),
            Self::Subscription(subscription) => subscription.revocation(),
        }
    }

    /// Undoes it.
    pub(crate) async fn end(self) -> Result<(), RequestError> {
        match self {
            Self::Registration(registration) => registration.unregister().await,
            Self::Subscription(subscription) => subscription.unsubscribe().await,
        }
    }
}
