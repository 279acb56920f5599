//! Lanes: what shares one is done one after the other, in the order it came.

use crate::lane::LaneId;
use std::collections::{HashMap, VecDeque};
use wamp_proto::RequestId;

/// The lanes in which something runs, each with what waits behind it.
pub(crate) struct Lanes<T> {
    waiting: HashMap<LaneId, VecDeque<(RequestId, T)>>,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
        }
    }
}

impl<T> Lanes<T> {
    /// Gives the task back if it can start now, and keeps it otherwise.
    pub(crate) fn enter(&mut self, lane: LaneId, request: RequestId, task: T) -> Option<T> {
        match self.waiting.get_mut(&lane) {
            Some(waiting) => {
                waiting.push_back((request, task));
                None
            }
            None => {
                self.waiting.insert(lane, VecDeque::new());
                Some(task)
            }
        }
    }

    /// What runs in the lane has ended. Returns what starts next.
    pub(crate) fn leave(&mut self, lane: LaneId) -> Option<T> {
        let next = self.waiting.get_mut(&lane)?.pop_front();
        if next.is_none() {
            self.waiting.remove(&lane);
        }
        next.map(|(_, task)| task)
    }

    /// Takes a task out that waits; false if it does not wait.
    pub(crate) fn withdraw(&mut self, lane: LaneId, request: RequestId) -> bool {
        let Some(waiting) = self.waiting.get_mut(&lane) else {
            return false;
        };
        let before = waiting.len();
        waiting.retain(|(waits, _)| *waits != request);
        waiting.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Lane;
    use wamp_proto::IdSequence;

    #[test]
    fn one_runs_at_a_time_and_the_rest_follow_in_order() {
        let mut ids = IdSequence::default();
        let requests = [(); 4].map(|()| ids.next_request());
        let [a, b, c, d] = requests;
        let (lane, other) = (Lane::new().id(), Lane::new().id());
        let mut lanes = Lanes::default();
        assert_eq!(lanes.enter(lane, a, "a"), Some("a"));
        assert_eq!(lanes.enter(lane, b, "b"), None);
        assert_eq!(lanes.enter(lane, c, "c"), None);
        assert_eq!(lanes.enter(other, d, "d"), Some("d"));
        assert!(!lanes.withdraw(lane, a), "what runs does not wait");
        assert!(lanes.withdraw(lane, b));
        assert_eq!(lanes.leave(lane), Some("c"));
        assert_eq!(lanes.leave(lane), None);
        assert_eq!(lanes.leave(other), None);
        assert!(lanes.waiting.is_empty());
        assert_eq!(lanes.enter(lane, b, "b"), Some("b"));
    }
}
