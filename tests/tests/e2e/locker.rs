//! A real locker on a real X server: MATE's.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use deskconn_protocol::api::screen::{Lock, LockState};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Running, TempHome, call, deskconnd, events, eventually, expect};
use rustix::process::geteuid;

/// Who locks where the tests run as root, for whom the locker does nothing: Debian's `nobody`.
const NOBODY: u32 = 65534;

/// The size of the screen.
const SCREEN: &str = "640x480";

/// A bus for the daemon and the locker, whoever they run as.
const BUS: &str = r#"<busconfig><type>session</type><listen>ADDRESS</listen><auth>EXTERNAL</auth>
    <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
        <allow receive_sender="*"/></policy>
</busconfig>"#;

/// Starts a program as a user who is not root, with this home.
fn start(home: &Path, program: &str, change: impl FnOnce(&mut Command)) -> Running {
    let mut command = if geteuid().is_root() {
        let mut command = Command::new("setpriv");
        let user = NOBODY.to_string();
        command.args([
            "--reuid",
            &user,
            "--regid",
            &user,
            "--clear-groups",
            program,
        ]);
        command
    } else {
        Command::new(program)
    };
    // Assistive technologies would be started for it.
    command.env("HOME", home).env("NO_AT_BRIDGE", "1");
    change(&mut command);
    Running::start(command)
}

/// The windows of a display, as `xwininfo` lists them.
async fn windows(display: &str) -> String {
    let mut xwininfo = tokio::process::Command::new("xwininfo");
    xwininfo.args(["-root", "-tree", "-display", display]);
    let listed = xwininfo.output().await.expect("xwininfo runs");
    String::from_utf8_lossy(&listed.stdout).into_owned()
}

#[tokio::test]
async fn a_real_locker_covers_the_screen_and_is_believed() {
    let theirs = tempfile::tempdir().expect("a folder");
    if geteuid().is_root() {
        chown(theirs.path(), Some(NOBODY), Some(NOBODY)).expect("our folder");
    }
    let mut x = Command::new("Xvfb");
    x.args(["-displayfd", "1", "-nolisten", "tcp", "-ac", "-screen", "0"]);
    x.arg(format!("{SCREEN}x24"));
    let mut x = Running::start(x);
    let display = loop {
        if let Ok(number) = x.expect("").await.trim().parse::<u32>() {
            break format!(":{number}");
        }
    };
    let address = format!("unix:path={}", theirs.path().join("bus").display());
    let config = theirs.path().join("bus.conf");
    fs::write(&config, BUS.replace("ADDRESS", &address)).expect("a file");
    let mut bus = Command::new("dbus-daemon");
    bus.args(["--nofork", "--print-address", "--config-file"])
        .arg(&config);
    let mut bus = Running::start(bus);
    bus.expect("unix:path").await;
    let locker = start(theirs.path(), "mate-screensaver", |command| {
        command.arg("--no-daemon").env("DISPLAY", &display);
        command.env("DBUS_SESSION_BUS_ADDRESS", &address);
    });

    let home = TempHome::new();
    home.configure("discovery.announce = false\ncomponents.slides.enabled = false\n");
    let mut command = Command::new(deskconnd());
    command
        .args(["--listen", "127.0.0.1:0"])
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("DBUS_SESSION_BUS_ADDRESS", &address);
    let daemon = Daemon::start_as(command, home).await;
    let owner = daemon.owner().await;
    eventually("the locker is there", async || {
        let status: Lock = call(&owner, uris::SCREEN_LOCK_STATUS).await;
        (status.state == LockState::Unlocked).then_some(())
    })
    .await;
    let covered =
        format!(r#""mate-screensaver": ("mate-screensaver" "Mate-screensaver")  {SCREEN}"#);
    assert!(!windows(&display).await.contains(&covered));

    let mut changes = events(&owner, uris::SCREEN_LOCK_ON_CHANGE).await;
    let locked = daemon
        .cli(&["call", uris::SCREEN_LOCK_LOCK, "--json"])
        .await;
    assert!(locked.success().contains(r#""locked""#), "{locked:?}");
    expect(&mut changes, |lock: &Lock| lock.state == LockState::Locked).await;
    let windows = windows(&display).await;
    assert!(windows.contains(&covered), "{windows}");

    drop(locker);
    let lost: Lock = expect(&mut changes, |lock: &Lock| lock.state != LockState::Locked).await;
    assert!(!lost.available, "{lost:?}");
}
