//! Pointer and keyboard on a real X server, where there is no `/dev/uinput`: slides turn, text is right in
//! any layout, and nothing stays down.

use std::process::Command;

use deskconn_protocol::api::input::{
    Backend, Button, ButtonAction, Gesture, MakeGesture, Modifier, Move, PressButton, PressKey,
    Scroll, Status, Type,
};
use deskconn_protocol::{api, uris};
use deskconn_tests::{Daemon, TempHome, XServer, deskconnd, eventually};
use serde::Serialize;
use wamp_client::Session;

const KEYBOARD: &str = "
    discovery.announce = false
    components.media.enabled = false
    components.screen.enabled = false
    components.volume.enabled = false
    components.input.backend = 'x11'
";

/// An X server, and a daemon in its session.
async fn start() -> (XServer, Daemon, Session) {
    let home = TempHome::new();
    home.configure(KEYBOARD);
    let server = XServer::start(&home).await;
    let (daemon, owner) = start_daemon(&server, home).await;
    (server, daemon, owner)
}

async fn start_daemon(server: &XServer, home: TempHome) -> (Daemon, Session) {
    let mut command = Command::new(deskconnd());
    server.adopt(command.args(["--listen", "127.0.0.1:0"]));
    let daemon = Daemon::start_as(command, home).await;
    let owner = daemon.owner().await;
    (daemon, owner)
}

async fn call(session: &Session, procedure: &'static str, arguments: impl Serialize) {
    let called = session.call(procedure).kwargs(arguments).await;
    called.expect(procedure);
}

fn press(action: ButtonAction) -> PressButton {
    PressButton {
        button: Button::Left,
        action,
    }
}

fn text(text: &str) -> Type {
    Type {
        text: text.to_owned(),
    }
}

fn f12() -> PressKey {
    PressKey {
        key: "f12".to_owned(),
        modifiers: Vec::new(),
    }
}

/// F12, as the server tells it.
const F12: &str = "ffc9";

#[tokio::test]
async fn slides_turn_by_the_x_server_where_there_is_no_uinput() {
    let (mut server, daemon, owner) = start().await;
    let status = owner.call(uris::SLIDES_STATUS).await.expect("a status");
    let status: api::slides::Status = status.kwargs().expect("a status");
    assert_eq!(status.backend, Some(Backend::X11));
    let not_used: Vec<_> = status.not_used.iter().map(|it| it.backend).collect();
    assert_eq!(not_used, [Backend::Uinput]);
    assert_eq!(status.not_used[0].reason, "there is no /dev/uinput");

    daemon.cli(&["call", uris::SLIDES_NEXT]).await.success();
    assert_eq!(server.events(2).await, ["+ff56", "-ff56"]);
    daemon
        .cli(&["call", uris::SLIDES_START_CURRENT])
        .await
        .success();
    let pressed = server.events(4).await;
    assert_eq!(pressed, ["+ffe1", "+ffc2", "-ffc2", "-ffe1"]);
}

#[tokio::test]
async fn the_pointer_moves_clicks_and_scrolls_on_the_x_server() {
    let (mut server, _daemon, owner) = start().await;
    let status = owner.call(uris::INPUT_STATUS).await.expect("a status");
    let status: Status = status.kwargs().expect("a status");
    assert_eq!(
        (status.backend, status.not_used),
        (Some(Backend::X11), vec![])
    );

    call(&owner, uris::INPUT_MOVE, Move { dx: 20, dy: -30 }).await;
    assert_eq!(server.events(1).await, ["at 120,70"]);
    call(&owner, uris::INPUT_BUTTON, press(ButtonAction::Click)).await;
    assert_eq!(server.events(2).await, ["+button1", "-button1"]);
    for _ in 0..2 {
        call(&owner, uris::INPUT_SCROLL, Scroll { dx: 0.0, dy: 0.5 }).await;
    }
    assert_eq!(server.events(2).await, ["+button5", "-button5"]);
    let gesture = Gesture::ZoomIn;
    call(&owner, uris::INPUT_GESTURE, MakeGesture { gesture }).await;
    let zoomed = server.events(4).await;
    assert_eq!(zoomed, ["+ffe3", "+button4", "-button4", "-ffe3"]);
    let key = PressKey {
        key: "t".to_owned(),
        modifiers: vec![Modifier::Ctrl],
    };
    call(&owner, uris::INPUT_KEY, key).await;
    assert_eq!(server.events(4).await, ["+ffe3", "+t", "-t", "-ffe3"]);
}

#[tokio::test]
async fn text_is_right_in_any_layout_and_the_keys_are_as_they_were() {
    let (mut server, _daemon, owner) = start().await;
    let written = "Hello, World!\n~/a_b|c\\d <d@e.f> Grüße naïve €5 ☂ Ж日本";
    for layout in ["us", "de", "fr", "us,ru"] {
        server.set_layout(layout).await;
        let before = server.keymap();
        call(&owner, uris::INPUT_TYPE, text(written)).await;
        call(&owner, uris::INPUT_KEY, f12()).await;
        assert_eq!(server.text_until(F12).await, written, "{layout}");
        eventually("the keys are as they were", async || {
            (server.keymap() == before).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn more_characters_than_there_are_spare_keys_are_typed_one_part_after_another() {
    let (mut server, _daemon, owner) = start().await;
    let written: String = ('א'..='ת').chain('א'..='ת').chain('Ա'..='Ֆ').collect();
    call(&owner, uris::INPUT_TYPE, text(&written)).await;
    call(&owner, uris::INPUT_KEY, f12()).await;
    assert_eq!(server.text_until(F12).await, written);
}

#[tokio::test]
async fn what_is_no_text_is_not_typed() {
    let (mut server, _daemon, owner) = start().await;
    let refused = owner.call(uris::INPUT_TYPE).kwargs(text("a\u{1b}b")).await;
    let refused = refused.expect_err("refused").to_string();
    assert!(refused.contains(r"no key gives `\u{1b}`"), "{refused}");
    call(&owner, uris::INPUT_KEY, f12()).await;
    assert_eq!(server.text_until(F12).await, "");
}

#[tokio::test]
async fn a_button_goes_up_when_its_holder_leaves() {
    let (mut server, daemon, owner) = start().await;
    let guest = daemon.owner().await;
    call(&guest, uris::INPUT_BUTTON, press(ButtonAction::Press)).await;
    call(&owner, uris::INPUT_MOVE, Move { dx: 1, dy: 1 }).await;
    assert_eq!(server.events(2).await, ["+button1", "at 101,101"]);
    guest.leave().await;
    assert_eq!(server.events(1).await, ["-button1"]);
}

#[tokio::test]
async fn what_a_daemon_that_stops_or_is_killed_leaves_down_goes_up() {
    let (mut server, mut daemon, owner) = start().await;
    call(&owner, uris::INPUT_BUTTON, press(ButtonAction::Press)).await;
    daemon.stop().await;
    assert_eq!(server.events(2).await, ["+button1", "-button1"]);

    let (mut daemon, owner) = start_daemon(&server, daemon.home().clone()).await;
    call(&owner, uris::INPUT_BUTTON, press(ButtonAction::Press)).await;
    assert_eq!(server.events(1).await, ["+button1"]);
    // The X server does not let go of it; the next daemon does, and of nothing else.
    daemon.kill().await;
    let (_daemon, owner) = start_daemon(&server, daemon.home().clone()).await;
    call(&owner, uris::INPUT_KEY, f12()).await;
    assert_eq!(server.events(3).await, ["-button1", "+ffc9", "-ffc9"]);
}

#[tokio::test]
async fn without_its_x_server_the_daemon_says_so_and_goes_on() {
    let (server, daemon, owner) = start().await;
    server.stop().await;
    let refused = owner.call(uris::INPUT_KEY).kwargs(f12()).await;
    let refused = refused.expect_err("no server");
    assert!(
        refused.to_string().contains(uris::ERROR_UNAVAILABLE),
        "{refused}"
    );
    let status = eventually("it is said to be gone", async || {
        let status = owner.call(uris::INPUT_STATUS).await.expect("a status");
        let status: Status = status.kwargs().expect("a status");
        (!status.available).then_some(status)
    })
    .await;
    assert_eq!(status.backend, None);
    daemon.cli(&["status"]).await.success();
}
