//! The device's own keys: read at start, made at the first.

use crate::{StateDir, StateError};
use deskconn_protocol::identity::Identity;
use std::io;
use zeroize::Zeroizing;

/// The file the keys are in.
const FILE: &str = "identity.toml";

/// The identity kept in `dir`, made from the system's randomness if there is none yet.
///
/// # Errors
/// If the file can not be read or written, is open to other users, or holds no identity. A file that
/// can not be understood is never overwritten: devices know this machine by its keys.
pub fn load_or_create_identity(dir: &StateDir) -> Result<Identity, StateError> {
    if let Some(text) = dir.read(FILE)? {
        return Identity::parse(&text).map_err(|error| StateError::Malformed {
            path: dir.path().join(FILE),
            reason: error.to_string(),
        });
    }
    let mut seed = Zeroizing::new([0; 64]);
    getrandom::fill(&mut seed[..]).map_err(|error| StateError::Io {
        action: "draw randomness for",
        path: dir.path().join(FILE),
        source: io::Error::other(error),
    })?;
    let identity = Identity::from_seed(&seed);
    dir.write(FILE, &identity.to_text())?;
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_made_once_and_kept() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path()).unwrap();
        let first = load_or_create_identity(&dir).unwrap();
        let again = load_or_create_identity(&dir).unwrap();
        assert_eq!(first.id(), again.id());
    }

    #[test]
    fn a_file_that_holds_no_identity_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path()).unwrap();
        dir.write(FILE, "half a ke").unwrap();
        let error = load_or_create_identity(&dir).unwrap_err();
        assert!(matches!(error, StateError::Malformed { .. }), "{error}");
        assert_eq!(dir.read(FILE).unwrap().unwrap().as_str(), "half a ke");
    }
}
