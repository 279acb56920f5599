//! TCP, TLS and Unix sockets as one type.

use crate::tls::Tls;
use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use std::io::{self, Read, Write};

/// A socket that does not block.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP, without Nagle's delay.
    Tcp(TcpStream),
    /// The same with TLS in it.
    Tls(Tls<TcpStream>),
    /// Of this machine.
    Unix(UnixStream),
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        // Fails only for a socket that is gone, which reading finds out.
        drop(stream.set_nodelay(true));
        Self::Tcp(stream)
    }
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl Stream {
    /// Whether there may be more to read although a read brought less than it could.
    pub const fn reads_in_parts(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into),
            Self::Tls(stream) => stream.read(into),
            Self::Unix(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(from),
            Self::Tls(stream) => stream.write(from),
            Self::Unix(stream) => stream.write(from),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(stream) if stream.holds_back() => stream.flush(),
            _ => Ok(()),
        }
    }
}

impl Source for Stream {
    fn register(&mut self, to: &Registry, token: Token, for_: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.register(to, token, for_),
            Self::Tls(stream) => stream.register(to, token, for_),
            Self::Unix(stream) => stream.register(to, token, for_),
        }
    }

    fn reregister(&mut self, to: &Registry, token: Token, for_: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.reregister(to, token, for_),
            Self::Tls(stream) => stream.reregister(to, token, for_),
            Self::Unix(stream) => stream.reregister(to, token, for_),
        }
    }

    fn deregister(&mut self, from: &Registry) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.deregister(from),
            Self::Tls(stream) => stream.deregister(from),
            Self::Unix(stream) => stream.deregister(from),
        }
    }
}
