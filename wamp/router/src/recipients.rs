//! Which subscribers a publication is for.

use crate::history::{Audience, on};
use crate::session::Sessions;
use crate::{SessionInfo, SessionKey};
use wamp_proto::SessionId;
use wamp_proto::options::PublishOptions;

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
    exclude: Option<Box<[SessionId]>>,
    audience: Audience,
}

impl Recipients {
    /// Takes the lists out of a PUBLISH.
    pub(crate) fn take(options: &mut PublishOptions, publisher: SessionKey) -> Self {
        let lists = Lists {
            eligible: sorted(options.eligible.take()),
            exclude: sorted(options.exclude.take()),
            audience: Audience {
                eligible_authid: sorted(options.eligible_authid.take()),
                eligible_authrole: sorted(options.eligible_authrole.take()),
                exclude_authid: sorted(options.exclude_authid.take()),
                exclude_authrole: sorted(options.exclude_authrole.take()),
            },
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

    /// The lists that mean the same to sessions yet to come. `None` if there are others: such events
    /// "should be ignored by the Event History mechanism and not be saved at all" (spec, "Event
    /// History").
    pub(crate) fn audience(&self) -> Option<Audience> {
        match &self.lists {
            None => Some(Audience::default()),
            Some(lists) if lists.name_sessions() => None,
            Some(lists) => Some(lists.audience.clone()),
        }
    }
}

impl Lists {
    const fn are_open(&self) -> bool {
        !self.name_sessions() && self.audience.is_open()
    }

    const fn name_sessions(&self) -> bool {
        self.eligible.is_some() || self.exclude.is_some()
    }

    /// "if and only if all of the following statements hold true": the six statements of the spec. A
    /// list that is present and empty has nobody on it.
    fn admit(&self, subscriber: &SessionInfo) -> bool {
        on(&self.eligible, &subscriber.id).unwrap_or(true)
            && !on(&self.exclude, &subscriber.id).unwrap_or(false)
            && self.audience.admits(subscriber)
    }
}

fn sorted<T: Ord>(list: Option<Box<[T]>>) -> Option<Box<[T]>> {
    list.map(|mut list| {
        list.sort_unstable();
        list
    })
}
