//! The configuration of a router that is nothing else: listeners, realms, roles and users.

mod bridges;
mod check;
mod files;
#[cfg(test)]
mod tests;
mod tls;
mod user;

pub(super) use tls::Tls;
pub(super) use user::{PublicKey, SigningSeed, User, Verifier};

use crate::bridge::{BridgeSettings, WebhookSettings};
use crate::config::{ConfigError, Log, Runtime};
use crate::listen::{PageOrigin, Rates};
use crate::router::Queues;
use serde::Deserialize;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use wamp_proto::auth::AuthMethod;
use wamp_proto::{MatchPolicy, Uri, UriRule};
use wamp_router::{Actions, Disclosure, HistoryTopic, Limits, RequestIds, Rule};

/// An example with every setting explained.
pub const EXAMPLE: &str = include_str!("router.toml");

/// `router.toml`; the comments of [`EXAMPLE`] say what each setting means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouterConfig {
    /// What is logged.
    #[serde(default = "defaults::log")]
    pub log: Log,
    /// With how many threads it runs.
    #[serde(default = "defaults::runtime")]
    pub runtime: Runtime,
    #[serde(rename = "listener", default)]
    pub(super) listeners: Vec<Spanned<Listener>>,
    #[serde(rename = "realm", default)]
    pub(super) realms: Vec<Realm>,
    /// What is well-formed and still not wise.
    #[serde(skip)]
    pub(super) warnings: Vec<String>,
}

/// `[[listener]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listener {
    pub(super) tcp: Option<SocketAddr>,
    pub(super) unix: Option<PathBuf>,
    #[serde(default = "defaults::mode")]
    pub(super) mode: u32,
    #[serde(default = "defaults::connections")]
    pub(super) connections: usize,
    #[serde(default = "defaults::strangers")]
    pub(super) strangers: usize,
    #[serde(default = "defaults::message")]
    pub(super) message: usize,
    #[serde(default)]
    pub(super) origins: Vec<PageOrigin>,
    pub(super) connect_rate: Option<Rates>,
    #[serde(default)]
    pub(super) metrics: bool,
    pub(super) tls: Option<Tls>,
    pub(super) longpoll: Option<LongPoll>,
    #[serde(rename = "bridge", default)]
    pub(super) bridges: Vec<Spanned<BridgeSettings>>,
    pub(super) cookie: Option<Cookie>,
}

/// `[listener.cookie]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cookie {
    #[serde(default = "defaults::cookie")]
    pub(super) name: String,
    #[serde(default = "defaults::max_age")]
    pub(super) max_age: u64,
}

/// `[listener.longpoll]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LongPoll {
    #[serde(default = "defaults::inactivity")]
    inactivity: u64,
}

impl LongPoll {
    /// How long a client may ask for nothing.
    pub(super) const fn inactivity(self) -> Duration {
        Duration::from_secs(self.inactivity)
    }
}

/// `[[realm]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Realm {
    pub(super) name: Spanned<Uri>,
    #[serde(default)]
    pub(super) uris: Uris,
    #[serde(default)]
    pub(super) request_ids: Ids,
    pub(super) router_key_file: Option<Spanned<PathBuf>>,
    #[serde(default = "defaults::queues")]
    pub(super) queues: Spanned<Queues>,
    #[serde(default)]
    pub(super) limits: Limits,
    pub(super) history_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) history: Vec<History>,
    #[serde(rename = "role", default)]
    pub(super) roles: Vec<Role>,
    pub(super) anonymous: Option<Anonymous>,
    #[serde(default)]
    pub(super) local: Vec<Local>,
    pub(super) authenticator: Option<Authenticator>,
    #[serde(rename = "user", default)]
    pub(super) users: Vec<User>,
    #[serde(rename = "webhook", default)]
    pub(super) webhooks: Vec<Spanned<WebhookSettings>>,
    /// What `router_key_file` holds.
    #[serde(skip)]
    pub(super) router_key: Option<SigningSeed>,
}

/// How strictly URIs are judged.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Uris {
    #[default]
    Loose,
    Strict,
}

/// How strictly request ids are judged.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ids {
    #[default]
    Tolerant,
    Strict,
}

/// `[[realm.history]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    uri: Spanned<Uri>,
    #[serde(rename = "match", default)]
    policy: MatchPolicy,
    events: usize,
    #[serde(default = "defaults::history")]
    octets: usize,
    #[serde(default)]
    pub(super) lasting: bool,
}

/// `[[realm.role]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) allow: Vec<RuleEntry>,
    pub(super) authorizer: Option<Spanned<Uri>>,
}

/// An entry of `allow`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    uri: Spanned<Uri>,
    #[serde(rename = "match", default)]
    policy: MatchPolicy,
    allow: Vec<Action>,
    #[serde(default)]
    disclose: Disclose,
}

/// What is done with a URI.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Call,
    Register,
    Publish,
    Subscribe,
}

/// Whether the other side learns who did it.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Disclose {
    Never,
    #[default]
    OnRequest,
    Always,
}

/// `[realm.anonymous]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Anonymous {
    pub(super) role: Spanned<String>,
}

/// `[[realm.local]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Local {
    pub(super) uid: Spanned<u32>,
    pub(super) role: Spanned<String>,
}

/// `[realm.authenticator]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Authenticator {
    pub(super) procedure: Spanned<Uri>,
    pub(super) methods: Vec<Method>,
    #[serde(default = "defaults::timeout")]
    pub(super) timeout: Spanned<u64>,
}

/// An authentication method, by its name.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Method(pub(super) AuthMethod);

impl TryFrom<String> for Method {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        // Certificates are vouched for by the listener's authorities, cookies by the router itself.
        let method = AuthMethod::from_name(&name)
            .filter(|method| !matches!(method, AuthMethod::Tls | AuthMethod::Cookie));
        method
            .map(Self)
            .ok_or("the methods are anonymous, ticket, wampcra, wamp-scram, scram and cryptosign")
    }
}

impl Realm {
    /// The file that events last in, if some do.
    pub(super) fn history_file(&self) -> Option<PathBuf> {
        let lasts = self.history.iter().any(|history| history.lasting);
        let file = self.history_file.as_ref().filter(|_| lasts);
        file.map(|file| file.get_ref().clone())
    }
}

impl RouterConfig {
    /// The configuration in the file `path`, with the secrets that it names other files for.
    ///
    /// # Errors
    /// If a file can not be read or is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::parse(&text, path)?;
        files::warn_of_readers(path, &mut config);
        Ok(config)
    }

    /// The configuration that `text` is; `path` is for the messages, and for what is named relative to
    /// it.
    ///
    /// # Errors
    /// If `text` is no configuration, or a file that it names can not be read.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let wrong = |Mistake { span, message }: Mistake| ConfigError::Wrong {
            path: path.to_owned(),
            message: match span {
                Some(span) => format!("line {}: {message}", line(text, span.start)),
                None => message,
            },
        };
        let read = toml::from_str::<Self>(text).map_err(|error| Mistake {
            // Not the error itself: that quotes the line, and there may be a secret in it.
            span: error.span(),
            message: without_values(error.message()),
        });
        let mut config = read.map_err(wrong)?;
        check::check(&config).map_err(wrong)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        files::read(&mut config, folder).map_err(wrong)?;
        Ok(config)
    }

    /// Every listener.
    pub(super) fn listeners(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().map(Spanned::get_ref)
    }

    /// What is well-formed and still not wise, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// What is wrong, and where.
#[derive(Debug)]
struct Mistake {
    span: Option<Range<usize>>,
    message: String,
}

impl Mistake {
    fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> Self {
        Self {
            span: Some(place.span()),
            message: message.into(),
        }
    }
}

/// An error of the parser's without the value that it repeats: there may be a secret in that.
fn without_values(message: &str) -> String {
    let is_about_a_value =
        message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if is_about_a_value => {
            format!("that is not what belongs here: expected {expected}")
        }
        _ => message.to_owned(),
    }
}

/// The number of the line that `at` is in, from 1.
fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}

impl RuleEntry {
    /// The rule.
    pub(super) fn rule(&self) -> Rule {
        let actions = self.allow.iter().map(|action| match action {
            Action::Call => Actions::CALL,
            Action::Register => Actions::REGISTER,
            Action::Publish => Actions::PUBLISH,
            Action::Subscribe => Actions::SUBSCRIBE,
        });
        let actions = actions.fold(Actions::NONE, |all, action| all | action);
        Rule::new(self.policy, self.uri.get_ref().clone(), actions).disclosing(
            match self.disclose {
                Disclose::Never => Disclosure::Never,
                Disclose::OnRequest => Disclosure::OnRequest,
                Disclose::Always => Disclosure::Always,
            },
        )
    }
}

impl From<Uris> for UriRule {
    fn from(uris: Uris) -> Self {
        match uris {
            Uris::Loose => Self::Loose,
            Uris::Strict => Self::Strict,
        }
    }
}

impl From<Ids> for RequestIds {
    fn from(ids: Ids) -> Self {
        match ids {
            Ids::Tolerant => Self::Tolerant,
            Ids::Strict => Self::Strict,
        }
    }
}

impl From<&History> for HistoryTopic {
    fn from(history: &History) -> Self {
        Self {
            uri: history.uri.get_ref().clone(),
            policy: history.policy,
            events: history.events,
            octets: history.octets,
            lasting: history.lasting,
        }
    }
}

mod defaults {
    use super::{Log, Queues, Runtime, Spanned};

    pub(super) fn log() -> Log {
        Log {
            filter: "info".to_owned(),
        }
    }

    pub(super) fn runtime() -> Runtime {
        Runtime { threads: 2 }
    }

    pub(super) const fn mode() -> u32 {
        0o600
    }

    pub(super) fn cookie() -> String {
        "wamp_login".to_owned()
    }

    pub(super) const fn max_age() -> u64 {
        86_400
    }

    pub(super) const fn connections() -> usize {
        1024
    }

    pub(super) const fn strangers() -> usize {
        128
    }

    pub(super) const fn inactivity() -> u64 {
        30
    }

    pub(super) const fn message() -> usize {
        1 << 20
    }

    pub(super) fn queues() -> Spanned<Queues> {
        Spanned::new(0..0, Queues::default())
    }

    pub(super) fn timeout() -> Spanned<u64> {
        Spanned::new(0..0, 5)
    }

    pub(super) const fn history() -> usize {
        16 << 20
    }
}
