//! What a session wants published when it ends (spec, "Testament").

use crate::publication::Draft;
use serde::Deserialize;

/// When a testament is published. Sessions here can not be resumed, so both happen together; they
/// stay apart "to allow wamp.session.flush_testaments to work".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// When the link is gone.
    Detached,
    /// When the session is gone.
    #[default]
    Destroyed,
}

/// The testaments of one session, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Testaments {
    detached: Vec<Draft>,
    destroyed: Vec<Draft>,
}

impl Testaments {
    pub(crate) fn add(&mut self, scope: Scope, draft: Draft) {
        self.of(scope).push(draft);
    }

    pub(crate) fn flush(&mut self, scope: Scope) {
        self.of(scope).clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.detached.len() + self.destroyed.len()
    }

    /// All of them: "detached-scope Testaments before destroyed-scope Testaments".
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Draft> + use<> {
        let detached = std::mem::take(&mut self.detached);
        detached
            .into_iter()
            .chain(std::mem::take(&mut self.destroyed))
    }

    fn of(&mut self, scope: Scope) -> &mut Vec<Draft> {
        match scope {
            Scope::Detached => &mut self.detached,
            Scope::Destroyed => &mut self.destroyed,
        }
    }
}
