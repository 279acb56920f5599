//! The one task that looks at the screens and sets them: calls, leases, ramps and what others do to the
//! brightness come together here, one after the other.

use std::time::Duration;

use deskconn_component::{Unavailable, failure};
use deskconn_protocol::api::screen;
use deskconn_protocol::api::screen::{Boost, Brightness, Lease, SetBrightness, StepBrightness};
use deskconn_protocol::uris;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use wamp_client::{InvocationError, Session};
use wamp_proto::{SessionId, Uri};

use super::boosts::Boosts;
use super::display::Display;
use super::memory::Memory;
use super::ramp::Ramp;
use super::screens::Screens;
use crate::health::PartHealth;

/// How often to look without a reason: for screens that are plugged in, for firmware that changes the
/// brightness and tells nobody, and for what could not be given back.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// Changes that follow each other faster are one.
const QUIET: Duration = Duration::from_millis(50);

/// What somebody wants of the screens.
#[derive(Debug)]
pub(super) enum Command {
    Status(Answer<Brightness>),
    Set(SetBrightness, Answer<Brightness>),
    Step(StepBrightness, Answer<Brightness>),
    Boost(SessionId, Boost, Answer<Lease>),
    Restore(SessionId, u64, Answer<Brightness>),
    /// The session has left.
    Left(SessionId),
    /// Whose leaving matters.
    Holders(Answer<Vec<SessionId>>),
}

/// Where the answer to a call goes; who called may have left.
pub(super) type Answer<T> = oneshot::Sender<Result<T, InvocationError>>;

/// The state of that task.
#[derive(Debug)]
pub(super) struct Keeper {
    session: Session,
    screens: Screens,
    memory: Memory,
    boosts: Boosts,
    ramp: Option<Ramp>,
    /// What was told last.
    told: Brightness,
    /// Whether there is anything to set, for the component's health.
    health: PartHealth,
}

impl Keeper {
    /// A keeper of `screens`, which gives back at once what `memory` has to be given back. What it
    /// sees is in `health` when this returns.
    pub(super) async fn start(
        session: Session,
        screens: Screens,
        memory: Memory,
        health: PartHealth,
    ) -> Self {
        let boosts = Boosts::new(memory.kept().clone());
        let mut keeper = Self {
            session,
            screens,
            memory,
            boosts,
            ramp: None,
            told: Brightness::default(),
            health,
        };
        keeper.settle().await;
        keeper
    }

    /// Works until `stop`, and then gives back what is boosted.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        stop: CancellationToken,
    ) {
        let mut look_again = Instant::now() + LOOK_AGAIN;
        let mut quiet_until = Instant::now();
        loop {
            let due = [self.boosts.next_end(), self.ramp.as_ref().map(Ramp::next)];
            let due = due.into_iter().flatten().chain([look_again]).min();
            let changed = async {
                sleep_until(quiet_until).await;
                self.screens.changed().await;
            };
            tokio::select! {
                () = stop.cancelled() => break,
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                () = sleep_until(due.unwrap_or(look_again)) => {
                    if Instant::now() >= look_again {
                        look_again = Instant::now() + LOOK_AGAIN;
                    }
                    self.tick(Instant::now()).await;
                }
                () = changed => {
                    quiet_until = Instant::now() + QUIET;
                    self.settle().await;
                }
            }
        }
        self.ramp = None;
        self.boosts.end_all();
        self.settle().await;
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Status(answer) => {
                self.settle().await;
                reply(answer, Ok(self.told.clone()));
            }
            Command::Set(wanted, answer) => reply(answer, self.set(wanted).await),
            Command::Step(wanted, answer) => reply(answer, self.step(wanted).await),
            Command::Boost(by, wanted, answer) => reply(answer, self.boost(by, wanted).await),
            Command::Restore(by, lease, answer) => reply(answer, self.restore(by, lease).await),
            Command::Holders(answer) => reply(answer, Ok(self.boosts.holders())),
            Command::Left(session) => {
                if self.boosts.left(session) {
                    self.settle().await;
                }
            }
        }
    }

    /// What time has brought.
    async fn tick(&mut self, now: Instant) {
        self.boosts.expire(now);
        if let Some(mut ramp) = self.ramp.take() {
            let (levels, last) = ramp.step(now);
            match self.set_levels(levels).await {
                Ok(()) if !last => self.ramp = Some(ramp),
                Ok(()) => {}
                Err(error) => tracing::warn!("a ramp ends early: {error:?}"),
            }
        }
        self.settle().await;
    }

    async fn set(&mut self, wanted: SetBrightness) -> Result<Brightness, InvocationError> {
        let displays = self.named(wanted.display).await?;
        let time = Duration::from_millis(wanted.ramp_ms.unwrap_or(0));
        for display in &displays {
            self.boosts.chosen(&display.id);
        }
        let mut ramp = Ramp::new(&displays, wanted.percent, time, Instant::now());
        let (levels, last) = ramp.step(Instant::now());
        self.ramp = None;
        self.set_levels(levels).await?;
        self.ramp = (!last).then_some(ramp);
        self.settle().await;
        Ok(self.told.clone())
    }

    async fn step(&mut self, wanted: StepBrightness) -> Result<Brightness, InvocationError> {
        let displays = self.named(wanted.display).await?;
        let level = |display: &Display| {
            let percent = i16::from(display.percent()).saturating_add(wanted.by);
            let percent = u8::try_from(percent.clamp(1, 100)).unwrap_or(100);
            (display.id.clone(), display.level_at(percent))
        };
        let levels = displays.iter().map(level).collect();
        for display in &displays {
            self.boosts.chosen(&display.id);
        }
        self.ramp = None;
        self.set_levels(levels).await?;
        self.settle().await;
        Ok(self.told.clone())
    }

    async fn boost(&mut self, by: SessionId, wanted: Boost) -> Result<Lease, InvocationError> {
        let displays = self.screens.look().await?;
        self.boosts.observe(&displays);
        let ttl = wanted.ttl_ms.map(Duration::from_millis);
        let lease = self
            .boosts
            .boost(&displays, by, wanted.percent, ttl, Instant::now())
            .map_err(|error| {
                failure(
                    uris::ERROR_RATE_LIMITED,
                    error.to_string(),
                    "restore some first",
                )
            })?;
        self.ramp = None;
        self.settle().await;
        Ok(Lease { lease })
    }

    async fn restore(&mut self, by: SessionId, lease: u64) -> Result<Brightness, InvocationError> {
        self.boosts.restore(by, lease).map_err(|error| {
            let hint = "it may have ended by itself: there is nothing to restore";
            failure(uris::ERROR_NOT_FOUND, error.to_string(), hint)
        })?;
        self.settle().await;
        Ok(self.told.clone())
    }

    /// The screens that a call means.
    async fn named(&mut self, name: Option<String>) -> Result<Vec<Display>, InvocationError> {
        let displays = self.screens.look().await?;
        self.boosts.observe(&displays);
        let Some(name) = name else {
            return Ok(displays);
        };
        let ids: Vec<_> = displays.iter().map(|display| display.id.clone()).collect();
        let named = displays.into_iter().find(|display| display.id == name);
        named.map(|display| vec![display]).ok_or_else(|| {
            let hint = format!("there are: {}", ids.join(", "));
            failure(uris::ERROR_NOT_FOUND, "there is no such display", hint)
        })
    }

    /// Sets every level it can; the first that fails is the error.
    async fn set_levels(&mut self, levels: Vec<(String, u32)>) -> Result<(), InvocationError> {
        let mut result = Ok(());
        for (id, level) in levels {
            if let Err(error) = self.screens.set(&id, level).await {
                let failed = failure(uris::ERROR_FAILED, error.to_string(), error.hint());
                result = result.and(Err(failed));
            }
        }
        result
    }

    /// Looks, brings the screens to where the boosts want them, and tells what has changed.
    async fn settle(&mut self) {
        let mut seen = self.screens.look().await;
        if let Ok(displays) = &seen {
            self.boosts.observe(displays);
            if let Some(ramp) = &mut self.ramp {
                ramp.observe(displays);
            }
            let plan = self.boosts.plan(displays);
            // On the disk before on the screen: a crash in between changes nothing.
            self.memory.keep(self.boosts.kept()).await;
            if !plan.is_empty() {
                self.carry_out(plan).await;
                seen = self.screens.look().await;
            }
        }
        self.tell(seen).await;
    }

    async fn carry_out(&mut self, plan: super::boosts::Plan) {
        for (id, level) in plan {
            match self.screens.set(&id, level).await {
                Ok(()) => self.boosts.done(&id),
                // It is tried again whenever there is a reason to look.
                Err(error) => tracing::debug!(%error, "a boost waits"),
            }
        }
        self.memory.keep(self.boosts.kept()).await;
    }

    async fn tell(&mut self, seen: Result<Vec<Display>, Unavailable>) {
        let (displays, unavailable) = match seen {
            Ok(displays) => (displays, None),
            Err(unavailable) => (Vec::new(), Some(unavailable)),
        };
        let status = Brightness {
            available: unavailable.is_none(),
            reason: unavailable.as_ref().map(ToString::to_string),
            displays: displays.into_iter().map(told).collect(),
            boosted: self.boosts.any(),
        };
        self.health.report(unavailable.as_ref());
        if status == self.told {
            return;
        }
        self.told = status.clone();
        let topic = Uri::from_static(uris::SCREEN_BRIGHTNESS_ON_CHANGE);
        if let Err(error) = self.session.publish(topic).kwargs(status).await {
            tracing::debug!(%error, "a change of the brightness was not told");
        }
    }
}

fn told(display: Display) -> screen::Display {
    screen::Display {
        percent: display.percent(),
        id: display.id,
        name: display.name,
    }
}

fn reply<T>(answer: Answer<T>, result: Result<T, InvocationError>) {
    // Nobody waits for it any more.
    drop(answer.send(result));
}
