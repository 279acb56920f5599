//! Notifications on a desktop that is played: whose they are, and who hears of them.

use std::process::Command;

use deskconn_protocol::api::notify::{Answer, Answered, Closed, ClosedBy, Show, Shown};
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Desktop, Output, TempHome, deskconnd, events, eventually, expect};
use wamp_client::Session;

use crate::scene;

const CONFIG: &str = "
    device.name = 'study'
    discovery.announce = false
    components.input.enabled = false
    components.slides.enabled = false
";

const PATH: &str = "/org/freedesktop/Notifications";

async fn start() -> (Daemon, Desktop, Session) {
    start_with(CONFIG).await
}

async fn start_with(config: &str) -> (Daemon, Desktop, Session) {
    let home = TempHome::new();
    home.configure(config);
    let desktop = Desktop::start(&home, &["notifications"]).await;
    let daemon = desktop.daemon(home).await;
    let owner = daemon.owner().await;
    (daemon, desktop, owner)
}

/// Somebody who has paired and may show notifications, and their id and name.
async fn guest(daemon: &Daemon) -> (TempHome, DeviceId, String) {
    let others = scene::devices(daemon).await;
    let guest = scene::pair(daemon).await;
    let mut devices = scene::devices(daemon).await.into_iter();
    let device = devices
        .find(|device| others.iter().all(|other| other.id != device.id))
        .expect("it has paired");
    let granted = ["grant", device.id.as_str(), "notify"];
    daemon.cli(&granted).await.success();
    (guest, device.id, device.profile.name)
}

async fn on_study(guest: &TempHome, arguments: &[&str]) -> Output {
    let arguments: Vec<_> = ["--on", "study"].iter().chain(arguments).copied().collect();
    guest.cli(&arguments).await
}

async fn show(session: &Session, show: Show) -> u64 {
    let shown = session.call(uris::NOTIFY_SHOW).kwargs(show).await;
    let shown: Shown = shown.expect("shown").kwargs().expect("a number");
    shown.id
}

/// Something is said about the notification that the desktop calls `number`.
fn say(desktop: &Desktop, signal: &str, signature: &str, number: u32, what: &str) {
    desktop.happen(&format!(
        r#"["signal", "{PATH}", "org.freedesktop.Notifications", "{signal}", "{signature}", [{number}, {what}]]"#
    ));
}

#[tokio::test]
async fn a_notification_names_its_device_and_is_answered_to_that_device_only() {
    let (daemon, mut desktop, owner) = start().await;
    let (guest, _, name) = guest(&daemon).await;
    let mut of_owner = events(&owner, uris::NOTIFY_ON_ACTION).await;
    let mut of_guest = guest.start_cli(&["--on", "study", "subscribe", uris::NOTIFY_ON_ACTION]);
    of_guest.expect("subscribed to").await;

    let shown = on_study(
        &guest,
        &[
            "call",
            uris::NOTIFY_SHOW,
            "-ktitle=System\nupdate",
            "-kbody=<b>R&D</b>",
            "-kactions=[{\"id\": \"yes\", \"label\": \"Yes\"}]",
        ],
    )
    .await;
    shown.success();
    let asked = desktop.expect("Notify ").await;
    let summary = format!(r#""DeskConn" 0 "" "{name} via DeskConn: System update" "#);
    assert!(asked.starts_with(&summary), "{asked}");
    assert!(asked.contains("&lt;b&gt;R&amp;D&lt;/b&gt;"), "{asked}");
    assert!(asked.contains(r#"["yes", "Yes"]"#), "{asked}");

    say(&desktop, "ActionInvoked", "us", 1, r#""yes""#);
    let answered = of_guest.expect(r#""action":"#).await;
    assert!(answered.contains("yes"), "{answered}");
    // The first that the owner hears is about its own.
    let wanted = Show {
        title: "Tea?".to_owned(),
        actions: vec![Answer {
            id: "default".to_owned(),
            label: "Please".to_owned(),
        }],
        ..Show::default()
    };
    let id = show(&owner, wanted).await;
    let asked = desktop.expect("Notify ").await;
    assert!(asked.starts_with(r#""DeskConn" 0 "" "Tea?" "#), "{asked}");
    say(&desktop, "ActionInvoked", "us", 2, r#""default""#);
    let action = "default".to_owned();
    assert_eq!(
        expect::<Answered>(&mut of_owner, |_| true).await,
        Answered { id, action }
    );
}

#[tokio::test]
async fn a_notification_is_closed_by_its_own_device_or_at_the_desk() {
    let (daemon, mut desktop, owner) = start().await;
    let (guest, _, _) = guest(&daemon).await;
    let mut closed = events(&owner, uris::NOTIFY_ON_CLOSED).await;
    let shown = on_study(&guest, &["--json", "notify", "Done", "All of it"]).await;
    let Shown { id: of_guest } = serde_json::from_str(shown.success()).expect("a number");
    let first = show(&owner, titled("first")).await;
    let second = show(&owner, titled("second")).await;

    let stolen = Shown { id: of_guest };
    let refused = owner.call(uris::NOTIFY_CLOSE).kwargs(stolen).await;
    let refused = refused.expect_err("it is not its own").to_string();
    assert!(refused.contains("no such notification"), "{refused}");
    let close = Shown { id: first };
    let own = owner.call(uris::NOTIFY_CLOSE).kwargs(close);
    own.await.expect("closed");
    assert_eq!(desktop.expect("CloseNotification ").await, "2");
    let expected = |id, reason| Closed { id, reason };
    assert_eq!(
        expect::<Closed>(&mut closed, |_| true).await,
        expected(first, ClosedBy::Device)
    );
    say(&desktop, "NotificationClosed", "uu", 1, "2");
    say(&desktop, "NotificationClosed", "uu", 3, "2");
    assert_eq!(
        expect::<Closed>(&mut closed, |_| true).await,
        expected(second, ClosedBy::Dismissed)
    );
}

#[tokio::test]
async fn what_a_device_has_shown_goes_when_it_may_not_any_more() {
    let (daemon, mut desktop, _owner) = start().await;
    for (take_back, number) in [(&["revoke", "notify"][..], "1"), (&["unpair"], "2")] {
        let (guest, id, _) = guest(&daemon).await;
        on_study(&guest, &["notify", "Done"]).await.success();
        let (verb, grants) = take_back.split_first().expect("a verb");
        let command = [&[*verb, id.as_str()], grants].concat();
        daemon.cli(&command).await.success();
        assert_eq!(desktop.expect("CloseNotification ").await, number);
        on_study(&guest, &["notify", "Again"]).await.failure(4);
    }
}

#[tokio::test]
async fn a_daemon_that_stops_leaves_nothing_on_the_desk() {
    let (mut daemon, mut desktop, owner) = start().await;
    daemon
        .cli(&["notify", "Tea", "--urgency", "critical"])
        .await
        .success();
    let asked = desktop.expect("Notify ").await;
    assert!(asked.contains(r#"{"urgency": 2}"#), "{asked}");
    drop(owner);
    assert!(daemon.stop().await.success());
    assert_eq!(desktop.expect("CloseNotification ").await, "1");
}

#[tokio::test]
async fn nobody_floods_the_desk() {
    let (_daemon, _desktop, owner) = start().await;
    for number in 0..10 {
        show(&owner, titled(&number.to_string())).await;
    }
    let one_more = owner.call(uris::NOTIFY_SHOW).kwargs(titled("one more"));
    let refused = one_more.await.expect_err("too many").to_string();
    assert!(refused.contains(uris::ERROR_RATE_LIMITED), "{refused}");
}

#[tokio::test]
async fn in_a_process_of_its_own_it_knows_the_names_of_devices_too() {
    let config = format!("{CONFIG}\ncomponents.notify.process = 'own'\n");
    let (daemon, mut desktop, owner) = start_with(&config).await;
    eventually("it has joined", async || {
        owner.call(uris::NOTIFY_STATUS).await.ok()
    })
    .await;
    let (guest, id, name) = guest(&daemon).await;
    on_study(&guest, &["notify", "Done"]).await.success();
    let asked = desktop.expect("Notify ").await;
    assert!(
        asked.contains(&format!(r#""{name} via DeskConn: Done""#)),
        "{asked}"
    );
    daemon.cli(&["unpair", id.as_str()]).await.success();
    assert_eq!(desktop.expect("CloseNotification ").await, "1");
}

#[tokio::test]
async fn a_machine_without_a_desktop_says_so_once_and_warns_of_nothing() {
    let home = TempHome::new();
    home.configure(&format!(
        "{CONFIG}\ncomponents.screen.sysfs = '/nonexistent'\n"
    ));
    let mut command = Command::new(deskconnd());
    command
        .args(["--listen", "127.0.0.1:0"])
        .env_remove("DISPLAY")
        .env_remove("PULSE_SERVER")
        .env_remove("WAYLAND_DISPLAY")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
    let daemon = Daemon::start_as(command, home).await;
    let owner = daemon.owner().await;
    for (status, act, arguments, reason) in [
        (
            uris::NOTIFY_STATUS,
            uris::NOTIFY_SHOW,
            serde_json::json!({"title": "Done"}),
            "there is no desktop that shows notifications; hint: ",
        ),
        (
            uris::OPEN_STATUS,
            uris::OPEN_URL,
            serde_json::json!({"url": "https://example.org/"}),
            "there is no desktop to open web addresses on; hint: ",
        ),
    ] {
        let status = owner.call(status).await.expect("a status");
        let status: serde_json::Value = status.kwargs().expect("a status");
        assert_eq!(status["available"], false);
        let said = status["reason"].as_str().expect("a reason");
        assert!(said.starts_with(reason), "{said}");
        let refused = owner.call(act).kwargs(arguments).await;
        let refused = refused.expect_err("no desktop").to_string();
        assert!(refused.contains(uris::ERROR_UNAVAILABLE), "{refused}");
    }
    let said = eventually("it has said how it started", async || {
        Some(daemon.said()).filter(|said| said.contains("Pair a phone"))
    })
    .await;
    let noted: Vec<_> = said
        .lines()
        .filter(|line| line.contains(" INFO "))
        .collect();
    let of_desktop: Vec<_> = noted
        .iter()
        .filter(|line| line.contains("desktop"))
        .collect();
    let [of_desktop] = of_desktop.as_slice() else {
        panic!("{said}");
    };
    assert!(
        of_desktop.contains("there is no desktop here for media, notify, open, screen, volume;"),
        "{said}"
    );
    assert!(!said.contains(" WARN "), "{said}");
}

fn titled(title: &str) -> Show {
    Show {
        title: title.to_owned(),
        ..Show::default()
    }
}
