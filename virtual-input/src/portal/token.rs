//! What the desktop gives who was allowed once, so that nobody is asked the next time.

use std::path::PathBuf;

use deskconn_state::{StateDir, StateError};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

const FILE: &str = "portal";

/// A file that this user alone can read.
#[derive(Debug, Clone)]
pub(super) struct Token {
    folder: PathBuf,
}

impl Token {
    /// The token in `folder`, which need not be there.
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What was kept; none if that can not be read.
    pub(super) async fn read(&self) -> Option<Zeroizing<String>> {
        let folder = self.folder.clone();
        let read = spawn_blocking(move || StateDir::open_shared(folder)?.read(FILE)).await;
        match read.ok()? {
            Ok(token) => token.filter(|token| !token.is_empty()),
            Err(error) => {
                tracing::warn!(%error, "the desktop will ask again");
                None
            }
        }
    }

    /// Keeps `token` instead of the one before, which the desktop takes once only; nothing for an empty one.
    pub(super) async fn keep(&self, token: String) {
        let folder = self.folder.clone();
        let keep = move || -> Result<(), StateError> {
            let dir = StateDir::open_shared(folder)?;
            if token.is_empty() {
                dir.remove(FILE)
            } else {
                dir.write(FILE, &token)
            }
        };
        if let Ok(Err(error)) = spawn_blocking(keep).await {
            tracing::warn!(%error, "the desktop will ask again");
        }
    }
}
