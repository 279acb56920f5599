//! Boosts against a desk whose screens do what they are told.

use super::*;

/// A screen of 100 steps each, and the boosts.
struct Desk {
    displays: Vec<Display>,
    boosts: Boosts,
    now: Instant,
}

impl Desk {
    fn new(levels: &[u32]) -> Self {
        let display = |(number, &level)| Display {
            id: format!("display{number}"),
            name: format!("Display {number}"),
            level,
            max: 100,
        };
        Self {
            displays: levels.iter().enumerate().map(display).collect(),
            boosts: Boosts::new(Kept::new()),
            now: Instant::now(),
        }
    }

    fn boost(&mut self, by: u64, percent: u8) -> u64 {
        let by = SessionId::new(by).expect("an id");
        let lease = self
            .boosts
            .boost(&self.displays, by, percent, None, self.now)
            .expect("not too many");
        self.settle();
        lease
    }

    fn restore(&mut self, by: u64, lease: u64) {
        let by = SessionId::new(by).expect("an id");
        self.boosts.restore(by, lease).expect("it has it");
        self.settle();
    }

    /// The daemon was killed, and starts again.
    fn crash(&mut self) {
        let kept = toml::to_string(self.boosts.kept()).expect("TOML");
        self.boosts = Boosts::new(toml::from_str(&kept).expect("as it was"));
    }

    fn settle(&mut self) {
        self.boosts.observe(&self.displays);
        for (id, level) in self.boosts.plan(&self.displays) {
            let found = self.displays.iter_mut().find(|display| display.id == id);
            found.expect("a screen that is there").level = level;
            self.boosts.done(&id);
        }
    }

    fn levels(&self) -> Vec<u32> {
        self.displays.iter().map(|display| display.level).collect()
    }
}

#[test]
fn a_boost_is_taken_back_to_what_was() {
    let mut desk = Desk::new(&[30, 70]);
    let lease = desk.boost(1, 90);
    assert_eq!(desk.levels(), [90, 90]);
    desk.restore(1, lease);
    assert_eq!(desk.levels(), [30, 70]);
    assert!(desk.boosts.kept().is_empty());
}

#[test]
fn no_boost_makes_a_screen_darker() {
    let mut desk = Desk::new(&[30, 95]);
    let lease = desk.boost(1, 90);
    assert_eq!(desk.levels(), [90, 95]);
    desk.restore(1, lease);
    assert_eq!(desk.levels(), [30, 95]);
}

#[test]
fn of_two_boosts_the_brighter_counts_and_the_last_gives_back() {
    let mut desk = Desk::new(&[30]);
    let first = desk.boost(1, 60);
    let second = desk.boost(2, 100);
    assert_eq!(desk.levels(), [100]);
    desk.restore(2, second);
    assert_eq!(desk.levels(), [60]);
    let third = desk.boost(3, 50);
    assert_eq!(desk.levels(), [60]);
    desk.restore(1, first);
    assert_eq!(desk.levels(), [50]);
    desk.restore(3, third);
    assert_eq!(desk.levels(), [30]);
}

#[test]
fn what_was_chosen_meanwhile_stays() {
    let mut desk = Desk::new(&[30, 30]);
    let lease = desk.boost(1, 90);
    // By a key, and by a call.
    desk.displays[0].level = 45;
    desk.settle();
    desk.boosts.chosen("display1");
    desk.displays[1].level = 90;
    desk.restore(1, lease);
    assert_eq!(desk.levels(), [45, 90]);
    assert!(desk.boosts.kept().is_empty());
}

#[test]
fn what_was_chosen_meanwhile_is_the_start_of_the_next_boost() {
    let mut desk = Desk::new(&[30]);
    let first = desk.boost(1, 90);
    desk.displays[0].level = 45;
    desk.settle();
    let second = desk.boost(2, 80);
    assert_eq!(desk.levels(), [90]);
    desk.restore(1, first);
    desk.restore(2, second);
    assert_eq!(desk.levels(), [45]);
}

#[test]
fn a_daemon_that_was_killed_gives_back_when_it_starts_again() {
    let mut desk = Desk::new(&[30]);
    desk.boost(1, 90);
    desk.crash();
    assert!(!desk.boosts.any());
    desk.settle();
    assert_eq!(desk.levels(), [30]);
}

#[test]
fn a_level_chosen_while_no_daemon_ran_stays() {
    let mut desk = Desk::new(&[30]);
    desk.boost(1, 90);
    desk.crash();
    desk.displays[0].level = 50;
    desk.settle();
    assert_eq!(desk.levels(), [50]);
    assert!(desk.boosts.kept().is_empty());
}

#[test]
fn a_daemon_killed_before_it_set_the_screen_changes_nothing() {
    let mut desk = Desk::new(&[30]);
    let by = SessionId::new(1).expect("an id");
    let lease = desk.boosts.boost(&desk.displays, by, 90, None, desk.now);
    lease.expect("not too many");
    assert_eq!(
        desk.boosts.plan(&desk.displays),
        [("display0".to_owned(), 90)]
    );
    desk.crash();
    desk.settle();
    assert_eq!(desk.levels(), [30]);
    assert!(desk.boosts.kept().is_empty());
}

#[test]
fn a_screen_that_could_not_be_given_back_is_tried_again() {
    let mut desk = Desk::new(&[30]);
    let lease = desk.boost(1, 90);
    let by = SessionId::new(1).expect("an id");
    desk.boosts.restore(by, lease).expect("it has it");
    // Planned, and refused by the device.
    desk.boosts.observe(&desk.displays);
    assert_eq!(desk.boosts.plan(&desk.displays).len(), 1);
    assert_eq!(desk.levels(), [90]);
    desk.settle();
    assert_eq!(desk.levels(), [30]);
}

#[test]
fn a_screen_that_was_unplugged_is_given_back_when_it_returns() {
    let mut desk = Desk::new(&[30]);
    let lease = desk.boost(1, 90);
    let unplugged = std::mem::take(&mut desk.displays);
    desk.restore(1, lease);
    desk.displays = unplugged;
    desk.settle();
    assert_eq!(desk.levels(), [30]);
}
