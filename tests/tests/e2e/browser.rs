//! The web remote in Chromium, as a phone's browser shows it, with the real daemon.

use deskconn_tests::{Daemon, Output, chromium};

use crate::scene::{self, Window};

#[tokio::test]
async fn a_browser_pairs_by_the_typed_code_and_turns_a_slide() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let url = format!("http://{}/", daemon.address());
    let code = window.code.replace(' ', "");
    let visit = chromium(&[("DESKCONN_URL", &url), ("DESKCONN_CODE", &code)]).await;
    assert_flipped(&daemon, window, &visit).await;
}

#[tokio::test]
async fn a_browser_pairs_by_the_scanned_link_and_turns_a_slide() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let visit = chromium(&[("DESKCONN_LINK", &window.link)]).await;
    assert_flipped(&daemon, window, &visit).await;
}

/// The browser is a device now, and its tap went as far as a machine without uinput lets it go.
async fn assert_flipped(daemon: &Daemon, window: Window, visit: &Output) {
    let said = visit.success();
    assert!(said.contains("There is no /dev/uinput"), "{said}");
    assert_eq!(window.screen.ended().await.0, Some(0));
    let devices = scene::devices(daemon).await;
    let names: Vec<_> = devices.iter().map(|device| &device.profile.name).collect();
    assert!(
        matches!(names[..], [name] if name.starts_with("Chrome on ")),
        "{names:?}"
    );
}
