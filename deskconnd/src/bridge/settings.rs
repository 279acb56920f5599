//! What the configuration says of bridges and webhooks; the comments of `router.toml` say what it means.

use super::webhook::Target;
use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;
use wamp_proto::auth::Secret;
use wamp_proto::{MatchPolicy, Uri, UriRule};

/// `[[listener.bridge]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BridgeSettings {
    /// Where it answers.
    pub(crate) path: String,
    /// What becomes of requests.
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    pub(crate) realm: Uri,
    /// As what it does so.
    pub(crate) role: String,
    /// Who may ask.
    #[serde(default)]
    pub(crate) keys: Vec<KeySettings>,
    /// Whether anybody may.
    #[serde(default)]
    pub(crate) unsigned: bool,
    /// How far the clocks may be apart, in seconds.
    #[serde(default = "defaults::window")]
    pub(crate) window: u64,
    /// The longest body, in octets.
    #[serde(default = "defaults::body")]
    pub(crate) body: usize,
    /// How long an answer may take, in seconds.
    #[serde(default = "defaults::answer")]
    pub(crate) timeout: u64,
}

/// What becomes of the requests at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Publications.
    Publisher,
    /// Calls.
    Caller,
}

/// A key that requests are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySettings {
    /// Its name.
    pub(crate) key: String,
    pub(crate) secret: Option<Secret>,
    /// The file that `secret` is read from.
    pub(crate) secret_file: Option<Spanned<PathBuf>>,
}

/// `[[realm.webhook]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSettings {
    pub(crate) topic: Uri,
    #[serde(rename = "match", default)]
    pub(crate) policy: MatchPolicy,
    /// As what it subscribes.
    pub(crate) role: String,
    /// Where the events go.
    pub(crate) url: Target,
    pub(crate) secret: Option<Secret>,
    /// The file that `secret` is read from.
    pub(crate) secret_file: Option<Spanned<PathBuf>>,
    /// Whether requests go out without a signature.
    #[serde(default)]
    pub(crate) unsigned: bool,
    /// How many requests are under way at a time.
    #[serde(default = "defaults::in_flight")]
    pub(crate) in_flight: usize,
    /// How many events wait for that.
    #[serde(default = "defaults::queue")]
    pub(crate) queue: usize,
    /// How long a request may take, in seconds.
    #[serde(default = "defaults::delivery")]
    pub(crate) timeout: u64,
    /// How often an event is tried.
    #[serde(default = "defaults::attempts")]
    pub(crate) attempts: u32,
}

impl BridgeSettings {
    /// What is wrong with it, if anything.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
        if !self.path.starts_with('/') || !self.path.chars().all(is_plain) {
            return Some("`path` begins with a slash and has letters, digits and -_. only");
        }
        let of_the_router = ["/", "/ws", "/healthz", "/metrics"];
        if of_the_router.contains(&self.path.as_str()) || self.path.starts_with("/lp/") {
            return Some("that `path` is taken already");
        }
        if self.unsigned != self.keys.is_empty() {
            return Some(
                "give `keys`; or, if anybody who reaches it may use it, `unsigned = true` and none",
            );
        }
        for key in &self.keys {
            if !key.key.chars().all(|c| c.is_ascii_graphic()) || key.key.is_empty() {
                return Some("the name of a key has no spaces and is plain ASCII");
            }
            if key.secret.is_some() == key.secret_file.is_some() {
                return Some("a key has either `secret` or `secret_file`");
            }
        }
        if !(1..=600).contains(&self.window) || !(1..=600).contains(&self.timeout) {
            return Some("`window` and `timeout` are from 1 to 600 seconds");
        }
        if !(64..=16 << 20).contains(&self.body) {
            return Some("`body` is from 64 octets to 16 MiB (16777216)");
        }
        None
    }
}

impl WebhookSettings {
    /// What is wrong with it, if anything.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        let is_signed = self.secret.is_some() || self.secret_file.is_some();
        if !self.topic.is_valid_pattern(self.policy, UriRule::Loose) {
            return Some("`topic` is no URI, or no pattern of its `match`");
        }
        if self.secret.is_some() && self.secret_file.is_some() {
            return Some("this webhook has both `secret` and `secret_file`");
        }
        if self.unsigned == is_signed {
            return Some(
                "give `secret` or `secret_file`; or, if whoever receives it need not know whom it is from, `unsigned = true` and none",
            );
        }
        if !(1..=1024).contains(&self.in_flight) || !(1..=1 << 20).contains(&self.queue) {
            return Some("`in_flight` is from 1 to 1024, `queue` from 1 to 1048576");
        }
        if !(1..=600).contains(&self.timeout) || !(1..=20).contains(&self.attempts) {
            return Some("`timeout` is from 1 to 600 seconds, `attempts` from 1 to 20");
        }
        None
    }
}

mod defaults {
    pub(super) const fn window() -> u64 {
        60
    }

    pub(super) const fn body() -> usize {
        65_536
    }

    pub(super) const fn answer() -> u64 {
        30
    }

    pub(super) const fn in_flight() -> usize {
        4
    }

    pub(super) const fn queue() -> usize {
        1000
    }

    pub(super) const fn delivery() -> u64 {
        10
    }

    pub(super) const fn attempts() -> u32 {
        5
    }
}
