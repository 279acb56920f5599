//! A running program, told what to do on its standard input and listened to line by line.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine. Tests that pass take a fraction of it.
const DEADLINE: Duration = Duration::from_secs(30);

/// A program that runs until it is finished, killed or dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    /// What it said so far, for the message of a failure.
    said: Vec<String>,
    name: String,
}

impl Program {
    /// Starts `command` with its input and output piped.
    ///
    /// # Panics
    ///
    /// When it can not be started.
    pub fn start(mut command: Command) -> Self {
        let name = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let (sender, lines) = channel();
        listen(child.stdout.take(), sender.clone());
        listen(child.stderr.take(), sender);
        Self {
            child,
            lines,
            said: Vec::new(),
            name,
        }
    }

    /// Waits for a line, of output or errors, that contains every one of `fragments`, and returns
    /// it. Lines before it are passed over.
    ///
    /// # Panics
    ///
    /// When the program ends or half a minute passes without such a line.
    pub fn expect(&mut self, fragments: &[&str]) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.said.push(line.clone());
                    if fragments.iter().all(|fragment| line.contains(fragment)) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("{fragments:?} did not come")),
                Err(RecvTimeoutError::Disconnected) => {
                    self.fail(&format!("ended before {fragments:?}"))
                }
            }
        }
    }

    /// The lines it said up to the last one expected.
    pub fn said(&self) -> &[String] {
        &self.said
    }

    /// Writes a line to its standard input.
    ///
    /// # Panics
    ///
    /// When the program does not listen.
    pub fn tell(&mut self, line: &str) {
        let told = self
            .child
            .stdin
            .as_mut()
            .map(|stdin| writeln!(stdin, "{line}"));
        if !matches!(told, Some(Ok(()))) {
            self.fail(&format!("can not be told {line:?}"));
        }
    }

    /// Closes its standard input, which asks our programs to end, and waits until it has.
    ///
    /// # Panics
    ///
    /// When it has not ended after half a minute.
    pub fn finish(mut self) -> ExitStatus {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + DEADLINE;
        // The program has ended once nobody holds its output any more.
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => {
                    return self.child.wait().expect("our child");
                }
                Err(RecvTimeoutError::Timeout) => self.fail("does not end"),
            }
        }
    }

    /// Kills it, as a crash would.
    pub fn kill(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    fn fail(&mut self, what: &str) -> ! {
        self.said.extend(self.lines.try_iter());
        panic!(
            "{}\n{what}; it said:\n  {}",
            self.name,
            self.said.join("\n  ")
        );
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Sends every line of `output` to `lines`.
fn listen(output: Option<impl Read + Send + 'static>, lines: Sender<String>) {
    let Some(output) = output else { return };
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
}
