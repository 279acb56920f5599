//! Which subscribers a publication is for.

use crate::session::Sessions;
use crate::{SessionInfo, SessionKey};
use wamp_proto::SessionId;
use wamp_proto::options::{PublishOptions, Text};

/// The lists of a PUBLISH that restrict its receivers (spec, "Subscriber Black- and Whitelisting"),
/// and the publisher itself, if it is left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipients {
    /// The publisher, unless it wants its own event (spec, "Publisher Exclusion").
    publisher: Option<SessionKey>,
    lists: Option<Box<Lists>>,
}

/// The lists, each sorted: a publisher may name as many as it likes.
#[derive(Clone, Debug, Default)]
struct Lists {
    eligible: Option<Box<[SessionId]>>,
    eligible_authid: Option<Box<[Text]>>,
    eligible_authrole: Option<Box<[Text]>>,
    exclude: Option<Box<[SessionId]>>,
    exclude_authid: Option<Box<[Text]>>,
    exclude_authrole: Option<Box<[Text]>>,
}

impl Recipients {
    /// Takes the lists out of a PUBLISH.
    pub(crate) fn take(options: &mut PublishOptions, publisher: SessionKey) -> Self {
        let lists = Lists {
            eligible: sorted(options.eligible.take()),
            eligible_authid: sorted(options.eligible_authid.take()),
            eligible_authrole: sorted(options.eligible_authrole.take()),
            exclude: sorted(options.exclude.take()),
            exclude_authid: sorted(options.exclude_authid.take()),
            exclude_authrole: sorted(options.exclude_authrole.take()),
        };
        Self {
            // "By default, a Publisher of an event will not itself receive an event published, even
            // when subscribed to the Topic" (spec, "Publisher Exclusion").
            publisher: options.exclude_me.unwrap_or(true).then_some(publisher),
            lists: (!lists.are_open()).then(|| Box::new(lists)),
        }
    }

    /// Those of a publication with an empty `eligible`.
    #[cfg(test)]
    pub(crate) fn nobody() -> Self {
        Self {
            publisher: None,
            lists: Some(Box::new(Lists {
                eligible: Some(Box::new([])),
                ..Lists::default()
            })),
        }
    }

    /// Whether lists restrict the receivers.
    pub(crate) const fn are_listed(&self) -> bool {
        self.lists.is_some()
    }

    /// Whether that session receives the publication, if it subscribes to its topic.
    pub(crate) fn include(&self, key: SessionKey, sessions: &Sessions) -> bool {
        if self.publisher == Some(key) {
            return false;
        }
        let Some(lists) = &self.lists else {
            return true;
        };
        sessions
            .get(key)
            .is_some_and(|session| lists.admit(&session.info))
    }
}

impl Lists {
    const fn are_open(&self) -> bool {
        self.eligible.is_none()
            && self.eligible_authid.is_none()
            && self.eligible_authrole.is_none()
            && self.exclude.is_none()
            && self.exclude_authid.is_none()
            && self.exclude_authrole.is_none()
    }

    /// "if and only if all of the following statements hold true": the six statements of the spec. A
    /// list that is present and empty has nobody on it.
    fn admit(&self, subscriber: &SessionInfo) -> bool {
        let principal = &subscriber.principal;
        on(&self.eligible, &subscriber.id).unwrap_or(true)
            && on(&self.eligible_authid, &principal.authid).unwrap_or(true)
            && on(&self.eligible_authrole, &principal.authrole).unwrap_or(true)
            && !on(&self.exclude, &subscriber.id).unwrap_or(false)
            && !on(&self.exclude_authid, &principal.authid).unwrap_or(false)
            && !on(&self.exclude_authrole, &principal.authrole).unwrap_or(false)
    }
}

fn sorted<T: Ord>(list: Option<Box<[T]>>) -> Option<Box<[T]>> {
    list.map(|mut list| {
        list.sort_unstable();
        list
    })
}

/// Whether `item` is on the list, if there is one.
fn on<T: Ord>(list: &Option<Box<[T]>>, item: &T) -> Option<bool> {
    list.as_ref().map(|list| list.binary_search(item).is_ok())
}
