//! Sessions of the daemon's own parts: ordinary clients, over a link that stays in memory.

use crate::router::{self, Door, Router};
use deskconn_protocol::uris;
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use wamp_client::{JoinError, JoinOptions, Session};
use wamp_proto::Uri;
use wamp_transport::memory::{self, Capacity};

/// Joins the realm `deskconn` as the part `name`.
pub(crate) async fn join(
    router: &Arc<Router>,
    tasks: &TaskTracker,
    name: &'static str,
) -> Result<Session, JoinError> {
    join_realm(router, tasks, name, Uri::from_static(uris::REALM)).await
}

/// Joins `realm` as the part `name`.
pub(crate) async fn join_realm(
    router: &Arc<Router>,
    tasks: &TaskTracker,
    name: &'static str,
    realm: Uri,
) -> Result<Session, JoinError> {
    let door = Door::Internal { name };
    enter(router, tasks, door, realm).await
}

/// Joins `realm` by a door that is none to the outside.
pub(crate) async fn enter(
    router: &Arc<Router>,
    tasks: &TaskTracker,
    door: Door,
    realm: Uri,
) -> Result<Session, JoinError> {
    let (ours, theirs) = memory::pair(Capacity::default(), [&door.to_string(), "deskconnd"]);
    let serving = router::serve(Arc::clone(router), theirs, door, ());
    tasks.spawn_on(serving, &router.runtime);
    Session::join(ours, JoinOptions::new(realm).agent(crate::AGENT)).await
}
