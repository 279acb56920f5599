//! A queue with one reader that is bounded in items and octets, whose writer never waits.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;
use wamp_proto::Payload;

/// How much a queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Items.
    pub(crate) items: usize,
    /// Octets of payload; the last item may go beyond.
    pub(crate) octets: usize,
}

/// What can be queued.
pub(crate) trait Queued {
    /// What it carries.
    fn payload(&self) -> &Payload;
}

/// Items on their way from the driver to whoever takes them.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    bounds: Bounds,
    state: Mutex<State<T>>,
    changed: Notify,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    octets: usize,
    /// How many items were dropped since the last one was taken.
    missed: u64,
    closed: bool,
}

/// Why an item was not queued.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no room.
    Full,
    /// Nobody takes items any more.
    Closed,
}

impl<T: Queued> Queue<T> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            state: Mutex::new(State {
                items: VecDeque::new(),
                octets: 0,
                missed: 0,
                closed: false,
            }),
            changed: Notify::new(),
        }
    }

    /// Adds an item if there is room.
    pub(crate) fn push(&self, item: T) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        if !state.has_room(self.bounds) {
            return Err(Refused::Full);
        }
        state.add(item);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Adds an item, dropping the oldest ones where there is no room. Returns how many it dropped.
    pub(crate) fn push_newest(&self, item: T) -> Result<u64, Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let before = state.missed;
        while !state.has_room(self.bounds) && state.take().is_some() {
            state.missed += 1;
        }
        let dropped = state.missed - before;
        state.add(item);
        drop(state);
        self.changed.notify_one();
        Ok(dropped)
    }

    /// Takes the next item and how many were dropped before it; `None` when the queue is closed and
    /// empty. Cancel safe. Meant for one reader.
    pub(crate) async fn next(&self) -> Option<(T, u64)> {
        loop {
            {
                let mut state = self.lock();
                if let Some(item) = state.take() {
                    return Some((item, std::mem::take(&mut state.missed)));
                }
                if state.closed {
                    return None;
                }
            }
            // `notify_one` keeps its permit if nobody waits yet, so no wake-up is lost in between.
            self.changed.notified().await;
        }
    }

    /// Takes no more items; those already here can still be taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Takes no more items and forgets those that are here.
    pub(crate) fn discard(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.items.clear();
        state.octets = 0;
        drop(state);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing that runs under the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Queued> State<T> {
    fn has_room(&self, bounds: Bounds) -> bool {
        self.items.len() < bounds.items && self.octets < bounds.octets
    }

    fn add(&mut self, item: T) {
        self.octets += item.payload().len();
        self.items.push_back(item);
    }

    fn take(&mut self) -> Option<T> {
        let item = self.items.pop_front()?;
        self.octets -= item.payload().len();
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wamp_proto::Serializer;

    struct Item(u32, Payload);

    impl Queued for Item {
        fn payload(&self) -> &Payload {
            &self.1
        }
    }

    fn item(number: u32) -> Item {
        Item(number, Payload::NONE)
    }

    fn queue(items: usize, octets: usize) -> Queue<Item> {
        Queue::new(Bounds { items, octets })
    }

    #[tokio::test]
    async fn a_full_queue_refuses_or_forgets_the_oldest_and_says_so() {
        let queue = queue(2, 1000);
        assert_eq!(queue.push(item(1)), Ok(()));
        assert_eq!(queue.push(item(2)), Ok(()));
        assert_eq!(queue.push(item(3)), Err(Refused::Full));
        assert_eq!(queue.push_newest(item(4)), Ok(1));
        assert_eq!(queue.push_newest(item(5)), Ok(1));
        queue.close();
        let (first, missed) = queue.next().await.unwrap();
        assert_eq!((first.0, missed), (4, 2));
        let (second, missed) = queue.next().await.unwrap();
        assert_eq!((second.0, missed), (5, 0));
        assert!(queue.next().await.is_none());
    }

    #[tokio::test]
    async fn octets_bound_the_queue_but_one_item_always_fits() {
        let queue = queue(100, 10);
        let text = "x".repeat(20);
        let large = Payload::new(Serializer::Json, &(text,), &()).unwrap();
        assert_eq!(queue.push(Item(1, large.clone())), Ok(()));
        assert_eq!(queue.push(item(2)), Err(Refused::Full));
        assert_eq!(queue.push_newest(Item(3, large)), Ok(1));
        assert_eq!(queue.next().await.unwrap().0.0, 3);
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken_by_an_item_and_by_the_end() {
        let queue = std::sync::Arc::new(queue(1, 1));
        let reader = tokio::spawn({
            let queue = queue.clone();
            async move {
                let first = queue.next().await.map(|(item, _)| item.0);
                (first, queue.next().await.is_none())
            }
        });
        tokio::task::yield_now().await;
        queue.push(item(7)).unwrap();
        tokio::task::yield_now().await;
        queue.discard();
        assert_eq!(queue.push(item(8)), Err(Refused::Closed));
        assert_eq!(reader.await.unwrap(), (Some(7), true));
    }
}
