//! How many connections may be open, and how many of them by strangers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

/// A bound on connections, for one or more listeners.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    connections: Arc<Semaphore>,
    /// Owns the task of every connection.
    pub(super) tasks: TaskTracker,
}

impl Gate {
    /// A gate for so many connections.
    pub(crate) fn new(connections: usize, tasks: TaskTracker) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(connections)),
            tasks,
        }
    }

    /// A place for one connection, if there is one left.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.connections).try_acquire_owned().ok()
    }
}

/// A bound on connections that are no session yet, or one that may only pair.
///
/// One address gets a quarter of the places, so that one machine that holds on to all it can get
/// does not keep the others out.
#[derive(Debug, Clone)]
pub(crate) struct Strangers {
    most: usize,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A stranger's place, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    strangers: Strangers,
    address: IpAddr,
}

impl Strangers {
    /// So many places.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            held: Arc::default(),
        }
    }

    /// A place for a connection from `address`, if there is one left for it.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut held = self.lock();
        let from_all: usize = held.values().sum();
        let from_here = held.get(&address).copied().unwrap_or_default();
        if from_all >= self.most || from_here >= self.most.div_ceil(4) {
            return None;
        }
        held.insert(address, from_here + 1);
        Some(Place {
            strangers: self.clone(),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Each change is one insert or remove.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.strangers.lock();
        match held.get_mut(&self.address) {
            Some(places) if *places > 1 => *places -= 1,
            _ => drop(held.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn one_address_gets_a_quarter_of_the_places() {
        let strangers = Strangers::new(8);
        let mut places: Vec<_> = (0..2)
            .map(|_| strangers.enter(address(1)).unwrap())
            .collect();
        assert!(strangers.enter(address(1)).is_none());
        for last in [2, 2, 3, 3, 4, 4] {
            places.push(strangers.enter(address(last)).unwrap());
        }
        assert!(strangers.enter(address(5)).is_none(), "all are taken");
        places.remove(0);
        assert!(strangers.enter(address(5)).is_some());
    }

    #[test]
    fn who_left_is_not_remembered() {
        let strangers = Strangers::new(1);
        drop(strangers.enter(address(1)).unwrap());
        assert!(strangers.lock().is_empty());
        assert!(strangers.enter(address(1)).is_some());
    }
}
