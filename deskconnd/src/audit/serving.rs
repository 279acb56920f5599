//! `org.deskconn.daemon.log`: the owner reads the audit log, and follows it.

use super::files::Selection;
use super::{Audit, now};
use deskconn_component::failure;
use deskconn_protocol::api::audit::{Log, LogQuery};
use deskconn_protocol::uris;
use std::sync::Arc;
use tracing::warn;
use wamp_client::{Invocation, InvocationError, Reply, RequestError, Session};
use wamp_proto::Uri;

/// How many entries one event carries at most.
const IN_ONE_EVENT: usize = 256;

/// The log as the owner has it.
#[derive(Debug)]
pub(crate) struct Serving {
    audit: Arc<Audit>,
    /// Where entries are told as they come.
    announce: Session,
}

impl Serving {
    /// Registers the procedure in the realm `deskconn`, as the owner's session `owner`.
    pub(crate) async fn start(audit: Arc<Audit>, owner: &Session) -> Result<Self, RequestError> {
        let answering = Arc::clone(&audit);
        owner
            .register(Uri::from_static(uris::DAEMON_LOG), move |invocation| {
                let audit = Arc::clone(&answering);
                async move { read(audit, &invocation).await }
            })
            .await?;
        Ok(Self {
            audit,
            announce: owner.clone(),
        })
    }

    /// Writes the log and tells what comes, until dropped.
    pub(crate) async fn run(self) {
        loop {
            let written = self.audit.written().await;
            for entries in written.chunks(IN_ONE_EVENT) {
                let entries = entries.to_vec();
                let event = self.announce.publish(Uri::from_static(uris::DAEMON_ON_LOG));
                if let Err(error) = event.kwargs(Log { entries }).await {
                    warn!(%error, "entries of the audit log were not told");
                }
            }
        }
    }
}

async fn read(audit: Arc<Audit>, invocation: &Invocation) -> Result<Reply, InvocationError> {
    let LogQuery {
        device,
        since_ms,
        limit,
    } = invocation.kwargs()?;
    let selection = Selection {
        device: device.map(|id| id.to_string()),
        since: since_ms.map_or(0, |span| now().saturating_sub(span)),
        limit: Selection::limit(limit),
    };
    let read = tokio::task::spawn_blocking(move || audit.read(&selection)).await;
    let read = read.map_err(|_| InvocationError::canceled())?;
    let entries = read.map_err(|error| {
        let message = format!("the audit log can not be read: {error}");
        failure(uris::ERROR_FAILED, message, error.hint())
    })?;
    Ok(Reply::kwargs(Log { entries }))
}
