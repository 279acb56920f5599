//! What a paired device may do: named grants, and the calls and topics each stands for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::uris;

/// One thing a device may use: lower-case words with dots between them, `slides`, `screen.lock`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Grant(String);

impl Grant {
    /// The longest name of a grant, in characters.
    pub const MAX_LEN: usize = 64;

    /// What a device gets when it pairs and nobody says otherwise: `slides` and `status`.
    pub fn defaults() -> Vec<Self> {
        ["slides", "status"]
            .map(|name| Self(name.to_owned()))
            .into()
    }

    /// The grant's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the grant allows. A well-formed grant this version does not know allows nothing.
    pub fn rules(&self) -> &'static [Rule] {
        RULES
            .iter()
            .find(|(name, _)| *name == self.0)
            .map_or(&[], |(_, rules)| rules)
    }
}

/// One permission: what may be done with the URIs that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// A URI, or the beginning of some.
    pub uri: &'static str,
    /// How `uri` matches.
    pub matching: Matching,
    /// Whether procedures there may be called.
    pub call: bool,
    /// Whether topics there may be subscribed to.
    pub subscribe: bool,
}

/// How a rule's URI matches, in the words of WAMP's pattern-based subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// The URI itself.
    Exact,
    /// Every URI that begins so.
    Prefix,
}

/// Every grant there is. Paired devices only ever call and subscribe.
const RULES: &[(&str, &[Rule])] = &[
    (
        "slides",
        &[Rule {
            uri: uris::SLIDES_PREFIX,
            matching: Matching::Prefix,
            call: true,
            subscribe: true,
        }],
    ),
    (
        "status",
        &[Rule {
            uri: uris::DAEMON_STATUS,
            matching: Matching::Exact,
            call: true,
            subscribe: false,
        }],
    ),
];

impl FromStr for Grant {
    type Err = NotAGrant;

    fn from_str(name: &str) -> Result<Self, NotAGrant> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if name.len() > Self::MAX_LEN || !name.split('.').all(is_word) {
            return Err(NotAGrant);
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for Grant {
    type Error = NotAGrant;

    fn try_from(name: String) -> Result<Self, NotAGrant> {
        name.parse()
    }
}

impl From<Grant> for String {
    fn from(grant: Grant) -> Self {
        grant.0
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text does not name a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a grant is lower-case words with dots between them, such as `slides`")]
pub struct NotAGrant;

#[cfg(test)]
mod tests {
    use super::{Grant, NotAGrant};
    use crate::uris;

    #[test]
    fn a_grant_is_lower_case_words_with_dots() {
        for name in ["slides", "screen.lock", "gpio.line_4"] {
            assert_eq!(name.parse::<Grant>().expect(name).as_str(), name);
        }
        let long = "a".repeat(65);
        for name in [
            "", ".", "a.", ".a", "a..b", "Slides", "a b", "4", "*", "é", &long,
        ] {
            assert_eq!(name.parse::<Grant>(), Err(NotAGrant), "{name:?}");
        }
    }

    #[test]
    fn a_new_device_gets_slides_and_status_and_nothing_of_the_owners() {
        let rules: Vec<_> = Grant::defaults().iter().flat_map(Grant::rules).collect();
        assert_eq!(rules.len(), 2);
        let owners = [
            uris::PAIRING_OPEN,
            uris::DAEMON_UNPAIR,
            uris::DAEMON_DEVICES,
            uris::DAEMON_SHUTDOWN,
        ];
        for uri in owners {
            assert!(!rules.iter().any(|rule| uri.starts_with(rule.uri)), "{uri}");
        }
    }

    #[test]
    fn an_unknown_grant_allows_nothing() {
        let grant: Grant = "launch.missiles".parse().expect("well-formed");
        assert!(grant.rules().is_empty());
    }
}
