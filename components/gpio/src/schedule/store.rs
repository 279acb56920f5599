//! The schedules that callers have set, on the disk.

use std::collections::BTreeMap;

use deskconn_protocol::api::gpio::Window;
use deskconn_state::{StateDir, StateError};
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::LineName;

const SUFFIX: &str = ".json";

/// A directory with a file for each line whose schedule was set.
#[derive(Debug)]
pub(crate) struct Store(StateDir);

#[derive(Serialize, Deserialize)]
struct Record {
    windows: Vec<Window>,
}

impl Store {
    /// The schedules in `dir`.
    pub(crate) const fn new(dir: StateDir) -> Self {
        Self(dir)
    }

    /// What was set for `lines`. A file that can not be read or makes no sense is told and left alone.
    pub(crate) fn load<'a>(
        &self,
        lines: impl Iterator<Item = &'a LineName>,
    ) -> BTreeMap<LineName, Vec<Window>> {
        let mut set = BTreeMap::new();
        for line in lines {
            match self.read(line) {
                Ok(Some(windows)) => drop(set.insert(line.clone(), windows)),
                Ok(None) => {}
                Err(error) => tracing::warn!(
                    %line,
                    "its schedule is lost, the configuration's holds: {error}"
                ),
            }
        }
        set
    }

    /// Keeps `windows` for `line`, or with `None` nothing.
    pub(crate) fn keep(
        &self,
        line: &LineName,
        windows: Option<&[Window]>,
    ) -> Result<(), StateError> {
        let file = format!("{line}{SUFFIX}");
        let Some(windows) = windows else {
            return self.0.remove(&file);
        };
        let record = Record {
            windows: windows.to_vec(),
        };
        // Strings and lists always make JSON.
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        self.0.write(&file, &text)
    }

    fn read(&self, line: &LineName) -> Result<Option<Vec<Window>>, String> {
        let text = self
            .0
            .read(&format!("{line}{SUFFIX}"))
            .map_err(|error| error.to_string())?;
        let Some(text) = text else {
            return Ok(None);
        };
        let record: Record = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Plan::parse(&record.windows).map_err(|error| error.to_string())?;
        Ok(Some(record.windows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> LineName {
        LineName::try_from(name.to_owned()).expect("a name")
    }

    #[test]
    fn what_was_set_is_there_after_a_restart_until_it_is_taken_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let open = || Store::new(StateDir::open_shared(dir.path().join("gpio")).expect("a folder"));
        let (lamp, fan) = (name("lamp"), name("fan"));
        let windows = vec![Window {
            from: "10:00".to_owned(),
            until: "16:00".to_owned(),
            days: Vec::new(),
        }];

        open().keep(&lamp, Some(&windows)).expect("kept");
        open().keep(&fan, Some(&[])).expect("kept");
        let set = open().load([&lamp, &fan].into_iter());
        assert_eq!(set[&lamp], windows);
        assert_eq!(set[&fan], []);

        open().keep(&lamp, None).expect("taken back");
        assert!(!open().load([&lamp].into_iter()).contains_key(&lamp));
    }

    #[test]
    fn a_file_that_makes_no_sense_counts_as_none() {
        let dir = tempfile::tempdir().expect("a folder");
        let state = StateDir::open_shared(dir.path().join("gpio")).expect("a folder");
        let store = Store::new(state.clone());
        let lamp = name("lamp");
        for text in ["", "{}", r#"{"windows":[{"from":"1","until":"2"}]}"#] {
            state.write("lamp.json", text).expect("written");
            assert!(store.load([&lamp].into_iter()).is_empty(), "{text}");
        }
    }
}
