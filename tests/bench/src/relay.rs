//! The limit: what carries the same frames over the same sockets, and does nothing else.
//!
//! The first message of a connection says which line of the relay it is: `caller N` and `callee N` are
//! two ends of a pipe, what `publisher N` sends goes to every `subscriber N`, and an `echo` gets all of it
//! back. From then on frames are copied, unread. One thread and one buffer, and each socket is written to
//! once a turn: a router on one core can not be faster, one that also reads WAMP can only be slower.

use crate::connection::{Connection, Output, Progress, Scratch};
use crate::endpoint::ACCEPT;
use crate::framing::{Framing, Side};
use crate::stream::Stream;
use crate::words::Serializer;
use anyhow::Context;
use mio::net::{TcpListener, UnixListener};
use mio::{Events, Interest, Poll, Token};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::Path;

const TCP: Token = Token(usize::MAX - 1);
const UNIX: Token = Token(usize::MAX - 2);

/// A relay that listens.
#[derive(Debug)]
pub struct Relay {
    poll: Poll,
    tcp: TcpListener,
    unix: UnixListener,
    lines: Vec<Option<Line>>,
    free: Vec<usize>,
    pipes: Pipes,
    scratch: Scratch,
    /// Connections that have something to send at the end of the turn.
    dirty: Vec<usize>,
}

#[derive(Debug)]
enum Line {
    /// Its handshake is not complete.
    Opening { stream: Stream, heard: Vec<u8> },
    /// Its frames are relayed.
    Open(Box<OpenLine>),
}

#[derive(Debug)]
struct OpenLine {
    connection: Connection,
    place: Option<Place>,
    /// Whether it is waited for that the socket takes more.
    is_full: bool,
}

/// What a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Caller,
    Callee,
    Publisher,
    Subscriber,
    Echo,
}

impl End {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "caller" => Self::Caller,
            "callee" => Self::Callee,
            "publisher" => Self::Publisher,
            "subscriber" => Self::Subscriber,
            "echo" => Self::Echo,
            _ => return None,
        })
    }

    /// Where its frames go; nowhere else than back for an echo.
    const fn other(self) -> Option<Self> {
        match self {
            Self::Caller => Some(Self::Callee),
            Self::Callee => Some(Self::Caller),
            Self::Publisher => Some(Self::Subscriber),
            Self::Subscriber => Some(Self::Publisher),
            Self::Echo => None,
        }
    }
}

/// Who is at the ends of each pipe.
#[derive(Debug, Default)]
struct Pipes(Vec<[Vec<usize>; 5]>);

/// One end of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    end: End,
    pipe: usize,
}

impl Pipes {
    fn ends(&self, Place { end, pipe }: Place) -> &[usize] {
        self.0.get(pipe).map_or(&[], |pipe| &pipe[end as usize])
    }

    fn ends_mut(&mut self, Place { end, pipe }: Place) -> &mut Vec<usize> {
        if self.0.len() <= pipe {
            self.0.resize(pipe + 1, Default::default());
        }
        &mut self.0[pipe][end as usize]
    }

    fn forget(&mut self, number: usize) {
        for ends in self.0.iter_mut().flatten() {
            ends.retain(|end| *end != number);
        }
    }
}

impl Relay {
    /// A relay on any port of the loopback interface and on a Unix socket.
    ///
    /// # Errors
    /// If they can not be had.
    pub fn bind(unix: &Path) -> anyhow::Result<Self> {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut tcp = TcpListener::bind(loopback)?;
        let mut unix = UnixListener::bind(unix)?;
        let poll = Poll::new()?;
        poll.registry()
            .register(&mut tcp, TCP, Interest::READABLE)?;
        poll.registry()
            .register(&mut unix, UNIX, Interest::READABLE)?;
        Ok(Self {
            poll,
            tcp,
            unix,
            lines: Vec::new(),
            free: Vec::new(),
            pipes: Pipes::default(),
            scratch: Scratch::default(),
            dirty: Vec::new(),
        })
    }

    /// Where it listens for TCP.
    ///
    /// # Errors
    /// If the system does not know.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.tcp.local_addr()?)
    }

    /// Relays until it is killed.
    ///
    /// # Errors
    /// If the system has no more handles.
    pub fn run(mut self) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &events {
                match event.token() {
                    TCP => self.accept_tcp()?,
                    UNIX => self.accept_unix()?,
                    Token(number) => {
                        // A connection that fails is gone, and the others go on.
                        if !self.read(number).unwrap_or(false) {
                            self.close(number);
                        }
                    }
                }
            }
            while let Some(number) = self.dirty.pop() {
                if self.flush(number).is_err() {
                    self.close(number);
                }
            }
        }
    }

    fn accept_tcp(&mut self) -> anyhow::Result<()> {
        loop {
            match self.tcp.accept() {
                Ok((stream, _)) => self.take(stream.into())?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("accepting"),
            }
        }
    }

    fn accept_unix(&mut self) -> anyhow::Result<()> {
        loop {
            match self.unix.accept() {
                Ok((stream, _)) => self.take(stream.into())?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("accepting"),
            }
        }
    }

    fn take(&mut self, mut stream: Stream) -> anyhow::Result<()> {
        let number = self.free.pop().unwrap_or(self.lines.len());
        if number == self.lines.len() {
            self.lines.push(None);
        }
        self.poll
            .registry()
            .register(&mut stream, Token(number), Interest::READABLE)?;
        let heard = Vec::new();
        self.lines[number] = Some(Line::Opening { stream, heard });
        Ok(())
    }

    /// Reads what there is; false at the end.
    fn read(&mut self, number: usize) -> anyhow::Result<bool> {
        let Some(line) = self.lines.get_mut(number).and_then(Option::take) else {
            return Ok(true);
        };
        let mut open = match line {
            Line::Open(open) => open,
            Line::Opening { stream, heard } => {
                let (line, goes_on) = shake_hands(stream, heard)?;
                self.lines[number] = Some(line);
                return Ok(goes_on);
            }
        };
        let goes_on = loop {
            let place = &mut open.place;
            let read = open
                .connection
                .receive(&mut self.scratch, |frame, output| {
                    match *place {
                        Some(from) => relay(
                            from,
                            frame,
                            output,
                            &self.pipes,
                            &mut self.lines,
                            &mut self.dirty,
                        ),
                        None => *place = assign(number, frame, output, &mut self.pipes),
                    }
                    Ok(())
                })?;
            match read {
                Progress::All => break true,
                Progress::End => break false,
                Progress::More => {}
            }
        };
        if open.connection.output.waiting() > 0 {
            self.dirty.push(number);
        }
        self.lines[number] = Some(Line::Open(open));
        Ok(goes_on)
    }

    fn flush(&mut self, number: usize) -> anyhow::Result<()> {
        let Some(Some(Line::Open(open))) = self.lines.get_mut(number) else {
            return Ok(());
        };
        let is_full = !open.connection.flush()?;
        if is_full != open.is_full {
            open.is_full = is_full;
            let interest = match is_full {
                true => Interest::READABLE | Interest::WRITABLE,
                false => Interest::READABLE,
            };
            let stream = &mut open.connection.stream;
            self.poll
                .registry()
                .reregister(stream, Token(number), interest)?;
        }
        Ok(())
    }

    fn close(&mut self, number: usize) {
        let Some(slot) = self.lines.get_mut(number) else {
            return;
        };
        // Connections that are read when they fail are in nobody's slot.
        *slot = None;
        self.pipes.forget(number);
        self.free.push(number);
    }
}

/// Gives a connection its place, and says so.
fn assign(number: usize, frame: &[u8], output: &mut Output, pipes: &mut Pipes) -> Option<Place> {
    let words = std::str::from_utf8(frame).ok()?;
    let (end, pipe) = words.split_once(' ')?;
    let place = Place {
        end: End::of(end)?,
        pipe: pipe.parse().ok()?,
    };
    pipes.ends_mut(place).push(number);
    output.message(&[frame]);
    Some(place)
}

/// Sends a frame where frames from there go.
fn relay(
    Place { end, pipe }: Place,
    frame: &[u8],
    back: &mut Output,
    pipes: &Pipes,
    lines: &mut [Option<Line>],
    dirty: &mut Vec<usize>,
) {
    let Some(other) = end.other() else {
        return back.message(&[frame]);
    };
    for &to in pipes.ends(Place { end: other, pipe }) {
        let Some(Some(Line::Open(open))) = lines.get_mut(to) else {
            continue;
        };
        let output = &mut open.connection.output;
        if output.waiting() == 0 {
            dirty.push(to);
        }
        output.message(&[frame]);
    }
}

/// Goes on with a handshake.
fn shake_hands(mut stream: Stream, mut heard: Vec<u8>) -> anyhow::Result<(Line, bool)> {
    let mut room = [0; 1024];
    let read = match stream.read(&mut room) {
        Ok(0) => return Ok((Line::Opening { stream, heard }, false)),
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error.into()),
    };
    heard.extend_from_slice(&room[..read]);
    let (framing, serializer, answer) = match *heard {
        [0x7F, nibbles, _, _] => {
            let answer = vec![0x7F, nibbles, 0, 0];
            (Framing::RawSocket, Serializer::Msgpack, answer)
        }
        _ if heard.ends_with(b"\r\n\r\n") => {
            let asked = String::from_utf8_lossy(&heard);
            let protocol = asked
                .lines()
                .find_map(|line| line.strip_prefix("Sec-WebSocket-Protocol: "));
            let protocol = protocol.unwrap_or("wamp.2.json");
            let serializer = match protocol {
                "wamp.2.json" => Serializer::Json,
                _ => Serializer::Msgpack,
            };
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {ACCEPT}\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
            );
            (
                Framing::WebSocket(Side::Server),
                serializer,
                answer.into_bytes(),
            )
        }
        _ => return Ok((Line::Opening { stream, heard }, true)),
    };
    stream.write_all(&answer)?;
    let open = OpenLine {
        connection: Connection::new(stream, framing, serializer),
        place: None,
        is_full: false,
    };
    Ok((Line::Open(Box::new(open)), true))
}
