//! What callers get and what is told, with a keeper of pins that write down what is done to them.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use deskconn_protocol::api::gpio::Doing;
use deskconn_state::StateDir;
use tokio::sync::mpsc;
use wamp_client::InvocationError;

use super::*;
use crate::keeper::client::{News, Spawn};
use crate::keeper::{Command, Keeper};
use crate::pins::fake::FakePins;
use crate::settings::Settings;

const LINES: &str = "
    [lines.lamp]
    line = 'A'
    direction = 'output'
    max_rate = 20
    max_pulse_ms = 500
    [lines.panel]
    line = 'B'
    direction = 'output'
    writable = false
    schedule = [{ from = '00:00', until = '24:00' }]
    [lines.door]
    line = 'C'
    direction = 'input'
";

/// Starts keepers in threads.
struct Threads {
    pins: FakePins,
    running: mpsc::UnboundedSender<UnixStream>,
}

impl Spawn for Threads {
    fn spawn(&self) -> std::io::Result<UnixStream> {
        let (ours, theirs) = UnixStream::pair()?;
        drop(self.running.send(theirs.try_clone()?));
        let keeper = Keeper::new(self.pins.clone());
        std::thread::spawn(move || keep(keeper, &theirs));
        Ok(ours)
    }
}

/// A keeper without clocks.
fn keep(mut keeper: Keeper<FakePins>, mut daemon: &UnixStream) {
    let lines = BufReader::new(daemon.try_clone().expect("a socket")).lines();
    for line in lines {
        let Ok(line) = line else { return };
        let command = serde_json::from_str(&line).expect("a command");
        if matches!(command, Command::End) {
            return;
        }
        let mut reports = Vec::new();
        keeper.obey(command, Instant::now(), &mut reports);
        for report in reports {
            let report = serde_json::to_string(&report).expect("JSON");
            if writeln!(daemon, "{report}").is_err() {
                return;
            }
        }
    }
}

struct Scene {
    desk: Arc<Desk>,
    pins: FakePins,
    told: mpsc::Receiver<News>,
    running: mpsc::UnboundedReceiver<UnixStream>,
    dir: tempfile::TempDir,
    client: tokio::task::JoinSet<()>,
}

fn name(name: &str) -> LineName {
    LineName::try_from(name.to_owned()).expect("a name")
}

fn window(from: &str, until: &str) -> Window {
    Window {
        from: from.to_owned(),
        until: until.to_owned(),
        days: Vec::new(),
    }
}

/// A desk whose lines are taken.
async fn scene() -> Scene {
    scene_in(tempfile::tempdir().expect("a folder"), FakePins::default()).await
}

async fn scene_in(dir: tempfile::TempDir, pins: FakePins) -> Scene {
    let settings: Settings = toml::from_str(LINES).expect("settings");
    let lines = settings.lines().expect("lines");
    let (started, running) = mpsc::unbounded_channel();
    let spawn = Threads {
        pins: pins.clone(),
        running: started,
    };
    let keeper = Arc::new(Client::new(spawn, lines.clone()));
    let store = Store::new(StateDir::open_shared(dir.path().join("gpio")).expect("a folder"));
    let desk = Arc::new(Desk::new(lines, Arc::clone(&keeper), store));
    let (news, told) = mpsc::channel(64);
    let mut client = tokio::task::JoinSet::new();
    client.spawn(keeper.run(news));
    let mut scene = Scene {
        desk,
        pins,
        told,
        running,
        dir,
        client,
    };
    while scene.desk.health().is_none() {
        scene.news().await;
    }
    scene
}

impl Scene {
    /// The next thing the keeper says, as it is told: `lamp 1 by ana`.
    async fn news(&mut self) -> String {
        match self.told.recv().await.expect("the client runs") {
            News::Started => {
                self.desk.keeper_started();
                "started".to_owned()
            }
            News::Changed(change) => {
                let line = change.line.clone();
                match self.desk.note(change) {
                    None => format!("{line} -"),
                    Some(event) => {
                        let by = event.by.map(|by| format!(" by {by}")).unwrap_or_default();
                        let doing = event.doing.map(|doing| format!(" {doing:?}"));
                        let doing = doing.unwrap_or_default();
                        format!("{line} {}{doing}{by}", u8::from(event.value))
                    }
                }
            }
        }
    }
}

fn ana() -> Option<String> {
    Some("ana".to_owned())
}

fn said(refused: Result<Value, Refusal>) -> String {
    let refusal = refused.expect_err("refused");
    let text = refusal.to_string();
    let error = InvocationError::from(refusal);
    let uri = error.uri().to_string();
    format!("{}: {text}", uri.rsplit('.').next().unwrap_or_default())
}

#[tokio::test]
async fn a_change_is_done_answered_and_told_with_who_did_it() {
    let mut scene = scene().await;
    let lamp = name("lamp");
    let value = scene.desk.write(&lamp, true, ana()).await.expect("done");
    assert!(value.value);
    assert_eq!(scene.news().await, "lamp 1 by ana");
    let status = scene.desk.status(&lamp).expect("a line");
    assert_eq!((status.available, status.value), (true, Some(true)));

    let blink = Blink {
        on_ms: 100,
        off_ms: 100,
        times: None,
    };
    scene.desk.blink(&lamp, blink, ana()).await.expect("done");
    assert_eq!(scene.news().await, "lamp 1 Blink by ana");
    let status = scene.desk.status(&lamp).expect("a line");
    assert_eq!(status.doing, Some(Doing::Blink));
    let value = scene.desk.stop(&lamp, ana()).await.expect("done");
    assert!(!value.value);
    assert_eq!(scene.news().await, "lamp 0 by ana");
}

#[tokio::test]
async fn what_a_line_does_not_take_is_refused_by_name() {
    let scene = scene().await;
    let (desk, lamp) = (&scene.desk, &name("lamp"));
    let pulse = |for_ms| Pulse {
        for_ms,
        value: true,
    };
    let argument = |text: &str| format!("invalid_argument: {text}");
    for for_ms in [0, 501] {
        assert_eq!(
            said(desk.pulse(lamp, pulse(for_ms), ana()).await),
            argument("`for_ms` is a number from 1 to 500")
        );
    }
    let blink = |on_ms, off_ms, times| Blink {
        on_ms,
        off_ms,
        times,
    };
    for (wrong, text) in [
        (blink(501, 1, None), "`on_ms` is a number from 1 to 500"),
        (blink(1, 0, None), "`off_ms` is a number from 1 to 86400000"),
        (blink(1, 1, Some(0)), "`times` is a number from 1"),
        (
            blink(40, 40, None),
            "that would be 25 changes a second, and the line takes 20",
        ),
    ] {
        assert_eq!(said(desk.blink(lamp, wrong, ana()).await), argument(text));
    }
    let pwm = |frequency_hz, duty_percent, for_ms| Pwm {
        frequency_hz,
        duty_percent,
        for_ms,
    };
    for (wrong, text) in [
        (pwm(0, 50, None), "`frequency_hz` is a number from 1"),
        (
            pwm(1, 101, None),
            "`duty_percent` is a number from 0 to 100",
        ),
        (
            pwm(1, 1, Some(0)),
            "`for_ms` is a number from 1 to 86400000",
        ),
        (
            pwm(11, 50, None),
            "that would be 22 changes a second, and the line takes 20",
        ),
    ] {
        assert_eq!(said(desk.pwm(lamp, wrong, ana()).await), argument(text));
    }
    assert_eq!(
        said(desk.write(&name("door"), true, ana()).await),
        "denied: door is an input"
    );
    assert_eq!(
        said(desk.toggle(&name("panel"), ana()).await),
        "denied: panel is not for callers to change"
    );
    assert_eq!(
        said(desk.write(&name("heater"), true, ana()).await),
        "not_found: there is no such line"
    );
}

#[tokio::test]
async fn a_line_changes_as_often_as_it_may_and_no_more() {
    let scene = scene().await;
    let lamp = name("lamp");
    for _ in 0..20 {
        scene.desk.toggle(&lamp, ana()).await.expect("done");
    }
    assert_eq!(
        said(scene.desk.toggle(&lamp, ana()).await),
        "rate_limited: more than 20 actions in 1000 ms"
    );
}

#[tokio::test]
async fn a_keeper_that_is_killed_has_a_successor_that_takes_the_lines_at_once() {
    let mut scene = scene().await;
    let lamp = name("lamp");
    scene.desk.write(&lamp, true, ana()).await.expect("done");
    assert_eq!(scene.news().await, "lamp 1 by ana");
    scene.pins.transcript();

    let keeper = scene.running.recv().await.expect("it runs");
    keeper.shutdown(std::net::Shutdown::Both).expect("killed");
    let mut news = Vec::new();
    while news.last().is_none_or(|last| last != "started") {
        news.push(scene.news().await);
    }
    assert_eq!(news, ["door -", "lamp -", "panel -", "started"]);
    for expected in ["door 0", "lamp 0", "panel 0"] {
        assert_eq!(scene.news().await, expected);
    }
    let taken = ["open door=0", "open lamp=0", "open panel=0"];
    let transcript = scene.pins.transcript();
    assert!(
        transcript.ends_with(&taken.map(str::to_owned)),
        "{transcript:?}"
    );
    scene.desk.write(&lamp, true, ana()).await.expect("done");
}

#[tokio::test]
async fn a_schedule_sets_its_line_and_leaves_it_to_callers_in_between() {
    let mut scene = scene().await;
    let utc = TimeZone::UTC;
    assert_eq!(scene.desk.run_schedules(&utc).await, None);
    assert_eq!(scene.news().await, "panel 1 by schedule");

    let lamp = name("lamp");
    let always = SetSchedule {
        windows: Some(vec![window("00:00", "24:00")]),
    };
    let schedule = scene.desk.set_schedule(&lamp, always).expect("set");
    assert_eq!((schedule.on, schedule.configured), (Some(true), false));
    scene.desk.rescheduled().await;
    scene.desk.run_schedules(&utc).await;
    assert_eq!(scene.news().await, "lamp 1 by schedule");
    scene.desk.write(&lamp, false, ana()).await.expect("done");
    assert_eq!(scene.news().await, "lamp 0 by ana");
    scene.desk.run_schedules(&utc).await;
    let value = scene.desk.read(&lamp).await.expect("read");
    assert!(!value.value, "it is the callers' until the next change");
}

#[tokio::test]
async fn schedules_survive_a_restart_and_apply_again() {
    let first = scene().await;
    let lamp = name("lamp");
    let windows = vec![window("00:00", "24:00")];
    let wanted = SetSchedule {
        windows: Some(windows.clone()),
    };
    first.desk.set_schedule(&lamp, wanted).expect("set");
    let Scene { dir, pins, .. } = first;

    let mut second = scene_in(dir, pins).await;
    assert_eq!(second.desk.schedule(&lamp).expect("one").windows, windows);
    second.desk.run_schedules(&TimeZone::UTC).await;
    assert_eq!(second.news().await, "lamp 1 by schedule");
    let unset = SetSchedule { windows: None };
    let schedule = second.desk.set_schedule(&lamp, unset).expect("set");
    assert!(schedule.configured && schedule.windows.is_empty());
}

#[tokio::test]
async fn a_schedule_that_makes_no_sense_is_refused() {
    let scene = scene().await;
    let wanted = SetSchedule {
        windows: Some(vec![window("10:00", "noon")]),
    };
    let refused = scene.desk.set_schedule(&name("lamp"), wanted);
    assert_eq!(
        refused.expect_err("refused").to_string(),
        "`windows` make no sense: `noon` is no time of day, like 10:00"
    );
}

#[tokio::test]
async fn lines_that_can_not_be_taken_make_the_component_unavailable_when_none_can() {
    let pins = FakePins::default();
    pins.plug("lamp", false);
    let dir = || tempfile::tempdir().expect("a folder");
    let some = scene_in(dir(), pins.clone()).await;
    assert_eq!(some.desk.health(), Some(Health::Running));
    let status = some.desk.status(&name("lamp")).expect("a line");
    assert_eq!(
        status.reason.as_deref(),
        Some("there is no line A; hint: plug it in")
    );
    for line in ["door", "panel"] {
        pins.plug(line, false);
    }
    let none = scene_in(dir(), pins).await;
    assert!(matches!(none.desk.health(), Some(Health::Unavailable(_))));
}

#[tokio::test]
async fn a_keeper_that_was_told_to_end_leaves_the_safe_state_and_has_no_successor() {
    let mut scene = scene().await;
    let lamp = name("lamp");
    scene.desk.write(&lamp, true, ana()).await.expect("done");
    scene.pins.transcript();
    drop(scene.running.recv().await);
    scene.desk.keeper.end();
    let ended = scene.client.join_next().await.expect("it ran");
    ended.expect("it has not panicked");
    assert_eq!(scene.pins.transcript(), ["lamp=0", "panel=0"]);
}
