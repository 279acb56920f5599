//! A daemon of the real program, in a home of its own.

use std::io::{BufRead, BufReader, PipeReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use deskconn_protocol::api::daemon::Status;
use deskconn_protocol::uris;
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::UnixDatagram;
use tokio::process::Child;
use wamp_client::{JoinOptions, Session};

use crate::home::TempHome;
use crate::output::Output;
use crate::programs;
use crate::wait::DEADLINE;

/// A running daemon; killed when dropped. When a test fails, what its daemons have said is printed.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    home: TempHome,
    said: Arc<Mutex<String>>,
    status: Status,
}

impl Daemon {
    /// A new daemon that listens on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_in(TempHome::new()).await
    }

    /// The daemon of this home, listening on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start_in(home: TempHome) -> Self {
        let mut command = Command::new(programs::deskconnd());
        command.args(["--listen", "127.0.0.1:0"]);
        Self::start_as(command, home).await
    }

    /// The daemon that `command` starts, perhaps on another host, with this home.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start_as(mut command: Command, home: TempHome) -> Self {
        let ready = home.path().join("ready");
        drop(std::fs::remove_file(&ready)); // of a daemon that was here before
        let notifications = UnixDatagram::bind(&ready).expect("a socket in the home");

        let (output, input) = std::io::pipe().expect("a pipe");
        home.adopt(&mut command)
            .env("NOTIFY_SOCKET", &ready)
            .stdin(Stdio::null())
            .stdout(input.try_clone().expect("a pipe"))
            .stderr(input);
        let said = Arc::default();
        listen(output, Arc::clone(&said));
        let name = format!("{command:?}");
        let mut command = tokio::process::Command::from(command);
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        drop(command); // our end of the pipe

        let is_ready = tokio::select! {
            is_ready = tokio::time::timeout(DEADLINE, ready_comes_over(&notifications)) => is_ready.is_ok(),
            _ = child.wait() => false,
        };
        assert!(is_ready, "{name} did not start; it said:\n{}", text(&said));
        let session = join(&home).await;
        let status = session.call(uris::DAEMON_STATUS).await.expect("a status");
        Self {
            child,
            home,
            said,
            status: status.kwargs().expect("a status"),
        }
    }

    /// What it said of itself when it had started.
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// Where it listens for the network.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn address(&self) -> SocketAddr {
        let addresses = self.status.listening.iter();
        let mut addresses = addresses.filter_map(|url| url.split('/').nth(2)?.parse().ok());
        addresses.next().expect("a TCP address")
    }

    /// Its Unix socket.
    pub fn socket(&self) -> &Path {
        &self.home.paths().socket
    }

    /// Its home.
    pub const fn home(&self) -> &TempHome {
        &self.home
    }

    /// What it has written so far, log and all.
    pub fn said(&self) -> String {
        text(&self.said)
    }

    /// How much memory it has now, in octets (`VmRSS` of `proc_pid_status(5)`).
    ///
    /// # Panics
    ///
    /// When it has ended.
    pub fn memory(&self) -> usize {
        let pid = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: usize = kilobytes.and_then(|n| n.parse().ok()).expect("a number");
        kilobytes * 1024
    }

    /// A session as its owner, over its Unix socket.
    ///
    /// # Panics
    ///
    /// When it does not let its owner in.
    pub async fn owner(&self) -> Session {
        join(&self.home).await
    }

    /// Runs its owner's `deskconn` with these arguments to its end.
    ///
    /// # Panics
    ///
    /// When that has not ended by the deadline.
    pub async fn cli(&self, arguments: &[&str]) -> Output {
        self.home.cli(arguments).await
    }

    /// Asks it to stop (SIGTERM), and returns how it ended.
    ///
    /// # Panics
    ///
    /// When it has not ended by the deadline.
    pub async fn stop(&mut self) -> ExitStatus {
        let pid = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()));
        kill_process(pid.expect("it runs"), Signal::TERM).expect("our child");
        self.ended().await
    }

    /// Sends it SIGHUP.
    ///
    /// # Panics
    ///
    /// When it runs no more.
    pub fn hang_up(&self) {
        let pid = self.child.id();
        let pid = pid.and_then(|id| Pid::from_raw(id.cast_signed()));
        kill_process(pid.expect("it runs"), Signal::HUP).expect("our child");
    }

    /// Kills it, as a crash would.
    ///
    /// # Panics
    ///
    /// When it does not even die.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("our child");
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    ///
    /// When it has not by the deadline.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(DEADLINE, self.child.wait())
            .await
            .unwrap_or_else(|_| panic!("the daemon runs on after {DEADLINE:?}"))
            .expect("our child")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if thread::panicking() {
            let name = &self.status.name;
            #[expect(clippy::print_stderr, reason = "beside the failure it explains")]
            {
                eprintln!("the daemon {name} said:\n{}", self.said());
            }
        }
    }
}

async fn join(home: &TempHome) -> Session {
    let url = format!("unix://{}", home.paths().socket.display());
    let options = JoinOptions::new(uris::REALM);
    wamp_client::connect(&url, options)
        .await
        .unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// Waits for the daemon to say that it is ready, as it would to systemd (`sd_notify(3)`).
async fn ready_comes_over(notifications: &UnixDatagram) {
    let mut message = [0; 4096];
    loop {
        let length = notifications.recv(&mut message).await.expect("our socket");
        let mut lines = message[..length].split(|byte| *byte == b'\n');
        if lines.any(|line| line == b"READY=1") {
            return;
        }
    }
}

/// Keeps every line of `output`. A thread does it, so that it goes on when the test fails.
fn listen(output: PipeReader, said: Arc<Mutex<String>>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
        }
    });
}

fn text(said: &Mutex<String>) -> String {
    said.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
