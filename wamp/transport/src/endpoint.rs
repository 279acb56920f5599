//! Where a router listens, as a person writes it.

use std::{fmt, path::PathBuf, str::FromStr};

/// The path of the WebSocket where an endpoint names none.
const DEFAULT_PATH: &str = "/ws";

/// Where a router listens and what it speaks there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `ws://host:port/path`: WebSocket over TCP. The port is 80 and the path `/ws` if left out.
    WebSocket {
        /// A name or an address; IPv6 without brackets, perhaps with a zone.
        host: String,
        /// The TCP port.
        port: u16,
        /// The path, with its query.
        path: String,
    },
    /// `tcp://host:port`: RawSocket over TCP.
    RawSocket {
        /// A name or an address; IPv6 without brackets, perhaps with a zone.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// `wss://host:port/path`: WebSocket over TLS. The port is 443 and the path `/ws` if left out.
    SecureWebSocket {
        /// A name or an address, which the router's certificate is for.
        host: String,
        /// The TCP port.
        port: u16,
        /// The path, with its query.
        path: String,
    },
    /// `rss://host:port`: RawSocket over TLS.
    SecureRawSocket {
        /// A name or an address, which the router's certificate is for.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// `ws+unix:///path/of/socket`: WebSocket over a Unix socket, at `/ws`.
    UnixWebSocket {
        /// The socket.
        socket: PathBuf,
    },
    /// `unix:///path/of/socket`: RawSocket over a Unix socket.
    UnixRawSocket {
        /// The socket.
        socket: PathBuf,
    },
}

/// Why a text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no endpoint: {reason}")]
pub struct EndpointError {
    text: String,
    reason: &'static str,
}

impl Endpoint {
    /// Whether it is on this machine for certain.
    pub const fn is_local(&self) -> bool {
        matches!(
            self,
            Self::UnixWebSocket { .. } | Self::UnixRawSocket { .. }
        )
    }

    /// Whether WebSocket is spoken there.
    pub(crate) const fn is_websocket(&self) -> bool {
        matches!(
            self,
            Self::WebSocket { .. } | Self::SecureWebSocket { .. } | Self::UnixWebSocket { .. }
        )
    }

    /// What the `Host` header of the upgrade says.
    pub(crate) fn http_authority(&self) -> String {
        match self {
            Self::WebSocket { host, port, .. }
            | Self::SecureWebSocket { host, port, .. }
            | Self::RawSocket { host, port }
            | Self::SecureRawSocket { host, port } => authority(without_zone(host), *port),
            Self::UnixWebSocket { .. } | Self::UnixRawSocket { .. } => "localhost".to_owned(),
        }
    }

    /// Whom the router's certificate has to be for, if TLS is spoken there.
    pub(crate) fn tls_name(&self) -> Option<&str> {
        match self {
            Self::SecureWebSocket { host, .. } | Self::SecureRawSocket { host, .. } => {
                Some(without_zone(host))
            }
            _ => None,
        }
    }

    /// The path that is upgraded.
    pub(crate) fn http_path(&self) -> &str {
        match self {
            Self::WebSocket { path, .. } | Self::SecureWebSocket { path, .. } => path,
            _ => DEFAULT_PATH,
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        parse(text).map_err(|reason| EndpointError {
            text: text.to_owned(),
            reason,
        })
    }
}

/// What a text that is an endpoint starts with.
const SCHEMES: &str =
    "it starts with none of ws://, wss://, tcp://, rss://, unix:// and ws+unix://";

fn parse(text: &str) -> Result<Endpoint, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or(SCHEMES)?;
    match scheme {
        "ws" => {
            let (host, port, path) = host_port_and_path(rest)?;
            let port = port.unwrap_or(80);
            Ok(Endpoint::WebSocket { host, port, path })
        }
        "wss" => {
            let (host, port, path) = host_port_and_path(rest)?;
            let port = port.unwrap_or(443);
            Ok(Endpoint::SecureWebSocket { host, port, path })
        }
        "tcp" => {
            let (host, port) = host_and_port(rest.trim_end_matches('/'))?;
            let port = port.ok_or("it names no port, as tcp://host:port does")?;
            Ok(Endpoint::RawSocket { host, port })
        }
        "rss" => {
            let (host, port) = host_and_port(rest.trim_end_matches('/'))?;
            let port = port.ok_or("it names no port, as rss://host:port does")?;
            Ok(Endpoint::SecureRawSocket { host, port })
        }
        "unix" => Ok(Endpoint::UnixRawSocket {
            socket: socket(rest)?,
        }),
        "ws+unix" => Ok(Endpoint::UnixWebSocket {
            socket: socket(rest)?,
        }),
        _ => Err(SCHEMES),
    }
}

fn host_port_and_path(rest: &str) -> Result<(String, Option<u16>, String), &'static str> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = host_and_port(authority)?;
    let path = match path {
        "" => DEFAULT_PATH.to_owned(),
        path if path.starts_with('/') => path.to_owned(),
        query => format!("/{query}"),
    };
    Ok((host, port, path))
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), &'static str> {
    let (host, port) = if let Some(bracketed) = authority.strip_prefix('[') {
        let (host, port) = bracketed
            .split_once(']')
            .ok_or("the bracket around the address is not closed")?;
        match port.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if port.is_empty() => (host, None),
            None => return Err("something other than a port follows the address"),
        }
    } else {
        match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 address stands in brackets, as [::1]:5020");
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if host.is_empty() {
        return Err("it names no host");
    }
    let odd = |c: char| !c.is_alphanumeric() && !"-._:%".contains(c);
    if host.contains(odd) {
        return Err("the host is neither a name nor an address");
    }
    let port = port
        .map(|port| port.parse().ok().filter(|&port| port != 0))
        .map(|port| port.ok_or("the port is no number from 1 to 65535"))
        .transpose()?;
    Ok((host.to_owned(), port))
}

fn socket(path: &str) -> Result<PathBuf, &'static str> {
    if path.starts_with('/') && path.len() > 1 {
        Ok(PathBuf::from(path))
    } else {
        Err("the socket's path is not absolute, as unix:///run/user/1000/socket")
    }
}

/// A zone means something on this machine only.
fn without_zone(host: &str) -> &str {
    host.split('%').next().unwrap_or_default()
}

/// How a host stands before its port.
fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebSocket { host, port, path } => {
                write!(f, "ws://{}{path}", authority(host, *port))
            }
            Self::SecureWebSocket { host, port, path } => {
                write!(f, "wss://{}{path}", authority(host, *port))
            }
            Self::RawSocket { host, port } => write!(f, "tcp://{}", authority(host, *port)),
            Self::SecureRawSocket { host, port } => {
                write!(f, "rss://{}", authority(host, *port))
            }
            Self::UnixWebSocket { socket } => write!(f, "ws+unix://{}", socket.display()),
            Self::UnixRawSocket { socket } => write!(f, "unix://{}", socket.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_and_written_in_full() {
        let table = [
            ("ws://study.local:5020/ws", "ws://study.local:5020/ws"),
            ("ws://study.local:5020", "ws://study.local:5020/ws"),
            ("ws://study/", "ws://study:80/"),
            ("ws://[fe80::1%eth0]:1?a=b", "ws://[fe80::1%eth0]:1/?a=b"),
            ("ws://10.0.0.2/a/b", "ws://10.0.0.2:80/a/b"),
            ("tcp://[::1]:5020", "tcp://[::1]:5020"),
            ("tcp://study:5020/", "tcp://study:5020"),
            ("wss://study", "wss://study:443/ws"),
            ("wss://[::1]:5021/lan", "wss://[::1]:5021/lan"),
            ("rss://study:5021", "rss://study:5021"),
            ("unix:///run/d.sock", "unix:///run/d.sock"),
            ("ws+unix:///run/d.sock", "ws+unix:///run/d.sock"),
        ];
        for (text, full) in table {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), full);
            assert_eq!(full.parse(), Ok(endpoint));
        }
    }

    #[test]
    fn the_host_header_holds_no_zone() {
        let table = [
            ("ws://[fe80::1%eth0]:5020", "[fe80::1]:5020"),
            ("ws://study.local", "study.local:80"),
            ("wss://study.local", "study.local:443"),
            ("ws+unix:///run/d.sock", "localhost"),
        ];
        for (text, host) in table {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.http_authority(), host);
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_a_reason() {
        let table = [
            ("", "none of"),
            ("study:5020", "none of"),
            ("http://study:5020", "none of"),
            ("tls://study:1", "none of"),
            ("rss://study", "no port"),
            ("ws://", "no host"),
            ("ws://:80", "no host"),
            ("ws://::1", "brackets"),
            ("ws://[::1", "not closed"),
            ("ws://[::1]80", "follows"),
            ("ws://study:0", "port"),
            ("ws://study:65536", "port"),
            ("ws://study:", "port"),
            ("ws://me@study", "neither"),
            ("ws://a b", "neither"),
            ("tcp://study", "no port"),
            ("unix://run/d.sock", "absolute"),
            ("unix:///", "absolute"),
        ];
        for (text, reason) in table {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
