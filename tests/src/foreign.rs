//! Programs of others, which `scripts/setup` installs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::output::{Output, output_of, output_within};
use crate::wait::DEADLINE;

/// How long a browser may take for all of its visits.
const VISITS: Duration = DEADLINE.saturating_mul(4);

/// Runs a Python program of the repository, with the packages of `tests/interop/requirements.txt`.
///
/// # Panics
///
/// When Python is not set up, or the program has not ended by the deadline.
pub async fn python(program: &str, arguments: &[&str]) -> Output {
    output_of(command(deskconn_netns::python(), program, arguments)).await
}

/// A Python program of the repository, to be started as [`python`] runs it.
///
/// # Panics
///
/// When Python is not set up.
pub fn python_program(program: &str, arguments: &[&str]) -> Command {
    command(deskconn_netns::python(), program, arguments)
}

/// Runs a Node program of the repository.
///
/// # Panics
///
/// When there is no Node, or the program has not ended by the deadline.
pub async fn node(program: &str, arguments: &[&str]) -> Output {
    output_of(command("node".into(), program, arguments)).await
}

/// A Node program of the repository, to be started as [`node`] runs it.
pub fn node_program(program: &str, arguments: &[&str]) -> Command {
    command("node".into(), program, arguments)
}

/// Has Chromium, unless `environment` names another browser, make the visits of a program of `web/e2e`, which
/// says what `environment` it takes: which daemon it visits, and by what secret.
///
/// # Panics
///
/// When there is no Node, or the visits have not ended by the deadline.
pub async fn chromium(program: &str, environment: &[(&str, &str)]) -> Output {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut visits = Command::new("node");
    // After a failure something may be left open.
    visits.arg("--test-force-exit");
    visits.arg(repository.join("web/e2e").join(program));
    visits.envs(environment.iter().copied());
    output_within(VISITS, visits).await
}

fn command(interpreter: PathBuf, program: &str, arguments: &[&str]) -> Command {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(interpreter);
    command.arg(repository.join(program)).args(arguments);
    command
}
