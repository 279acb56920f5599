//! How many connections may be open, how many of them by strangers, and how fast they may come.

use super::rate::{ConnectRate, Rates, network};
use crate::router::{TOO_FAST, TOO_MANY};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
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
/// One address, or IPv6 network, gets a quarter of the places, so that one machine that holds on to
/// all it can get does not keep the others out.
#[derive(Debug, Clone)]
pub(crate) struct Strangers {
    most: usize,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
    rate: Option<Arc<Mutex<ConnectRate>>>,
}

/// Why a connection is closed as soon as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    /// As many are open as may be, by this address or by all.
    TooMany,
    /// They come faster than they may, from this address or from all.
    TooFast,
}

impl TurnedAway {
    /// A short name, for logs and counters.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TooMany => TOO_MANY,
            Self::TooFast => TOO_FAST,
        }
    }
}

/// A stranger's place, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    strangers: Strangers,
    address: IpAddr,
}

impl Strangers {
    /// So many places, taken as fast as anyone likes.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            held: Arc::default(),
            rate: None,
        }
    }

    /// The same, taken no faster than that.
    pub(crate) fn at(mut self, rates: Rates) -> Self {
        self.rate = Some(Arc::new(Mutex::new(ConnectRate::new(rates))));
        self
    }

    /// A place for a connection from `address`, if there is one left for it.
    pub(super) fn enter(&self, address: IpAddr) -> Result<Place, TurnedAway> {
        if let Some(rate) = &self.rate
            && !lock(rate).admits(address, Instant::now())
        {
            return Err(TurnedAway::TooFast);
        }
        let address = network(address);
        let mut held = lock(&self.held);
        let from_all: usize = held.values().sum();
        let from_here = held.get(&address).copied().unwrap_or_default();
        if from_all >= self.most || from_here >= self.most.div_ceil(4) {
            return Err(TurnedAway::TooMany);
        }
        held.insert(address, from_here + 1);
        Ok(Place {
            strangers: self.clone(),
            address,
        })
    }
}

fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one insert or remove.
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = lock(&self.strangers.held);
        match held.get_mut(&self.address) {
            Some(places) if *places > 1 => *places -= 1,
            _ => drop(held.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rate::Rate;
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
        assert!(strangers.enter(address(1)).is_err());
        for last in [2, 2, 3, 3, 4, 4] {
            places.push(strangers.enter(address(last)).unwrap());
        }
        assert!(strangers.enter(address(5)).is_err(), "all are taken");
        places.remove(0);
        assert!(strangers.enter(address(5)).is_ok());
    }

    #[test]
    fn all_addresses_of_a_network_share_its_places() {
        let strangers = Strangers::new(8);
        let enter = |text: &str| strangers.enter(text.parse().unwrap());
        let _places = ["2001:db8::1", "2001:db8::2"].map(|text| enter(text).unwrap());
        assert!(enter("2001:db8::3").is_err());
        assert!(enter("2001:db8:0:1::3").is_ok());
    }

    #[test]
    fn who_left_is_not_remembered() {
        let strangers = Strangers::new(1);
        drop(strangers.enter(address(1)).unwrap());
        assert!(lock(&strangers.held).is_empty());
        assert!(strangers.enter(address(1)).is_ok());
    }

    #[test]
    fn who_comes_too_often_finds_no_place_although_there_are_some() {
        let rate = |burst| Rate {
            per_second: 1,
            burst,
        };
        let (each, all) = (rate(2), rate(100));
        let strangers = Strangers::new(100).at(Rates { each, all });
        let entered = [(); 3].map(|()| strangers.enter(address(1)).err());
        assert_eq!(entered, [None, None, Some(TurnedAway::TooFast)]);
    }
}
