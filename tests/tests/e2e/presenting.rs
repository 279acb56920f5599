//! A talk, on an X server and on the bus of a desktop that is played: the screen stays awake.

use std::process::Command;

use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Desktop, TempHome, XServer, deskconnd};

/// A daemon that turns slides, on an X server and a desktop.
async fn start(config: &str) -> (XServer, Desktop, Daemon) {
    let home = TempHome::new();
    home.configure(&format!(
        "discovery.announce = false\ncomponents.input.enabled = false\ncomponents.media.enabled = false\n\
         components.volume.enabled = false\ncomponents.slides.backend = 'x11'\n{config}"
    ));
    let server = XServer::start(&home).await;
    let desktop = Desktop::start(&home, &["logind", "saver"]).await;
    let mut command = Command::new(deskconnd());
    server.adopt(command.args(["--listen", "127.0.0.1:0"]));
    desktop.adopt(&mut command);
    (server, desktop, Daemon::start_as(command, home).await)
}

async fn turn(daemon: &Daemon, procedure: &'static str) {
    daemon.cli(&["call", procedure]).await.success();
}

#[tokio::test]
async fn the_screen_stays_awake_from_start_to_stop() {
    let (_server, mut desktop, daemon) = start("").await;
    for action in [uris::SLIDES_START, uris::SLIDES_START_CURRENT] {
        turn(&daemon, action).await;
        let held = [
            r#""idle" "DeskConn" "somebody presents" "block""#,
            r#""DeskConn" "somebody presents""#,
        ];
        for arguments in held {
            assert_eq!(desktop.expect("Inhibit ").await, arguments, "{action}");
        }
        turn(&daemon, uris::SLIDES_NEXT).await;
        turn(&daemon, uris::SLIDES_STOP).await;
        // Nobody was asked anything between.
        assert_eq!(desktop.expect("nhibit ").await, "7");
    }
}

#[tokio::test]
async fn the_screen_may_sleep_where_the_owner_wants_it_so() {
    let config = "components.slides.keep_awake = false";
    let (mut server, mut desktop, daemon) = start(config).await;
    turn(&daemon, uris::SLIDES_START).await;
    server.events(2).await;
    // What is asked for later is the first thing that the desktop hears of.
    let keep = ["call", uris::SCREEN_AWAKE_KEEP, "-kwhy=else"];
    daemon.cli(&keep).await.success();
    let held = desktop.expect("Inhibit ").await;
    assert_eq!(held, r#""idle" "DeskConn" "else" "block""#);
}
