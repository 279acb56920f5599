//! Screens that are brighter for a while: who asked for it, and how bright they were before.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wamp_proto::SessionId;

use super::display::Display;
use crate::lease::{Leases, NotHeld, TooMany};

/// What is to be set: which screen, to which level.
pub(crate) type Plan = Vec<(String, u32)>;

/// The boosts there are and the screens they keep bright.
///
/// A screen is as bright as the brightest boost asks for, and never darker than it was. When nobody
/// has a boost any more it gets back the level it had, unless somebody has chosen another meanwhile.
#[derive(Debug)]
pub(crate) struct Boosts {
    leases: Leases<u8>,
    kept: Kept,
}

/// The screens that are brighter than they should stay, by their ids.
pub(crate) type Kept = BTreeMap<String, Before>;

/// A screen before it was boosted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Before {
    /// The level to give back.
    level: u32,
    /// The level it was set to for the boost.
    boosted: u32,
    /// The one it was set to before that: it may still be read for a moment, or have stayed.
    earlier: u32,
}

impl Boosts {
    /// No boosts; `kept` are screens that a daemon which was killed has left bright.
    pub(crate) const fn new(kept: Kept) -> Self {
        Self {
            leases: Leases::new(),
            kept,
        }
    }

    /// Whether anybody has a boost.
    pub(crate) fn any(&self) -> bool {
        !self.leases.is_empty()
    }

    /// What has to be remembered to make good for a crash.
    pub(crate) const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Gives `by` a boost of every screen to at least `percent`.
    ///
    /// # Errors
    /// If there are too many.
    pub(crate) fn boost(
        &mut self,
        displays: &[Display],
        by: SessionId,
        percent: u8,
        ttl: Option<Duration>,
        now: Instant,
    ) -> Result<u64, TooMany> {
        let lease = self.leases.take(by, percent, ttl, now)?;
        for Display { id, level, .. } in displays {
            let before = || Before {
                level: *level,
                boosted: *level,
                earlier: *level,
            };
            self.kept.entry(id.clone()).or_insert_with(before);
        }
        Ok(lease)
    }

    /// Takes back a boost that `by` has.
    ///
    /// # Errors
    /// If it has none of that number.
    pub(crate) fn restore(&mut self, by: SessionId, lease: u64) -> Result<(), NotHeld> {
        self.leases.release(by, lease)
    }

    /// Takes back what a session had; whether that was anything.
    pub(crate) fn left(&mut self, session: SessionId) -> bool {
        self.leases.left(session)
    }

    /// The sessions that have some.
    pub(crate) fn holders(&self) -> Vec<SessionId> {
        self.leases.holders()
    }

    /// Takes back what is over at `now`; whether that was anything.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        self.leases.expire(now)
    }

    /// When the next one is over by itself.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.leases.next_end()
    }

    /// Takes all of them back.
    pub(crate) fn end_all(&mut self) {
        self.leases = Leases::new();
    }

    /// Somebody has chosen the level of this screen: it stays.
    pub(crate) fn chosen(&mut self, id: &str) {
        self.kept.remove(id);
    }

    /// Looks for screens whose level is none of those set here: somebody has chosen it.
    pub(crate) fn observe(&mut self, displays: &[Display]) {
        for Display { id, level, .. } in displays {
            let ours =
                |before: &Before| [before.level, before.boosted, before.earlier].contains(level);
            if self.kept.get(id).is_some_and(|before| !ours(before)) {
                self.kept.remove(id);
            }
        }
    }

    /// What is to be set now. Screens that are at their old level again, with no boost left, are
    /// forgotten.
    pub(crate) fn plan(&mut self, displays: &[Display]) -> Plan {
        let brightest = self.leases.wanted().copied().max();
        let mut plan = Plan::new();
        for display in displays {
            let Some(before) = self.kept.get_mut(&display.id) else {
                continue;
            };
            let target = match brightest {
                Some(percent) => display.level_at(percent).max(before.level),
                None => before.level,
            };
            if display.level != target {
                if before.boosted != target {
                    before.earlier = before.boosted;
                    before.boosted = target;
                }
                plan.push((display.id.clone(), target));
            } else if brightest.is_none() {
                self.kept.remove(&display.id);
            }
        }
        plan
    }

    /// A screen was set as planned; with no boost left it is as it was.
    pub(crate) fn done(&mut self, id: &str) {
        if !self.any() {
            self.kept.remove(id);
        }
    }
}

#[cfg(test)]
mod tests;
