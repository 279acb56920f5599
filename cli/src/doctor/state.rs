//! Whether the daemon's state is private, and has room.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Finding, Machine};

const CHECK: &str = "state";

/// Less than this, in octets, is soon too little: the audit log alone may take ten megabytes.
const ROOM: u64 = 32 << 20;

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    let dir = &machine.paths.state_dir;
    if !dir.is_dir() {
        let message = format!("{} is not there yet", dir.display());
        let mend = "start the daemon once: it makes it";
        return vec![Finding::warning(CHECK, message, mend)];
    }
    let mut findings: Vec<_> = [("", 0o022), ("identity.toml", 0o077), ("devices", 0o022)]
        .into_iter()
        .filter_map(|(name, open)| exposed(&dir.join(name), open))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, format!("{} is private", dir.display())));
    }
    if let Ok(disk) = rustix::fs::statvfs(dir) {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let megabytes = free >> 20;
        findings.push(match free < ROOM {
            true => Finding::failing(
                CHECK,
                format!("{megabytes} MiB are left on its disk"),
                "free some space",
            ),
            false => Finding::ok(CHECK, format!("{megabytes} MiB are left on its disk")),
        });
    }
    findings
}

/// What is wrong with a file that others may use in one of the ways `open`.
fn exposed(path: &Path, open: u32) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.mode() & 0o777;
    let message = format!(
        "{} is open to other users (mode {mode:03o})",
        path.display()
    );
    let mend = format!("chmod go= {}", path.display());
    (mode & open != 0).then(|| Finding::failing(CHECK, message, mend))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, told};
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn state_that_others_may_use_fails() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        assert!(told(&look(&machine))[0].contains("is not there yet"));
        let dir = &machine.paths.state_dir;
        fs::create_dir(dir).expect("a directory");
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).expect("ours");
        assert!(told(&look(&machine))[0].ends_with("is private"));
        let identity = dir.join("identity.toml");
        fs::write(&identity, "").expect("a file");
        fs::set_permissions(&identity, fs::Permissions::from_mode(0o644)).expect("ours");
        let findings = look(&machine);
        assert!(told(&findings)[0].starts_with("Failing"), "{findings:?}");
        let mend = findings[0].mend.as_deref().expect("a way to mend it");
        assert!(mend.starts_with("chmod go= "), "{mend}");
    }
}
