//! Programs of others, which `scripts/setup` installs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::output::{Output, output_of};

/// Runs a Python program of the repository, with the packages of `tests/interop/requirements.txt`.
///
/// # Panics
///
/// When Python is not set up, or the program has not ended by the deadline.
pub async fn python(program: &str, arguments: &[&str]) -> Output {
    output_of(command(deskconn_netns::python(), program, arguments)).await
}

/// Runs a Node program of the repository.
///
/// # Panics
///
/// When there is no Node, or the program has not ended by the deadline.
pub async fn node(program: &str, arguments: &[&str]) -> Output {
    output_of(command("node".into(), program, arguments)).await
}

/// Visits a daemon with Chromium: pairs with it, then taps Next on the web remote. `secret` is the
/// environment that tells which daemon and by what: `web/e2e/remote.test.mjs` says how.
///
/// # Panics
///
/// When there is no Node, or the visit has not ended by the deadline.
pub async fn chromium(secret: &[(&str, &str)]) -> Output {
    let mut visit = command("node".into(), "web/e2e/remote.test.mjs", &[]);
    visit.envs(secret.iter().copied());
    output_of(visit).await
}

fn command(interpreter: PathBuf, program: &str, arguments: &[&str]) -> Command {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(interpreter);
    command.arg(repository.join(program)).args(arguments);
    command
}
