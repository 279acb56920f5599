//! Whether the desktop is locked, and how to lock it: logind and the desktop's screen saver.

use std::sync::atomic::{AtomicBool, Ordering};

use deskconn_component::Unavailable;
use deskconn_protocol::api::screen::LockState;
use futures_util::StreamExt;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream};

use super::saver::{self, Saver};
use crate::logind::{self, SessionProxy};
use deskconn_desktop::Buses;

const HINT: &str = "run the daemon in the session of the user at the screen, and a locker that listens \
     to logind, as swayidle does";

/// The desktop of this user.
#[derive(Debug)]
pub(super) struct Desktop {
    buses: Buses,
    /// Whether the desktop has ever told logind that it is locked. Only some do (`SetLockedHint`), so
    /// until then its silence means nothing.
    tells_logind: AtomicBool,
}

/// What was found of it.
#[derive(Debug)]
pub(super) struct Found {
    /// Whether it is locked.
    pub(super) state: LockState,
    session: Option<SessionProxy<'static>>,
    saver: Option<(Connection, Saver)>,
}

impl Desktop {
    /// The desktop on these buses.
    pub(super) const fn new(buses: Buses) -> Self {
        Self {
            buses,
            tells_logind: AtomicBool::new(false),
        }
    }

    /// Looks at it.
    ///
    /// # Errors
    /// If there is nothing that could lock it.
    pub(super) async fn look(&self) -> Result<Found, Unavailable> {
        let session = match self.buses.system().await {
            Ok(bus) => logind::own_session(&bus).await.ok(),
            Err(_) => None,
        };
        let hint = match &session {
            Some(session) => session.locked_hint().await.unwrap_or(false),
            None => false,
        };
        if hint {
            self.tells_logind.store(true, Ordering::Relaxed);
        }
        let savers = match self.buses.session().await {
            Ok(bus) => (saver::running(&bus).await, Some(bus)),
            Err(_) => (Vec::new(), None),
        };
        let (savers, bus) = savers;
        let says: Vec<_> = savers.iter().map(|(_, active)| *active).collect();
        let state = state(self.tells_logind.load(Ordering::Relaxed), hint, &says);
        let saver = savers.first().map(|(saver, _)| *saver);
        if session.is_none() && saver.is_none() {
            return Err(Unavailable::without_desktop(
                "nothing here can lock the screen",
                HINT,
            ));
        }
        Ok(Found {
            state,
            session,
            saver: bus.zip(saver),
        })
    }

    /// Everything that may mean that it was locked or unlocked.
    pub(super) async fn signals(&self) -> Signals {
        let rule = || MatchRule::builder().msg_type(Type::Signal);
        let savers = match self.buses.session().await {
            Ok(bus) => stream(&bus, rule().member("ActiveChanged").build()).await,
            Err(_) => None,
        };
        let logind = match self.buses.system().await {
            Ok(bus) => match logind::own_session(&bus).await {
                Ok(session) => {
                    let rule = rule()
                        .path(session.inner().path().to_owned())
                        .interface("org.freedesktop.DBus.Properties");
                    stream(&bus, rule.build()).await
                }
                Err(_) => None,
            },
            Err(_) => None,
        };
        Signals { savers, logind }
    }
}

impl Found {
    /// Asks logind, which tells the desktop.
    pub(super) async fn lock_by_logind(&self) -> zbus::Result<()> {
        match &self.session {
            Some(session) => session.lock().await,
            None => Err(zbus::Error::Failure(
                "there is no logind session".to_owned(),
            )),
        }
    }

    /// Asks the desktop's screen saver.
    pub(super) async fn lock_by_saver(&self) -> zbus::Result<()> {
        match &self.saver {
            Some((bus, saver)) => saver.lock(bus).await,
            None => Err(zbus::Error::Failure("there is no screen saver".to_owned())),
        }
    }

    /// Asks logind to unlock, which tells the desktop.
    pub(super) async fn unlock(&self) -> zbus::Result<()> {
        match &self.session {
            Some(session) => session.unlock().await,
            None => Err(zbus::Error::Failure(
                "there is no logind session".to_owned(),
            )),
        }
    }
}

/// What is waited for; nothing where there is no bus.
#[derive(Debug)]
pub(super) struct Signals {
    savers: Option<MessageStream>,
    logind: Option<MessageStream>,
}

impl Signals {
    /// Waits for the next; for ever when there can be none. Cancel safe.
    pub(super) async fn next(&mut self) {
        let (savers, logind) = (&mut self.savers, &mut self.logind);
        let next = async |stream: &mut Option<MessageStream>| match stream {
            Some(messages) => match messages.next().await {
                Some(_) => {}
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        };
        tokio::select! {
            () = next(savers) => {}
            () = next(logind) => {}
        }
    }
}

async fn stream(bus: &Connection, rule: zbus::Result<MatchRule<'_>>) -> Option<MessageStream> {
    MessageStream::for_match_rule(rule.ok()?, bus, None)
        .await
        .ok()
}

/// What is known of the lock: by logind, if the desktop tells it, and by the screen savers. A saver
/// that is active may only show pictures; where logind is told, that counts.
fn state(tells_logind: bool, hint: bool, savers: &[bool]) -> LockState {
    if hint {
        LockState::Locked
    } else if tells_logind {
        LockState::Unlocked
    } else if savers.contains(&true) {
        LockState::Locked
    } else if savers.is_empty() {
        LockState::Unknown
    } else {
        LockState::Unlocked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_tells_is_not_known() {
        for (tells_logind, hint, savers, expected) in [
            (false, false, &[][..], LockState::Unknown),
            (true, true, &[], LockState::Locked),
            (true, false, &[], LockState::Unlocked),
            (false, false, &[false], LockState::Unlocked),
            (false, false, &[false, true], LockState::Locked),
            // Pictures only.
            (true, false, &[true], LockState::Unlocked),
        ] {
            let found = state(tells_logind, hint, savers);
            assert_eq!(found, expected, "{tells_logind} {hint} {savers:?}");
        }
    }
}
