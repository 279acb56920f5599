//! A process of somebody else's program: within limits, in a process group of its own, and gone when it is
//! to be gone.

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// How long a process may take to end after it was asked to. Shutting down takes no longer than twice
/// that.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a daemon's environment has that is between it and who started it.
const NOT_INHERITED: &[&str] = &["NOTIFY_SOCKET", "JOURNAL_STREAM", "INVOCATION_ID"];

/// What a process may take (`setrlimit(2)`, `nice(2)`), each that it starts as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Memory for data, in megabytes (`RLIMIT_DATA`).
    pub memory_mb: u64,
    /// Open files (`RLIMIT_NOFILE`).
    pub open_files: u64,
    /// How much others come first, from 0 to 19.
    pub niceness: i32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_mb: 512,
            open_files: 256,
            niceness: 5,
        }
    }
}

impl Limits {
    /// Whether a process can live within them.
    pub fn are_possible(&self) -> bool {
        self.memory_mb > 0 && self.open_files > 0 && (0..=19).contains(&self.niceness)
    }
}

/// What a process reaches of files and networks, and all that it starts (Landlock, `landlock(7)`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    /// Files, and folders with all that is in them, that it may read and run.
    pub read: Vec<PathBuf>,
    /// The same that it may also write.
    pub write: Vec<PathBuf>,
    /// Whether it may use TCP.
    pub network: bool,
    /// Whether it must not run where the kernel can not hold it to all that.
    pub required: bool,
}

/// The program that takes the limits on itself and then becomes the command: it gets its own arguments, the
/// limits and the sandbox as options, `--`, and the command.
#[derive(Debug, Clone)]
pub struct Launcher {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Launcher {
    /// `program` with its `arguments`.
    pub fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
        }
    }

    /// The daemon, by its subcommand for that, whatever has become of its file since it was started.
    pub fn daemon() -> Self {
        Self::new(OWN_PROGRAM, &["component", "exec"])
    }
}

/// The program of this process, whatever has become of its file since it was started.
pub const OWN_PROGRAM: &str = "/proc/self/exe";

/// What to run, where, with what, and within which limits.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it is started.
    pub directory: PathBuf,
    /// What it gets of this process's environment.
    pub inherits: Inherited,
    /// What it gets besides.
    pub env: BTreeMap<String, String>,
    /// What it may take.
    pub limits: Limits,
    /// What it reaches; everything that its user does without one.
    pub sandbox: Option<Sandbox>,
}

/// What a process gets of the environment of who starts it.
#[derive(Debug, Clone, Copy)]
pub enum Inherited {
    /// All but what is DeskConn's, or between the daemon and who started that.
    Others,
    /// These variables.
    Only(&'static [&'static str]),
}

impl Inherited {
    fn has(self, name: &str) -> bool {
        match self {
            Self::Others => !name.starts_with("DESKCONN_") && !NOT_INHERITED.contains(&name),
            Self::Only(names) => names.contains(&name),
        }
    }
}

/// A running process and all it has started, as far as they stay in its process group. Killed when
/// dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    group: Option<Pid>,
}

impl Process {
    /// Has `launcher` start `spec`, with nothing on its standard input.
    ///
    /// # Errors
    /// If the system does not start it. That its command is not there is seen by its exit code.
    pub fn spawn(launcher: &Launcher, spec: &Spec) -> io::Result<Self> {
        let inherited = std::env::vars_os()
            .filter(|(name, _)| spec.inherits.has(name.to_string_lossy().as_ref()));
        let child = Command::new(&launcher.program)
            .args(&launcher.arguments)
            .args(options(&spec.limits))
            .args(spec.sandbox.iter().flat_map(fence))
            .arg("--")
            .args(&spec.command)
            .env_clear()
            .envs(inherited)
            .envs(&spec.env)
            .current_dir(&spec.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, group })
    }

    /// What it writes to its standard output and error; `None` if they were taken before.
    pub fn take_output(&mut self) -> Option<(ChildStdout, ChildStderr)> {
        self.child.stdout.take().zip(self.child.stderr.take())
    }

    /// Its process group, which is its process id, while it runs.
    pub const fn group(&self) -> Option<Pid> {
        self.group
    }

    /// Waits until it has ended. Cancel safe.
    ///
    /// # Errors
    /// If the system does not say how it ended.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Asks it to end, and has it end if it does not within two seconds; then all that it has left behind
    /// in its group ends too. How it ended.
    ///
    /// # Errors
    /// As [`Process::ended`].
    pub async fn stop(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::TERM);
        let asked = tokio::time::timeout(FAREWELL, self.child.wait()).await;
        self.kill();
        match asked {
            Ok(status) => status,
            Err(_) => self.child.wait().await,
        }
    }

    /// Ends it, and all that it has left behind in its group, without asking.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
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
        self.kill();
    }
}

/// How a process ended, in words.
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    }
}

fn options(limits: &Limits) -> [String; 3] {
    [
        format!("--memory-mb={}", limits.memory_mb),
        format!("--open-files={}", limits.open_files),
        format!("--niceness={}", limits.niceness),
    ]
}

fn fence(sandbox: &Sandbox) -> Vec<OsString> {
    let path = |option: &str, path: &PathBuf| {
        let mut option = OsString::from(option);
        option.push(path);
        option
    };
    let flag = |option: &str, is_set: bool| is_set.then(|| OsString::from(option));
    let read = sandbox.read.iter().map(|read| path("--read=", read));
    let write = sandbox.write.iter().map(|write| path("--write=", write));
    [OsString::from("--sandbox")]
        .into_iter()
        .chain(read)
        .chain(write)
        .chain(flag("--network", sandbox.network))
        .chain(flag("--sandbox-required", sandbox.required))
        .collect()
}
