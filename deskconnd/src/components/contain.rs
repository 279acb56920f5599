//! Which files a component in a process of its own reaches.

use deskconn_component::Reach;
use deskconn_component::process::Sandbox;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The sandbox of a component that reaches `reach`, keeps what it has to in `state`, and was allowed `more` by
/// its owner; `None` if it is to reach everything.
pub(super) fn sandbox(
    reach: Reach,
    state: Option<PathBuf>,
    more: Option<&Sandbox>,
) -> Option<Sandbox> {
    let Reach::Only {
        read,
        write,
        network,
    } = reach
    else {
        return None;
    };
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let found = |patterns: &[&str]| -> Vec<PathBuf> {
        let patterns = patterns.iter();
        let found = patterns.flat_map(|pattern| find(pattern, home.as_deref()));
        found.collect()
    };
    let mut sandbox = more.cloned().unwrap_or_default();
    sandbox.read.extend(found(read));
    sandbox.write.extend(found(write));
    sandbox.write.extend(state);
    sandbox.network |= network;
    Some(sandbox)
}

/// The files and folders that `pattern` is for, as [`Reach`] says, where they really are.
fn find(pattern: &str, home: Option<&Path>) -> Vec<PathBuf> {
    if let Some(name) = pattern.strip_prefix('$') {
        return std::env::var_os(name)
            .into_iter()
            .map(PathBuf::from)
            .collect();
    }
    let begin = match (pattern.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        (Some(_), None) => return Vec::new(),
        (None, _) => PathBuf::from(pattern),
    };
    let mut found = vec![PathBuf::new()];
    for part in begin.components() {
        found = match part {
            Component::Normal(name) if name.as_encoded_bytes().contains(&b'*') => {
                let folders = found.iter();
                folders.flat_map(|folder| named(folder, name)).collect()
            }
            part => found.iter().map(|path| path.join(part)).collect(),
        };
    }
    // What stands in /sys/class are links, and a rule is for the place that is meant.
    let found = found
        .into_iter()
        .filter_map(|path| path.canonicalize().ok());
    found.collect()
}

/// What is in `folder` with a name like `pattern`, which has one `*`.
fn named(folder: &Path, pattern: &OsStr) -> Vec<PathBuf> {
    let pattern = pattern.to_string_lossy();
    let (begin, end) = pattern.split_once('*').unwrap_or((&pattern, ""));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let rest = name.strip_prefix(begin);
        rest.is_some_and(|rest| rest.ends_with(end))
    });
    names.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_what_is_there_and_where_it_really_is() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for folder in ["devices/panel0", "devices/panel1", "class", "home/.config"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for panel in ["panel0", "panel1"] {
            let device = root.join("devices").join(panel);
            std::os::unix::fs::symlink(device, root.join("class").join(panel)).unwrap();
        }
        let home = root.join("home");
        let found = |pattern: &str| {
            let mut found = find(pattern, Some(&home));
            found.sort();
            found
        };
        let class = root.join("class/panel*");
        assert_eq!(
            found(class.to_str().unwrap()),
            ["panel0", "panel1"].map(|panel| root.join("devices").join(panel))
        );
        assert_eq!(found("~/.config"), [home.join(".config")]);
        assert!(found("~/.cache").is_empty());
        assert!(find("~/.config", None).is_empty());
        assert_eq!(find("$PATH", None).len(), 1);
        assert!(find("$NOBODY_SETS_THIS", None).is_empty());
    }

    #[test]
    fn a_sandbox_has_what_the_component_and_its_owner_say() {
        let reach = Reach::writing(&["/dev/null", "/nonexistent"]);
        let more = Sandbox {
            read: vec!["/srv".into()],
            required: true,
            ..Sandbox::default()
        };
        let sandbox = sandbox(reach, Some("/state".into()), Some(&more)).unwrap();
        assert_eq!(sandbox.read, [Path::new("/srv")]);
        assert_eq!(sandbox.write, [Path::new("/dev/null"), Path::new("/state")]);
        assert!(sandbox.required && !sandbox.network);
        assert!(super::sandbox(Reach::Everything, None, Some(&more)).is_none());
    }
}
