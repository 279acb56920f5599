//! Where a daemon is reached: an IP address or a host name, and a port.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use deskconn_protocol::DEFAULT_PORT;

/// A host and a port. `Display` shows it as it stands in a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// An IP address without brackets, perhaps with a scope, or a host name.
    pub(crate) host: String,
    /// The TCP port.
    pub(crate) port: u16,
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        let host = match address {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
            _ => address.ip().to_string(),
        };
        Self {
            host,
            port: address.port(),
        }
    }
}

impl From<(IpAddr, u16)> for Address {
    fn from(address: (IpAddr, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    /// Reads `192.0.2.7`, `192.0.2.7:5020`, `fd00::7`, `[fd00::7]:5020`, `desk.local`, `desk.local:80`.
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        if let Ok(v6) = text.parse::<Ipv6Addr>() {
            return Ok((IpAddr::V6(v6), DEFAULT_PORT).into());
        }
        if let Some((host, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let (address, _scope) = host.split_once('%').unwrap_or((host, ""));
            let _: Ipv6Addr = address.parse().map_err(|_| NotAnAddress)?;
            let port = match port.strip_prefix(':') {
                Some(port) => parse_port(port)?,
                None if port.is_empty() => DEFAULT_PORT,
                None => return Err(NotAnAddress),
            };
            let host = host.to_owned();
            return Ok(Self { host, port });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, parse_port(port)?),
            None => (text, DEFAULT_PORT),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.is_empty() || host.starts_with(['.', '-']) || !host.chars().all(is_host) {
            return Err(NotAnAddress);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAnAddress;

fn parse_port(text: &str) -> Result<u16, NotAnAddress> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(NotAnAddress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, shown) in [
            ("192.0.2.7", "192.0.2.7:5020"),
            ("192.0.2.7:80", "192.0.2.7:80"),
            ("fd00::7", "[fd00::7]:5020"),
            ("[fd00::7]", "[fd00::7]:5020"),
            ("[fe80::7%2]:80", "[fe80::7%2]:80"),
            ("desk.local", "desk.local:5020"),
            ("localhost:8080", "localhost:8080"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse(), Ok(address));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "", ":80", "a:b", "a:0", "a:99999", "[a]:80", "[::1]x", "a b", "a/b", "-a", "a@b",
        ] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }

    #[test]
    fn a_link_local_address_keeps_its_scope() {
        let scoped = std::net::SocketAddrV6::new("fe80::7".parse().expect("v6"), 5020, 0, 3);
        let address = Address::from(SocketAddr::from(scoped));
        assert_eq!(address.to_string(), "[fe80::7%3]:5020");
    }
}
