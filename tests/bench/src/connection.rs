//! One connection: frames in and out of a socket that does not block.

use crate::endpoint::Opened;
use crate::framing::{Framing, Kind};
use crate::stream::Stream;
use crate::words::Serializer;
use anyhow::bail;
use std::io::{self, ErrorKind, Read, Write};

/// How much is read at once: enough that the system is asked seldom.
const READ: usize = 256 << 10;

/// A buffer to read into; one for all connections of a thread.
#[derive(Debug)]
pub struct Scratch(Vec<u8>);

impl Default for Scratch {
    fn default() -> Self {
        Self(vec![0; READ])
    }
}

/// A connection whose transport is agreed on.
#[derive(Debug)]
pub struct Connection {
    /// The socket.
    pub stream: Stream,
    /// What is to be sent.
    pub output: Output,
    input: Input,
}

/// What has come and is not complete.
#[derive(Debug, Default)]
struct Input {
    /// The beginning of a frame whose end has not come.
    partial: Vec<u8>,
    /// The beginning of a message whose last frame has not come.
    message: Vec<u8>,
    /// Whether the other side has said that nothing more will come.
    is_closed: bool,
}

/// Frames that wait to be sent.
#[derive(Debug)]
pub struct Output {
    framing: Framing,
    kind: Kind,
    octets: Vec<u8>,
    sent: usize,
}

/// What a read has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All that there was.
    All,
    /// There may be more.
    More,
    /// The other side has ended the stream.
    End,
}

impl From<Opened> for Connection {
    fn from(opened: Opened) -> Self {
        Self::new(opened.stream, opened.framing, opened.serializer)
    }
}

impl Connection {
    /// A connection that nothing was sent over yet.
    pub const fn new(stream: Stream, framing: Framing, serializer: Serializer) -> Self {
        let kind = match serializer {
            Serializer::Json => Kind::Text,
            Serializer::Msgpack | Serializer::Cbor => Kind::Binary,
        };
        Self {
            stream,
            output: Output {
                framing,
                kind,
                octets: Vec::new(),
                sent: 0,
            },
            input: Input {
                partial: Vec::new(),
                message: Vec::new(),
                is_closed: false,
            },
        }
    }

    /// Reads once and gives `on` every message that is whole.
    ///
    /// # Errors
    /// If the socket fails, frames are wrong, or `on` says so.
    pub fn receive(
        &mut self,
        Scratch(scratch): &mut Scratch,
        mut on: impl FnMut(&[u8], &mut Output) -> anyhow::Result<()>,
    ) -> anyhow::Result<Progress> {
        let Self {
            stream,
            output,
            input,
        } = self;
        let had = input.partial.len();
        let read = if had == 0 {
            stream.read(scratch)
        } else {
            input.partial.resize(had + READ, 0);
            stream.read(&mut input.partial[had..])
        };
        let read = match read {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                input.partial.truncate(had);
                return Ok(Progress::All);
            }
            Err(error) => return Err(error.into()),
        };
        if had == 0 {
            let taken = input.take_frames(&mut scratch[..read], output, &mut on)?;
            input.partial.extend_from_slice(&scratch[taken..read]);
        } else {
            let mut octets = std::mem::take(&mut input.partial);
            octets.truncate(had + read);
            let taken = input.take_frames(&mut octets, output, &mut on)?;
            octets.drain(..taken);
            input.partial = octets;
        }
        Ok(match read {
            0 => Progress::End,
            _ if input.is_closed => Progress::End,
            READ => Progress::More,
            _ if stream.reads_in_parts() => Progress::More,
            _ => Progress::All,
        })
    }

    /// Sends what waits, as much as the socket takes; says whether that was all.
    ///
    /// # Errors
    /// If the socket fails.
    pub fn flush(&mut self) -> io::Result<bool> {
        let Output { octets, sent, .. } = &mut self.output;
        while *sent < octets.len() {
            match self.stream.write(&octets[*sent..]) {
                Ok(written) => *sent += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        octets.clear();
        *sent = 0;
        match self.stream.flush() {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Output {
    /// Adds a message, given in parts.
    pub fn message(&mut self, parts: &[&[u8]]) {
        self.framing.put(self.kind, parts, &mut self.octets);
    }

    /// How many octets wait.
    pub const fn waiting(&self) -> usize {
        self.octets.len() - self.sent
    }
}

impl Input {
    /// Gives `on` every message at the start of `octets`, and says how long they are with their frames.
    fn take_frames(
        &mut self,
        octets: &mut [u8],
        output: &mut Output,
        on: &mut impl FnMut(&[u8], &mut Output) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut taken = 0;
        loop {
            let rest = &mut octets[taken..];
            let found = match output.framing.find(rest) {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(taken),
                Err(bad) => bail!("{}", bad.0),
            };
            taken += found.payload.end;
            let payload = &rest[found.payload];
            match found.kind {
                Kind::Text | Kind::Binary if found.is_last => on(payload, output)?,
                Kind::Text | Kind::Binary | Kind::More => {
                    self.message.extend_from_slice(payload);
                    if found.is_last {
                        let message = std::mem::take(&mut self.message);
                        on(&message, output)?;
                    }
                }
                Kind::Ping => output
                    .framing
                    .put(Kind::Pong, &[payload], &mut output.octets),
                Kind::Pong => {}
                Kind::Close => self.is_closed = true,
            }
        }
    }
}
