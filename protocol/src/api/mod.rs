//! What the daemon's procedures take and give, and what its topics carry: always `kwargs`.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub mod audit;
pub mod components;
pub mod daemon;
pub mod gpio;
pub mod grants;
pub mod host;
pub mod input;
pub mod media;
pub mod notify;
pub mod octets;
pub mod open;
pub mod pairing;
pub mod reference;
pub mod run;
pub mod screen;
pub mod slides;
pub mod volume;

/// A text that is a secret: it travels as it is, and `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<Zeroizing<String>> for SecretText {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// `kwargs` of every `org.deskconn.*` ERROR; its one positional argument is the message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetails {
    /// What to do about it.
    #[serde(default)]
    pub hint: String,
}
