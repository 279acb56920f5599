//! The brightness of a panel: set by calls, by keys and by boosts, and given back whatever happens.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use deskconn_protocol::api::screen::{Boost, Brightness, Display, Lease, SetBrightness};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Panel, TempHome, call, deskconnd, events, expect};
use wamp_client::{EventStream, Session};

/// A daemon whose computer has a panel at 300 of 1000, and no desktop.
async fn start() -> (Daemon, Panel) {
    let home = TempHome::new();
    let panel = Panel::new(home.path(), 300);
    home.configure(&format!(
        "discovery.announce = false\ncomponents.slides.enabled = false\n\
         components.screen.sysfs = '{}'\n",
        panel.sysfs().display()
    ));
    (start_in(home).await, panel)
}

async fn start_in(home: TempHome) -> Daemon {
    start_with(home, |_| ()).await
}

async fn start_with(home: TempHome, change: impl FnOnce(&mut Command)) -> Daemon {
    let mut command = Command::new(deskconnd());
    change(&mut command);
    command
        .args(["--listen", "127.0.0.1:0"])
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    Daemon::start_as(command, home).await
}

async fn boost(session: &Session, percent: u8) -> Lease {
    let ttl_ms = None;
    let boosted = session
        .call(uris::SCREEN_BRIGHTNESS_BOOST)
        .kwargs(Boost { percent, ttl_ms })
        .await;
    boosted.expect("a boost").kwargs().expect("a lease")
}

async fn restore(session: &Session, lease: Lease) -> Brightness {
    let restored = session.call(uris::SCREEN_BRIGHTNESS_RESTORE).kwargs(lease);
    let restored = restored.await.expect("restored");
    restored.kwargs().expect("a status")
}

async fn status(session: &Session) -> Brightness {
    call(session, uris::SCREEN_BRIGHTNESS_STATUS).await
}

/// Waits for an event that says this brightness.
async fn expect_event(events: &mut EventStream, percent: u8) -> Brightness {
    let says = |status: &Brightness| {
        let mut displays = status.displays.iter();
        displays.any(|display| display.percent == percent)
    };
    expect(events, says).await
}

#[tokio::test]
async fn it_is_told_and_set_and_never_black() {
    let (daemon, panel) = start().await;
    let owner = daemon.owner().await;
    let expected = Brightness {
        available: true,
        reason: None,
        displays: vec![Display {
            id: "panel".to_owned(),
            name: "Built-in screen".to_owned(),
            percent: 30,
        }],
        boosted: false,
    };
    assert_eq!(status(&owner).await, expected);
    for (arguments, level) in [
        (&["set", "-kpercent=70"][..], 700),
        (&["set", "-kpercent=0"], 10),
        (&["step", "-kby=15"], 160),
        (&["step", "-kby=-90", "-kdisplay=panel"], 10),
        (&["step", "-kby=1000"], 1000),
        (&["set", "-kpercent=40", "-kramp_ms=100"], 400),
    ] {
        let procedure = format!("org.deskconn.screen.brightness.{}", arguments[0]);
        let call = [&["call", procedure.as_str()], &arguments[1..]].concat();
        daemon.cli(&call).await.success();
        panel.expect(level).await;
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let (daemon, panel) = start().await;
    let set = ["call", "org.deskconn.screen.brightness.set"];
    for (arguments, said) in [
        (&["-kpercent=101"][..], "percent"),
        (&["-kpercent=half"], "percent"),
        (&[], "percent"),
        (&["-kpercent=5", "-kdisplay=../panel"], "there are: panel"),
    ] {
        let refused = daemon.cli(&[&set, arguments].concat()).await;
        let stderr = refused.failure(1);
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    assert_eq!(panel.level(), 300);
}

#[tokio::test]
async fn everybody_is_told_when_somebody_presses_a_key() {
    let (daemon, panel) = start().await;
    let owner = daemon.owner().await;
    let events = owner.events(uris::SCREEN_BRIGHTNESS_ON_CHANGE).await;
    let mut events = events.expect("subscribed");
    panel.set(550);
    expect_event(&mut events, 55).await;
}

#[tokio::test]
async fn a_boost_ends_with_the_session_that_took_it() {
    let (daemon, panel) = start().await;
    let (guest, owner) = (daemon.owner().await, daemon.owner().await);
    boost(&guest, 100).await;
    assert_eq!(panel.level(), 1000);
    assert!(status(&owner).await.boosted);
    guest.leave().await;
    panel.expect(300).await;
    assert!(!status(&owner).await.boosted);
}

#[tokio::test]
async fn a_boost_ends_when_its_time_is_over() {
    let (daemon, panel) = start().await;
    let owner = daemon.owner().await;
    let events = owner.events(uris::SCREEN_BRIGHTNESS_ON_CHANGE).await;
    let mut events = events.expect("subscribed");
    let wanted = Boost {
        percent: 90,
        ttl_ms: Some(1),
    };
    let taken = owner.call(uris::SCREEN_BRIGHTNESS_BOOST).kwargs(wanted);
    taken.await.expect("a boost");
    expect_event(&mut events, 90).await;
    expect_event(&mut events, 30).await;
    assert_eq!(panel.level(), 300);
}

#[tokio::test]
async fn of_two_boosts_the_last_gives_back_and_nobody_ends_those_of_others() {
    let (daemon, panel) = start().await;
    let (first, second) = (daemon.owner().await, daemon.owner().await);
    let of_first = boost(&first, 60).await;
    let of_second = boost(&second, 90).await;
    assert_eq!(panel.level(), 900);
    let stolen = second
        .call(uris::SCREEN_BRIGHTNESS_RESTORE)
        .kwargs(of_first);
    let error = stolen.await.expect_err("it is not its own");
    assert!(error.to_string().contains("no such lease"), "{error}");
    assert!(restore(&second, of_second).await.boosted);
    assert_eq!(panel.level(), 600);
    assert!(!restore(&first, of_first).await.boosted);
    assert_eq!(panel.level(), 300);
}

#[tokio::test]
async fn what_somebody_chooses_meanwhile_stays() {
    let (daemon, panel) = start().await;
    let owner = daemon.owner().await;
    let events = owner.events(uris::SCREEN_BRIGHTNESS_ON_CHANGE).await;
    let mut events = events.expect("subscribed");
    let lease = boost(&owner, 90).await;
    panel.set(450);
    expect_event(&mut events, 45).await;
    restore(&owner, lease).await;
    assert_eq!(panel.level(), 450);

    let lease = boost(&owner, 90).await;
    let chosen = SetBrightness {
        percent: 20,
        display: None,
        ramp_ms: None,
    };
    let set = owner.call(uris::SCREEN_BRIGHTNESS_SET).kwargs(chosen);
    set.await.expect("set");
    restore(&owner, lease).await;
    assert_eq!(panel.level(), 200);
}

#[tokio::test]
async fn a_daemon_that_stops_gives_back_first() {
    let (mut daemon, panel) = start().await;
    boost(&daemon.owner().await, 100).await;
    assert!(daemon.stop().await.success());
    assert_eq!(panel.level(), 300);
}

#[tokio::test]
async fn a_daemon_that_was_killed_gives_back_when_it_starts_again() {
    let (mut daemon, panel) = start().await;
    boost(&daemon.owner().await, 100).await;
    daemon.kill().await;
    assert_eq!(panel.level(), 1000);
    let daemon = start_in(daemon.home().clone()).await;
    assert_eq!(panel.level(), 300);
    assert!(!status(&daemon.owner().await).await.boosted);
}

#[tokio::test]
async fn without_a_backlight_it_says_so_and_the_daemon_goes_on() {
    let home = TempHome::new();
    home.configure(
        "discovery.announce = false\ncomponents.slides.enabled = false\n\
         components.screen.sysfs = '/nonexistent'\n",
    );
    let daemon = start_in(home).await;
    let status = status(&daemon.owner().await).await;
    assert!(!status.available);
    let reason = status.reason.expect("a reason");
    assert!(
        reason.starts_with("no screen here has a brightness; hint: "),
        "{reason}"
    );
    let set = ["call", "org.deskconn.screen.brightness.set", "-kpercent=5"];
    let refused = daemon.cli(&set).await;
    let stderr = refused.failure(1);
    assert!(
        stderr.contains("org.deskconn.error.unavailable"),
        "{stderr}"
    );
}

/// A `ddcutil` that knows one monitor, at 50 of 100, and a panel that it can not set; its level is in the
/// file `level` beside it.
const DDCUTIL: &str = r#"#!/bin/sh
level="$(dirname "$0")/level"
case "$*" in
"detect --brief")
    printf 'Invalid display\n   I2C bus:  /dev/i2c-3\n   Monitor:  BOE::\n\n'
    printf 'Display 1\n   I2C bus:  /dev/i2c-4\n   Monitor:  DEL:DELL U2415:7MT01\n' ;;
"--bus 4 getvcp 10 --brief") echo "VCP 10 C $(cat "$level") 100" ;;
"--bus 4 setvcp 10 "[0-9]*) echo "$5" > "$level" ;;
*) echo "no such monitor" >&2; exit 1 ;;
esac
"#;

#[tokio::test]
async fn a_monitor_is_set_beside_the_panel_and_given_back() {
    let home = TempHome::new();
    let panel = Panel::new(home.path(), 300);
    let connector = panel.sysfs().join("class/drm/card0-DP-1");
    fs::create_dir_all(&connector).expect("a folder");
    fs::write(connector.join("status"), "connected\n").expect("a file");
    let programs = home.path().join("programs");
    let (program, level) = (programs.join("ddcutil"), programs.join("level"));
    fs::create_dir(&programs).expect("a folder");
    fs::write(&level, "50\n").expect("a file");
    fs::write(&program, DDCUTIL).expect("a file");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program");
    home.configure(&format!(
        "discovery.announce = false\ncomponents.slides.enabled = false\n\
         [components.screen]\nsysfs = '{}'\nmonitors = true\n",
        panel.sysfs().display()
    ));
    let path = std::env::var("PATH").expect("a PATH");
    let daemon = start_with(home, |daemon| {
        daemon.env("PATH", format!("{}:{path}", programs.display()));
    });
    let daemon = daemon.await;
    let owner = daemon.owner().await;

    let mut changes = events(&owner, uris::SCREEN_BRIGHTNESS_ON_CHANGE).await;
    let named = |percent| Display {
        id: "i2c-4".to_owned(),
        name: "DELL U2415".to_owned(),
        percent,
    };
    // It answers when it does, and is told then.
    if !status(&owner).await.displays.contains(&named(50)) {
        expect_event(&mut changes, 50).await;
    }
    let set = ["call", "org.deskconn.screen.brightness.set"];
    let monitor = [&set, &["-kdisplay=i2c-4", "-kpercent=20"][..]].concat();
    daemon.cli(&monitor).await.success();
    assert_eq!(fs::read_to_string(&level).expect("a level"), "20\n");
    assert_eq!(panel.level(), 300);

    let lease = boost(&owner, 90).await;
    panel.expect(900).await;
    assert_eq!(fs::read_to_string(&level).expect("a level"), "90\n");
    let after = restore(&owner, lease).await;
    assert!(after.displays.contains(&named(20)), "{after:?}");
    assert_eq!(fs::read_to_string(&level).expect("a level"), "20\n");
    assert_eq!(panel.level(), 300);
}
