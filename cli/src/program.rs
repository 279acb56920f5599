//! A program that serves a procedure: what it is told on standard input, and what its end means.
//!
//! The program and its arguments are fixed when the procedure is registered. Nothing a caller sends
//! becomes part of a command line or of the environment.

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use deskconn_protocol::uris;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use wamp_client::InvocationError;
use wamp_proto::{Uri, Value};

use crate::text::one_line;
use crate::value::argument;

/// The longest result a program may write, in octets.
const MAX_RESULT: usize = 1 << 20;

/// How much of the end of standard error is kept to find its last line in.
const STDERR_TAIL: usize = 4096;

/// How long a program that is told to end may take.
const GRACE: Duration = Duration::from_secs(2);

/// Runs `command` with `input` on its standard input. Its standard output is the result, as JSON if it
/// is some; the end of `cancelled` ends it and everything it started.
///
/// # Errors
///
/// If it can not be started, writes too much, or ends with another status than 0: then the last line
/// of its standard error says why.
pub(crate) async fn run(
    command: &[OsString],
    input: Vec<u8>,
    cancelled: impl Future<Output = ()>,
) -> Result<Value, InvocationError> {
    let mut running = Running::start(command).map_err(|error| {
        let program = command.first().map(OsString::as_os_str).unwrap_or_default();
        failed(format!("can not run {}: {error}", program.display()))
    })?;
    let finished = tokio::select! {
        finished = running.finish(input) => finished,
        () = cancelled => {
            running.stop().await;
            return Err(InvocationError::canceled());
        }
    };
    let finished = finished.map_err(|error| failed(format!("lost the program: {error}")))?;
    judge(&finished)
}

/// A program that runs, with everything it starts in a process group of its own. All of it is killed
/// when this is dropped.
struct Running {
    child: Child,
    group: Option<Pid>,
}

/// What a program left behind.
struct Finished {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Running {
    fn start(command: &[OsString]) -> io::Result<Self> {
        let (program, args) = command
            .split_first()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let child = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let group = pid.and_then(Pid::from_raw);
        Ok(Self { child, group })
    }

    /// Feeds the program and waits for its end.
    async fn finish(&mut self, input: Vec<u8>) -> io::Result<Finished> {
        let stdin = self.child.stdin.take();
        let stdout = self.child.stdout.take();
        let stderr = self.child.stderr.take();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it is told.
                drop(stdin.write_all(&input).await);
            }
        };
        let result = async {
            // One octet more than allowed shows that there was too much.
            let result = head(stdout, MAX_RESULT + 1).await;
            if result
                .as_ref()
                .is_ok_and(|octets| octets.len() > MAX_RESULT)
            {
                self.signal(Signal::KILL);
            }
            result
        };
        let ((), stdout, stderr) = tokio::join!(feed, result, tail(stderr, STDERR_TAIL));
        let (stdout, stderr) = (stdout?, stderr?);
        let status = self.child.wait().await?;
        Ok(Finished {
            status,
            stdout,
            stderr,
        })
    }

    /// Asks the program to end, and kills it if it does not.
    async fn stop(&mut self) {
        self.signal(Signal::TERM);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            self.signal(Signal::KILL);
            drop(self.child.wait().await);
        }
    }

    /// Signals the group, as long as its first process has not been waited for: until then its number
    /// can not be anybody else's.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group.filter(|_| self.child.id().is_some()) {
            // A group that has ended already needs no signal.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// The first `limit` octets; stops reading there.
async fn head(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(stream) = stream {
        stream.take(limit as u64).read_to_end(&mut read).await?;
    }
    Ok(read)
}

/// The last `limit` octets or some more; reads everything.
async fn tail(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else {
        return Ok(kept);
    };
    let mut chunk = vec![0; limit];
    loop {
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Ok(kept);
        }
        kept.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let excess = kept.len().saturating_sub(2 * limit);
        kept.drain(..excess);
    }
}

fn judge(finished: &Finished) -> Result<Value, InvocationError> {
    if finished.stdout.len() > MAX_RESULT {
        return Err(failed(format!(
            "the program wrote more than {MAX_RESULT} octets"
        )));
    }
    if finished.status.success() {
        let text = String::from_utf8_lossy(&finished.stdout);
        let text = text.trim_end();
        return Ok(match text {
            "" => Value::Null,
            text => argument(text),
        });
    }
    let stderr = String::from_utf8_lossy(&finished.stderr);
    let last = stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
    let message = last.map_or_else(|| finished.status.to_string(), one_line);
    let error = failed(message);
    Err(match finished.status.code() {
        Some(code) => error.kwarg("exit_code", Value::Int(code.into())),
        None => error,
    })
}

fn failed(message: String) -> InvocationError {
    InvocationError::new(Uri::from_static(uris::ERROR_FAILED), message)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::io::Read;

    use tokio::sync::oneshot;

    use super::*;

    /// Longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn sh(script: &str) -> Vec<OsString> {
        ["sh", "-c", script].map(OsString::from).into()
    }

    async fn result(script: &str, input: &str) -> Result<Value, String> {
        run(&sh(script), input.into(), pending())
            .await
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn standard_output_is_the_result() {
        assert_eq!(result("cat", r#"{"args":[1]}"#).await, {
            Ok(argument(r#"{"args":[1]}"#))
        });
        assert_eq!(
            result("echo two words", "").await,
            Ok(Value::from("two words"))
        );
        assert_eq!(result("echo 5", "").await, Ok(Value::Int(5)));
        assert_eq!(result("true", "").await, Ok(Value::Null));
    }

    #[tokio::test]
    async fn a_failure_says_its_last_line_and_its_status() {
        let failed = |why: &str| Err(format!("{why} (org.deskconn.error.failed)"));
        assert_eq!(
            result("echo first >&2; echo no paper >&2; echo >&2; exit 3", "").await,
            failed("no paper")
        );
        assert_eq!(result("exit 3", "").await, failed("exit status: 3"));
        let missing = run(&["/nonexistent/program".into()], Vec::new(), pending()).await;
        let missing = missing.expect_err("no program").to_string();
        assert!(
            missing.starts_with("can not run /nonexistent/program"),
            "{missing}"
        );
    }

    #[tokio::test]
    async fn a_program_need_not_read_its_input() {
        let long = "x".repeat(1 << 20);
        assert_eq!(result("echo done", &long).await, Ok(Value::from("done")));
    }

    #[tokio::test]
    async fn a_flood_on_standard_output_or_error_is_bounded() {
        let flood = result("yes", "").await.expect_err("too much");
        assert!(flood.contains("more than 1048576 octets"), "{flood}");
        let script = "yes | head -c 5000000 >&2; echo the end >&2; exit 1";
        let error = result(script, "").await.expect_err("a failure");
        assert!(error.starts_with("the end"), "{error}");
    }

    #[tokio::test]
    async fn cancelling_ends_the_program_and_what_it_started() {
        let home = tempfile::tempdir().expect("a directory");
        let pipe = home.path().join("alive");
        let made = Command::new("mkfifo").arg(&pipe).status().await;
        assert!(made.expect("mkfifo").success());
        let script = format!("exec 3>{}; sleep 1000 & sleep 1000", pipe.display());
        let (started, has_started) = oneshot::channel();
        let (ended, has_ended) = oneshot::channel();
        // Every process of the job holds the pipe open: opening it here waits for the first of them,
        // reading ends with the last.
        std::thread::spawn(move || {
            let mut alive = std::fs::File::open(pipe).expect("the pipe");
            started.send(()).expect("the test waits");
            alive.read_to_end(&mut Vec::new()).expect("nothing");
            ended.send(()).expect("the test waits");
        });
        let (cancel, cancelled) = oneshot::channel::<()>();
        let job = tokio::spawn(async move {
            let cancelled = async { drop(cancelled.await) };
            run(&sh(&script), Vec::new(), cancelled).await
        });
        timeout(PATIENCE, has_started)
            .await
            .expect("a start")
            .expect("a start");
        cancel.send(()).expect("the job runs");
        assert_eq!(job.await.expect("a job"), Err(InvocationError::canceled()));
        timeout(PATIENCE, has_ended)
            .await
            .expect("an end")
            .expect("an end");
    }

    #[tokio::test]
    async fn a_job_that_is_cancelled_at_once_leaves_nothing() {
        let ended = run(&sh("sleep 1000"), Vec::new(), ready(())).await;
        assert_eq!(ended, Err(InvocationError::canceled()));
    }
}
