//! Reads the steps of a transcript.

use std::sync::Arc;
use std::time::Duration;
use wamp_proto::handshake::router::Principal;
use wamp_proto::{Feature, Features, MatchPolicy, Roles, UriRule, uris};
use wamp_router::{
    Actions, CloseReason, Disclosure, HistoryTopic, Joining, Permissions, RealmConfig, RequestIds,
    Rule, Ruling,
};

/// One line that makes something happen.
pub(super) enum Step {
    Join {
        name: String,
        joining: Box<Joining>,
        show: bool,
    },
    Message {
        from: String,
        text: String,
    },
    Ruling(Ruling),
    Lost(String),
    Close {
        name: String,
        reason: CloseReason,
    },
    Permit {
        authid: String,
        permissions: Arc<Permissions>,
    },
    Wait(Duration),
    Counts,
    Restart,
}

impl Step {
    /// The step that a line says, if it says one.
    pub(super) fn read(line: &str) -> Option<Self> {
        if let Some((from, text)) = line.split_once(" -> ") {
            let (from, text) = (from.to_owned(), text.to_owned());
            return Some(Self::Message { from, text });
        }
        let words: Vec<_> = line.split(' ').collect();
        Some(match words.as_slice() {
            [verb @ ("join" | "welcome"), name, rest @ ..] => Self::Join {
                name: (*name).to_owned(),
                joining: Box::new(joining(name, rest)?),
                show: *verb == "welcome",
            },
            ["ruling", ruling] => Self::Ruling(match *ruling {
                "allowed" => Ruling::Allowed(Disclosure::OnRequest),
                "disclosed" => Ruling::Allowed(Disclosure::Always),
                "denied" => Ruling::Denied,
                "unknown" => Ruling::Unknown,
                _ => return None,
            }),
            [name, "lost"] => Self::Lost((*name).to_owned()),
            ["close", name, reason] => Self::Close {
                name: (*name).to_owned(),
                reason: close_reason(reason)?,
            },
            ["permit", authid, rest @ ..] => Self::Permit {
                authid: (*authid).to_owned(),
                permissions: permissions(rest)?,
            },
            ["counts"] => Self::Counts,
            ["restart"] => Self::Restart,
            [wait] => {
                let ms = wait.strip_prefix('+')?.strip_suffix("ms")?;
                Self::Wait(Duration::from_millis(ms.parse().ok()?))
            }
            _ => return None,
        })
    }
}

/// Applies a `realm` line.
pub(super) fn configure(config: &mut RealmConfig, line: &str) {
    for setting in line.split(' ').skip(1) {
        let (key, value) = setting.split_once('=').expect("a setting is KEY=VALUE");
        let number = || value.parse().expect("a number");
        match (key, value) {
            ("request_ids", "strict") => config.request_ids = RequestIds::Strict,
            ("uri_rule", "strict") => config.uri_rule = UriRule::Strict,
            ("limit.registrations", _) => config.limits.registrations = number(),
            ("limit.subscriptions", _) => config.limits.subscriptions = number(),
            ("limit.calls", _) => config.limits.calls = number(),
            ("limit.testaments", _) => config.limits.testaments = number(),
            ("limit.retained_topics", _) => config.limits.retained_topics = number(),
            ("limit.uri_length", _) => config.limits.uri_length = number(),
            ("limit.descriptions", _) => config.limits.descriptions = number(),
            ("limit.description", _) => config.limits.description = number(),
            ("limit.totals.registrations", _) => {
                config.limits.totals.registrations = number();
            }
            ("limit.totals.subscriptions", _) => {
                config.limits.totals.subscriptions = number();
            }
            ("limit.totals.calls", _) => config.limits.totals.calls = number(),
            ("limit.history_result", _) => config.limits.history_result = number(),
            ("history", _) => config
                .history
                .push(history(value).expect("POLICY:URI:EVENTS")),
            _ => panic!("what setting is {setting}?"),
        }
    }
}

/// `prefix:com.app.:10`.
fn history(share: &str) -> Option<HistoryTopic> {
    let (pattern, events) = share.rsplit_once(':')?;
    let (policy, uri) = pattern.split_once(':')?;
    Some(HistoryTopic {
        uri: uri.into(),
        policy: policy_of(policy)?,
        events: events.parse().ok()?,
        octets: usize::MAX,
        lasting: true,
    })
}

fn policy_of(name: &str) -> Option<MatchPolicy> {
    Some(match name {
        "exact" => MatchPolicy::Exact,
        "prefix" => MatchPolicy::Prefix,
        "wildcard" => MatchPolicy::Wildcard,
        _ => return None,
    })
}

fn joining(name: &str, words: &[&str]) -> Option<Joining> {
    let mut roles = Roles {
        publisher: Some(Features::NONE),
        subscriber: Some(Features::NONE),
        caller: Some(Features::NONE),
        callee: Some(Features::NONE),
        ..Roles::default()
    };
    let mut principal = Principal {
        authid: name.into(),
        authrole: "user".into(),
        authmethod: "test".into(),
        authprovider: "static".into(),
        authextra: None,
    };
    let mut trustlevel = None;
    for word in words {
        let (key, value) = word.split_once('=')?;
        match key {
            "caller" => roles.caller = Some(features(value)?),
            "callee" => roles.callee = Some(features(value)?),
            "publisher" => roles.publisher = Some(features(value)?),
            "subscriber" => roles.subscriber = Some(features(value)?),
            "authid" => principal.authid = value.into(),
            "authrole" => principal.authrole = value.into(),
            "trust" => trustlevel = Some(value.parse().ok()?),
            _ => {}
        }
    }
    Some(Joining {
        roles,
        principal,
        permissions: permissions(words)?,
        trustlevel,
        peer: "memory".to_owned(),
    })
}

/// `call_canceling,call_timeout`, or `all`.
fn features(names: &str) -> Option<Features> {
    if names == "all" {
        return Some(Features::of(Feature::ALL));
    }
    let named = |name: &str| Feature::ALL.iter().copied().find(|f| f.name() == name);
    let features: Option<Vec<_>> = names.split(',').map(named).collect();
    Some(Features::of(&features?))
}

/// `may=call+publish@prefix:com.app.`, `disclose=never@exact:com.app.x`, and `asking=yes`.
fn permissions(words: &[&str]) -> Option<Arc<Permissions>> {
    let mut rules = Vec::new();
    for word in words {
        let Some((key @ ("may" | "disclose"), rule)) = word.split_once('=') else {
            continue;
        };
        let (what, pattern) = rule.split_once('@')?;
        let (policy, uri) = pattern.split_once(':')?;
        let policy = policy_of(policy)?;
        let rule = if key == "may" {
            let actions = what.split('+').map(action).collect::<Option<Vec<_>>>()?;
            Rule::new(
                policy,
                uri,
                actions.into_iter().fold(Actions::NONE, |all, a| all | a),
            )
        } else {
            Rule::new(policy, uri, Actions::ALL).disclosing(match what {
                "never" => Disclosure::Never,
                "always" => Disclosure::Always,
                _ => return None,
            })
        };
        rules.push(rule);
    }
    let given = match (rules.is_empty(), words.contains(&"asking=yes")) {
        (true, false) => Permissions::all(),
        (_, true) => Permissions::new(rules).asking(),
        (false, false) => Permissions::new(rules),
    };
    Some(Arc::new(given))
}

fn action(name: &str) -> Option<Actions> {
    Some(match name {
        "none" => Actions::NONE,
        "call" => Actions::CALL,
        "register" => Actions::REGISTER,
        "publish" => Actions::PUBLISH,
        "subscribe" => Actions::SUBSCRIBE,
        "all" => Actions::ALL,
        _ => return None,
    })
}

fn close_reason(name: &str) -> Option<CloseReason> {
    Some(match name {
        "shutdown" => CloseReason::Shutdown,
        "revoked" => CloseReason::Revoked,
        "overflow" => CloseReason::Overflow,
        "idle" => CloseReason::IdleTimeout,
        "killed" => CloseReason::Killed {
            reason: uris::KILLED,
            message: None,
        },
        _ => return None,
    })
}

const MESSAGES: [(u64, &str); 25] = [
    (1, "HELLO"),
    (2, "WELCOME"),
    (3, "ABORT"),
    (4, "CHALLENGE"),
    (5, "AUTHENTICATE"),
    (6, "GOODBYE"),
    (8, "ERROR"),
    (16, "PUBLISH"),
    (17, "PUBLISHED"),
    (32, "SUBSCRIBE"),
    (33, "SUBSCRIBED"),
    (34, "UNSUBSCRIBE"),
    (35, "UNSUBSCRIBED"),
    (36, "EVENT"),
    (48, "CALL"),
    (49, "CANCEL"),
    (50, "RESULT"),
    (64, "REGISTER"),
    (65, "REGISTERED"),
    (66, "UNREGISTER"),
    (67, "UNREGISTERED"),
    (68, "INVOCATION"),
    (69, "INTERRUPT"),
    (70, "YIELD"),
    (0, "?"),
];

/// The number of a message's name.
pub(super) fn code_of(name: &str) -> Option<u64> {
    MESSAGES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(code, _)| *code)
}

/// The name of a message's number.
pub(super) fn name_of(code: u64) -> &'static str {
    MESSAGES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("?", |(_, name)| name)
}
