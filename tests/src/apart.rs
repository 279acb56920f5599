//! Programs with file systems that nobody else sees.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A command that runs `program` after `preparation`, a line for the shell that may mount things:
/// nobody else sees them.
pub fn apart(preparation: &str, program: PathBuf) -> Command {
    static AS_ROOT: OnceLock<bool> = OnceLock::new();
    let user = ["--user", "--map-root-user", "--mount"];
    let as_root = *AS_ROOT.get_or_init(|| {
        // Who may make no namespaces as a user may do so as root.
        let tried = Command::new("unshare").args(user).arg("true").output();
        !tried.is_ok_and(|tried| tried.status.success())
    });
    let mut command = Command::new("unshare");
    command.args(if as_root { &user[2..] } else { &user[..] });
    command.args([
        "--",
        "sh",
        "-c",
        &format!("{preparation} && exec \"$0\" \"$@\""),
    ]);
    command.arg(program);
    command
}
