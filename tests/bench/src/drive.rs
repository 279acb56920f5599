//! All connections of a scenario, driven by one thread.

use crate::connection::{Connection, Output, Progress, Scratch};
use anyhow::{Context, bail};
use mio::{Events, Interest, Poll, Token};
use std::time::{Duration, Instant};

/// How long nothing may come before something counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections, by their numbers in the order in which they were added.
#[derive(Debug)]
pub struct Drive {
    poll: Poll,
    events: Events,
    lines: Vec<Line>,
    scratch: Scratch,
}

#[derive(Debug)]
struct Line {
    connection: Connection,
    /// Whether it is waited for that the socket takes more.
    is_full: bool,
    /// Whether it is left alone.
    is_ignored: bool,
}

impl Drive {
    /// No connections.
    ///
    /// # Errors
    /// If the system has no more handles.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            lines: Vec::new(),
            scratch: Scratch::default(),
        })
    }

    /// Takes a connection and gives it a number.
    ///
    /// # Errors
    /// If the system has no more handles.
    pub fn add(&mut self, mut connection: Connection) -> anyhow::Result<usize> {
        let number = self.lines.len();
        let stream = &mut connection.stream;
        self.poll
            .registry()
            .register(stream, Token(number), Interest::READABLE)?;
        self.lines.push(Line {
            connection,
            is_full: false,
            is_ignored: false,
        });
        Ok(number)
    }

    /// Reads nothing more from a connection.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn ignore(&mut self, number: usize) -> anyhow::Result<()> {
        let line = &mut self.lines[number];
        line.is_ignored = true;
        self.poll
            .registry()
            .deregister(&mut line.connection.stream)?;
        Ok(())
    }

    /// Where messages to send over a connection are put. [`Self::flush`] sends them.
    pub fn output(&mut self, number: usize) -> &mut Output {
        &mut self.lines[number].connection.output
    }

    /// Sends what waits for a connection.
    ///
    /// # Errors
    /// If the socket fails.
    pub fn flush(&mut self, number: usize) -> anyhow::Result<()> {
        let line = &mut self.lines[number];
        if line.is_ignored {
            return Ok(());
        }
        let is_full = !line.connection.flush().context("sending")?;
        if is_full != line.is_full {
            line.is_full = is_full;
            let interest = match is_full {
                true => Interest::READABLE | Interest::WRITABLE,
                false => Interest::READABLE,
            };
            let stream = &mut line.connection.stream;
            self.poll
                .registry()
                .reregister(stream, Token(number), interest)?;
        }
        Ok(())
    }

    /// Waits until something comes, gives `on` every message with the number of its connection and the
    /// time of its coming, and sends what it puts into that connection's output.
    ///
    /// # Errors
    /// If nothing comes for too long, a connection ends, or `on` says so.
    pub fn turn(
        &mut self,
        on: &mut impl FnMut(usize, &[u8], Instant, &mut Output) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if !self.turn_within(PATIENCE, on)? {
            bail!(
                "nothing came for {} s, and something is missing",
                PATIENCE.as_secs()
            );
        }
        Ok(())
    }

    /// The same for no longer than `timeout`; says whether something came.
    ///
    /// # Errors
    /// If a connection ends, or `on` says so.
    pub fn turn_within(
        &mut self,
        timeout: Duration,
        on: &mut impl FnMut(usize, &[u8], Instant, &mut Output) -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(true),
            polled => polled?,
        }
        let ready = self
            .events
            .iter()
            .map(|event| event.token().0)
            .collect::<Vec<_>>();
        for &number in &ready {
            loop {
                let now = Instant::now();
                let connection = &mut self.lines[number].connection;
                let on = |frame: &[u8], output: &mut Output| on(number, frame, now, output);
                match connection.receive(&mut self.scratch, on)? {
                    Progress::End => bail!("the router has ended connection {number}"),
                    Progress::All => break,
                    Progress::More => {}
                }
            }
            self.flush(number)?;
        }
        Ok(!ready.is_empty())
    }

    /// Sends one message over a connection and waits for one that answers it.
    ///
    /// # Errors
    /// If none comes, or the connection ends.
    pub fn ask(&mut self, number: usize, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.output(number).message(&[message]);
        self.flush(number)?;
        let mut answer = None;
        while answer.is_none() {
            self.turn(&mut |at, frame, _, _| {
                if at == number {
                    answer.get_or_insert_with(|| frame.to_vec());
                }
                Ok(())
            })?;
        }
        answer.context("no answer")
    }
}
