//! The real daemon in Chromium: the web remote, as a phone's browser shows it, and pages that attack.

use std::pin::pin;
use std::process::Command;
use std::time::Duration;

use deskconn_tests::{Daemon, Output, apart, chromium, deskconn, deskconnd};
use tokio::time::interval;

use crate::scene::{self, Window};

/// The program of `web/e2e` that pairs with a daemon, then taps Next on the web remote.
const REMOTE: &str = "remote.test.mjs";

/// What it waits to be told then: how far its tap comes on a machine without uinput.
const TOLD: (&str, &str) = ("DESKCONN_TOLD", "There is no /dev/uinput");

#[tokio::test]
async fn a_browser_pairs_by_the_typed_code_and_turns_a_slide() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let url = format!("http://{}/", daemon.address());
    let code = window.code.replace(' ', "");
    let secret = [("DESKCONN_URL", &url[..]), ("DESKCONN_CODE", &code), TOLD];
    let visit = chromium(REMOTE, &secret).await;
    assert_flipped(&daemon, window, &visit).await;
}

#[tokio::test]
async fn a_browser_pairs_by_the_scanned_link_and_turns_a_slide() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let visit = chromium(REMOTE, &[("DESKCONN_LINK", &window.link), TOLD]).await;
    assert_flipped(&daemon, window, &visit).await;
}

#[tokio::test]
async fn a_browser_works_the_desk_and_follows_what_it_may() {
    with_daemons_of_its_own("daemon.test.mjs", without_uinput()).await;
}

/// On a desktop that is played; slides and input are off there, whatever machine this is.
#[tokio::test]
async fn a_browser_works_players_the_volume_and_the_lock_of_a_desktop() {
    let daemon = Command::new(deskconnd());
    with_daemons_of_its_own("desktop.test.mjs", daemon).await;
}

#[tokio::test]
async fn a_browser_says_what_an_owner_who_is_asked_has_said() {
    with_daemons_of_its_own("confirm.test.mjs", without_uinput()).await;
}

#[tokio::test]
async fn a_browser_tells_the_truth_while_daemon_and_network_come_and_go() {
    with_daemons_of_its_own("outages.test.mjs", without_uinput()).await;
}

/// The owner even has a pairing window open, and is served all the while.
#[tokio::test]
async fn pages_of_others_read_nothing_change_nothing_and_frame_nothing_in_a_browser() {
    let daemon = scene::start().await;
    let _window = Window::open(&daemon, &[]).await;
    let url = format!("http://{}/", daemon.address());
    let environment = [("DESKCONN_URL", &url[..])];
    let mut attacks = pin!(chromium("attacks.test.mjs", &environment));
    let mut again = interval(Duration::from_millis(500));
    let mut served = 0;
    let seen = loop {
        tokio::select! {
            seen = &mut attacks => break seen,
            _ = again.tick() => scene::assert_alive(&daemon).await,
        }
        served += 1;
    };
    let seen = seen.success();
    assert!(seen.contains("WebSocket: closed 1006"), "{seen}");
    assert!(served > 1, "the owner waited until the attacks were over");
    assert!(scene::devices(&daemon).await.is_empty());
}

/// A daemon on a machine without uinput.
fn without_uinput() -> Command {
    apart("mount -t tmpfs none /dev", deskconnd())
}

/// Runs a program of `web/e2e` that starts, stops and cuts off such daemons itself, and leaves nothing out.
async fn with_daemons_of_its_own(program: &str, daemon: Command) {
    let words = [daemon.get_program()].into_iter().chain(daemon.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    let start = serde_json::to_string(&words).expect("JSON");
    let cli = deskconn();
    let environment = [
        ("DESKCONN_DAEMON", &start[..]),
        ("DESKCONN_CLI", cli.to_str().expect("a path in UTF-8")),
    ];
    let seen = chromium(program, &environment).await;
    let seen = seen.success();
    let is_whole = seen.contains("# skipped 0") && !seen.contains("# pass 0");
    assert!(is_whole, "{seen}");
}

/// The browser is a device now, and its tap went as far as a machine without uinput lets it go.
async fn assert_flipped(daemon: &Daemon, window: Window, visit: &Output) {
    let said = visit.success();
    assert!(said.contains(TOLD.1), "{said}");
    assert_eq!(window.screen.ended().await.0, Some(0));
    let devices = scene::devices(daemon).await;
    let names: Vec<_> = devices.iter().map(|device| &device.profile.name).collect();
    assert!(
        matches!(names[..], [name] if name.starts_with("Chrome on ")),
        "{names:?}"
    );
}
