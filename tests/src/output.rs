//! A program run to its end, and what came of it.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::wait::DEADLINE;

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Output {
    /// Its standard output, of a run that must have succeeded.
    ///
    /// # Panics
    ///
    /// When it failed.
    #[track_caller]
    pub fn success(&self) -> &str {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        assert_eq!(*code, Some(0), "it said:\n{stdout}{stderr}");
        stdout
    }

    /// Its standard error, of a run that must have failed with this exit code.
    ///
    /// # Panics
    ///
    /// When it did not.
    #[track_caller]
    pub fn failure(&self, code: i32) -> &str {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.code, Some(code), "it said:\n{stdout}{stderr}");
        stderr
    }
}

/// Runs `command` without input.
///
/// # Panics
///
/// When it can not be started or has not ended by the deadline.
pub(crate) async fn output_of(command: Command) -> Output {
    output_within(DEADLINE, command).await
}

/// The same, by a deadline of its own.
pub(crate) async fn output_within(deadline: Duration, mut command: Command) -> Output {
    command.stdin(Stdio::null());
    let name = format!("{command:?}");
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    let output = tokio::time::timeout(deadline, command.output())
        .await
        .unwrap_or_else(|_| panic!("{name}: not done after {deadline:?}"))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
