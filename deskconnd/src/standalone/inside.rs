//! The router's own sessions: by them it calls procedures of its realms.

use crate::in_process;
use crate::journal::one_line;
use crate::router::Router;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;
use wamp_client::{CallError, CallResult, Session};
use wamp_proto::{Uri, uris};

/// The name of the router in its realms.
const NAME: &str = "router";

/// A session for each realm that something was asked in.
#[derive(Debug, Default)]
pub(super) struct Inside {
    /// The router, which has this itself, and who owns the sessions' tasks.
    router: OnceLock<(Weak<Router>, TaskTracker)>,
    sessions: Mutex<HashMap<Uri, Session>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The procedure answered with an error of its own.
    Refused(Uri),
    /// There was nobody to ask, or no answer in time.
    Failed(String),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "it answered with the error {}", one_line(error)),
            Self::Failed(why) => f.write_str(&one_line(why)),
        }
    }
}

impl Inside {
    /// Has sessions of `router` from now on.
    pub(super) fn enter(&self, router: &Arc<Router>, tasks: &TaskTracker) {
        let router = (Arc::downgrade(router), tasks.clone());
        // It is told once; a second time would say the same.
        drop(self.router.set(router));
    }

    /// Calls a procedure of `realm` and waits no longer than `timeout` for its answer.
    pub(super) async fn call(
        &self,
        realm: &Uri,
        procedure: &Uri,
        args: impl Serialize,
        timeout: Duration,
    ) -> Result<CallResult, Unanswered> {
        let session = self.session(realm).await?;
        let call = session.call(procedure.clone()).args(args).timeout(timeout);
        call.await.map_err(|error| match error {
            CallError::Application(error) if !is_the_routers(error.uri()) => {
                Unanswered::Refused(error.uri().clone())
            }
            error => Unanswered::Failed(error.to_string()),
        })
    }

    /// The session of a realm, begun now if need be.
    async fn session(&self, realm: &Uri) -> Result<Session, Unanswered> {
        let mut sessions = self.sessions.lock().await;
        if let Some(session) = sessions.get(realm).filter(|session| !session.is_closed()) {
            return Ok(session.clone());
        }
        let found = self.router.get();
        let found = found.and_then(|(router, tasks)| Some((router.upgrade()?, tasks)));
        let (router, tasks) =
            found.ok_or_else(|| Unanswered::Failed("the router is gone".to_owned()))?;
        let joined = in_process::join_realm(&router, tasks, NAME, realm.clone()).await;
        let session = joined.map_err(|error| Unanswered::Failed(error.to_string()))?;
        sessions.insert(realm.clone(), session.clone());
        Ok(session)
    }
}

/// Whether the router says by this error that it could not have the procedure answer.
fn is_the_routers(error: &Uri) -> bool {
    [
        uris::NO_SUCH_PROCEDURE,
        uris::NO_AVAILABLE_CALLEE,
        uris::UNAVAILABLE,
        uris::NETWORK_FAILURE,
        uris::LIMIT_EXCEEDED,
        uris::PAYLOAD_SIZE_EXCEEDED,
    ]
    .contains(error)
}
