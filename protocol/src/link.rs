//! The links in a pairing QR code: the one browsers open and the one that names every address
//! (protocol §4, “The link in the QR code”).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::DEFAULT_PORT;
use crate::identity::DeviceId;
use crate::pairing::QrSecret;
use crate::profile::clean;

/// The longest link that is read, in bytes.
const MAX_LEN: usize = 2048;

/// The most addresses a link may name.
const MAX_ADDRESSES: usize = 16;

/// Where a daemon is, who it is, and the secret that lets a device join it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingLink {
    /// The one-time secret.
    pub secret: QrSecret,
    /// The daemon that must answer.
    pub id: DeviceId,
    /// Its addresses, the best first; never empty when parsed.
    pub addresses: Vec<IpAddr>,
    /// Its TCP port.
    pub port: u16,
    /// Its name, when the link tells it.
    pub name: Option<String>,
}

impl PairingLink {
    /// `http://<ip>:<port>/#p1.<secret>.<id>` for one of the daemon's addresses. The part behind the
    /// `#` never leaves the browser.
    pub fn to_http(&self, address: IpAddr) -> Zeroizing<String> {
        let host = SocketAddr::new(address, self.port);
        Zeroizing::new(format!(
            "http://{host}/#p1.{}.{}",
            self.secret.reveal(),
            self.id
        ))
    }

    /// `deskconn://pair?v=1&i=…&h=…&p=…&n=…#<secret>`, which names every address.
    pub fn to_native(&self) -> Zeroizing<String> {
        let hosts: Vec<String> = self.addresses.iter().map(host).collect();
        let mut link = Zeroizing::new(format!(
            "deskconn://pair?v=1&i={}&h={}&p={}",
            self.id,
            hosts.join(","),
            self.port
        ));
        if let Some(name) = &self.name {
            link.push_str("&n=");
            percent_encode(name, &mut link);
        }
        link.push('#');
        link.push_str(self.secret.reveal());
        link
    }
}

impl FromStr for PairingLink {
    type Err = LinkError;

    /// Reads either form.
    fn from_str(link: &str) -> Result<Self, LinkError> {
        let link = link.trim();
        if link.len() > MAX_LEN {
            return Err(LinkError::NotALink);
        }
        let (place, fragment) = link.split_once('#').ok_or(LinkError::NotALink)?;
        if let Some(host) = place.strip_prefix("http://") {
            return parse_http(host, fragment);
        }
        let query = place
            .strip_prefix("deskconn://pair?")
            .ok_or(LinkError::NotALink)?;
        parse_native(query, fragment)
    }
}

/// Why a text is not a pairing link. No variant repeats the text: it holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// It does not look like one.
    #[error("this is not a DeskConn pairing link")]
    NotALink,
    /// It was made by a later version.
    #[error("the pairing link was made by a newer version of DeskConn")]
    Version,
    /// A part is missing or not what it should be; names it.
    #[error("the pairing link has no good {0}")]
    Part(&'static str),
}

fn parse_http(host: &str, fragment: &str) -> Result<PairingLink, LinkError> {
    let host = host.strip_suffix('/').unwrap_or(host);
    let address: SocketAddr = host.parse().map_err(|_| LinkError::Part("address"))?;
    let (version, rest) = fragment.split_once('.').ok_or(LinkError::NotALink)?;
    if version != "p1" {
        return Err(LinkError::Version);
    }
    let (secret, id) = rest.split_once('.').ok_or(LinkError::Part("device id"))?;
    Ok(PairingLink {
        secret: parse_secret(secret)?,
        id: parse_id(id)?,
        addresses: vec![address.ip()],
        port: parse_port(address.port())?,
        name: None,
    })
}

fn parse_native(query: &str, fragment: &str) -> Result<PairingLink, LinkError> {
    let value = |key: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    };
    if value("v") != Some("1") {
        return Err(LinkError::Version);
    }
    let hosts = value("h").ok_or(LinkError::Part("address"))?;
    let addresses: Vec<IpAddr> = hosts
        .split(',')
        .take(MAX_ADDRESSES)
        .map(parse_host)
        .collect::<Option<_>>()
        .ok_or(LinkError::Part("address"))?;
    let port = match value("p") {
        None => DEFAULT_PORT,
        Some(port) => parse_port(port.parse().map_err(|_| LinkError::Part("port"))?)?,
    };
    let name = match value("n") {
        None => None,
        Some(name) => Some(percent_decode(name).ok_or(LinkError::Part("name"))?),
    };
    Ok(PairingLink {
        secret: parse_secret(fragment)?,
        id: parse_id(value("i").unwrap_or_default())?,
        addresses,
        port,
        name: name
            .map(|name| clean(&name))
            .filter(|name| !name.is_empty()),
    })
}

fn parse_secret(text: &str) -> Result<QrSecret, LinkError> {
    QrSecret::parse(text).ok_or(LinkError::Part("secret"))
}

fn parse_id(text: &str) -> Result<DeviceId, LinkError> {
    text.parse().map_err(|_| LinkError::Part("device id"))
}

fn parse_port(port: u16) -> Result<u16, LinkError> {
    if port == 0 {
        return Err(LinkError::Part("port"));
    }
    Ok(port)
}

/// An address as it stands in a URL: IPv6 in brackets.
fn host(address: &IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

fn parse_host(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[') {
        None => text.parse().ok().filter(IpAddr::is_ipv4),
        Some(rest) => {
            let v6: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
            Some(IpAddr::V6(v6))
        }
    }
}

/// Writes every byte but the unreserved ones of RFC 3986 §2.3 as `%XX`.
fn percent_encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Undoes [`percent_encode`]; `None` if an escape is broken or the bytes are not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::{LinkError, PairingLink};
    use crate::identity::Identity;
    use crate::pairing::QrSecret;
    use crate::profile::clean;

    #[derive(Deserialize)]
    struct Vectors {
        links: Vec<Known>,
        refused: Vec<Refused>,
    }

    #[derive(Deserialize)]
    struct Known {
        link: String,
        /// Whether this is how the link is also written.
        canonical: bool,
        secret: String,
        id: String,
        addresses: Vec<IpAddr>,
        port: u16,
        name: Option<String>,
    }

    #[derive(Deserialize)]
    struct Refused {
        why: String,
        link: String,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../vectors/link.json")).expect("a vector")
    }

    #[test]
    fn links_are_read_and_written_as_the_vectors_say() {
        for known in vectors().links {
            let parsed: PairingLink = known.link.parse().expect(&known.link);
            assert_eq!(parsed.secret.reveal(), known.secret, "{}", known.link);
            assert_eq!(parsed.id.as_str(), known.id, "{}", known.link);
            assert_eq!(parsed.addresses, known.addresses, "{}", known.link);
            assert_eq!(parsed.port, known.port, "{}", known.link);
            assert_eq!(parsed.name, known.name, "{}", known.link);
            if known.canonical {
                let written = if known.link.starts_with("http") {
                    parsed.to_http(known.addresses[0])
                } else {
                    parsed.to_native()
                };
                assert_eq!(*written, known.link);
            }
        }
    }

    #[test]
    fn what_is_not_a_link_is_refused() {
        for Refused { why, link } in vectors().refused {
            assert!(link.parse::<PairingLink>().is_err(), "{why}: {link}");
        }
        let endless = "http://".to_owned() + &"a".repeat(1 << 20);
        assert_eq!(endless.parse::<PairingLink>(), Err(LinkError::NotALink));
    }

    #[test]
    fn an_error_does_not_repeat_the_secret() {
        let link = "http://192.168.1.5:5020/#p1.QUJDREVGR0hJSktMTU5PUA.short";
        let error = link.parse::<PairingLink>().expect_err("a bad id");
        assert_eq!(error.to_string(), "the pairing link has no good device id");
    }

    proptest! {
        #[test]
        fn every_link_is_read_as_it_was_written(
            secret: [u8; 16], seed: u8, port in 1..=u16::MAX, name in ".*",
            addresses in prop::collection::vec(any::<IpAddr>(), 1..=16),
        ) {
            let link = PairingLink {
                secret: QrSecret::from_bytes(&secret),
                id: Identity::from_seed(&[seed; 64]).id(),
                addresses,
                port,
                name: Some(clean(&name)).filter(|name| !name.is_empty()),
            };
            prop_assert_eq!(link.to_native().parse(), Ok(link.clone()));
            let first = PairingLink {
                addresses: vec![link.addresses[0]],
                name: None,
                ..link
            };
            prop_assert_eq!(first.to_http(first.addresses[0]).parse(), Ok(first));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*", query in "[vihpn=&0-9a-f%,\\[\\]:.]*") {
            let without_secret = format!("deskconn://pair?{query}#");
            for link in [text, without_secret] {
                prop_assert!(link.parse::<PairingLink>().is_err());
            }
        }
    }
}
