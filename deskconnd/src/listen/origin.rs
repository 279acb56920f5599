//! Which web pages may talk to this computer: its own, or those that are listed.
//!
//! A browser lets every page of the web open connections to machines of the local network. It says
//! which page it was (`Origin`) and which name the page used (`Host`). A page of another origin is
//! refused, and so is a name this computer does not know: by a name of its own that it points at this
//! address, a page could pass for one of ours (DNS rebinding). Extensions of a browser are programs
//! that their user has installed: they may open WebSockets, as every other program may, and are
//! strangers there until their keys say otherwise.

use crate::router::Browser;
use http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use http::uri::Authority;
use serde::Deserialize;
use std::net::IpAddr;

/// Whose requests are answered. Programs that are no browsers send no `Origin`, and need none.
#[derive(Debug, Clone)]
pub(crate) enum Visitors {
    /// Pages of this computer, under a name of its own.
    Own(Names),
    /// Pages of these origins, whatever the computer is called by.
    Listed(Vec<PageOrigin>),
}

/// An origin that pages may have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum PageOrigin {
    /// Any: who reads the router by a page has to prove who it is all the same.
    Any,
    /// This one, in lower case, as `https://app.example.com`.
    This(String),
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A WebSocket.
    Socket,
    /// Anything else.
    Page,
}

impl Visitors {
    /// Whether a request for `wanted` with these headers is to be answered.
    pub(crate) fn check(&self, wanted: Wanted, headers: &HeaderMap) -> Result<(), Foreign> {
        match self {
            Self::Own(names) => names.check(wanted, headers),
            Self::Listed(origins) => {
                let is_listed = |origin: &HeaderValue| {
                    origins.iter().any(|listed| listed.is(origin.as_bytes()))
                };
                match headers.get_all(ORIGIN).iter().all(is_listed) {
                    true => Ok(()),
                    false => Err(Foreign::Unlisted),
                }
            }
        }
    }
}

impl PageOrigin {
    fn is(&self, origin: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::This(this) => origin.eq_ignore_ascii_case(this.as_bytes()),
        }
    }
}

impl TryFrom<String> for PageOrigin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "*" {
            return Ok(Self::Any);
        }
        // "scheme://host[:port]", without a path (RFC 6454, section 6.1).
        let (scheme, host) = text.split_once("://").unwrap_or_default();
        if scheme.is_empty() || host.is_empty() || host.contains('/') {
            return Err(
                "an origin is a scheme and a host, as https://app.example.com, without a path; or *",
            );
        }
        Ok(Self::This(text.to_ascii_lowercase()))
    }
}

/// The names by which this computer is known.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// Lower case: the host name, with and without `.local`, `localhost`, and what is configured.
    names: Vec<String>,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Foreign {
    /// There is no `Host`, or more than one, or it is none.
    #[error("the request does not say which host it is for")]
    NoHost,
    /// The name is not this computer's.
    #[error(
        "this computer is not known by that name; hint: use its address, or name it in listen.hosts"
    )]
    Host,
    /// The page is not this computer's.
    #[error("the page that asks is not from this computer")]
    Origin,
    /// The page is none of those that may ask.
    #[error("pages of this origin may not ask here; hint: name it in the listener's origins")]
    Unlisted,
}

impl Names {
    /// The names of a computer with this host name, and further ones.
    pub(crate) fn new(host_name: &str, further: &[String]) -> Self {
        let host = host_name.to_lowercase();
        let short = host.split('.').next().unwrap_or_default();
        let mut names = vec![
            "localhost".to_owned(),
            format!("{short}.local"),
            short.to_owned(),
        ];
        names.push(host.clone());
        names.extend(further.iter().map(|name| name.to_lowercase()));
        names.retain(|name| !name.is_empty() && name != ".local");
        Self { names }
    }

    /// Those of the names that a certificate can be for (RFC 5280, section 4.2.1.6), in order.
    pub(crate) fn for_certificate(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .names
            .iter()
            .filter(|name| is_dns(name))
            .cloned()
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether a request with these headers is for this computer and, if a page made it, from a page
    /// of this computer; an extension may have a WebSocket. Programs that are no browsers send no
    /// `Origin`, and need none.
    fn check(&self, wanted: Wanted, headers: &HeaderMap) -> Result<(), Foreign> {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(Foreign::NoHost);
        };
        let host = host.to_str().map_err(|_| Foreign::NoHost)?;
        let authority: Authority = host.parse().map_err(|_| Foreign::NoHost)?;
        if !self.know(authority.host()) {
            return Err(Foreign::Host);
        }
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => Ok(()),
            (Some(origin), None) if is_of(origin.as_bytes(), host) => Ok(()),
            (Some(origin), None) if wanted == Wanted::Socket && is_extension(origin.as_bytes()) => {
                Ok(())
            }
            _ => Err(Foreign::Origin),
        }
    }

    /// Whether `host` is one of the names, or an address: an address is not a name that anybody
    /// could have pointed here.
    fn know(&self, host: &str) -> bool {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        if bare.unwrap_or(host).parse::<IpAddr>().is_ok() {
            return true;
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        self.names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// Whether `name` is letters, digits and hyphens, in parts between dots, and no address.
fn is_dns(name: &str) -> bool {
    let is_part = |part: &str| {
        (1..=63).contains(&part.len())
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_part) && name.parse::<IpAddr>().is_err()
}

/// Whether `origin` is a page that was loaded from `host`, port included.
fn is_of(origin: &[u8], host: &str) -> bool {
    let of = origin
        .strip_prefix(b"http://")
        .or_else(|| origin.strip_prefix(b"https://"));
    of.is_some_and(|of| of.eq_ignore_ascii_case(host.as_bytes()))
}

/// What a browser says of who made the request with these headers; nothing if it was none.
pub(super) fn browser(headers: &HeaderMap) -> Option<Browser> {
    let origin = headers.get(ORIGIN)?;
    Some(match is_extension(origin.as_bytes()) {
        true => Browser::Extension,
        false => Browser::Page,
    })
}

/// Whether `origin` is an extension's: `chrome-extension://` and 32 letters, or `moz-extension://` and
/// a UUID. Browsers give such an origin to no page of the web.
fn is_extension(origin: &[u8]) -> bool {
    if let Some(id) = origin.strip_prefix(b"chrome-extension://") {
        return id.len() == 32 && id.iter().all(|letter| matches!(letter, b'a'..=b'p'));
    }
    let is_of_uuid = |(place, octet): (usize, &u8)| match place {
        8 | 13 | 18 | 23 => *octet == b'-',
        _ => matches!(octet, b'0'..=b'9' | b'a'..=b'f'),
    };
    origin
        .strip_prefix(b"moz-extension://")
        .is_some_and(|uuid| uuid.len() == 36 && uuid.iter().enumerate().all(is_of_uuid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &[&str], origin: &[&str]) -> Result<(), Foreign> {
        check_for(Wanted::Page, host, origin)
    }

    fn check_for(wanted: Wanted, host: &[&str], origin: &[&str]) -> Result<(), Foreign> {
        let mut headers = HeaderMap::new();
        for host in host {
            headers.append(HOST, host.parse().unwrap());
        }
        for origin in origin {
            headers.append(ORIGIN, origin.parse().unwrap());
        }
        Names::new("Study-Laptop.lan", &["desk.example.net".to_owned()]).check(wanted, &headers)
    }

    #[test]
    fn addresses_and_own_names_are_known_whatever_the_case_and_port() {
        for host in [
            "192.0.2.7:5020",
            "[2001:db8::7]:5020",
            "localhost:5020",
            "LOCALHOST",
            "study-laptop",
            "study-laptop.local:5020",
            "study-laptop.local.:5020",
            "Study-Laptop.lan",
            "desk.example.net",
        ] {
            assert_eq!(check(&[host], &[]), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_certificate_is_for_the_names_that_certificates_can_be_for() {
        let further = ["desk.example.net", "192.0.2.7", "a_b", "-x"].map(str::to_owned);
        let names = Names::new("Study-Laptop", &further).for_certificate();
        assert_eq!(
            names,
            [
                "desk.example.net",
                "localhost",
                "study-laptop",
                "study-laptop.local"
            ]
        );
        assert_eq!(
            Names::new("schreibtisch_ä", &[]).for_certificate(),
            ["localhost"]
        );
    }

    #[test]
    fn other_names_are_refused() {
        for host in [
            "evil.example",
            "study-laptop.local.evil.example",
            "localhost.evil.example",
            ".local",
        ] {
            assert_eq!(check(&[host], &[]), Err(Foreign::Host), "{host}");
        }
        assert_eq!(check(&[], &[]), Err(Foreign::NoHost));
        assert_eq!(check(&["a b"], &[]), Err(Foreign::NoHost));
        let twice = ["192.0.2.7", "evil.example"];
        assert_eq!(check(&twice, &[]), Err(Foreign::NoHost));
    }

    #[test]
    fn pages_of_this_computer_may_ask_and_no_others() {
        let host = "192.0.2.7:5020";
        for origin in ["http://192.0.2.7:5020", "https://192.0.2.7:5020"] {
            assert_eq!(check(&[host], &[origin]), Ok(()));
        }
        for origin in [
            "http://192.0.2.7",
            "http://192.0.2.7:5021",
            "http://evil.example",
            "null",
            "",
            "http://192.0.2.7:5020.evil.example",
            "http://localhost:5020",
        ] {
            for wanted in [Wanted::Page, Wanted::Socket] {
                let checked = check_for(wanted, &[host], &[origin]);
                assert_eq!(checked, Err(Foreign::Origin), "{origin}");
            }
        }
        let twice = ["http://192.0.2.7:5020", "http://evil.example"];
        assert_eq!(check(&[host], &twice), Err(Foreign::Origin));
    }

    #[test]
    fn extensions_get_web_sockets_and_nothing_else() {
        let host = "127.0.0.1:5020";
        let chromium = "chrome-extension://kdeeffkcnnmhpknncgmihagcbdmddgfk";
        let firefox = "moz-extension://0f6c9a5e-52a1-4c6e-9d3b-1f2e3d4c5b6a";
        for origin in [chromium, firefox] {
            assert_eq!(check_for(Wanted::Socket, &[host], &[origin]), Ok(()));
            let page = check_for(Wanted::Page, &[host], &[origin]);
            assert_eq!(page, Err(Foreign::Origin));
            let rebound = check_for(Wanted::Socket, &["evil.example"], &[origin]);
            assert_eq!(rebound, Err(Foreign::Host));
            let twice = [origin, "http://evil.example"];
            let twice = check_for(Wanted::Socket, &[host], &twice);
            assert_eq!(twice, Err(Foreign::Origin));
        }
        for origin in [
            "chrome-extension://",
            "chrome-extension://kdeeffkcnnmhpknncgmihagcbdmddgfz",
            "chrome-extension://kdeeffkcnnmhpknncgmihagcbdmddgfk.evil.example",
            "chrome-extension://evil.example",
            "moz-extension://",
            "moz-extension://0f6c9a5e-52a1-4c6e-9d3b-1f2e3d4c5b6a:80",
            "moz-extension://0f6c9a5e052a104c6e09d3b01f2e3d4c5b6a",
            "http://kdeeffkcnnmhpknncgmihagcbdmddgfk",
        ] {
            let checked = check_for(Wanted::Socket, &[host], &[origin]);
            assert_eq!(checked, Err(Foreign::Origin), "{origin}");
        }
    }

    #[test]
    fn listed_pages_may_ask_and_no_others() {
        let check = |listed: &[&str], origins: &[&str]| {
            let listed = listed.iter().map(|text| (*text).to_owned().try_into());
            let visitors = Visitors::Listed(listed.collect::<Result<_, _>>().unwrap());
            let mut headers = HeaderMap::new();
            for origin in origins {
                headers.append(ORIGIN, origin.parse().unwrap());
            }
            visitors.check(Wanted::Socket, &headers).is_ok()
        };
        let app = "https://app.example.com";
        for (listed, origins, admitted) in [
            (&[app][..], &[][..], true),
            (&[app], &[app], true),
            (&["https://APP.example.com"], &[app], true),
            (&[app], &["https://app.example.com:8443"], false),
            (&[app], &["http://app.example.com"], false),
            (&[app], &["null"], false),
            (&[app], &[app, "https://evil.example"], false),
            (&[], &[app], false),
            (&["*"], &["https://evil.example"], true),
        ] {
            assert_eq!(check(listed, origins), admitted, "{listed:?} {origins:?}");
        }
        for no_origin in ["", "app.example.com", "https://", "https://a.example/"] {
            assert!(PageOrigin::try_from(no_origin.to_owned()).is_err());
        }
    }
}
