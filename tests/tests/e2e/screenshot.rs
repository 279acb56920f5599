//! Pictures of the screen, which the portal of a desktop that is played takes.

use std::path::PathBuf;

use deskconn_protocol::uris;
use deskconn_tests::{Answer, Daemon, Desktop, Portal, TempHome};

use crate::scene;

/// As large as pictures of large screens, so that it does not go in one message.
const SIZE: usize = 3 << 20;

/// A daemon whose owner has configured `[components.screen]` so, and the picture that the portal takes.
async fn start(screen: &str) -> (Desktop, Portal, Daemon, PathBuf) {
    let home = TempHome::new();
    home.configure(&format!(
        "device.name = 'study'\ndiscovery.announce = false\ncomponents.input.enabled = false\ncomponents.media.enabled = false\n\
         components.slides.enabled = false\ncomponents.volume.enabled = false\n\
         [components.screen]\nsysfs = '{}'\n{screen}",
        home.path().display()
    ));
    let desktop = Desktop::start(&home, &[]).await;
    let picture = home.path().join("Screenshot 1.png");
    let portal = Portal::with_picture(desktop.address(), false, picture.clone()).await;
    let daemon = desktop.daemon(home).await;
    (desktop, portal, daemon, picture)
}

fn draw(picture: &PathBuf) -> Vec<u8> {
    let magic = b"\x89PNG\r\n\x1a\n";
    let rest = (0..SIZE).map(|number| u8::try_from(number % 251).expect("an octet"));
    let octets: Vec<u8> = magic.iter().copied().chain(rest).collect();
    std::fs::write(picture, &octets).expect("a writable home");
    octets
}

#[tokio::test]
async fn a_picture_comes_whole_and_no_file_of_it_is_left() {
    let (_desktop, _portal, daemon, picture) = start("screenshot = true").await;
    let drawn = draw(&picture);
    let guest = scene::pair(&daemon).await;
    let file = guest.path().join("taken.png");
    let take = [
        "--on",
        "study",
        "screenshot",
        file.to_str().expect("a path"),
    ];
    // It is a grant that no device has by itself.
    guest.cli(&take).await.failure(4);
    let id = scene::devices(&daemon).await.remove(0).id.to_string();
    daemon
        .cli(&["grant", &id, "screen.screenshot"])
        .await
        .success();
    guest.cli(&take).await.success();
    assert!(std::fs::read(&file).expect("a picture") == drawn);
    assert!(!picture.exists(), "it is left in the user's pictures");
    assert!(daemon.said().contains("a picture of the screen was taken"));
    let log = daemon.cli(&["log"]).await;
    assert!(
        log.success().contains(uris::SCREEN_SCREENSHOT_TAKE),
        "{log:?}"
    );

    draw(&picture);
    let refused = daemon.cli(&["call", uris::SCREEN_SCREENSHOT_TAKE]).await;
    let stderr = refused.failure(1);
    assert!(stderr.contains("too large for one message"), "{stderr}");
}

#[tokio::test]
async fn without_the_owners_leave_or_that_of_who_sits_there_no_picture_is_taken() {
    let (_desktop, _portal, daemon, picture) = start("").await;
    draw(&picture);
    let refused = daemon.cli(&["call", uris::SCREEN_SCREENSHOT_TAKE]).await;
    let stderr = refused.failure(4);
    assert!(stderr.contains("screenshot = true"), "{stderr}");
    assert!(picture.exists(), "nobody has asked for it");

    let (_desktop, portal, daemon, _picture) = start("screenshot = true").await;
    portal.answer(Answer::No);
    let refused = daemon.cli(&["call", uris::SCREEN_SCREENSHOT_TAKE]).await;
    let stderr = refused.failure(4);
    assert!(stderr.contains("has not allowed it"), "{stderr}");
}
