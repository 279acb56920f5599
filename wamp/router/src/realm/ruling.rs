//! What somebody else decides: whether a session may do what no rule of its permissions speaks of
//! (docs/adr/0009).

use super::Realm;
use crate::{Actions, Disclosure, SessionInfo, SessionKey};
use wamp_proto::{MatchPolicy, Message, Uri};

/// What has to be decided before a message is received.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who wants to do it.
    pub session: SessionInfo,
    /// What: one action.
    pub action: Actions,
    /// To which URI or pattern.
    pub uri: Uri,
    /// How that matches.
    pub policy: MatchPolicy,
}

/// What was decided about the message of a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It may be done, and discloses so much.
    Allowed(Disclosure),
    /// It may not be done.
    Denied,
    /// Nobody could say.
    Unknown,
}

/// What is done by a message, if that has to be allowed.
pub(super) const fn action_of(message: &Message) -> Option<Actions> {
    match message {
        Message::Call(_) => Some(Actions::CALL),
        Message::Publish(_) => Some(Actions::PUBLISH),
        Message::Register(_) => Some(Actions::REGISTER),
        Message::Subscribe(_) => Some(Actions::SUBSCRIBE),
        _ => None,
    }
}

impl Realm {
    /// What has to be decided before the message can be received, if its sender's permissions have
    /// somebody else decide that. The decision goes to [`Realm::receive_ruled`]; without one, the
    /// message is refused as what no rule allows.
    pub fn question(&self, from: SessionKey, message: &Message) -> Option<Question> {
        let session = self.sessions.get(from)?;
        if !session.permissions.is_asking() {
            return None;
        }
        let action = action_of(message)?;
        let (uri, policy) = match message {
            // Further arguments belong to what was decided.
            Message::Call(m) if !session.is_new(m.request) => return None,
            Message::Call(m) => (&m.procedure, MatchPolicy::Exact),
            Message::Publish(m) => (&m.topic, MatchPolicy::Exact),
            Message::Register(m) => (&m.procedure, m.options.r#match.unwrap_or_default()),
            Message::Subscribe(m) => (&m.topic, m.options.r#match.unwrap_or_default()),
            _ => return None,
        };
        let is_for_clients = matches!(action, Actions::CALL | Actions::SUBSCRIBE);
        let is_wrong = !uri.is_valid_pattern(policy, self.config.uri_rule)
            || self.config.limits.check_length(uri).is_err()
            || uri.is_reserved() && !is_for_clients;
        // What is wrong is refused for that.
        if is_wrong || !session.permissions.asks(action, policy, uri) {
            return None;
        }
        Some(Question {
            session: session.info.clone(),
            action,
            uri: uri.detached(),
            policy,
        })
    }
}
