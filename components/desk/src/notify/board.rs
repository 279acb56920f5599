//! The notifications that are shown now, and who has shown which.

use std::collections::BTreeMap;

/// How many a caller may have at a time; a further one takes the place of its oldest.
const PER_CALLER: usize = 16;

/// How many there are at most.
const ALL: usize = 128;

/// What is shown.
#[derive(Debug, Default)]
pub(super) struct Board {
    last: u64,
    shown: BTreeMap<u64, Notification>,
}

/// A notification that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notification {
    /// What the desktop calls it.
    pub(super) on_desktop: u32,
    /// The authid of who has shown it.
    pub(super) by: String,
}

/// There are too many of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are too many notifications on the desk already")]
pub(super) struct Full;

impl Board {
    /// Makes room for one of `by`'s: what comes out has to be closed for it.
    ///
    /// # Errors
    /// If the board is full of what is others'.
    pub(super) fn make_room(&mut self, by: &str) -> Result<Option<(u64, Notification)>, Full> {
        let own = self.shown.iter().filter(|(_, shown)| shown.by == by);
        let own: Vec<u64> = own.map(|(id, _)| *id).collect();
        if own.len() < PER_CALLER && self.shown.len() < ALL {
            return Ok(None);
        }
        let oldest = own.first().ok_or(Full)?;
        Ok(self.shown.remove_entry(oldest))
    }

    /// Notes one that the desktop shows now, and gives its number.
    pub(super) fn put(&mut self, notification: Notification) -> u64 {
        // A desktop that began to count anew.
        self.shown
            .retain(|_, shown| shown.on_desktop != notification.on_desktop);
        self.last += 1;
        self.shown.insert(self.last, notification);
        self.last
    }

    /// Takes one off that `by` has shown; `None` if there is none, or it is another's.
    pub(super) fn take(&mut self, id: u64, by: &str) -> Option<Notification> {
        self.shown.get(&id).filter(|shown| shown.by == by)?;
        self.shown.remove(&id)
    }

    /// The one that the desktop calls so.
    pub(super) fn find(&self, on_desktop: u32) -> Option<(u64, &Notification)> {
        let mut shown = self.shown.iter();
        let (id, found) = shown.find(|(_, shown)| shown.on_desktop == on_desktop)?;
        Some((*id, found))
    }

    /// Takes off what the desktop calls so.
    pub(super) fn take_found(&mut self, on_desktop: u32) -> Option<(u64, Notification)> {
        let (id, _) = self.find(on_desktop)?;
        self.shown.remove_entry(&id)
    }

    /// Takes off everything of those of whom `is_over` holds.
    pub(super) fn take_of(&mut self, is_over: impl Fn(&str) -> bool) -> Vec<(u64, Notification)> {
        let shown = std::mem::take(&mut self.shown).into_iter();
        let (over, left) = shown.partition(|(_, shown)| is_over(&shown.by));
        self.shown = left;
        over.into_iter().collect()
    }

    /// Who has something on it.
    pub(super) fn callers(&self) -> impl Iterator<Item = &str> {
        self.shown.values().map(|shown| shown.by.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(by: &str, on_desktop: u32) -> Notification {
        Notification {
            on_desktop,
            by: by.to_owned(),
        }
    }

    #[test]
    fn only_who_has_shown_it_takes_it_off() {
        let mut board = Board::default();
        let id = board.put(of("phone", 7));
        assert_eq!(board.take(id, "tablet"), None);
        assert_eq!(board.take(id + 1, "phone"), None);
        assert_eq!(board.take(id, "phone"), Some(of("phone", 7)));
        assert_eq!(board.take(id, "phone"), None);
    }

    #[test]
    fn the_desktop_is_understood_by_its_own_numbers() {
        let mut board = Board::default();
        let first = board.put(of("phone", 7));
        let second = board.put(of("tablet", 8));
        assert_eq!(board.find(8), Some((second, &of("tablet", 8))));
        assert_eq!(board.find(9), None);
        assert_eq!(board.take_found(7), Some((first, of("phone", 7))));
        assert_eq!(board.take_found(7), None);
        let again = board.put(of("phone", 8));
        assert!(again > second, "no number comes twice");
        assert_eq!(board.find(8), Some((again, &of("phone", 8))));
    }

    #[test]
    fn a_caller_has_so_many_and_a_further_one_takes_the_place_of_its_oldest() {
        let mut board = Board::default();
        let mut numbers = 0..;
        let mut put = |board: &mut Board, by: &str| {
            board.put(of(by, numbers.next().expect("another number")))
        };
        let first = put(&mut board, "phone");
        for _ in 1..PER_CALLER {
            assert_eq!(board.make_room("phone"), Ok(None));
            put(&mut board, "phone");
        }
        let (oldest, _) = board.make_room("phone").expect("room").expect("the oldest");
        assert_eq!(oldest, first);
        put(&mut board, "phone");
        for caller in 0..ALL / PER_CALLER {
            for _ in 0..PER_CALLER {
                if board.make_room(&caller.to_string()) == Ok(None) {
                    put(&mut board, &caller.to_string());
                }
            }
        }
        assert_eq!(board.make_room("somebody else"), Err(Full));
        assert!(matches!(board.make_room("phone"), Ok(Some(_))));
    }

    #[test]
    fn what_is_a_devices_goes_with_it() {
        let mut board = Board::default();
        for (by, on_desktop) in [("phone", 1), ("tablet", 2), ("phone", 3)] {
            board.put(of(by, on_desktop));
        }
        let gone = board.take_of(|by| by == "phone");
        assert_eq!(gone.len(), 2);
        assert_eq!(board.callers().collect::<Vec<_>>(), ["tablet"]);
    }
}
