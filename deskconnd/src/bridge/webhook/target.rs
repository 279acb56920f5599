//! Where a webhook posts to.

use http::Uri;
use http::uri::PathAndQuery;
use serde::{Deserialize, Deserializer, de};

/// An `http://` URL. What comes after its host may be a secret and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    host: String,
    port: u16,
    path: PathAndQuery,
}

/// Why a URL is no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a webhook's URL is http://HOST:PORT/PATH, without user and password; https is not spoken yet"
)]
pub(crate) struct NoTarget;

impl Target {
    fn parse(text: &str) -> Result<Self, NoTarget> {
        let uri: Uri = text.parse().map_err(|_| NoTarget)?;
        let authority = uri.authority().ok_or(NoTarget)?;
        if uri.scheme_str() != Some("http") || authority.as_str().contains('@') {
            return Err(NoTarget);
        }
        Ok(Self {
            host: authority.host().to_owned(),
            port: authority.port_u16().unwrap_or(80),
            path: uri.path_and_query().cloned().ok_or(NoTarget)?,
        })
    }

    /// Host and port, as in a `Host` header.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// What to connect to: an address is without its brackets.
    pub(super) fn place(&self) -> (&str, u16) {
        (self.host.trim_matches(['[', ']']), self.port)
    }

    /// What to ask for there.
    pub(super) fn path(&self) -> &str {
        self.path.as_str()
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({})", self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_and_its_path_is_not_shown() {
        let target = Target::parse("http://[::1]:9000/hook?token=secret").unwrap();
        assert_eq!(target.place(), ("::1", 9000));
        assert_eq!(target.path(), "/hook?token=secret");
        assert_eq!(format!("{target:?}"), "Target([::1]:9000)");
        let target = Target::parse("http://shop.example").unwrap();
        assert_eq!((target.place(), target.path()), (("shop.example", 80), "/"));
    }

    #[test]
    fn other_urls_are_refused() {
        for url in [
            "",
            "/hook",
            "https://shop.example/",
            "http://a:b@shop.example/",
            "http://",
        ] {
            assert_eq!(Target::parse(url), Err(NoTarget), "{url}");
        }
    }
}
