//! A connection that lasts: it comes back by itself, wherever the daemon is by then, and says so.

use std::future::{Future, ready};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::Either;
use wamp_client::{
    Backoff, Client, Disconnect, JoinError, JoinOptions, Missing, RequestError, State, States,
};
use wamp_proto::{SessionId, uris as wamp};
use wamp_transport::{ConnectError, Link};

use crate::connect;
use crate::error::{CliError, ErrorKind};
use crate::hosts::Hosts;
use crate::output::Output;
use crate::remote::Remote;

/// How often in a row the other side may close the link without a word before that means that it does
/// not know this computer any more. A daemon that is just starting or stopping does so once.
const REFUSALS: u32 = 3;

/// A client, and what has been told of it.
#[derive(Debug)]
pub(crate) struct Lasting {
    client: Client,
    states: States,
    story: Story,
}

/// What has been told.
#[derive(Debug, Default)]
struct Story {
    /// Who else may refuse us than this user's own daemon.
    remote: Option<Arc<Remote>>,
    /// The session that was told of last; none in the beginning and while the connection is lost.
    session: Option<SessionId>,
    is_lost: bool,
    refusals: u32,
    /// What is missing of what was registered or subscribed, as it was told last.
    missing: Vec<String>,
}

impl Lasting {
    /// A client of this user's own daemon.
    ///
    /// # Errors
    ///
    /// If it does not run now.
    pub(crate) async fn local(socket: PathBuf) -> Result<Self, CliError> {
        let link = connect::local_link(&socket).await;
        let link = link.map_err(|error| connect::no_daemon(&error, &socket))?;
        let again = move || {
            let socket = socket.clone();
            async move { connect::local_link(&socket).await }
        };
        Ok(Self::new(link, again, connect::as_owner(), None))
    }

    /// A client of the host that `wanted` names.
    ///
    /// # Errors
    ///
    /// If it can not be reached now.
    pub(crate) async fn remote(hosts: Hosts, wanted: &str) -> Result<Self, CliError> {
        let (remote, link) = Remote::reach(hosts, wanted).await?;
        let remote = Arc::new(remote);
        let joining = remote.joining();
        let there = Arc::clone(&remote);
        let again = move || {
            let there = Arc::clone(&there);
            async move { there.link().await }
        };
        Ok(Self::new(link, again, joining, Some(remote)))
    }

    /// A client that begins with `first`, and gets every later link from `again`.
    fn new<F, Fut>(first: Link, again: F, joining: JoinOptions, remote: Option<Arc<Remote>>) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Link, ConnectError>> + Send + 'static,
    {
        let first = Mutex::new(Some(first));
        let connector = move || {
            let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            match first {
                Some(link) => Either::Left(ready(Ok(link))),
                None => Either::Right(again()),
            }
        };
        let client = Client::new(connector, joining, Backoff::default());
        Self {
            states: client.states(),
            client,
            story: Story {
                remote,
                ..Story::default()
            },
        }
    }

    /// What is asked and told through it.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Tells what becomes of the connection until it is over for good, or `what`, a subscription or
    /// registration, is taken back. Returns why. Cancel safe.
    pub(crate) async fn end(&mut self, what: &str, output: &Output) -> CliError {
        while let Some(state) = self.states.next().await {
            let (notes, end) = self.story.go_on(state, what);
            notes.iter().for_each(|note| output.note(note));
            if let Some(end) = end {
                return end;
            }
        }
        Disconnected(&self.client.closed().await).into()
    }
}

/// What is to be told, and why it is the end if it is.
type Told = (Vec<String>, Option<CliError>);

impl Story {
    /// Takes note of a state.
    fn go_on(&mut self, state: State, what: &str) -> Told {
        match state {
            State::Online { session, missing } => self.online(session, &missing, what),
            State::Connecting {
                next_in,
                last_error: Some(error),
                ..
            } if !next_in.is_zero() => self.offline(&error),
            State::Closed { reason } => (Vec::new(), Some(Disconnected(&reason).into())),
            _ => (Vec::new(), None),
        }
    }

    fn online(&mut self, session: SessionId, missing: &[Missing], what: &str) -> Told {
        let mut notes = Vec::new();
        let before = self.session.replace(session);
        if self.is_lost || before.is_some_and(|before| before != session) {
            notes.push("connected again".to_owned());
        }
        self.is_lost = false;
        self.refusals = 0;
        if missing.iter().any(|missing| is_denied(&missing.error)) {
            let denied = format!("`{what}` is not allowed any more");
            let hint = "the owner of that computer has taken the grant back, or its time is over";
            return (
                notes,
                Some(CliError::new(ErrorKind::Denied, denied).hint(hint)),
            );
        }
        let missing = missing.iter();
        let missing: Vec<String> = missing
            .map(|missing| format!("`{}` is not there yet: {}", missing.uri, missing.error))
            .collect();
        if missing != self.missing {
            notes.extend(missing.iter().cloned());
            self.missing = missing;
        }
        (notes, None)
    }

    fn offline(&mut self, why: &Disconnect) -> Told {
        let is_new = !std::mem::replace(&mut self.is_lost, true);
        self.session = None;
        let notes = is_new.then(|| format!("connection lost, trying again: {why}"));
        let refusal = match why {
            Disconnect::Join(error) => refusal(error),
            _ => None,
        };
        self.refusals = refusal.map_or(0, |_| self.refusals + 1);
        let end = match (refusal, &self.remote) {
            (Some(error), Some(remote)) if self.refusals >= REFUSALS => {
                Some(remote.refused(vec![connect::reason(error)]))
            }
            _ => None,
        };
        (notes.into_iter().collect(), end)
    }
}

/// Why a client is over for good.
struct Disconnected<'a>(&'a Disconnect);

impl From<Disconnected<'_>> for CliError {
    fn from(Disconnected(reason): Disconnected<'_>) -> Self {
        match reason {
            Disconnect::Join(error) => Self::from(&**error),
            Disconnect::Session(cause) => cause.clone().into(),
            other => Self::unreachable(other.to_string()),
        }
    }
}

/// What was closed on us without a word.
fn refusal(error: &JoinError) -> Option<&ConnectError> {
    match error {
        JoinError::Connect(error) if connect::is_refusal(error) => Some(error),
        _ => None,
    }
}

/// Whether the router does not let us any more; what else it refuses may pass.
fn is_denied(error: &RequestError) -> bool {
    let refused = error.remote_error();
    matches!(error, RequestError::Revoked)
        || refused.is_some_and(|error| *error.uri() == wamp::NOT_AUTHORIZED)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use deskconn_protocol::identity::Identity;
    use wamp_client::CloseCause;
    use wamp_transport::{LinkError, OpenError};

    use super::*;

    fn online(session: u64) -> State {
        State::Online {
            session: SessionId::new(session).expect("an id"),
            missing: Arc::new([]),
        }
    }

    fn offline(why: Disconnect) -> State {
        State::Connecting {
            attempt: 1,
            next_in: Duration::from_secs(1),
            last_error: Some(why),
        }
    }

    fn refused() -> Disconnect {
        Disconnect::Join(Arc::new(JoinError::Connect(ConnectError::Open {
            address: "192.0.2.1:5020".to_owned(),
            source: OpenError::Link(LinkError::Closed),
        })))
    }

    /// The notes, and the end as its kind.
    fn told(story: &mut Story, states: impl IntoIterator<Item = State>) -> Vec<String> {
        let told = states.into_iter().flat_map(|state| {
            let (mut notes, end) = story.go_on(state, "a.topic");
            notes.extend(end.map(|end| format!("{:?}: {}", end.kind, end.message)));
            notes
        });
        told.collect()
    }

    #[test]
    fn a_loss_is_told_once_and_so_is_the_return() {
        let mut story = Story::default();
        let lost = || offline(Disconnect::Session(CloseCause::Ended));
        let unreachable = || {
            let error = ConnectError::Timeout {
                address: "192.0.2.1:5020".to_owned(),
                after: Duration::from_secs(5),
            };
            offline(Disconnect::Join(Arc::new(JoinError::Connect(error))))
        };
        let states = [online(1), online(1), lost(), unreachable(), online(2)];
        assert_eq!(
            told(&mut story, states),
            [
                "connection lost, trying again: the router closed the link",
                "connected again"
            ]
        );
        // A loss so short that nobody saw it.
        assert_eq!(told(&mut story, [online(3)]), ["connected again"]);
    }

    #[test]
    fn who_is_refused_again_and_again_is_not_known_any_more() {
        let remote = Remote::of("study", *Identity::from_seed(&[1; 64]).public());
        let mut story = Story {
            remote: Some(Arc::new(remote)),
            ..Story::default()
        };
        // A daemon that stops refuses as well, but not for long.
        let stops = [online(1), offline(refused()), offline(refused()), online(2)];
        assert!(!format!("{:?}", told(&mut story, stops)).contains("Denied"));
        let removed = (0..REFUSALS).map(|_| offline(refused()));
        let told = told(&mut story, removed);
        assert_eq!(
            told[1..],
            ["Denied: study does not let this computer in any more"]
        );
    }

    #[test]
    fn what_is_taken_back_is_the_end_and_what_is_taken_is_waited_for() {
        let missing = |error| State::Online {
            session: SessionId::new(1).expect("an id"),
            missing: Arc::new([Missing {
                uri: "a.topic".into(),
                error: Arc::new(error),
            }]),
        };
        let mut story = Story::default();
        let closed = || missing(RequestError::Closed(CloseCause::Offline));
        assert_eq!(
            told(
                &mut story,
                [closed(), closed(), missing(RequestError::Revoked)]
            ),
            [
                "`a.topic` is not there yet: not connected",
                "Denied: `a.topic` is not allowed any more"
            ]
        );
    }
}
