//! A bridge's place in its realm: a session, made anew when it is needed and there is none.

use crate::in_process;
use crate::router::{Door, Router};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;
use wamp_client::{JoinError, Session};
use wamp_proto::Uri;

/// Where a bridge sits. The session ends with it.
#[derive(Debug)]
pub(super) struct Seat {
    router: Arc<Router>,
    tasks: TaskTracker,
    realm: Uri,
    door: Door,
    session: Mutex<Option<Session>>,
}

impl Seat {
    /// A seat in `realm`, in the role `role`, called `name`.
    pub(super) fn new(
        router: &Arc<Router>,
        tasks: &TaskTracker,
        realm: &Uri,
        role: &str,
        name: &str,
    ) -> Self {
        Self {
            router: Arc::clone(router),
            tasks: tasks.clone(),
            realm: realm.clone(),
            door: Door::Bridge {
                name: name.into(),
                role: role.into(),
            },
            session: Mutex::new(None),
        }
    }

    /// Its session. The first one to ask, and the first after it ended, joins the realm.
    ///
    /// # Errors
    /// If the realm or the role is not there.
    pub(super) async fn session(&self) -> Result<Session, JoinError> {
        let mut session = self.session.lock().await;
        if let Some(open) = session.as_ref().filter(|session| !session.is_closed()) {
            return Ok(open.clone());
        }
        let door = self.door.clone();
        let joined = in_process::enter(&self.router, &self.tasks, door, self.realm.clone()).await?;
        *session = Some(joined.clone());
        Ok(joined)
    }
}
