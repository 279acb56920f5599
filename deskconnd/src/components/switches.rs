//! What the owner has switched on and off since the configuration was written.

use deskconn_state::{StateDir, StateError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tracing::warn;

/// The file in the state directory.
const FILE: &str = "components.toml";

/// Which components are on or off whatever the configuration says.
#[derive(Debug)]
pub(super) struct Switches {
    state: StateDir,
    record: Mutex<Record>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Record {
    /// Whether the component of that name is on.
    #[serde(default)]
    on: BTreeMap<String, bool>,
}

impl Switches {
    /// Reads them. A file that can not be read switches nothing, and the log says so.
    pub(super) fn open(state: StateDir) -> Self {
        let read = || -> Result<Record, String> {
            let Some(text) = state.read(FILE).map_err(|error| error.to_string())? else {
                return Ok(Record::default());
            };
            toml::from_str(&text).map_err(|error| error.message().to_owned())
        };
        let record = read().unwrap_or_else(|error| {
            warn!("which components were switched off can not be read: {error}");
            Record::default()
        });
        Self {
            state,
            record: Mutex::new(record),
        }
    }

    /// Whether a component is on, if that was switched.
    pub(super) fn is_on(&self, name: &str) -> Option<bool> {
        self.lock().on.get(name).copied()
    }

    /// Switches a component on or off. Waits for the disk.
    ///
    /// # Errors
    /// If the disk does not take it: then nothing is switched.
    pub(super) fn switch(&self, name: &str, on: bool) -> Result<(), StateError> {
        let mut record = self.lock();
        let mut switched = record.clone();
        switched.on.insert(name.to_owned(), on);
        // A map of booleans has a form in TOML.
        let text = toml::to_string(&switched).unwrap_or_default();
        self.state.write(FILE, &text)?;
        *record = switched;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        // It is replaced as a whole.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_stays_so() {
        let home = tempfile::tempdir().unwrap();
        let open = || Switches::open(StateDir::open_shared(home.path()).unwrap());
        let switches = open();
        assert_eq!(switches.is_on("slides"), None);
        switches.switch("slides", false).unwrap();
        switches.switch("lamp", true).unwrap();
        assert_eq!(open().is_on("slides"), Some(false));
        assert_eq!(open().is_on("lamp"), Some(true));
        open().switch("slides", true).unwrap();
        assert_eq!(open().is_on("slides"), Some(true));
    }

    #[test]
    fn a_file_that_makes_no_sense_switches_nothing() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open_shared(home.path()).unwrap();
        state.write(FILE, "on = 3").unwrap();
        assert_eq!(Switches::open(state).is_on("slides"), None);
    }
}
