//! The browser extension against the real daemon: films in full screen, and the backlight meanwhile.

use deskconn_protocol::profile::DeviceKind;
use deskconn_tests::{Panel, TempHome, chromium};

use crate::scene::{self, CONFIG, Window};

#[tokio::test]
async fn a_film_in_chromium_has_a_brighter_screen_until_it_ends_or_the_browser_is_killed() {
    watch("chromium").await;
}

#[tokio::test]
async fn a_film_in_firefox_has_a_brighter_screen_until_it_ends_or_the_browser_is_killed() {
    watch("firefox").await;
}

/// Pairs the extension and has it watch.
async fn watch(browser: &str) {
    let home = TempHome::new();
    let panel = Panel::new(home.path(), 300);
    let sysfs = panel.sysfs().display();
    home.configure(&format!("{CONFIG}[components.screen]\nsysfs = '{sysfs}'\n"));
    let daemon = scene::start_in(home).await;
    let window = Window::open(&daemon, &[]).await;
    let address = daemon.address().to_string();
    let code = window.code.replace(' ', "");
    let backlight = panel.sysfs().join("class/backlight/panel/brightness");
    let environment = [
        ("DESKCONN_BROWSER", browser),
        ("DESKCONN_ADDRESS", &address),
        ("DESKCONN_CODE", &code),
        ("DESKCONN_BACKLIGHT", backlight.to_str().expect("UTF-8")),
    ];
    let watched = chromium("film.mjs", &environment).await;
    let said = watched.success();
    assert!(said.contains("the browser was killed: 300"), "{said}");
    let devices = scene::devices(&daemon).await;
    let kinds: Vec<_> = devices.iter().map(|device| device.profile.kind).collect();
    assert_eq!(kinds, [DeviceKind::Ext]);
}
