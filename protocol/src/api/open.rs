//! `org.deskconn.open.*`: web addresses in the browser of the desk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `org.deskconn.open.status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    /// Whether web addresses can be opened here.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Arguments of `org.deskconn.open.url`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenUrl {
    /// The address: `http://` or `https://`, without user name and password, in the letters that URLs are
    /// made of (RFC 3986): a name in others has its form in `xn--`, anything else `%` and its octets.
    #[schemars(length(min = 1, max = 2048))]
    pub url: String,
}

impl std::fmt::Debug for OpenUrl {
    /// What is in the address is nobody else's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenUrl(…)")
    }
}

/// Result of `org.deskconn.open.url`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opened {
    /// What came of it.
    pub state: Opening,
}

/// What came of opening an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// The desktop has opened it.
    Opened,
    /// The desktop was asked to; nothing has said yet that it did. It may be asking somebody at the desk.
    Requested,
}
