//! How sessions end, and what becomes of what they owned.

use super::Realm;
use crate::egress::{CloseReason, Egress};
use crate::events::MetaEvent;
use crate::session::Session;
use crate::{SessionInfo, SessionKey};
use std::time::Instant;
use wamp_proto::Outbound;

/// How a session ends.
pub(super) enum Ending {
    /// The link is gone: nobody is there to be told.
    Gone,
    /// The router closes it, or agrees to.
    Closed(CloseReason),
    /// The same, without session meta events and testaments.
    Silenced(CloseReason),
}

impl Realm {
    /// The link of a session is gone, for whatever reason: all that it owned is released. Does
    /// nothing if the session has ended already.
    pub fn leave(&mut self, key: SessionKey, now: Instant, out: &mut impl Egress) {
        self.end(key, Ending::Gone, now, out);
        self.tell(now, out);
    }

    /// Ends one session: the client is told why, if it can be. Does nothing if the session has ended
    /// already.
    pub fn close(
        &mut self,
        key: SessionKey,
        reason: CloseReason,
        now: Instant,
        out: &mut impl Egress,
    ) {
        self.end(key, Ending::Closed(reason), now, out);
        self.tell(now, out);
    }

    /// Ends every session that matches.
    pub fn close_sessions(
        &mut self,
        which: impl Fn(&SessionInfo) -> bool,
        reason: CloseReason,
        now: Instant,
        out: &mut impl Egress,
    ) {
        let matching = self.sessions().filter(|info| which(info));
        let keys: Vec<_> = matching.map(|info| info.key).collect();
        for key in keys {
            self.close(key, reason.clone(), now, out);
        }
    }

    /// Ends a session, releases what it owned, and lets the others know.
    pub(super) fn end(
        &mut self,
        key: SessionKey,
        ending: Ending,
        now: Instant,
        out: &mut dyn Egress,
    ) {
        let Some(mut session) = self.sessions.remove(key) else {
            return;
        };
        // It was about the last message, and not about testaments.
        session.ruling = None;
        let silently = matches!(ending, Ending::Silenced(_));
        if let Ending::Closed(reason) | Ending::Silenced(reason) = ending {
            if let Some(farewell) = reason.farewell() {
                out.send(key, Outbound::Owned(farewell));
            }
            out.close(key, reason);
        }
        let (tables, ctx) = &mut self.split(now, out);
        tables.dealer.leave(ctx, &session);
        tables.broker.leave(ctx, &session);
        tables.reflection.leave(ctx, &session);
        if !silently {
            tables.broker.execute(ctx, &mut session);
            ctx.events.push_back(left(&session));
        }
    }
}

fn left(session: &Session) -> MetaEvent {
    let principal = &session.info.principal;
    MetaEvent::Left {
        session: session.info.id,
        authid: principal.authid.clone(),
        authrole: principal.authrole.clone(),
    }
}
