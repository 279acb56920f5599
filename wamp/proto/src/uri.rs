//! URIs of realms, procedures, topics and errors, and the policies that match them.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, fmt, ops::Deref};

/// A WAMP URI as it stands in a message: text, not yet judged. Cloning shares the octets.
///
/// Whether it is well formed depends on where it stands and on the realm's rules: see
/// [`Uri::is_valid`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Uri(ByteString);

/// How strictly the characters of a URI are judged (spec, "URIs").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UriRule {
    /// No white space and no `#`; the spec's loose rule.
    #[default]
    Loose,
    /// Only `0-9`, `a-z` and `_`; the spec's strict rule.
    Strict,
}

/// How a registration or subscription matches URIs (spec, "Pattern-based Registrations").
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum MatchPolicy {
    /// The URI itself.
    #[default]
    Exact,
    /// Every URI that starts with the pattern, as a string.
    Prefix,
    /// Every URI of as many components, where an empty component of the pattern matches any.
    Wildcard,
}

impl Uri {
    /// A URI known at compile time.
    pub const fn from_static(uri: &'static str) -> Self {
        Self(ByteString::from_static(uri))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A copy that does not keep the frame alive which the URI came in.
    pub fn detached(&self) -> Self {
        Self(ByteString::from(self.as_str()))
    }

    /// Whether this is a URI under `rule`: components joined by dots, none of them empty
    /// (spec, "URIs": loose and strict URI check for non-empty components).
    pub fn is_valid(&self, rule: UriRule) -> bool {
        self.components().all(|c| !c.is_empty() && rule.allows(c))
    }

    /// Whether this is a pattern for `policy` under `rule`. Prefix patterns may be empty and end in
    /// a dot; wildcard patterns may have empty components anywhere.
    pub fn is_valid_pattern(&self, policy: MatchPolicy, rule: UriRule) -> bool {
        match policy {
            MatchPolicy::Exact => self.is_valid(rule),
            MatchPolicy::Prefix => {
                let head = self.0.strip_suffix('.').unwrap_or(&self.0);
                self.0.is_empty() || head.split('.').all(|c| !c.is_empty() && rule.allows(c))
            }
            MatchPolicy::Wildcard => self.components().all(|c| rule.allows(c)),
        }
    }

    /// Whether `uri` is matched by this URI read as a pattern of `policy`.
    pub fn matches(&self, policy: MatchPolicy, uri: &str) -> bool {
        match policy {
            MatchPolicy::Exact => self.as_str() == uri,
            MatchPolicy::Prefix => uri.starts_with(self.as_str()),
            MatchPolicy::Wildcard => {
                let mut of_uri = uri.split('.');
                self.components()
                    .all(|p| of_uri.next().is_some_and(|c| p.is_empty() || p == c))
                    && of_uri.next().is_none()
            }
        }
    }

    /// Whether the first component is `wamp`, which is reserved for the router (spec, "URIs").
    pub fn is_reserved(&self) -> bool {
        self.components().next() == Some("wamp")
    }

    /// The components between the dots.
    pub fn components(&self) -> std::str::Split<'_, char> {
        self.as_str().split('.')
    }
}

impl UriRule {
    fn allows(self, component: &str) -> bool {
        match self {
            Self::Loose => !component.contains(|c: char| c.is_whitespace() || c == '#'),
            Self::Strict => component
                .bytes()
                .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase() || c == b'_'),
        }
    }
}

impl From<ByteString> for Uri {
    fn from(uri: ByteString) -> Self {
        Self(uri)
    }
}

impl From<&str> for Uri {
    fn from(uri: &str) -> Self {
        Self(ByteString::from(uri))
    }
}

impl From<String> for Uri {
    fn from(uri: String) -> Self {
        Self(ByteString::from(uri))
    }
}

impl Deref for Uri {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Uri {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Uri {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Uri {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Uri {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        Uri::from(text)
    }

    #[test]
    fn a_uri_has_no_empty_component_no_white_space_and_no_hash() {
        for good in ["a", "com.myapp.topic1", "com.MyApp.Grüße-1"] {
            assert!(uri(good).is_valid(UriRule::Loose), "{good}");
        }
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a b",
            "a.#",
            "a\t",
            "a.\u{a0}b",
        ] {
            assert!(!uri(bad).is_valid(UriRule::Loose), "{bad:?}");
        }
        assert!(uri("a.b_2").is_valid(UriRule::Strict));
        assert!(!uri("a.B").is_valid(UriRule::Strict));
    }

    #[test]
    fn patterns_may_be_empty_where_their_policy_allows() {
        use MatchPolicy::{Exact, Prefix, Wildcard};
        for (pattern, policy, valid) in [
            ("", Prefix, true),
            ("a.", Prefix, true),
            ("a.b", Prefix, true),
            ("a..b", Prefix, false),
            (".", Prefix, false),
            ("", Wildcard, true),
            ("..", Wildcard, true),
            ("a..c", Wildcard, true),
            ("a. .c", Wildcard, false),
            ("", Exact, false),
            ("a..c", Exact, false),
        ] {
            let got = uri(pattern).is_valid_pattern(policy, UriRule::Loose);
            assert_eq!(got, valid, "{pattern:?} as {policy:?}");
        }
    }

    #[test]
    fn matching_follows_the_policy() {
        use MatchPolicy::{Exact, Prefix, Wildcard};
        for (pattern, policy, subject, matched) in [
            ("a.b", Exact, "a.b", true),
            ("a.b", Exact, "a.b.c", false),
            ("a.b", Prefix, "a.b.c", true),
            ("a.b", Prefix, "a.bc", true),
            ("", Prefix, "anything", true),
            ("a..c", Wildcard, "a.b.c", true),
            ("a..c", Wildcard, "a.b.d", false),
            ("a..c", Wildcard, "a.c", false),
            ("a..c", Wildcard, "a.b.c.d", false),
            ("..", Wildcard, "x.y.z", true),
        ] {
            let got = uri(pattern).matches(policy, subject);
            assert_eq!(got, matched, "{pattern:?} as {policy:?} on {subject}");
        }
    }

    #[test]
    fn only_the_whole_first_component_is_reserved() {
        assert!(uri("wamp.session.list").is_reserved());
        assert!(uri("wamp").is_reserved());
        assert!(!uri("wampum.x").is_reserved());
        assert!(!uri("a.wamp").is_reserved());
    }
}
