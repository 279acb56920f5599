//! Lanes: invocations in order.

use std::sync::atomic::{AtomicU64, Ordering};

/// Registrations that share a lane are served one invocation at a time, in the order the
/// invocations came; those that wait count against the session's bound.
///
/// Without one, invocations run side by side, and two that come closely after one another may
/// overtake each other.
#[derive(Clone, Debug)]
pub struct Lane(LaneId);

/// Which lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LaneId(u64);

impl Lane {
    /// A lane that nothing shares yet.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(LaneId(NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) const fn id(&self) -> LaneId {
        self.0
    }
}

impl Default for Lane {
    fn default() -> Self {
        Self::new()
    }
}
