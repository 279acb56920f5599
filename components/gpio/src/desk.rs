//! What callers can do: minds the limits of each line, keeps its state and runs its schedule.

mod refusal;
mod scheduled;
mod waves;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deskconn_component::{Health, RateLimit, Unavailable};
use deskconn_protocol::api::gpio::{
    Blink, OnChange, Pulse, Pwm, Schedule, SetSchedule, Status, Value, Window,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Notify;

use crate::keeper::client::{Change, Client};
use crate::keeper::{Action, State};
use crate::schedule::{Plan, Store};
use crate::{Line, LineName, Output};
pub(crate) use refusal::Refusal;
use scheduled::{Scheduled, seconds};

/// Who changes a line when its schedule does.
const BY_SCHEDULE: &str = "schedule";

/// How long after a line could not be set its schedule tries again.
const RETRY: Duration = Duration::from_secs(10);

/// The lines, and what is known of them.
pub(crate) struct Desk {
    keeper: Arc<Client>,
    store: Store,
    lines: BTreeMap<LineName, Line>,
    known: Mutex<BTreeMap<LineName, Known>>,
    rescheduled: Notify,
}

/// What is known of a line.
struct Known {
    /// `None` until the keeper has told.
    state: Option<Result<State, Unavailable>>,
    rate: RateLimit,
    schedule: Scheduled,
}

impl Desk {
    /// The desk of `lines`, which `keeper` holds, with the schedules that `store` has for some.
    pub(crate) fn new(lines: BTreeMap<LineName, Line>, keeper: Arc<Client>, store: Store) -> Self {
        let mut set = store.load(lines.keys());
        let known = lines.iter().map(|(name, line)| {
            let (windows, configured) = match (set.remove(name), line.output()) {
                (Some(windows), Some(_)) => (windows, false),
                (_, output) => (configured(output), true),
            };
            // Both were read before: an empty plan stands for none.
            let plan = Plan::parse(&windows).unwrap_or_default();
            let limit = usize::try_from(line.max_rate).unwrap_or(1);
            let known = Known {
                state: None,
                rate: RateLimit::new(limit, Duration::from_secs(1)),
                schedule: Scheduled::new(windows, plan, configured),
            };
            (name.clone(), known)
        });
        let known = Mutex::new(known.collect());
        Self {
            keeper,
            store,
            lines,
            known,
            rescheduled: Notify::new(),
        }
    }

    /// How every line is doing.
    pub(crate) fn list(&self) -> Vec<Status> {
        let statuses = self.lines.keys().map(|name| self.status(name));
        statuses.filter_map(Result::ok).collect()
    }

    /// How the line `name` is doing.
    pub(crate) fn status(&self, name: &LineName) -> Result<Status, Refusal> {
        let line = self.lines.get(name).ok_or(Refusal::NoSuchLine)?;
        self.with(name, |known| {
            let state = known.state.as_ref().and_then(|state| state.as_ref().ok());
            let reason = match &known.state {
                None => Some("it is being taken; hint: try again in a moment".to_owned()),
                Some(state) => state.as_ref().err().map(ToString::to_string),
            };
            let output = line.output();
            Status {
                available: state.is_some(),
                reason,
                name: name.to_string(),
                title: line.title.clone(),
                direction: line.direction(),
                value: state.map(|state| state.value),
                doing: state.and_then(|state| state.doing),
                writable: output.is_some_and(|output| output.writable),
                max_rate: line.max_rate,
                max_pulse_ms: output.map(Output::max_pulse_ms),
                next: known.schedule.next(Timestamp::now(), &TimeZone::system()),
            }
        })
    }

    /// Whether the line `name` is on now.
    pub(crate) async fn read(&self, name: &LineName) -> Result<Value, Refusal> {
        let state = self.keeper.act(name, Action::Read, None).await?;
        Ok(told(state))
    }

    /// Switches the line `name` on or off for `by`, as all that follow.
    pub(crate) async fn write(
        &self,
        name: &LineName,
        value: bool,
        by: Option<String>,
    ) -> Result<Value, Refusal> {
        self.change(name, by, |_, _| Ok(Action::Set(value))).await
    }

    pub(crate) async fn toggle(
        &self,
        name: &LineName,
        by: Option<String>,
    ) -> Result<Value, Refusal> {
        self.change(name, by, |_, _| Ok(Action::Toggle)).await
    }

    pub(crate) async fn pulse(
        &self,
        name: &LineName,
        pulse: Pulse,
        by: Option<String>,
    ) -> Result<Value, Refusal> {
        self.change(name, by, |_, output| waves::pulse(&pulse, output))
            .await
    }

    pub(crate) async fn blink(
        &self,
        name: &LineName,
        blink: Blink,
        by: Option<String>,
    ) -> Result<Value, Refusal> {
        self.change(name, by, |line, output| waves::blink(&blink, line, output))
            .await
    }

    pub(crate) async fn pwm(
        &self,
        name: &LineName,
        pwm: Pwm,
        by: Option<String>,
    ) -> Result<Value, Refusal> {
        self.change(name, by, |line, _| waves::pwm(&pwm, line))
            .await
    }

    pub(crate) async fn stop(&self, name: &LineName, by: Option<String>) -> Result<Value, Refusal> {
        self.change(name, by, |_, _| Ok(Action::Stop)).await
    }

    /// When the line `name` is on by itself.
    pub(crate) fn schedule(&self, name: &LineName) -> Result<Schedule, Refusal> {
        self.output(name)?;
        self.with(name, |known| {
            known.schedule.told(Timestamp::now(), &TimeZone::system())
        })
    }

    /// Says when the line `name` is on by itself, from now on and after restarts.
    pub(crate) fn set_schedule(
        &self,
        name: &LineName,
        wanted: SetSchedule,
    ) -> Result<Schedule, Refusal> {
        let (_, output) = self.writable(name)?;
        let configured_too = wanted.windows.is_none();
        let windows = match wanted.windows {
            Some(windows) => windows,
            None => configured(Some(output)),
        };
        let plan = Plan::parse(&windows).map_err(|error| Refusal::Argument {
            argument: "windows",
            should: format!("make no sense: {error}"),
        })?;
        self.with(name, |known| known.rate.admit(Instant::now()))??;
        let kept = (!configured_too).then_some(windows.as_slice());
        self.store.keep(name, kept)?;
        self.with(name, |known| {
            known.schedule = Scheduled::new(windows, plan, configured_too);
        })?;
        self.rescheduled.notify_one();
        self.schedule(name)
    }

    /// Does what the schedules want now, and gives the moment at which there may be more to do.
    pub(crate) async fn run_schedules(&self, tz: &TimeZone) -> Option<Timestamp> {
        let now = Timestamp::now();
        let due: Vec<_> = {
            let known = self.lock();
            let due = known.iter().filter_map(|(name, known)| {
                let on = known.schedule.due(now, tz)?;
                Some((name.clone(), on))
            });
            due.collect()
        };
        let mut again = None;
        for (name, on) in due {
            let by = Some(BY_SCHEDULE.to_owned());
            match self.keeper.act(&name, Action::Set(on), by).await {
                Ok(_) => {
                    tracing::info!(line = %name, on, "set by its schedule");
                    // A line that is gone needs no schedule.
                    drop(self.with(&name, |known| known.schedule.set_to(on)));
                }
                Err(error) => {
                    tracing::warn!(line = %name, on, "its schedule could not set it: {error}");
                    again = now.checked_add(RETRY).ok();
                }
            }
        }
        let known = self.lock();
        let changes = known
            .values()
            .filter_map(|known| known.schedule.next_change(now, tz));
        changes.chain(again).min()
    }

    /// Waits until a schedule has to be looked at although its time has not come.
    pub(crate) async fn rescheduled(&self) {
        self.rescheduled.notified().await;
    }

    /// A new keeper has taken the lines: they are as they were at the start.
    pub(crate) fn keeper_started(&self) {
        for known in self.lock().values_mut() {
            known.schedule.forget();
        }
        self.rescheduled.notify_one();
    }

    /// Takes note of a change, and gives what is to be told of it.
    pub(crate) fn note(&self, change: Change) -> Option<OnChange> {
        let Change { line, state, by } = change;
        let mut known = self.lock();
        let known = known.get_mut(&line)?;
        let before = known.state.replace(state.clone());
        match (before, state) {
            (Some(Ok(before)), Ok(state)) if before == state => None,
            (_, Ok(state)) => Some(OnChange {
                value: state.value,
                at: seconds(Timestamp::now()),
                doing: state.doing,
                by,
            }),
            (before, Err(unavailable)) => {
                if before.is_none_or(|before| before.is_ok()) {
                    tracing::warn!(%line, "unavailable: {unavailable}");
                }
                None
            }
        }
    }

    /// How the component is doing; `None` until something is known of every line.
    pub(crate) fn health(&self) -> Option<Health> {
        let known = self.lock();
        let states: Option<Vec<_>> = known.values().map(|known| known.state.as_ref()).collect();
        let states = states?;
        let fault = states.iter().find_map(|state| state.as_ref().err());
        match fault {
            Some(unavailable) if states.iter().all(|state| state.is_err()) => {
                Some(Health::Unavailable(unavailable.clone()))
            }
            _ => Some(Health::Running),
        }
    }

    async fn change(
        &self,
        name: &LineName,
        by: Option<String>,
        action: impl FnOnce(&Line, &Output) -> Result<Action, Refusal>,
    ) -> Result<Value, Refusal> {
        let (line, output) = self.writable(name)?;
        let action = action(line, output)?;
        self.with(name, |known| known.rate.admit(Instant::now()))??;
        Ok(told(self.keeper.act(name, action, by).await?))
    }

    fn output(&self, name: &LineName) -> Result<(&Line, &Output), Refusal> {
        let line = self.lines.get(name).ok_or(Refusal::NoSuchLine)?;
        let output = line.output().ok_or_else(|| Refusal::Input(name.clone()))?;
        Ok((line, output))
    }

    fn writable(&self, name: &LineName) -> Result<(&Line, &Output), Refusal> {
        let (line, output) = self.output(name)?;
        if !output.writable {
            return Err(Refusal::ReadOnly(name.clone()));
        }
        Ok((line, output))
    }

    fn with<T>(&self, name: &LineName, look: impl FnOnce(&mut Known) -> T) -> Result<T, Refusal> {
        let mut known = self.lock();
        known.get_mut(name).map(look).ok_or(Refusal::NoSuchLine)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<LineName, Known>> {
        // Each change is one assignment.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn configured(output: Option<&Output>) -> Vec<Window> {
    output
        .map(|output| output.schedule.clone())
        .unwrap_or_default()
}

fn told(state: State) -> Value {
    Value {
        value: state.value,
        at: seconds(Timestamp::now()),
    }
}

#[cfg(test)]
mod tests;
