//! What a keeper does to its pins, and says.

use super::*;
use crate::keeper::Wave;
use crate::pins::fake::FakePins;
use crate::settings::Settings;
use deskconn_protocol::api::gpio::Doing;

const LINES: &str = "
    [lines.lamp]
    line = 'A'
    direction = 'output'
    [lines.fan]
    line = 'B'
    direction = 'output'
    initial = false
    safe = true
    [lines.door]
    line = 'C'
    direction = 'input'
";

struct Scene {
    keeper: Keeper<FakePins>,
    pins: FakePins,
    start: Instant,
    reports: Vec<Report>,
}

fn name(name: &str) -> LineName {
    LineName::try_from(name.to_owned()).expect("a name")
}

/// A keeper that has opened its lines, without those that are `missing`.
fn scene(missing: &[&str]) -> Scene {
    let settings: Settings = toml::from_str(LINES).expect("settings");
    let pins = FakePins::default();
    for line in missing {
        pins.plug(line, false);
    }
    let mut scene = Scene {
        keeper: Keeper::new(pins.clone()),
        pins,
        start: Instant::now(),
        reports: Vec::new(),
    };
    let open = Command::Open(settings.lines().expect("lines"));
    scene.keeper.obey(open, scene.start, &mut scene.reports);
    scene
}

impl Scene {
    /// Does `action` after so many milliseconds, for `ana`.
    fn act(&mut self, ms: u64, line: &str, action: Action) {
        let command = Command::Do {
            id: ms,
            line: name(line),
            action,
            by: Some("ana".to_owned()),
        };
        let now = self.start + Duration::from_millis(ms);
        self.keeper.obey(command, now, &mut self.reports);
    }

    fn tick(&mut self, ms: u64) {
        let now = self.start + Duration::from_millis(ms);
        self.keeper.tick(now, &mut self.reports);
    }

    fn edge(&mut self, ms: u64, value: bool) {
        let door = name("door");
        let now = self.start + Duration::from_millis(ms);
        self.pins.edge(&door, value);
        self.keeper.edges(&door, now, &mut self.reports);
    }

    /// When something is due, in milliseconds.
    fn due(&self) -> Option<u128> {
        let deadline = self.keeper.deadline()?;
        Some(deadline.duration_since(self.start).as_millis())
    }

    /// What was said since this was asked last.
    fn said(&mut self) -> Vec<String> {
        let told = |state: Result<State, Unavailable>| match state {
            Ok(State { value, doing }) => match doing {
                Some(doing) => format!("{} {doing:?}", u8::from(value)),
                None => u8::from(value).to_string(),
            },
            Err(unavailable) => unavailable.reason,
        };
        let reports = std::mem::take(&mut self.reports).into_iter();
        reports
            .map(|report| match report {
                Report::Done { id, result } => format!("#{id} {}", told(result)),
                Report::Changed { line, state, by } => {
                    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
                    format!("{line} {}{by}", told(state))
                }
            })
            .collect()
    }
}

fn wave(doing: Doing, first: u64, second: u64, times: u32) -> Action {
    Action::Play(Wave {
        doing,
        value: true,
        first: Duration::from_millis(first),
        second: Duration::from_millis(second),
        times: Some(times),
    })
}

#[test]
fn lines_begin_in_their_initial_state_and_end_in_the_safe_one() {
    let mut scene = scene(&[]);
    assert_eq!(
        scene.pins.transcript(),
        ["open door=0", "open fan=0", "open lamp=0"]
    );
    assert_eq!(scene.said(), ["door 0", "fan 0", "lamp 0"]);
    scene.act(1, "lamp", Action::Set(true));
    assert_eq!(scene.said(), ["lamp 1 by ana", "#1 1"]);

    let pins = scene.pins.clone();
    drop(scene);
    assert_eq!(pins.transcript(), ["lamp=1", "fan=1", "lamp=0"]);
}

#[test]
fn a_panic_leaves_the_safe_state() {
    let mut scene = scene(&[]);
    scene.act(1, "lamp", Action::Set(true));
    let pins = scene.pins.clone();
    pins.transcript();
    pins.panic_next();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        scene.act(2, "lamp", Action::Toggle);
    }));
    assert!(panicked.is_err());
    assert_eq!(pins.transcript(), ["fan=1", "lamp=0"]);
}

#[test]
fn what_does_not_change_is_answered_and_not_told() {
    let mut scene = scene(&[]);
    scene.said();
    scene.act(1, "lamp", Action::Set(false));
    scene.act(2, "lamp", Action::Read);
    scene.act(3, "lamp", Action::Toggle);
    assert_eq!(scene.said(), ["#1 0", "#2 0", "lamp 1 by ana", "#3 1"]);
}

#[test]
fn a_pulse_ends_by_itself() {
    let mut scene = scene(&[]);
    scene.said();
    scene.pins.transcript();
    scene.act(0, "lamp", wave(Doing::Pulse, 200, 0, 1));
    assert_eq!(scene.due(), Some(200));
    scene.tick(199);
    assert_eq!(scene.said(), ["lamp 1 Pulse by ana", "#0 1 Pulse"]);
    scene.tick(200);
    assert_eq!(scene.said(), ["lamp 0"]);
    assert_eq!(scene.due(), None);
    assert_eq!(scene.pins.transcript(), ["lamp=1", "lamp=0"]);
}

#[test]
fn of_blinking_only_beginning_and_end_are_told() {
    let mut scene = scene(&[]);
    scene.said();
    scene.pins.transcript();
    scene.act(0, "lamp", wave(Doing::Blink, 10, 10, 2));
    for ms in [10, 20, 30] {
        scene.tick(ms);
    }
    assert_eq!(
        scene.said(),
        ["lamp 1 Blink by ana", "#0 1 Blink", "lamp 0"]
    );
    assert_eq!(
        scene.pins.transcript(),
        ["lamp=1", "lamp=0", "lamp=1", "lamp=0"]
    );
}

#[test]
fn what_comes_later_ends_what_is_under_way() {
    let mut scene = scene(&[]);
    scene.act(0, "lamp", wave(Doing::Blink, 10, 10, 2));
    scene.act(5, "lamp", Action::Stop);
    scene.act(6, "fan", Action::Set(true));
    scene.act(7, "fan", Action::Stop);
    assert_eq!(scene.due(), None);
    scene.act(8, "lamp", Action::Read);
    scene.act(9, "fan", Action::Read);
    assert_eq!(scene.said()[9..], ["#7 1", "#8 0", "#9 1"]);
}

#[test]
fn an_input_tells_no_more_often_than_it_may_and_never_misses_the_last() {
    let mut scene = scene(&[]);
    scene.said();
    let watched = |scene: &Scene| scene.keeper.watched().count();
    assert_eq!(watched(&scene), 1);
    scene.edge(0, true);
    assert_eq!(scene.said(), ["door 1"]);
    assert_eq!(watched(&scene), 0);
    assert_eq!(scene.due(), Some(100));
    scene.tick(100);
    assert_eq!(watched(&scene), 1);
    scene.edge(100, false);
    assert_eq!(scene.said(), ["door 0"]);
}

#[test]
fn a_line_that_is_missing_is_asked_for_again_at_each_call() {
    let mut scene = scene(&["lamp"]);
    assert_eq!(scene.said()[2], "lamp there is no line A");
    scene.act(1, "lamp", Action::Set(true));
    assert_eq!(scene.said(), ["#1 there is no line A"]);
    scene.pins.plug("lamp", true);
    scene.act(2, "lamp", Action::Set(true));
    assert_eq!(scene.said(), ["lamp 1 by ana", "#2 1"]);
    scene.pins.plug("lamp", false);
    scene.act(3, "lamp", Action::Set(false));
    assert_eq!(
        scene.said(),
        [
            "lamp line A is gone: no such device by ana",
            "#3 line A is gone: no such device"
        ]
    );
}

#[test]
fn a_line_nobody_opened_is_answered() {
    let mut scene = scene(&[]);
    scene.said();
    scene.act(1, "heater", Action::Read);
    assert_eq!(scene.said(), ["#1 there is no line heater"]);
}
