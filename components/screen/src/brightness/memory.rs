//! What is remembered on the disk, so that no screen stays bright after a crash.

use std::path::PathBuf;

use deskconn_state::{StateDir, StateError};
use tokio::task::spawn_blocking;

use super::boosts::Kept;

const FILE: &str = "boosted.toml";

/// The levels to give back, in a file that is there as long as a screen is boosted.
#[derive(Debug)]
pub(crate) struct Memory {
    folder: PathBuf,
    /// What the file says.
    written: Kept,
}

impl Memory {
    /// The memory in this folder, with what a daemon has left there that could not tidy up. A file
    /// that makes no sense counts as none.
    pub(crate) async fn open(folder: PathBuf) -> Self {
        let place = folder.clone();
        let read = spawn_blocking(move || read(place)).await;
        let written = read.unwrap_or_default();
        Self { folder, written }
    }

    /// What is remembered.
    pub(crate) const fn kept(&self) -> &Kept {
        &self.written
    }

    /// Remembers `kept`, and nothing else. When this returns it is on the disk.
    pub(crate) async fn keep(&mut self, kept: &Kept) {
        if self.written == *kept {
            return;
        }
        let (folder, kept) = (self.folder.clone(), kept.clone());
        let next = kept.clone();
        let write = spawn_blocking(move || write(folder, &next).map_err(|error| error.to_string()));
        let done = write.await.unwrap_or_else(|error| Err(error.to_string()));
        match done {
            Ok(()) => self.written = kept,
            // The boost goes on: only a crash would leave the screen bright.
            Err(error) => {
                tracing::warn!(%error, "the brightness to give back is not on the disk");
            }
        }
    }
}

fn read(folder: PathBuf) -> Kept {
    let text = StateDir::open_shared(folder).and_then(|dir| dir.read(FILE));
    let kept = match text {
        Ok(Some(text)) => toml::from_str(&text).map_err(|error| error.to_string()),
        Ok(None) => return Kept::new(),
        Err(error) => Err(error.to_string()),
    };
    kept.unwrap_or_else(|error| {
        tracing::warn!(%error, "the brightness to give back is not known");
        Kept::new()
    })
}

fn write(folder: PathBuf, kept: &Kept) -> Result<(), StateError> {
    let dir = StateDir::open_shared(folder)?;
    match toml::to_string(kept) {
        Ok(text) if !kept.is_empty() => dir.write(FILE, &text),
        // Numbers and names can always be written, so this is the end of all boosts.
        _ => dir.remove(FILE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_there_again_and_goes_when_nothing_is() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("screen");
        let kept: Kept =
            toml::from_str("[panel]\nlevel = 3\nboosted = 9\nearlier = 3").expect("TOML");
        let mut memory = Memory::open(folder.clone()).await;
        assert!(memory.kept().is_empty());
        memory.keep(&kept).await;
        let mut memory = Memory::open(folder.clone()).await;
        assert_eq!(*memory.kept(), kept);
        memory.keep(&Kept::new()).await;
        assert!(!folder.join(FILE).exists());
    }

    #[tokio::test]
    async fn a_file_that_makes_no_sense_is_none() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = StateDir::open(home.path()).expect("a folder");
        dir.write(FILE, "panel = 'bright'").expect("a file");
        assert!(Memory::open(home.path().to_owned()).await.kept().is_empty());
    }
}
