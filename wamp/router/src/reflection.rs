//! Descriptions of procedures, topics and errors (spec, "Interface Reflection").
//!
//! The specification sketches names and leaves the rest open; docs/adr/0007 says what was decided. A
//! description is a dictionary that a session gives and that lives as long as the session. Of several
//! for one URI, as callees of a shared registration give them, the oldest is shown.

use crate::context::Context;
use crate::events::MetaEvent;
use crate::session::Session;
use crate::{Actions, Permissions, SessionKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wamp_proto::{Dict, Uri};

/// What is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A procedure.
    #[default]
    Procedure,
    /// A topic.
    Topic,
    /// An error that procedures end with.
    Error,
}

impl Kind {
    /// Whether somebody with these permissions may describe such a URI: who provides it may. Errors
    /// belong to those who provide procedures.
    pub(crate) fn is_defined_by(self, permissions: &Permissions, uri: &str) -> bool {
        let action = match self {
            Self::Procedure | Self::Error => Actions::REGISTER,
            Self::Topic => Actions::PUBLISH,
        };
        permissions.check(action, uri).is_some()
    }

    /// Whether somebody with these permissions learns of such a URI: what one "is authorized to
    /// access or provide".
    pub(crate) fn is_shown_to(self, permissions: &Permissions, uri: &str) -> bool {
        let may = |action| permissions.check(action, uri).is_some();
        match self {
            Self::Procedure => may(Actions::CALL) || may(Actions::REGISTER),
            Self::Topic => may(Actions::SUBSCRIBE) || may(Actions::PUBLISH),
            Self::Error => true,
        }
    }
}

/// The descriptions of a realm.
#[derive(Debug, Default)]
pub(crate) struct Reflection {
    /// The oldest of each first.
    definitions: BTreeMap<(Kind, Uri), Vec<Definition>>,
}

#[derive(Debug)]
struct Definition {
    by: SessionKey,
    description: Dict,
}

impl Reflection {
    /// Puts a session's description in place, of which there is one at most.
    pub(crate) fn define(
        &mut self,
        ctx: &mut Context<'_>,
        by: SessionKey,
        kind: Kind,
        uri: &Uri,
        description: Dict,
    ) {
        // The table must not keep the frame alive in which the URI came.
        let key = (kind, uri.detached());
        let Some(session) = ctx.sessions.get_mut(by) else {
            return;
        };
        session.definitions.insert(key.clone());
        let all = self.definitions.entry(key.clone()).or_default();
        let definition = Definition { by, description };
        let shown = match all.iter_mut().position(|other| other.by == by) {
            Some(at) => {
                if let Some(own) = all.get_mut(at) {
                    *own = definition;
                }
                at == 0
            }
            None => {
                all.push(definition);
                all.len() == 1
            }
        };
        if shown {
            ctx.events.push_back(MetaEvent::Defined(kind, key.1));
        }
    }

    /// Takes a session's description away, if there is one.
    pub(crate) fn undefine(
        &mut self,
        ctx: &mut Context<'_>,
        by: SessionKey,
        kind: Kind,
        uri: &Uri,
    ) {
        let key = (kind, uri.clone());
        if let Some(session) = ctx.sessions.get_mut(by) {
            session.definitions.remove(&key);
        }
        let Some(all) = self.definitions.get_mut(&key) else {
            return;
        };
        let Some(at) = all.iter().position(|definition| definition.by == by) else {
            return;
        };
        all.remove(at);
        if all.is_empty() {
            self.definitions.remove(&key);
            ctx.events.push_back(MetaEvent::Undefined(kind, key.1));
        } else if at == 0 {
            ctx.events.push_back(MetaEvent::Defined(kind, key.1));
        }
    }

    /// The description that is shown.
    pub(crate) fn get(&self, kind: Kind, uri: &Uri) -> Option<&Dict> {
        let all = self.definitions.get(&(kind, uri.clone()))?;
        all.first().map(|definition| &definition.description)
    }

    /// The URIs of that kind that are described.
    pub(crate) fn uris(&self, kind: Kind) -> impl Iterator<Item = &Uri> {
        let all = self.definitions.keys();
        all.filter(move |(of, _)| *of == kind).map(|(_, uri)| uri)
    }

    /// Takes the descriptions away that a session may not give any more.
    pub(crate) fn revoke(&mut self, ctx: &mut Context<'_>, by: SessionKey) {
        let Some(session) = ctx.sessions.get(by) else {
            return;
        };
        let forbidden = session
            .definitions
            .iter()
            .filter(|(kind, uri)| !kind.is_defined_by(&session.permissions, uri));
        let forbidden: Vec<_> = forbidden.cloned().collect();
        for (kind, uri) in forbidden {
            self.undefine(ctx, by, kind, &uri);
        }
    }

    /// Takes away all that a session gave, which is not among the sessions any more.
    pub(crate) fn leave(&mut self, ctx: &mut Context<'_>, session: &Session) {
        for (kind, uri) in &session.definitions {
            self.undefine(ctx, session.info.key, *kind, uri);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.definitions.len()
    }
}
