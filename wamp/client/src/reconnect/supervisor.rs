//! The task of a lasting client: connects, restores what is wanted, and connects again.

use super::wanted::{Entry, Live, Progress, Wanted};
use super::{Backoff, Connector, Disconnect, Missing, State};
use crate::connect::JoinOptions;
use crate::driver::command::{Key, Outcome};
use crate::error::{CloseCause, JoinError, RequestError};
use crate::session::Session;
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc, time::Duration};
use tokio::{
    select,
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

/// What the handles of a lasting client ask of it.
pub(crate) enum Order {
    /// Do this in every session, and answer when it was done or refused for the first time.
    Add(Key, Wanted, Outcome<()>),
    /// Do it no more.
    Remove(Key, Option<Outcome<()>>),
    /// Do not wait for the next attempt.
    Retry,
    /// Leave.
    Close,
}

/// The way to the task of a lasting client. Its queue is unbounded, but whoever gives an order
/// either waits for what comes of it or gives its last.
#[derive(Clone, Debug)]
pub(crate) struct Orders(mpsc::UnboundedSender<Order>);

impl Orders {
    pub(crate) fn channel() -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Gives an order. A client that has ended drops it, and with it its outcome.
    pub(crate) fn give(&self, order: Order) {
        drop(self.0.send(order));
    }
}

/// The task of a lasting client.
pub(crate) struct Supervisor {
    connector: Connector,
    options: JoinOptions,
    backoff: Backoff,
    /// Attempts since the last session that lasted.
    attempt: u32,
    orders: mpsc::UnboundedReceiver<Order>,
    status: watch::Sender<Status>,
    /// In the order they were asked for.
    entries: BTreeMap<Key, Entry>,
}

/// What the handles of a lasting client can see.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) state: State,
    pub(crate) session: Option<Session>,
}

/// What the router was asked for, and what came of it.
enum Done {
    Began(Key, Result<Live, RequestError>),
    Revoked(Key),
    Ended,
}

type Work = FuturesUnordered<BoxFuture<'static, Done>>;

/// Whether the client goes on, or why not.
type Flow<T = ()> = ControlFlow<Disconnect, T>;

impl Supervisor {
    pub(crate) fn new(
        connector: Connector,
        options: JoinOptions,
        backoff: Backoff,
        orders: mpsc::UnboundedReceiver<Order>,
        status: watch::Sender<Status>,
    ) -> Self {
        Self {
            connector,
            options,
            backoff,
            attempt: 0,
            orders,
            status,
            entries: BTreeMap::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        let ControlFlow::Break(reason) = self.keep_online().await;
        tracing::debug!(%reason, "the client ended");
        // Whoever still waits for something to be done learns the reason when its outcome is
        // dropped, with this task.
        self.show(State::Closed { reason }, None);
    }

    async fn keep_online(&mut self) -> ControlFlow<Disconnect, std::convert::Infallible> {
        let mut last_error = None;
        loop {
            let lost = match self.connect(last_error.take()).await? {
                Ok(session) => self.serve(session).await?,
                Err(error) => Disconnect::Join(Arc::new(error)),
            };
            if lost.is_final() {
                return ControlFlow::Break(lost);
            }
            self.wait(&lost).await?;
            last_error = Some(lost);
        }
    }

    /// Makes one attempt.
    async fn connect(
        &mut self,
        last_error: Option<Disconnect>,
    ) -> Flow<Result<Session, JoinError>> {
        self.attempt = self.attempt.saturating_add(1);
        self.show_connecting(self.attempt, Duration::ZERO, last_error);
        let link = (self.connector)();
        let options = self.options.clone();
        let mut joining = Box::pin(async move { Session::join(link.await?, options).await });
        loop {
            select! {
                joined = &mut joining => return ControlFlow::Continue(joined),
                order = self.orders.recv() => {
                    self.note(order)?;
                }
            }
        }
    }

    /// Waits for the time of the next attempt, or for somebody who can not.
    async fn wait(&mut self, lost: &Disconnect) -> Flow {
        let wait = self.backoff.next_wait();
        tracing::info!(reason = %lost, "offline; next attempt in {} ms", wait.as_millis());
        let next_attempt = self.attempt.saturating_add(1);
        self.show_connecting(next_attempt, wait, Some(lost.clone()));
        let next = Instant::now() + wait;
        loop {
            select! {
                () = sleep_until(next) => return ControlFlow::Continue(()),
                order = self.orders.recv() => {
                    if self.note(order)? {
                        return ControlFlow::Continue(());
                    }
                }
            }
        }
    }

    /// Takes an order while there is no session. Returns whether somebody wants one at once.
    fn note(&mut self, order: Option<Order>) -> Flow<bool> {
        match order {
            Some(Order::Add(key, wanted, asked)) => self.add(key, wanted, asked),
            Some(Order::Remove(key, outcome)) => {
                self.entries.remove(&key);
                if let Some(outcome) = outcome {
                    outcome.answer(Ok(()));
                }
            }
            Some(Order::Retry) => return ControlFlow::Continue(true),
            Some(Order::Close) | None => {
                return ControlFlow::Break(Disconnect::Session(CloseCause::Left));
            }
        }
        ControlFlow::Continue(false)
    }

    fn add(&mut self, key: Key, wanted: Wanted, asked: Outcome<()>) {
        let entry = Entry {
            wanted,
            progress: Progress::Waiting,
            asked: Some(asked),
        };
        self.entries.insert(key, entry);
    }

    /// Restores what is wanted in a new session and looks after it until it ends.
    async fn serve(&mut self, session: Session) -> Flow<Disconnect> {
        let joined = Instant::now();
        let mut work = Work::new();
        self.begin_waiting(&session, &work);
        self.show_online(&session);
        // Refusals of a router that forgets old sessions slowly pass; those by rule stay.
        let mut refusals = self.backoff.clone();
        refusals.reset();
        let mut retry = Instant::now() + refusals.next_wait();
        loop {
            select! {
                cause = session.closed() => {
                    self.session_ended(joined.elapsed());
                    return ControlFlow::Continue(Disconnect::Session(cause));
                }
                Some(done) = work.next() => {
                    self.done(done, &work);
                    self.show_online(&session);
                }
                () = sleep_until(retry), if self.is_missing_any() => {
                    retry = Instant::now() + refusals.next_wait();
                    self.ask_again();
                    self.begin_waiting(&session, &work);
                }
                order = self.orders.recv() => match order {
                    Some(Order::Remove(key, outcome)) => self.end(key, outcome, &work),
                    Some(Order::Close) | None => {
                        return ControlFlow::Break(Disconnect::Session(session.leave().await));
                    }
                    Some(Order::Add(key, wanted, asked)) => {
                        self.add(key, wanted, asked);
                        self.begin_waiting(&session, &work);
                    }
                    Some(Order::Retry) => {}
                }
            }
        }
    }

    fn session_ended(&mut self, lasted: Duration) {
        if self.backoff.session_lasted(lasted) {
            self.attempt = 0;
        }
        for entry in self.entries.values_mut() {
            entry.progress = Progress::Waiting;
        }
    }

    /// Asks the router for everything that waits, in order.
    fn begin_waiting(&mut self, session: &Session, work: &Work) {
        for (&key, entry) in &mut self.entries {
            if matches!(entry.progress, Progress::Waiting) {
                entry.progress = Progress::Asked;
                let beginning = entry.wanted.clone().begin(session.clone());
                work.push(Box::pin(async move { Done::Began(key, beginning.await) }));
            }
        }
    }

    fn done(&mut self, done: Done, work: &Work) {
        let (key, result) = match done {
            Done::Began(key, result) => (key, result),
            Done::Revoked(key) => return self.revoked(key),
            Done::Ended => return,
        };
        let Some(entry) = self.entries.get_mut(&key) else {
            // It was removed meanwhile.
            if let Ok(live) = result {
                work.push(end(live, None));
            }
            return;
        };
        match (result, entry.asked.take()) {
            (Ok(live), asked) => {
                let revocation = live.revocation();
                work.push(Box::pin(async move {
                    match revocation.came().await {
                        true => Done::Revoked(key),
                        false => Done::Ended,
                    }
                }));
                entry.progress = Progress::Live(live);
                if let Some(asked) = asked {
                    asked.answer(Ok(()));
                }
            }
            // The next session will do it.
            (Err(RequestError::Closed(_)), asked) => {
                entry.progress = Progress::Asked;
                entry.asked = asked;
            }
            (Err(error), Some(asked)) => {
                self.entries.remove(&key);
                asked.answer(Err(error));
            }
            (Err(error), None) => {
                let uri = entry.wanted.uri();
                tracing::warn!(%uri, %error, "the router does not restore this");
                entry.progress = Progress::Missing(Arc::new(error));
            }
        }
    }

    /// Takes note of what the router took back. It is asked for again, as what it refused.
    fn revoked(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.progress = Progress::Missing(Arc::new(RequestError::Revoked));
        }
    }

    /// Ends something wanted, in this session and those to come.
    fn end(&mut self, key: Key, outcome: Option<Outcome<()>>, work: &Work) {
        let removed = self.entries.remove(&key);
        match removed.map(|entry| entry.progress) {
            Some(Progress::Live(live)) => work.push(end(live, outcome)),
            // What the router is still asked for is undone when it has answered.
            _ => {
                if let Some(outcome) = outcome {
                    outcome.answer(Ok(()));
                }
            }
        }
    }

    fn is_missing_any(&self) -> bool {
        self.entries
            .values()
            .any(|entry| matches!(entry.progress, Progress::Missing(_)))
    }

    fn ask_again(&mut self) {
        for entry in self.entries.values_mut() {
            if matches!(entry.progress, Progress::Missing(_)) {
                entry.progress = Progress::Waiting;
            }
        }
    }

    fn show_connecting(&self, attempt: u32, next_in: Duration, last_error: Option<Disconnect>) {
        let state = State::Connecting {
            attempt,
            next_in,
            last_error,
        };
        self.show(state, None);
    }

    fn show_online(&self, session: &Session) {
        let missing = self.entries.values().filter_map(|entry| {
            let Progress::Missing(error) = &entry.progress else {
                return None;
            };
            Some(Missing {
                uri: entry.wanted.uri().clone(),
                error: Arc::clone(error),
            })
        });
        let state = State::Online {
            session: session.id(),
            missing: missing.collect(),
        };
        self.show(state, Some(session.clone()));
    }

    fn show(&self, state: State, session: Option<Session>) {
        self.status.send_replace(Status { state, session });
    }
}

/// Ends something in the session it was done in.
fn end(live: Live, outcome: Option<Outcome<()>>) -> BoxFuture<'static, Done> {
    Box::pin(async move {
        let ended = live.end().await;
        if let Some(outcome) = outcome {
            outcome.answer(ended);
        }
        Done::Ended
    })
}
