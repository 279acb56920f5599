//! Pointer and keyboard through the portal of a desktop that is played: whoever sits there is asked once, and what
//! they say holds.

use std::os::unix::fs::PermissionsExt;

use deskconn_protocol::api::input::{
    Backend, Button, ButtonAction, Move, PressButton, PressKey, Scroll, Status, Type,
};
use deskconn_protocol::uris;
use deskconn_tests::{Answer, Daemon, Desktop, Portal, TempHome, eventually};
use serde::Serialize;
use wamp_client::Session;

/// Who turns slides: a keyboard. Who moves the pointer: that, and a pointer.
const SLIDES: &str = "components.input.enabled = false\ncomponents.slides.backend = 'portal'";
const INPUT: &str = "components.slides.enabled = false\ncomponents.input.backend = 'portal'";

const PAGE_DOWN: [&str; 2] = ["+109", "-109"];

/// A daemon of this configuration, on a desktop that has nothing but a portal.
async fn start(config: &str, takes_text: bool) -> (Desktop, Portal, Daemon) {
    let home = TempHome::new();
    home.configure(&format!(
        "discovery.announce = false\ncomponents.media.enabled = false\n\
         components.screen.enabled = false\ncomponents.volume.enabled = false\n{config}"
    ));
    let desktop = Desktop::start(&home, &[]).await;
    let portal = Portal::start(desktop.address(), takes_text).await;
    let daemon = desktop.daemon(home).await;
    (desktop, portal, daemon)
}

async fn next(daemon: &Daemon) -> String {
    let called = daemon.cli(&["call", uris::SLIDES_NEXT]).await;
    called.failure(1).to_owned()
}

/// Turns the slide, as soon as the answer has come to the daemon.
async fn turn(daemon: &Daemon) {
    eventually("a slide turns", async || {
        let called = daemon.cli(&["call", uris::SLIDES_NEXT]).await;
        (called.code == Some(0)).then_some(())
    })
    .await;
}

/// Calls, as soon as the answer has come to the daemon.
async fn call(session: &Session, procedure: &'static str, arguments: impl Serialize + Clone) {
    eventually(procedure, async || {
        let called = session.call(procedure).kwargs(arguments.clone()).await;
        called.ok()
    })
    .await;
}

#[tokio::test]
async fn who_sits_there_is_asked_at_the_first_use_and_never_again() {
    let (desktop, mut portal, mut daemon) = start(SLIDES, false).await;
    assert!(
        daemon
            .said()
            .contains("the desktop has not been asked yet whether devices may press keys"),
    );
    let refused = next(&daemon).await;
    assert!(
        refused.starts_with("error: the desktop asks on its screen whether devices may press keys"),
        "{refused}"
    );
    // A keyboard and nothing else.
    assert_eq!(
        portal.said(2).await,
        ["devices 1 for good 2 with \"\"", "asks"]
    );
    portal.answer(Answer::Yes);
    turn(&daemon).await;
    assert_eq!(portal.said(2).await, PAGE_DOWN);

    let token = daemon
        .home()
        .paths()
        .state_dir
        .join("components/slides/portal");
    let mode = std::fs::metadata(&token).expect("it is kept").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);

    daemon.stop().await;
    assert_eq!(portal.said(1).await, ["gone"]);
    let daemon = desktop.daemon(daemon.home().clone()).await;
    let again = ["devices 1 for good 2 with \"come again\"", "asks"];
    assert_eq!(portal.said(2).await, again);
    turn(&daemon).await;
    assert_eq!(portal.said(2).await, PAGE_DOWN);
}

#[tokio::test]
async fn a_no_holds_until_the_owner_starts_the_component_again() {
    let (_desktop, mut portal, daemon) = start(SLIDES, false).await;
    portal.answer(Answer::No);
    let no = "error: whoever sits at the screen has not allowed devices";
    eventually("the no has come", async || {
        next(&daemon).await.starts_with(no).then_some(())
    })
    .await;
    portal.answer(Answer::Yes);
    let refused = next(&daemon).await;
    assert!(refused.starts_with(no), "{refused}");
    daemon
        .cli(&["component", "restart", "slides"])
        .await
        .success();
    turn(&daemon).await;
    let asked = ["devices 1 for good 2 with \"\"", "asks"];
    assert_eq!(portal.said(6).await, [asked, asked, PAGE_DOWN].concat());
}

#[tokio::test]
async fn pointer_keys_and_text_come_to_the_compositor() {
    let (_desktop, mut portal, daemon) = start(INPUT, true).await;
    portal.answer(Answer::Yes);
    let owner = daemon.owner().await;
    call(&owner, uris::INPUT_MOVE, Move { dx: 3, dy: -4 }).await;
    assert_eq!(
        portal.said(3).await,
        ["devices 3 for good 2 with \"\"", "asks", "move 3 -4"]
    );
    let status = owner.call(uris::INPUT_STATUS).await.expect("a status");
    let status: Status = status.kwargs().expect("a status");
    assert_eq!(status.backend, Some(Backend::Portal));

    call(&owner, uris::INPUT_SCROLL, Scroll { dx: 0.0, dy: 0.5 }).await;
    let click = PressButton {
        button: Button::Left,
        action: ButtonAction::Click,
    };
    call(&owner, uris::INPUT_BUTTON, click).await;
    let key = PressKey {
        key: "a".to_owned(),
        modifiers: Vec::new(),
    };
    call(&owner, uris::INPUT_KEY, key).await;
    let text = "é☂\n".to_owned();
    call(&owner, uris::INPUT_TYPE, Type { text }).await;
    let done = [
        "scroll 0 60",
        "+0x110",
        "-0x110",
        "+30",
        "-30",
        "text é",
        "text ☂",
        "+28",
        "-28",
    ];
    assert_eq!(portal.said(done.len()).await, done);
}

#[tokio::test]
async fn a_compositor_that_takes_no_text_gets_the_keys_of_the_layout() {
    let config = format!("{INPUT}\ncomponents.input.layout = 'de'");
    let (_desktop, mut portal, daemon) = start(&config, false).await;
    portal.answer(Answer::Yes);
    let owner = daemon.owner().await;
    let text = "z".to_owned();
    call(&owner, uris::INPUT_TYPE, Type { text }).await;
    assert_eq!(portal.said(4).await[2..], ["+21", "-21"]);
}

#[tokio::test]
async fn what_a_session_holds_goes_up_when_it_leaves() {
    let (_desktop, mut portal, daemon) = start(INPUT, false).await;
    portal.answer(Answer::Yes);
    let guest = daemon.owner().await;
    let press = PressButton {
        button: Button::Left,
        action: ButtonAction::Press,
    };
    call(&guest, uris::INPUT_BUTTON, press).await;
    assert_eq!(portal.said(3).await[2], "+0x110");
    guest.leave().await;
    assert_eq!(portal.said(1).await, ["-0x110"]);
}
