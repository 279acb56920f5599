//! The schedule of one line: where it comes from, and what it has done.

use deskconn_protocol::api::gpio::{Next, Schedule, Window};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::schedule::Plan;

/// The schedule of a line.
pub(super) struct Scheduled {
    windows: Vec<Window>,
    plan: Plan,
    configured: bool,
    /// What it has set the line to; `None` if it has to be set.
    applied: Option<bool>,
}

impl Scheduled {
    /// The schedule that `windows` make, which are `plan`.
    pub(super) const fn new(windows: Vec<Window>, plan: Plan, configured: bool) -> Self {
        Self {
            windows,
            plan,
            configured,
            applied: None,
        }
    }

    /// Whatever it has done, the line is not as it should be.
    pub(super) const fn forget(&mut self) {
        self.applied = None;
    }

    /// It has set the line to `value`.
    pub(super) const fn set_to(&mut self, value: bool) {
        self.applied = Some(value);
    }

    /// What the line has to be set to at `now`. In between it is the callers'.
    pub(super) fn due(&self, now: Timestamp, tz: &TimeZone) -> Option<bool> {
        let on = !self.plan.is_empty() && self.plan.is_on(now, tz);
        (!self.plan.is_empty() && self.applied != Some(on)).then_some(on)
    }

    /// When there is something to do again.
    pub(super) fn next_change(&self, now: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
        self.plan.next(now, tz).map(|(at, _)| at)
    }

    /// What it does next, for people.
    pub(super) fn next(&self, now: Timestamp, tz: &TimeZone) -> Option<Next> {
        let (at, value) = self.plan.next(now, tz)?;
        let local = tz.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string();
        Some(Next {
            value,
            at: seconds(at),
            local,
        })
    }

    /// All of it, for people.
    pub(super) fn told(&self, now: Timestamp, tz: &TimeZone) -> Schedule {
        Schedule {
            windows: self.windows.clone(),
            configured: self.configured,
            time_zone: tz.iana_name().unwrap_or("local").to_owned(),
            on: (!self.plan.is_empty()).then(|| self.plan.is_on(now, tz)),
            next: self.next(now, tz),
        }
    }
}

/// Seconds since 1970; none before.
pub(super) fn seconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_second()).unwrap_or(0)
}
