//! Authorizers: procedures of a realm that decide what no rule of a role speaks of.
//!
//! They are called as Crossbar.io's are, with the session, the URI, the action and its options, and answer
//! with true or false, or with a dictionary of `allow`, `disclose` and `cache`.

use super::inside::{Inside, Unanswered};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use wamp_proto::{Dict, MatchPolicy, SessionId, Uri, Value};
use wamp_router::{Disclosure, Question, Ruling, SessionInfo};

/// How long an authorizer may take. The session that asks is not heard meanwhile.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How many decisions are remembered; each costs about 150 octets and its URI.
const REMEMBERED: usize = 16 * 1024;

/// The authorizer of a role.
#[derive(Debug)]
pub(super) struct Authorizer {
    procedure: Uri,
    /// Decisions that it wants remembered. They go with the configuration that named it.
    remembered: Mutex<HashMap<Asked, Ruling>>,
}

/// What a decision is about. A session's number is drawn at random and not used again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    session: SessionId,
    verb: &'static str,
    policy: MatchPolicy,
    uri: Uri,
}

impl Authorizer {
    /// The authorizer that `procedure` is.
    pub(super) fn new(procedure: Uri) -> Self {
        Self {
            procedure,
            remembered: Mutex::default(),
        }
    }

    /// Has it decide, or says what it decided before.
    pub(super) async fn decide(
        &self,
        inside: &Inside,
        realm: &Uri,
        question: &Question,
    ) -> Result<Ruling, Unanswered> {
        let asked = Asked {
            session: question.session.id,
            verb: question.action.verb(),
            policy: question.policy,
            uri: question.uri.clone(),
        };
        if let Some(ruling) = self.remembered().get(&asked) {
            return Ok(*ruling);
        }
        let args = (
            session(realm, &question.session),
            question.uri.as_str(),
            asked.verb,
            options(question.policy),
        );
        let answer = inside.call(realm, &self.procedure, args, TIMEOUT).await?;
        let (answer,) = answer.args::<(Answer,)>().map_err(|error| {
            Unanswered::Failed(format!(
                "the answer is neither a truth value nor a dictionary: {error}"
            ))
        })?;
        let (ruling, is_to_be_remembered) = answer.read();
        if is_to_be_remembered {
            let mut remembered = self.remembered();
            if remembered.len() >= REMEMBERED {
                // Asking again costs time and nothing else.
                remembered.clear();
            }
            remembered.insert(asked, ruling);
        }
        Ok(ruling)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<Asked, Ruling>> {
        // Each change is one insert or clear.
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an authorizer learns of a session.
fn session(realm: &Uri, session: &SessionInfo) -> Dict {
    let principal = &session.principal;
    let transport = Dict::from([("peer".to_owned(), Value::from(session.peer.as_str()))]);
    let known = [
        ("session", Value::from(session.id.get())),
        ("realm", Value::from(realm.as_str())),
        ("authid", Value::from(&*principal.authid)),
        ("authrole", Value::from(&*principal.authrole)),
        ("authmethod", Value::from(&*principal.authmethod)),
        ("authprovider", Value::from(&*principal.authprovider)),
        ("transport", Value::Dict(transport)),
    ];
    known.map(|(key, value)| (key.to_owned(), value)).into()
}

/// What it learns of how the URI matches.
fn options(policy: MatchPolicy) -> Dict {
    let name = match policy {
        MatchPolicy::Exact => "exact",
        MatchPolicy::Prefix => "prefix",
        MatchPolicy::Wildcard => "wildcard",
    };
    Dict::from([("match".to_owned(), Value::from(name))])
}

/// What an authorizer answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Bare(bool),
    Full {
        allow: bool,
        disclose: Option<bool>,
        #[serde(default)]
        cache: bool,
    },
}

impl Answer {
    /// What it decides, and whether that is to be remembered.
    const fn read(self) -> (Ruling, bool) {
        match self {
            Self::Bare(true) => (Ruling::Allowed(Disclosure::OnRequest), false),
            Self::Bare(false) => (Ruling::Denied, false),
            Self::Full {
                allow: false,
                cache,
                ..
            } => (Ruling::Denied, cache),
            Self::Full {
                disclose, cache, ..
            } => {
                let disclosure = match disclose {
                    Some(true) => Disclosure::Always,
                    Some(false) => Disclosure::Never,
                    None => Disclosure::OnRequest,
                };
                (Ruling::Allowed(disclosure), cache)
            }
        }
    }
}
