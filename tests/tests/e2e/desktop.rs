//! The screen of a desktop that is played: its brightness by KDE Plasma and by logind, its lock, and
//! keeping it awake.

use deskconn_protocol::api::screen::{Awake, Boost, Brightness, KeepAwake, Lease, Lock, LockState};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Desktop, Panel, TempHome, call, events, expect};
use wamp_client::Session;

const SESSION: &str = "/org/freedesktop/login1/session/c1";

/// A daemon of this configuration on a desktop of these parts.
async fn start(parts: &[&str], config: &str) -> (Daemon, Desktop, Session) {
    let home = TempHome::new();
    let panel = Panel::new(home.path(), 300);
    home.configure(&format!(
        "discovery.announce = false\ncomponents.slides.enabled = false\n{config}\n\
         components.screen.sysfs = '{}'\n",
        panel.sysfs().display()
    ));
    let desktop = Desktop::start(&home, parts).await;
    let daemon = desktop.daemon(home).await;
    let owner = daemon.owner().await;
    (daemon, desktop, owner)
}

#[tokio::test]
async fn plasma_sets_the_panel_and_the_monitor() {
    let (daemon, mut desktop, owner) = start(&["plasma", "logind"], "").await;
    let mut changes = events(&owner, uris::SCREEN_BRIGHTNESS_ON_CHANGE).await;
    let status: Brightness = call(&owner, uris::SCREEN_BRIGHTNESS_STATUS).await;
    let displays = status.displays.iter();
    let displays: Vec<_> = displays
        .map(|display| (display.id.as_str(), display.name.as_str(), display.percent))
        .collect();
    assert_eq!(
        displays,
        [
            ("display0", "Built-in Screen", 50),
            ("display1", "ACME 27", 50)
        ]
    );

    let set = [
        "call",
        uris::SCREEN_BRIGHTNESS_SET,
        "-kpercent=70",
        "-kdisplay=display1",
    ];
    daemon.cli(&set).await.success();
    // Without the bar that Plasma shows for keys.
    assert_eq!(desktop.expect("SetBrightness ").await, "7000 1");
    let level = |status: &Brightness, display: usize| status.displays[display].percent;
    expect(&mut changes, |status| level(status, 1) == 70).await;

    let path = "/org/kde/ScreenBrightness/display0";
    let update = format!(
        r#"["update", "{path}", "org.kde.ScreenBrightness.Display", {{"Brightness": 2000}}]"#
    );
    desktop.happen(&update);
    desktop.happen(
        r#"["signal", "/org/kde/ScreenBrightness", "org.kde.ScreenBrightness", "BrightnessChanged", "siss", ["display0", 2000, "", ""]]"#,
    );
    expect(&mut changes, |status| level(status, 0) == 20).await;
}

#[tokio::test]
async fn a_boost_on_plasma_is_given_back_on_all_screens() {
    let (daemon, mut desktop, owner) = start(&["plasma"], "").await;
    let guest = daemon.owner().await;
    let wanted = Boost {
        percent: 100,
        ttl_ms: None,
    };
    let boosted = guest.call(uris::SCREEN_BRIGHTNESS_BOOST).kwargs(wanted);
    boosted.await.expect("a boost");
    for set in ["10000 1", "10000 1"] {
        assert_eq!(desktop.expect("SetBrightness ").await, set);
    }
    let status: Brightness = call(&owner, uris::SCREEN_BRIGHTNESS_STATUS).await;
    assert!(status.boosted);
    guest.leave().await;
    for set in ["5000 1", "5000 1"] {
        assert_eq!(desktop.expect("SetBrightness ").await, set);
    }
}

#[tokio::test]
async fn logind_sets_the_panel_for_the_user_at_the_screen() {
    let (daemon, mut desktop, _owner) = start(&["logind"], "").await;
    let set = ["call", uris::SCREEN_BRIGHTNESS_SET, "-kpercent=70"];
    daemon.cli(&set).await.success();
    assert_eq!(
        desktop.expect("SetBrightness ").await,
        r#""backlight" "panel" 700"#
    );
}

#[tokio::test]
async fn a_desktop_that_tells_logind_is_known_to_be_locked() {
    let (daemon, mut desktop, owner) = start(&["logind-locks"], "").await;
    let mut changes = events(&owner, uris::SCREEN_LOCK_ON_CHANGE).await;
    let status: Lock = call(&owner, uris::SCREEN_LOCK_STATUS).await;
    // It has never told anything.
    assert_eq!((status.available, status.state), (true, LockState::Unknown));
    let locked = daemon
        .cli(&["call", uris::SCREEN_LOCK_LOCK, "--json"])
        .await;
    assert!(locked.success().contains(r#""locked""#), "{locked:?}");
    desktop.expect("Lock").await;
    expect(&mut changes, |lock: &Lock| lock.state == LockState::Locked).await;

    let update = format!(
        r#"["update", "{SESSION}", "org.freedesktop.login1.Session", {{"LockedHint": false}}]"#
    );
    desktop.happen(&update);
    expect(&mut changes, |lock: &Lock| {
        lock.state == LockState::Unlocked
    })
    .await;
}

#[tokio::test]
async fn where_nobody_listens_to_logind_the_screen_saver_locks() {
    let (daemon, mut desktop, owner) = start(&["logind", "saver"], "").await;
    let mut changes = events(&owner, uris::SCREEN_LOCK_ON_CHANGE).await;
    let status: Lock = call(&owner, uris::SCREEN_LOCK_STATUS).await;
    assert_eq!(status.state, LockState::Unlocked);
    let locked = daemon
        .cli(&["call", uris::SCREEN_LOCK_LOCK, "--json"])
        .await;
    assert!(locked.success().contains(r#""locked""#), "{locked:?}");
    desktop.expect("Lock").await;
    expect(&mut changes, |lock: &Lock| lock.state == LockState::Locked).await;
}

#[tokio::test]
async fn a_lock_that_nobody_confirms_is_said_to_be_requested() {
    let (daemon, mut desktop, owner) = start(&["logind"], "").await;
    let locked = daemon
        .cli(&["call", uris::SCREEN_LOCK_LOCK, "--json"])
        .await;
    assert!(locked.success().contains(r#""requested""#), "{locked:?}");
    desktop.expect("Lock").await;
    let status: Lock = call(&owner, uris::SCREEN_LOCK_STATUS).await;
    assert_eq!(status.state, LockState::Unknown);
}

#[tokio::test]
async fn unlocking_is_off_until_the_owner_allows_it() {
    let (daemon, _desktop, _owner) = start(&["logind-locks"], "").await;
    let refused = daemon.cli(&["call", uris::SCREEN_UNLOCK_UNLOCK]).await;
    let stderr = refused.failure(4);
    assert!(stderr.contains(uris::ERROR_DENIED), "{stderr}");
    assert!(stderr.contains("unlock = true"), "{stderr}");

    let allowed = "components.screen.unlock = true";
    let (daemon, mut desktop, _owner) = start(&["logind-locks"], allowed).await;
    daemon
        .cli(&["call", uris::SCREEN_LOCK_LOCK])
        .await
        .success();
    let unlocked = daemon
        .cli(&["call", uris::SCREEN_UNLOCK_UNLOCK, "--json"])
        .await;
    assert!(unlocked.success().contains(r#""unlocked""#), "{unlocked:?}");
    desktop.expect("Unlock").await;
    assert!(daemon.said().contains("the screen was unlocked"));
}

#[tokio::test]
async fn the_screen_is_kept_awake_as_long_as_a_session_wants_it() {
    let (daemon, mut desktop, owner) = start(&["logind", "saver"], "").await;
    let mut changes = events(&owner, uris::SCREEN_AWAKE_ON_CHANGE).await;
    let guest = daemon.owner().await;
    let wanted = KeepAwake {
        ttl_ms: None,
        why: Some("a\u{1b}talk".to_owned()),
    };
    let kept = guest.call(uris::SCREEN_AWAKE_KEEP).kwargs(wanted).await;
    let _lease: Lease = kept.expect("a lease").kwargs().expect("a lease");
    let inhibited = [
        r#""idle" "DeskConn" "atalk" "block""#,
        r#""DeskConn" "atalk""#,
    ];
    for arguments in inhibited {
        assert_eq!(desktop.expect("Inhibit ").await, arguments);
    }
    let awake = expect(&mut changes, |status: &Awake| status.awake).await;
    assert_eq!(awake.why, ["atalk"]);
    guest.leave().await;
    assert_eq!(desktop.expect("UnInhibit ").await, "7");
    expect(&mut changes, |status: &Awake| !status.awake).await;
}

#[tokio::test]
async fn the_screen_may_sleep_again_when_it_is_released_or_the_time_is_over() {
    let (_daemon, mut desktop, owner) = start(&["saver"], "").await;
    let keep = async |ttl_ms| -> Lease {
        let wanted = KeepAwake { ttl_ms, why: None };
        let kept = owner.call(uris::SCREEN_AWAKE_KEEP).kwargs(wanted).await;
        kept.expect("a lease").kwargs().expect("a lease")
    };
    keep(Some(1)).await;
    desktop.expect("UnInhibit ").await;
    let lease = keep(None).await;
    let released = owner.call(uris::SCREEN_AWAKE_RELEASE).kwargs(lease).await;
    let status: Awake = released.expect("released").kwargs().expect("a status");
    assert!(status.available && !status.awake);
    desktop.expect("UnInhibit ").await;
}

#[tokio::test]
async fn without_a_desktop_the_daemon_says_what_is_missing_and_goes_on() {
    let (_daemon, _desktop, owner) = start(&[], "").await;
    let lock: Lock = call(&owner, uris::SCREEN_LOCK_STATUS).await;
    let reason = lock.reason.expect("a reason");
    assert!(
        reason.starts_with("nothing here can lock the screen; hint: "),
        "{reason}"
    );
    let awake: Awake = call(&owner, uris::SCREEN_AWAKE_STATUS).await;
    assert!(!awake.available);
    let refused = owner.call(uris::SCREEN_AWAKE_KEEP).await;
    let refused = refused.expect_err("nobody to ask").to_string();
    assert!(
        refused.contains("nothing here can keep the screen awake"),
        "{refused}"
    );
}
