//! Where a router is reached, and how the transport's own handshake goes.

use crate::framing::{Framing, Side};
use crate::stream::Stream;
use crate::tls::Tls;
use crate::words::Serializer;
use anyhow::{Context, bail};
use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// How long a router may take to answer while a connection opens.
const PATIENCE: Duration = Duration::from_secs(20);

/// The key of every upgrade, from RFC 6455, section 1.3; this client does not check the answer.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What a server answers to [`KEY`].
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// How a router is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The socket.
    pub address: Address,
    /// The path of the WebSocket; `None` is RawSocket.
    pub path: Option<String>,
    /// Whether TLS is spoken there.
    pub is_tls: bool,
}

/// A socket's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Of a network.
    Tcp(SocketAddr),
    /// Of this machine.
    Unix(PathBuf),
}

/// A connection that is a transport of WAMP now.
#[derive(Debug)]
pub struct Opened {
    /// The socket.
    pub stream: Stream,
    /// How messages stand in it.
    pub framing: Framing,
    /// How they are written.
    pub serializer: Serializer,
}

impl FromStr for Endpoint {
    type Err = anyhow::Error;

    /// `ws://host:port/path`, `wss://host:port/path`, `rs://host:port`, `rs+unix:///path` or `ws+unix:///path`.
    fn from_str(url: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = url.split_once("://").context("no scheme")?;
        let tcp = |rest: &str| -> anyhow::Result<Address> {
            let mut addresses = rest.to_socket_addrs()?;
            Ok(Address::Tcp(addresses.next().context("no address")?))
        };
        Ok(match scheme {
            "ws" | "wss" => {
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                Self {
                    address: tcp(host)?,
                    path: Some(format!("/{path}")),
                    is_tls: scheme == "wss",
                }
            }
            "rs" => Self {
                address: tcp(rest)?,
                path: None,
                is_tls: false,
            },
            "rs+unix" | "unix" => Self {
                address: Address::Unix(rest.into()),
                path: None,
                is_tls: false,
            },
            "ws+unix" => Self {
                address: Address::Unix(rest.into()),
                path: Some("/ws".to_owned()),
                is_tls: false,
            },
            other => bail!("{other}:// is none of ws, wss, ws+unix, rs and rs+unix"),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref();
        match (&self.address, path) {
            (Address::Tcp(address), Some(path)) if self.is_tls => {
                write!(f, "wss://{address}{path}")
            }
            (Address::Tcp(address), Some(path)) => write!(f, "ws://{address}{path}"),
            (Address::Tcp(address), None) => write!(f, "rs://{address}"),
            (Address::Unix(at), Some(_)) => write!(f, "ws+unix://{}", at.display()),
            (Address::Unix(at), None) => write!(f, "rs+unix://{}", at.display()),
        }
    }
}

impl Endpoint {
    /// Connects and does the transport's handshake, waiting for each answer.
    ///
    /// # Errors
    /// If the router is not there or answers otherwise.
    pub fn open(&self, serializer: Serializer) -> anyhow::Result<Opened> {
        let framing = self.framing();
        let asked = self.handshake(serializer);
        let stream = match &self.address {
            Address::Tcp(address) => {
                let mut stream = std::net::TcpStream::connect(address)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                if self.is_tls {
                    let mut stream = Tls::over(stream)?;
                    agree(&mut stream, framing, &asked)?;
                    Stream::Tls(stream.nonblocking()?)
                } else {
                    agree(&mut stream, framing, &asked)?;
                    stream.set_nonblocking(true)?;
                    mio::net::TcpStream::from_std(stream).into()
                }
            }
            Address::Unix(path) => {
                let mut stream = std::os::unix::net::UnixStream::connect(path)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                agree(&mut stream, framing, &asked)?;
                stream.set_nonblocking(true)?;
                mio::net::UnixStream::from_std(stream).into()
            }
        };
        Ok(Opened {
            stream,
            framing,
            serializer,
        })
    }

    /// Begins to connect; writing tells when that is done.
    ///
    /// # Errors
    /// If the system does not let it begin.
    pub fn begin(&self) -> std::io::Result<Stream> {
        Ok(match &self.address {
            Address::Tcp(address) => mio::net::TcpStream::connect(*address)?.into(),
            Address::Unix(path) => mio::net::UnixStream::connect(path)?.into(),
        })
    }

    /// How messages stand in a connection to it.
    pub const fn framing(&self) -> Framing {
        match self.path {
            Some(_) => Framing::WebSocket(Side::Client),
            None => Framing::RawSocket,
        }
    }

    /// What the client says first.
    pub fn handshake(&self, serializer: Serializer) -> Vec<u8> {
        let Some(path) = &self.path else {
            return vec![0x7F, 0xF0 | serializer.rawsocket_number(), 0, 0];
        };
        let host = match &self.address {
            Address::Tcp(address) => address.to_string(),
            Address::Unix(_) => "localhost".to_owned(),
        };
        let protocol = serializer.name();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: wamp.2.{protocol}\r\n\r\n"
        );
        request.into_bytes()
    }
}

/// How long the answer to a handshake is, once all of it is there.
///
/// # Errors
/// If it is a refusal.
pub fn answered(framing: Framing, octets: &[u8]) -> anyhow::Result<Option<usize>> {
    match framing {
        Framing::RawSocket => match *octets {
            [0x7F, nibbles, ..] if nibbles & 0x0F == 0 => bail!("refused: {octets:02x?}"),
            [0x7F, _, _, _, ..] => Ok(Some(4)),
            [0x7F, ..] | [] => Ok(None),
            _ => bail!("no RawSocket: {octets:02x?}"),
        },
        Framing::WebSocket(_) => {
            let Some(end) = memchr::memmem::find(octets, b"\r\n\r\n") else {
                return Ok(None);
            };
            if !octets.starts_with(b"HTTP/1.1 101 ") {
                bail!("refused: {}", String::from_utf8_lossy(octets));
            }
            Ok(Some(end + 4))
        }
    }
}

/// Says the handshake and waits for its answer, no octet longer: nothing may follow it unasked.
fn agree(stream: &mut (impl Read + Write), framing: Framing, asked: &[u8]) -> anyhow::Result<()> {
    stream.write_all(asked)?;
    let mut answer = Vec::new();
    while answered(framing, &answer)?.is_none() {
        let mut octet = [0; 512];
        let read = stream.read(&mut octet)?;
        if read == 0 {
            bail!("the connection ended: {}", String::from_utf8_lossy(&answer));
        }
        answer.extend_from_slice(&octet[..read]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_socket_and_framing() {
        for url in [
            "ws://127.0.0.1:80/ws",
            "wss://127.0.0.1:80/ws",
            "rs://[::1]:90",
            "rs+unix:///run/a",
            "ws+unix:///run/a",
        ] {
            assert_eq!(url.parse::<Endpoint>().unwrap().to_string(), url);
        }
        assert!("http://127.0.0.1:80".parse::<Endpoint>().is_err());
    }

    #[test]
    fn an_answer_counts_once_all_of_it_is_there() {
        let web = Framing::WebSocket(Side::Client);
        assert_eq!(answered(web, b"HTTP/1.1 101 Switching\r\n").unwrap(), None);
        assert_eq!(
            answered(web, b"HTTP/1.1 101 S\r\n\r\nxx").unwrap(),
            Some(18)
        );
        assert!(answered(web, b"HTTP/1.1 403 No\r\n\r\n").is_err());
        assert_eq!(answered(Framing::RawSocket, &[0x7F, 0xF1]).unwrap(), None);
        assert_eq!(
            answered(Framing::RawSocket, &[0x7F, 0xF1, 0, 0]).unwrap(),
            Some(4)
        );
        assert!(answered(Framing::RawSocket, &[0x7F, 0x10, 0, 0]).is_err());
    }
}
