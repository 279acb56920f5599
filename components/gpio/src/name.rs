//! The names of lines: a word of the URIs `org.deskconn.gpio.<line>.*` and of the grants `gpio:<line>`.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What would be confused with the component's own procedures.
const RESERVED: [&str; 2] = ["chips", "list"];

/// A line's name: a short word of lower-case letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LineName(String);

/// Not a name for a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name for a line: at most 32 lower-case letters, digits and underscores, and neither \
     `list` nor `chips`"
)]
pub struct BadName(String);

impl LineName {
    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LineName {
    type Error = BadName;

    fn try_from(name: String) -> Result<Self, BadName> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_word = (1..=32).contains(&name.len()) && name.bytes().all(allowed);
        if is_word && !RESERVED.contains(&name.as_str()) {
            Ok(Self(name))
        } else {
            Err(BadName(name))
        }
    }
}

impl From<LineName> for String {
    fn from(name: LineName) -> Self {
        name.0
    }
}

impl Borrow<str> for LineName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_a_uri_and_none_of_the_components_own() {
        for name in ["lamp", "panel_2", "7"] {
            assert!(LineName::try_from(name.to_owned()).is_ok(), "{name}");
        }
        for name in ["", "Lamp", "a.b", "a-b", "list", "chips", &"a".repeat(33)] {
            assert!(LineName::try_from(name.to_owned()).is_err(), "{name}");
        }
    }
}
