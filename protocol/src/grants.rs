//! What a paired device may do: named grants, and the URIs each stands for.

mod catalogue;
mod held;
mod known;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use catalogue::{Catalogue, Foreign};
pub use held::Grants;
pub use known::{Action, Matching, Refused, Rule};

/// One thing a device may use: lower-case words with dots between them, `slides`, and for some of
/// them an argument after a colon, `register:com.example.`. There are no wildcards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Grant(String);

impl Grant {
    /// The longest grant, argument and all, in characters.
    pub const MAX_LEN: usize = 128;

    /// The grant as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the colon.
    pub fn name(&self) -> &str {
        self.parts().0
    }

    /// What stands after the colon.
    pub fn argument(&self) -> Option<&str> {
        self.parts().1
    }

    fn parts(&self) -> (&str, Option<&str>) {
        match self.0.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (&self.0, None),
        }
    }
}

impl FromStr for Grant {
    type Err = NotAGrant;

    fn from_str(text: &str) -> Result<Self, NotAGrant> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let is_argument = |argument: &str| {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
            !argument.is_empty() && argument.bytes().all(allowed)
        };
        let grant = Self(text.to_owned());
        let (name, argument) = grant.parts();
        if text.len() > Self::MAX_LEN
            || !name.split('.').all(is_word)
            || !argument.is_none_or(is_argument)
        {
            return Err(NotAGrant);
        }
        Ok(grant)
    }
}

impl TryFrom<String> for Grant {
    type Error = NotAGrant;

    fn try_from(text: String) -> Result<Self, NotAGrant> {
        text.parse()
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

    #[test]
    fn a_grant_is_lower_case_words_with_dots_and_perhaps_an_argument() {
        for (text, name, argument) in [
            ("slides", "slides", None),
            ("screen.lock", "screen.lock", None),
            ("gpio:17", "gpio", Some("17")),
            ("run:nightly-backup", "run", Some("nightly-backup")),
            ("register:com.example.", "register", Some("com.example.")),
        ] {
            let grant: Grant = text.parse().expect(text);
            assert_eq!(grant.as_str(), text);
            assert_eq!((grant.name(), grant.argument()), (name, argument));
        }
        let long = "a".repeat(Grant::MAX_LEN + 1);
        for text in [
            "", ".", "a.", ".a", "a..b", "Slides", "a b", "4", "*", "slides.*", "é", "a:", ":a",
            "gpio:*", "a:b:c", "a:b c", &long,
        ] {
            assert_eq!(text.parse::<Grant>(), Err(NotAGrant), "{text:?}");
        }
    }
}
