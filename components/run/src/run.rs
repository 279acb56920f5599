//! One run of a command: started, followed, and brought to its end.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use deskconn_component::Pace;
use deskconn_component::process::{Launcher, Process};
use deskconn_protocol::api::run::{Ended, Part, Stream, Why};
use tokio::io::AsyncReadExt;
use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::parts::Parts;
use crate::settings::Command;

/// How much is read at once, and so the most that is in one part but for the rest of a character.
const PIECE: usize = 16 * 1024;

/// How long nothing has to be written after the end of a command, for all to be written: what it has started
/// elsewhere may hold its output open for ever.
const SILENCE: Duration = Duration::from_secs(1);

/// How long it may take after its end to pass on what it has written.
const REST: Duration = Duration::from_secs(30);

/// Has `launcher` run `command` until it ends by itself, its time is over, or `end` says why it is to end.
/// What it writes goes to `parts` for as long as somebody takes it; a command whose output is not taken
/// waits. Dropping this kills it.
///
/// # Errors
/// If the system does not start it, or does not say how it ended.
pub(crate) async fn run(
    launcher: &Launcher,
    command: &Command,
    parts: mpsc::Sender<Part>,
    end: impl Future<Output = Why>,
) -> io::Result<Ended> {
    let began = Instant::now();
    let mut process = Process::spawn(launcher, &command.spec)?;
    let output = process.take_output();
    let mut pump = Pump {
        parts,
        left: command.max_output,
        left_out: 0,
        pace: Pace::new(command.output_rate, command.output_rate, began),
        over: CancellationToken::new(),
    };
    let over = pump.over.clone();
    let ending = async {
        let ended = tokio::select! {
            status = process.ended() => (Why::Exited, status),
            why = end => (why, process.stop().await),
            () = sleep(command.timeout) => (Why::TimedOut, process.stop().await),
        };
        // What it has left behind ends with it.
        process.kill();
        over.cancel();
        (ended, began.elapsed())
    };
    let ((why, status), took) = match output {
        None => ending.await,
        Some((out, err)) => pump.while_running(out, err, ending).await,
    };
    let status = status?;
    Ok(Ended {
        why,
        code: status.code(),
        signal: status.signal(),
        ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        left_out: pump.left_out,
    })
}

/// Passes on what a command writes, as far and as fast as it may.
struct Pump {
    parts: mpsc::Sender<Part>,
    /// How many octets may still be passed on.
    left: u64,
    left_out: u64,
    pace: Pace,
    /// The command has ended.
    over: CancellationToken,
}

impl Pump {
    /// Passes on what comes out of both until `ending` is over, and what is left then.
    async fn while_running<T>(
        &mut self,
        out: ChildStdout,
        err: ChildStderr,
        ending: impl Future<Output = T>,
    ) -> T {
        let pumping = self.pump(out, err);
        tokio::pin!(pumping, ending);
        let mut is_empty = false;
        let ended = loop {
            tokio::select! {
                ended = &mut ending => break ended,
                () = &mut pumping, if !is_empty => is_empty = true,
            }
        };
        if !is_empty {
            drop(timeout(REST, pumping).await);
        }
        ended
    }

    async fn pump(&mut self, mut out: ChildStdout, mut err: ChildStderr) {
        let (mut of_out, mut of_err) = (Parts::of(Stream::Out), Parts::of(Stream::Err));
        let (mut out_piece, mut err_piece) = (vec![0; PIECE], vec![0; PIECE]);
        let (mut out_ended, mut err_ended) = (false, false);
        while !out_ended || !err_ended {
            tokio::select! {
                read = out.read(&mut out_piece), if !out_ended => {
                    let read = read.unwrap_or(0);
                    out_ended = read == 0;
                    self.pass_on(&mut of_out, out_piece.get(..read)).await;
                }
                read = err.read(&mut err_piece), if !err_ended => {
                    let read = read.unwrap_or(0);
                    err_ended = read == 0;
                    self.pass_on(&mut of_err, err_piece.get(..read)).await;
                }
                () = is_silent(&self.over) => return,
            }
        }
    }

    /// Passes on a piece; an empty one is the end of its stream.
    async fn pass_on(&mut self, parts: &mut Parts, piece: Option<&[u8]>) {
        let piece = piece.unwrap_or_default();
        let taken = usize::try_from(self.left).map_or(piece.len(), |left| left.min(piece.len()));
        let (taken, left_out) = piece.split_at_checked(taken).unwrap_or((piece, &[]));
        self.left -= taken.len() as u64;
        self.left_out += left_out.len() as u64;
        let part = match piece.is_empty() {
            true => parts.end(),
            false => parts.push(taken),
        };
        if let Some(part) = part {
            // Nobody takes it: the command runs on without.
            drop(self.parts.send(part).await);
        }
        sleep(self.pace.after(piece.len(), Instant::now())).await;
    }
}

/// Waits for the end of the command, and for some silence after it.
async fn is_silent(over: &CancellationToken) {
    over.cancelled().await;
    sleep(SILENCE).await;
}

#[cfg(test)]
mod tests;
