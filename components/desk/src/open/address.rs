//! What may be opened: web addresses, and nothing that could be taken for anything else.

use std::fmt;
use std::net::Ipv6Addr;

use http::Uri;

/// The longest address, in octets.
const LONGEST: usize = 2048;

/// The longest name of a computer (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 253;

/// A web address: `http` or `https`, to a computer, with nothing in it that another parser could read
/// differently. It is opened as it was given, letter by letter.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    text: String,
    host: String,
}

/// Why something is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotOpened {
    /// There is more of it than any address needs.
    #[error("the address is longer than {LONGEST} letters")]
    TooLong,
    /// It has letters in it that no URL has, as blanks, line ends and umlauts.
    #[error("the address has letters in it that URLs are not made of")]
    Letters,
    /// It is `javascript:`, `file:` or the like, or nothing at all.
    #[error("only addresses that begin with `http://` or `https://` are opened")]
    Scheme,
    /// It has a user name in it, behind which another address can hide.
    #[error("the address has a user name in it")]
    User,
    /// It names no computer, or a port that there is not.
    #[error("the address names no computer")]
    Host,
}

impl NotOpened {
    /// What to do about it.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::TooLong => "open a shorter one",
            Self::Letters => {
                "copy it from the address bar of a browser: names with other letters begin with \
                 `xn--`, and other letters have the form %C3%BC"
            }
            Self::Scheme => "write it out, as `https://example.org/`",
            Self::User => "leave out what is before the `@`",
            Self::Host => "write it as `https://example.org/`",
        }
    }
}

impl Address {
    /// Reads an address as RFC 3986 has it.
    ///
    /// # Errors
    /// What is not as it should be.
    pub(crate) fn parse(text: &str) -> Result<Self, NotOpened> {
        if text.len() > LONGEST {
            return Err(NotOpened::TooLong);
        }
        // First the scheme: what begins otherwise is refused for that, whatever else it is.
        let (scheme, rest) = text.split_once("://").ok_or(NotOpened::Scheme)?;
        if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err(NotOpened::Scheme);
        }
        if !rest.bytes().all(is_of_urls) {
            return Err(NotOpened::Letters);
        }
        let uri: Uri = text.parse().map_err(|_| NotOpened::Host)?;
        let authority = uri.authority().ok_or(NotOpened::Host)?;
        if authority.as_str().contains('@') {
            return Err(NotOpened::User);
        }
        let host = authority.host();
        let port = authority.as_str().strip_prefix(host);
        let port_is_one = match port.map(|port| port.strip_prefix(':')) {
            Some(None) => port == Some(""),
            Some(Some(port)) => port.parse::<u16>().is_ok_and(|port| port != 0),
            None => false,
        };
        if !port_is_one || !is_host(host) {
            return Err(NotOpened::Host);
        }
        Ok(Self {
            text: text.to_owned(),
            host: host.to_owned(),
        })
    }

    /// The address, as it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The computer it names.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Debug for Address {
    /// Only the computer: what is behind it is nobody else's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.host).finish()
    }
}

/// Whether URLs are made of it: unreserved, reserved or `%` (RFC 3986 §2).
fn is_of_urls(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&octet)
}

/// Whether it is a name or an address of a computer. Not all that RFC 3986 has for a `reg-name`: browsers
/// decode `%2e` there, and what they make of `!` is their affair.
fn is_host(host: &str) -> bool {
    let in_brackets = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    if let Some(address) = in_brackets {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let is_of_names = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let name = host.strip_suffix('.').unwrap_or(host);
    let mut words = name.split('.');
    host.len() <= LONGEST_NAME
        && words.all(|word| !word.is_empty() && word.bytes().all(is_of_names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_are_kept_as_they_are_given() {
        for (text, host) in [
            ("https://example.org", "example.org"),
            ("http://example.org/", "example.org"),
            ("HTTPS://Example.ORG/Path", "Example.ORG"),
            ("https://example.org:8443/a/b?c=d&e=%20#f", "example.org"),
            ("https://example.org?q=a@b", "example.org"),
            ("https://example.org/~ana/(x);y='z'", "example.org"),
            ("http://192.0.2.7:5020/", "192.0.2.7"),
            ("http://[2001:db8::1]:80/", "[2001:db8::1]"),
            ("http://study_laptop.local./", "study_laptop.local."),
            // What looks like another name stays what it is.
            ("https://xn--pple-43d.com/", "xn--pple-43d.com"),
        ] {
            let address = Address::parse(text).expect(text);
            assert_eq!((address.as_str(), address.host()), (text, host));
        }
    }

    #[test]
    fn nothing_else_is_an_address() {
        use NotOpened::{Host, Letters, Scheme, TooLong, User};
        let huge = format!("https://example.org/{}", "a".repeat(LONGEST));
        let long_name = format!("https://{}/", "a.".repeat(130));
        for (text, refused) in [
            ("", Scheme),
            ("javascript:alert(1)", Scheme),
            ("javascript://example.org/%0aalert(1)", Scheme),
            ("file:///etc/passwd", Scheme),
            ("data:text/html,<script>", Scheme),
            ("ftp://example.org/", Scheme),
            ("vscode://file/x", Scheme),
            ("example.org", Scheme),
            ("//example.org/", Scheme),
            ("http:/example.org", Scheme),
            ("http:example.org", Scheme),
            (" http://example.org/", Scheme),
            ("\thttp://example.org/", Scheme),
            ("-flag", Scheme),
            ("--help http://example.org/", Scheme),
            ("\u{feff}https://example.org/", Scheme),
            ("https://example.org/\nX", Letters),
            ("https://example.org/\r", Letters),
            ("https://example.org/ -flag", Letters),
            ("https://example.org/\0", Letters),
            ("https://example.org/\u{202e}gpj.exe", Letters),
            ("https://example.org\\@example.net/", Letters),
            ("https://example.org/\"'`", Letters),
            ("https://\u{430}pple.com/", Letters),
            ("https://example.org/k\u{f6}ln", Letters),
            ("https://user@example.org/", User),
            ("https://user:secret@example.org/", User),
            ("https://example.org@example.net/", User),
            ("https://", Host),
            ("https:///etc/passwd", Host),
            ("https://:80/", Host),
            ("https://example.org:99999/", Host),
            ("https://example.org:0/", Host),
            ("https://example.org:/", Host),
            ("https://example..org/", Host),
            ("https://.example.org/", Host),
            ("https://exam%70le.org/", Host),
            ("https://example.org;.net/", Host),
            ("https://[::1/", Host),
            ("https://[fe80::1%25eth0]/", Host),
            ("https://[nothing]/", Host),
            (&long_name, Host),
            (&huge, TooLong),
        ] {
            assert_eq!(Address::parse(text), Err(refused), "{text:?}");
        }
    }

    #[test]
    fn what_is_behind_the_computer_is_not_shown() {
        let address = Address::parse("https://example.org/?token=secret").expect("an address");
        assert_eq!(format!("{address:?}"), r#"Address("example.org")"#);
    }
}
