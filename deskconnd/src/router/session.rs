//! One connection: its handshake, then messages in and out until either side ends it.
//!
//! This is the only place where a message enters a realm.

mod handshake;
mod undeliverable;

use super::authority::{Arrival, Authority, Door};
use super::outbox::{Outbox, Taken, USUAL};
use super::shared_realm::Received;
use super::{Cookie, HANDSHAKE, Router, SHUTS_DOWN, SharedRealm};
use crate::journal::one_line;
use crate::listen::Rate;
use deskconn_component::Pace;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Sink, SinkExt, Stream};
use handshake::{Refused, shake_hands, turn_away};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::time::Sleep;
use tracing::{Instrument, debug, debug_span, info};
use undeliverable::Undeliverable;
use wamp_proto::error::Violation;
use wamp_proto::handshake::router::abort_message;
use wamp_proto::message::{self, request_type};
use wamp_proto::{Message, Outbound, Payload, uris};
use wamp_router::{CloseReason, Ruling, SessionKey};
use wamp_transport::{Link, LinkError};

/// How many messages enter the realm at once: enough to make the lock cheap, few enough that the
/// others get their turn within microseconds.
const BATCH: usize = 64;

/// How long a session that has ended may take to tell its client so.
const FAREWELL: Duration = Duration::from_secs(2);

/// Serves one link from HELLO to the end. `stranger` is the place among the
/// strangers that its connection takes: free again once the client turns out to be known.
pub(crate) async fn serve<T>(
    router: Arc<Router>,
    mut link: Link,
    arrival: impl Into<Arrival>,
    stranger: T,
) {
    let arrival = arrival.into();
    // What joining needs room for, no session has to keep.
    let joined = Box::pin(join(&router, &mut link, &arrival)).await;
    let door = arrival.door;
    let session = match joined {
        Ok(joined) => joined,
        Err(Refused(abort)) => return Box::pin(turn_away(&router, link, &door, *abort)).await,
    };
    let span = debug_span!("session", authid = %session.authid, from = %door);
    if let Some(stay) = session.stay {
        session
            .run_for(stay, &router, link, &door)
            .instrument(span)
            .await;
        return drop(stranger);
    }
    drop(stranger);
    session.run(&router, link, &door).instrument(span).await;
}

/// Has the client join, if it does so in time.
async fn join(router: &Router, link: &mut Link, arrival: &Arrival) -> Result<Session, Refused> {
    tokio::select! {
        joined = shake_hands(router, link, arrival) => joined,
        () = tokio::time::sleep(HANDSHAKE) => {
            Err(Refused::because(uris::AUTHENTICATION_FAILED, "the handshake took too long"))
        }
        () = router.shutdown.cancelled() => {
            Err(Refused::because(uris::SYSTEM_SHUTDOWN, SHUTS_DOWN))
        }
    }
}

/// A session that is in its realm.
struct Session {
    realm: Arc<SharedRealm>,
    key: SessionKey,
    outbox: Arc<Outbox>,
    authid: Arc<str>,
    authrole: Arc<str>,
    /// How long it may stay, if it is a stranger's.
    stay: Option<Duration>,
    /// By which the browser is remembered.
    cookie: Option<Cookie>,
    /// How fast its messages may come.
    pace: Option<Rate>,
}

impl Session {
    /// As [`Session::run`], but no longer than `limit`: strangers have something to do, or leave.
    async fn run_for(&self, limit: Duration, router: &Router, link: Link, door: &Door) {
        let end = async {
            tokio::time::sleep(limit).await;
            self.realm.with(|realm, now, out| {
                realm.close(self.key, CloseReason::IdleTimeout, now, out);
            });
            // The session ends by itself now; this waits for it.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.run(router, link, door) => {}
            () = end => {}
        }
    }

    /// Moves messages until either side ends the session, and leaves the realm.
    async fn run(&self, router: &Router, link: Link, door: &Door) {
        let Self {
            authid, authrole, ..
        } = self;
        if self.is_noted(router, door) {
            let transport = link.info().transport.name();
            info!(%authid, %authrole, from = %door, transport, "joined");
        }
        let reason = Pump::new(self, link, Arc::clone(&router.authority))
            .run()
            .await;
        self.realm.leave(self.key);
        self.realm.counters().closed.count(reason.name());
        self.note_left_out(self.outbox.left_out());
        self.outbox.discard();
        router.authority.left(authid);
        if self.is_noted(router, door) {
            info!(%authid, reason = one_line(&reason), "left");
        }
    }

    /// Says in the log that `events` were left out for this session in a row, if any were.
    fn note_left_out(&self, events: u64) {
        if events > 0 {
            let Self { authid, .. } = self;
            info!(%authid, events, "reads too slowly: events were left out");
        }
    }

    /// Whether the log says that this session comes or goes.
    fn is_noted(&self, router: &Router, door: &Door) -> bool {
        match door {
            // Components and bridges say for themselves that they run.
            Door::Internal { .. } | Door::Bridge { .. } => false,
            Door::Network(_) if self.stay.is_some() => router.stranger_log.admits(),
            Door::Network(_) | Door::Local { .. } => true,
        }
    }
}

/// Moves messages between a link and a realm.
struct Pump<'a> {
    session: &'a Session,
    link: Link,
    /// Taken from the outbox, not yet taken by the link.
    sending: VecDeque<Outbound>,
    /// Received, not yet in the realm.
    batch: VecDeque<Message>,
    /// Ends when receivers have caught up that are behind with what this session sends.
    waiting: Option<BoxFuture<'static, Option<Ruling>>>,
    /// How fast messages may come.
    pace: Option<Pace>,
    /// What was decided about the first message of the batch.
    ruling: Option<Ruling>,
    /// Who decides.
    authority: Arc<dyn Authority>,
    /// How the link's stream ended, once it has.
    ended: Option<Ended>,
    /// How long a client that does not read has left once its session has ended.
    farewell: Option<Pin<Box<Sleep>>>,
}

/// What one turn brought.
enum Turn {
    /// Messages for the realm.
    Received,
    /// The realm has ended the session, and the link has everything it had to say, or the client does not
    /// want it.
    Finished(CloseReason),
    /// The link brings nothing more.
    Ended(Ended),
}

/// How much of what waited was written.
enum Written {
    /// All there is by now.
    All,
    /// The link has all there will ever be: the session has ended, for that reason.
    Last(CloseReason),
    /// What the client takes for now.
    Some,
}

/// How a link's stream ended.
enum Ended {
    /// The client closed it.
    Closed,
    /// It failed.
    Failed(LinkError),
}

impl<'a> Pump<'a> {
    fn new(session: &'a Session, link: Link, authority: Arc<dyn Authority>) -> Self {
        let pace = session
            .pace
            .map(|rate| Pace::new(rate.per_second, rate.burst, Instant::now()));
        Self {
            session,
            link,
            sending: VecDeque::new(),
            batch: VecDeque::new(),
            waiting: None,
            pace,
            ruling: None,
            authority,
            ended: None,
            farewell: None,
        }
    }

    async fn run(mut self) -> CloseReason {
        let reason = loop {
            match poll_fn(|cx| self.poll_turn(cx)).await {
                Turn::Received => self.enter_realm(),
                Turn::Finished(reason) => break reason,
                Turn::Ended(Ended::Failed(LinkError::Decode(error))) => {
                    break Box::pin(self.abort(Violation::Decode(error))).await;
                }
                Turn::Ended(Ended::Failed(error)) => {
                    debug!(%error, "the link failed");
                    break CloseReason::LinkLost;
                }
                Turn::Ended(Ended::Closed) => break CloseReason::LinkLost,
            }
        };
        drop(tokio::time::timeout(FAREWELL, self.link.close()).await);
        reason
    }

    /// Hands over what was received, and notes what to wait for before there is more: receivers that are
    /// behind, and whoever has to decide about the next message.
    fn enter_realm(&mut self) {
        let Session {
            realm, key, cookie, ..
        } = self.session;
        if let Some(cookie) = cookie
            && self.batch.iter().any(is_logout)
        {
            self.authority.log_out(cookie);
        }
        let received = self.batch.len();
        let ruling = self.ruling.take();
        let Received { slow, question } = realm.receive(*key, &mut self.batch, ruling);
        let received = received.saturating_sub(self.batch.len());
        let pause = self.pause_after(received);
        if slow.is_empty() && question.is_none() && pause.is_zero() {
            return;
        }
        let asked = question.map(|question| {
            let (authority, realm) = (Arc::clone(&self.authority), realm.name().clone());
            authority.rule(realm, question)
        });
        let waiting = async move {
            slow.catch_up().await;
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            Some(asked?.await)
        };
        self.waiting = Some(waiting.boxed());
    }

    /// How long messages have to wait after `received` of them.
    fn pause_after(&mut self, received: usize) -> Duration {
        let Some(pace) = &mut self.pace else {
            return Duration::ZERO;
        };
        let pause = pace.after(received, Instant::now());
        if !pause.is_zero() {
            self.authority.held_back(&self.session.authid);
        }
        pause
    }

    /// Ends the session for a violation that the link found.
    async fn abort(&mut self, violation: Violation) -> CloseReason {
        let farewell = self.link.send(abort_message(&violation).into());
        drop(tokio::time::timeout(FAREWELL, farewell).await);
        CloseReason::Violation(violation)
    }

    /// Writes what waits and reads what is there; neither holds up the other. Waiting for others holds
    /// up reading only: who waits for this session meanwhile, or it for itself, sees it go on.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        match self.poll_write(cx) {
            Ok(Written::All) => {}
            Ok(Written::Last(reason)) => return Poll::Ready(Turn::Finished(reason)),
            Ok(Written::Some) => {
                if let Poll::Ready(reason) = self.poll_farewell(cx) {
                    return Poll::Ready(Turn::Finished(reason));
                }
            }
            Err(error) => return Poll::Ready(Turn::Ended(Ended::Failed(error))),
        }
        if let Some(waiting) = &mut self.waiting {
            self.ruling = ready!(waiting.poll_unpin(cx));
            self.waiting = None;
        }
        self.poll_read(cx);
        if !self.batch.is_empty() {
            return Poll::Ready(Turn::Received);
        }
        // An idle session holds no room for messages.
        self.batch = VecDeque::new();
        self.ended
            .take()
            .map_or(Poll::Pending, |ended| Poll::Ready(Turn::Ended(ended)))
    }

    /// Ready with the reason once the session has ended and its client has had [`FAREWELL`] to read
    /// what was left. Else a client that never reads would stay for ever, whatever the realm says.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let reason = ready!(self.session.outbox.poll_ended(cx));
        let farewell = self
            .farewell
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(FAREWELL)));
        farewell.as_mut().poll(cx).map(|()| reason)
    }

    /// Fills the batch with what can be read without waiting. A session whose own outbox is high is
    /// not read: it asks for more than it takes.
    fn poll_read(&mut self, cx: &mut Context<'_>) {
        let session = self.session;
        let mut counted = session.realm.counters().received.several();
        if session.outbox.is_congested() {
            return;
        }
        while self.batch.len() < BATCH && self.ended.is_none() {
            match Pin::new(&mut self.link).poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => {
                    counted.count(&message);
                    if self.batch.capacity() == 0 {
                        self.batch.reserve(USUAL);
                    }
                    self.batch.push_back(message);
                }
                Poll::Ready(Some(Err(error))) => self.ended = Some(Ended::Failed(error)),
                Poll::Ready(None) => self.ended = Some(Ended::Closed),
                Poll::Pending => return,
            }
        }
    }

    /// Writes what the outbox holds, with one flush.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<Written, LinkError> {
        let session = self.session;
        let mut counted = session.realm.counters().sent.several();
        loop {
            while !self.sending.is_empty() {
                match Pin::new(&mut self.link).poll_ready(cx) {
                    Poll::Ready(ready) => ready?,
                    Poll::Pending => return Ok(Written::Some),
                }
                if let Some(message) = self.sending.pop_front() {
                    counted.count(message.message());
                    self.send(message)?;
                }
            }
            let taken = self.session.outbox.poll_take(cx, &mut self.sending);
            if let Poll::Ready(Taken::Messages { left_out }) = taken {
                self.session.note_left_out(left_out);
                continue;
            }
            self.sending = VecDeque::new();
            if let Poll::Ready(Taken::Ended(reason)) = taken {
                // Closing the link flushes it.
                return Ok(Written::Last(reason));
            }
            return match Pin::new(&mut self.link).poll_flush(cx) {
                Poll::Ready(flushed) => flushed.map(|()| Written::All),
                Poll::Pending => Ok(Written::Some),
            };
        }
    }

    /// Gives one message to the link. One that the client's serializer has no form for, or that is
    /// longer than it takes, is answered for it.
    fn send(&mut self, outbound: Outbound) -> Result<(), LinkError> {
        let undeliverable = Undeliverable::of(outbound.message());
        match Pin::new(&mut self.link).start_send(outbound) {
            Err(error) if error.is_about_one_message() => {
                debug!(%error, "a message can not be delivered");
                self.answer_for(undeliverable, &error)
            }
            sent => sent,
        }
    }

    fn answer_for(&mut self, what: Undeliverable, error: &LinkError) -> Result<(), LinkError> {
        let reason = match error {
            LinkError::TooLongToSend { .. } => uris::PAYLOAD_SIZE_EXCEEDED,
            _ => uris::INVALID_ARGUMENT,
        };
        let payload = Payload::sentence(&error.to_string());
        match what {
            // The callee can not be told of the call, so it answers with an error.
            Undeliverable::Invocation(request) => {
                let error = message::Error::new(request_type::INVOCATION, request, reason, payload);
                self.batch.push_back(error.into());
                Ok(())
            }
            // The request ended, and that much the client can be told.
            Undeliverable::Answer {
                request_type,
                request,
            } => {
                let error = message::Error::new(request_type, request, reason, payload);
                Pin::new(&mut self.link).start_send(Message::from(error).into())
            }
            Undeliverable::Nobody => Ok(()),
        }
    }
}

/// Whether the client leaves and does not want to be remembered.
fn is_logout(message: &Message) -> bool {
    matches!(message, Message::Goodbye(goodbye) if goodbye.reason == uris::LOGOUT)
}

#[cfg(test)]
mod tests;
