//! A program that goes on while the test does other things.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::wait::DEADLINE;

/// A running program; killed when dropped. Output and errors are read as one, in the order they come.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: UnboundedReceiver<String>,
    said: String,
    name: String,
}

impl Running {
    /// Starts `command` without input.
    ///
    /// # Panics
    ///
    /// When it can not be started.
    pub fn start(mut command: Command) -> Self {
        let name = format!("{command:?}");
        let (output, input) = std::io::pipe().expect("a pipe");
        command
            .stdin(Stdio::null())
            .stdout(input.try_clone().expect("a pipe"))
            .stderr(input);
        let mut command = tokio::process::Command::from(command);
        let child = command
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        drop(command); // our end of the pipe
        let (sender, lines) = unbounded_channel();
        thread::spawn(move || {
            let mut read = BufReader::new(output).lines().map_while(Result::ok);
            read.all(|line| sender.send(line).is_ok());
        });
        Self {
            child,
            lines,
            said: String::new(),
            name,
        }
    }

    /// Waits for a line that contains `fragment` and returns what follows it there. Lines before it
    /// are passed over.
    ///
    /// # Panics
    ///
    /// When the program ends or the deadline passes without such a line.
    pub async fn expect(&mut self, fragment: &str) -> String {
        loop {
            let next = timeout(DEADLINE, self.lines.recv()).await;
            let Ok(Some(line)) = next else {
                let how = if next.is_ok() { "ended" } else { "waits" };
                let Self { name, said, .. } = self;
                panic!("{name} {how} without {fragment:?}; it said:\n{said}");
            };
            self.keep(&line);
            if let Some((_, after)) = line.split_once(fragment) {
                return after.to_owned();
            }
        }
    }

    /// Sends it a signal.
    ///
    /// # Panics
    ///
    /// When it runs no more.
    pub fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("it runs");
        let pid = Pid::from_raw(id.cast_signed()).expect("a process has an id");
        kill_process(pid, signal).expect("our child");
    }

    /// The root of its file system, as it sees it.
    ///
    /// # Panics
    ///
    /// When it runs no more.
    pub fn root(&self) -> PathBuf {
        let id = self.child.id().expect("it runs");
        PathBuf::from(format!("/proc/{id}/root"))
    }

    /// Waits until it has ended. Returns its exit code, none if a signal ended it, and everything it
    /// has said.
    ///
    /// # Panics
    ///
    /// When it has not ended by the deadline.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let ending = async {
            while let Some(line) = self.lines.recv().await {
                self.keep(&line);
            }
            self.child.wait().await
        };
        let ended = timeout(DEADLINE, ending).await;
        let Self { name, said, .. } = self;
        let status = ended.unwrap_or_else(|_| panic!("{name} runs on; it said:\n{said}"));
        (status.expect("our child").code(), said)
    }

    fn keep(&mut self, line: &str) {
        self.said.push_str(line);
        self.said.push('\n');
    }
}
