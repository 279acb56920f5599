//! The process of a component: its own process group, what it writes, and its end.

use super::output::Output;
use crate::config::Limits;
use deskconn_protocol::api::components::Stream;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

/// This program, whatever has become of its file since it was started.
pub(super) const OWN_PROGRAM: &str = "/proc/self/exe";

/// How long a process may take to end after it was asked to. Shutting down takes no longer than twice
/// that.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the daemon's environment has that is between it and who started it.
const NOT_INHERITED: &[&str] = &["NOTIFY_SOCKET", "JOURNAL_STREAM", "INVOCATION_ID"];

/// What to run, where and within which limits.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) command: Vec<String>,
    pub(super) directory: PathBuf,
    pub(super) env: BTreeMap<String, String>,
    pub(super) limits: Limits,
}

/// A running process and all it has started, as far as they stay in its process group. Killed when
/// dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    /// Those who follow its output; they end with it.
    _output: JoinSet<()>,
}

impl Process {
    /// Starts `spec` by way of this program, which takes the limits on itself first
    /// ([`launch`](crate::launch)). `too_fast` is told whenever its output has to wait.
    ///
    /// # Errors
    /// If the system does not start it. That its command is not there is seen by its exit code.
    pub(super) fn spawn(
        name: &str,
        spec: &Spec,
        output: &Arc<Output>,
        too_fast: impl Fn() + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let mut command = Command::new(OWN_PROGRAM);
        for (name, _) in std::env::vars_os() {
            let is_ours = name.to_string_lossy().starts_with("DESKCONN_");
            if is_ours || NOT_INHERITED.iter().any(|other| name == *other) {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args(["component", "exec"])
            .args(limits(&spec.limits))
            .arg("--")
            .args(&spec.command)
            .envs(&spec.env)
            .current_dir(&spec.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let mut following = JoinSet::new();
        let rate = spec.limits.output_kb_per_second.saturating_mul(1024);
        if let Some(out) = child.stdout.take() {
            let (output, name, too_fast) = (Arc::clone(output), name.to_owned(), too_fast.clone());
            following.spawn(output.follow(name, Stream::Out, out, rate, too_fast));
        }
        if let Some(err) = child.stderr.take() {
            let (output, name) = (Arc::clone(output), name.to_owned());
            following.spawn(output.follow(name, Stream::Err, err, rate, too_fast));
        }
        Ok(Self {
            child,
            group,
            _output: following,
        })
    }

    /// Its process group, which is its process id, while it runs.
    pub(super) const fn group(&self) -> Option<Pid> {
        self.group
    }

    /// Waits until it has ended. Cancel safe.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Asks it to end, and has it end if it does not.
    pub(super) async fn stop(mut self) {
        self.signal(Signal::TERM);
        // Killed by being dropped, whether it has ended or not: it may have left others behind.
        drop(tokio::time::timeout(FAREWELL, self.child.wait()).await);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // A group that is gone has nobody left to end.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// How a process ended, in words.
pub(super) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    }
}

fn limits(limits: &Limits) -> [String; 3] {
    [
        format!("--memory-mb={}", limits.memory_mb),
        format!("--open-files={}", limits.open_files),
        format!("--niceness={}", limits.niceness),
    ]
}
