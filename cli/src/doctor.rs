//! What can be wrong on this machine, looked at one thing after the other; one file for each.

mod announcement;
mod bus;
mod clock;
mod config;
mod daemon;
mod firewall;
mod ports;
mod state;
mod uinput;
mod unit;

use std::path::{Path, PathBuf};

use deskconn_protocol::api::daemon::Status;
use deskconn_protocol::paths::Paths;
use serde::Serialize;

pub(crate) use announcement::look as announcement;
pub(crate) use bus::look as bus;

use crate::timestamp::now;

/// How well one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// Something will not work that not everybody needs, or it can not be told from here.
    Warning,
    /// DeskConn does not work as it should.
    Failing,
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) check: &'static str,
    /// How it is.
    pub(crate) level: Level,
    /// What is so.
    pub(crate) message: String,
    /// The command or step that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mend: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Ok,
            message: message.into(),
            mend: None,
        }
    }

    fn warning(check: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            mend: Some(mend.into()).filter(|mend| !mend.is_empty()),
            ..Self::ok(check, message)
        }
    }

    fn failing(check: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            level: Level::Failing,
            ..Self::warning(check, message, mend)
        }
    }
}

/// The machine that is looked at.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Where its files begin: `/`, or a folder with some of them.
    pub(crate) root: PathBuf,
    /// Where the daemon keeps its own.
    pub(crate) paths: Paths,
    /// What the daemon says of itself, or why it says nothing.
    pub(crate) status: Result<Status, String>,
    /// Where its system bus is, if not where every program looks for it.
    pub(crate) bus: Option<String>,
    /// In seconds since 1970.
    pub(crate) now: u64,
}

impl Machine {
    /// This one.
    pub(crate) fn own(paths: Paths, status: Result<Status, String>) -> Self {
        Self {
            root: PathBuf::from("/"),
            paths,
            status,
            bus: None,
            now: now(),
        }
    }

    /// Everything that can be said without waiting for others.
    pub(crate) fn look(&self) -> Vec<Finding> {
        CHECKS.iter().flat_map(|check| check(self)).collect()
    }

    /// Whether it is this machine itself, whose programs can be asked.
    fn is_own(&self) -> bool {
        self.root == Path::new("/")
    }

    /// The file of that absolute path.
    fn file(&self, path: &str) -> PathBuf {
        self.root.join(
            Path::new(path)
                .strip_prefix("/")
                .unwrap_or_else(|_| Path::new(path)),
        )
    }

    /// The text of a file, if it is there and may be read.
    fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.file(path)).ok()
    }

    /// The TCP ports that the daemon says it listens on, and on which addresses.
    fn doors(&self) -> Vec<std::net::SocketAddr> {
        let listening = self.status.iter().flat_map(|status| &status.listening);
        let addresses = listening.filter_map(|url| url.split('/').nth(2)?.parse().ok());
        addresses.collect()
    }
}

/// In the order in which they are read.
const CHECKS: &[fn(&Machine) -> Vec<Finding>] = &[
    daemon::look,
    unit::look,
    config::look,
    state::look,
    ports::look,
    firewall::look,
    uinput::look,
    clock::look,
];

#[cfg(test)]
mod testing {
    use super::*;

    /// A machine whose files are in `root`, and whose daemon answers.
    pub(super) fn machine(root: &Path) -> Machine {
        let status = Status {
            name: "study".to_owned(),
            id: "3f7kabcdefghijklmnopqrstuvwxyz23".parse().expect("an id"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_ms: 1000,
            pairing: false,
            sessions: 1,
            devices: 0,
            listening: vec!["ws://127.0.0.1:9/ws".to_owned()],
            tls: None,
            components: Vec::new(),
        };
        Machine {
            root: root.to_owned(),
            paths: Paths {
                socket: root.join("run/deskconnd.sock"),
                state_dir: root.join("state"),
                config: root.join("deskconnd.toml"),
            },
            status: Ok(status),
            bus: Some(format!("unix:path={}", root.join("bus").display())),
            now: 1_795_273_331,
        }
    }

    /// `level message`, one for each.
    pub(super) fn told(findings: &[Finding]) -> Vec<String> {
        let line = |finding: &Finding| format!("{:?} {}", finding.level, finding.message);
        findings.iter().map(line).collect()
    }

    /// Puts a file into the machine.
    pub(super) fn put(machine: &Machine, path: &str, text: &str) {
        let file = machine.file(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
}
