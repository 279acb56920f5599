//! A desktop that is played: a message bus and those who are on it, python-dbusmock's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::daemon::Daemon;
use crate::home::TempHome;
use crate::programs::deskconnd;
use crate::running::Running;

/// A bus of its own, for the system's services and the desktop's alike, and what is on it.
#[derive(Debug)]
pub struct Desktop {
    _bus: Running,
    address: String,
    control: PathBuf,
    played: Running,
}

impl Desktop {
    /// Plays these `parts` of `tests/desktop/desktop.py`; files are in this home.
    ///
    /// # Panics
    ///
    /// When `scripts/setup` has not installed what it takes.
    pub async fn start(home: &TempHome, parts: &[&str]) -> Self {
        let address = format!("unix:path={}", home.path().join("bus").display());
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address"]);
        bus.arg(format!("--address={address}"));
        let mut bus = Running::start(bus);
        bus.expect("unix:path").await;

        let control = home.path().join("desktop");
        let made = Command::new("mkfifo").arg(&control).status();
        assert!(made.expect("mkfifo runs").success(), "a pipe");
        // Debian's, which has python3-dbusmock.
        let mut played = Command::new("/usr/bin/python3");
        played
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("desktop/desktop.py"))
            .arg(&control)
            .args(parts)
            .env("DBUS_SESSION_BUS_ADDRESS", &address);
        let mut played = Running::start(played);
        played.expect("ready").await;
        Self {
            _bus: bus,
            address,
            control,
            played,
        }
    }

    /// Where its bus is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Starts a daemon of this desktop in this home.
    ///
    /// # Panics
    ///
    /// When it does not get ready.
    pub async fn daemon(&self, home: TempHome) -> Daemon {
        let mut command = Command::new(deskconnd());
        self.adopt(command.args(["--listen", "127.0.0.1:0"]));
        Daemon::start_as(command, home).await
    }

    /// Makes `command` one of this desktop.
    pub fn adopt<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.address)
    }

    /// Waits until something was called on it whose name and arguments, as dbusmock prints them,
    /// contain `fragment`. Returns what follows that.
    ///
    /// # Panics
    ///
    /// When it is not by the deadline.
    pub async fn expect(&mut self, fragment: &str) -> String {
        self.played.expect(fragment).await
    }

    /// Has something happen: a line in JSON, as `desktop.py` says.
    ///
    /// # Panics
    ///
    /// When nobody plays any more.
    pub fn happen(&self, line: &str) {
        std::fs::write(&self.control, format!("{line}\n")).expect("somebody who reads");
    }
}
