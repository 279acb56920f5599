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
    run(deskconn_netns::python(), program, arguments).await
}

/// Runs a Node program of the repository.
///
/// # Panics
///
/// When there is no Node, or the program has not ended by the deadline.
pub async fn node(program: &str, arguments: &[&str]) -> Output {
    run("node".into(), program, arguments).await
}

async fn run(interpreter: PathBuf, program: &str, arguments: &[&str]) -> Output {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(interpreter);
    command.arg(repository.join(program)).args(arguments);
    output_of(command).await
}
