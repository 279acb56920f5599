//! Ending well, and coming back after ending badly.

use std::net::TcpListener;

use deskconn_protocol::uris;
use deskconn_tests::{DEADLINE, TempHome, deskconnd};
use rustix::process::Signal;
use tokio::net::UnixDatagram;
use tokio::time::timeout;
use wamp_client::{CloseCause, JoinOptions};
use wamp_proto::uris as wamp;

use crate::scene::{self, Window};

#[tokio::test]
async fn a_daemon_that_is_stopped_says_goodbye_and_leaves_nothing_behind() {
    let mut daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let owner = daemon.owner().await;
    let url = format!("ws://{}/ws", daemon.address());
    let stranger = wamp_client::connect(&url, JoinOptions::new(uris::REALM_PAIRING)).await;
    let stranger = stranger.expect("anybody may join");
    let mut following = guest.start_cli(&[
        "--on",
        "study",
        "subscribe",
        "org.deskconn.slides.on_action",
    ]);
    following.expect("subscribed").await;
    let window = Window::open(&daemon, &[]).await;
    let (socket, address) = (daemon.socket().to_owned(), daemon.address());

    assert!(daemon.stop().await.success());

    for session in [owner, stranger] {
        let cause = session.closed().await;
        let CloseCause::Goodbye { reason, .. } = &cause else {
            panic!("{cause:?}");
        };
        assert_eq!(*reason, wamp::SYSTEM_SHUTDOWN);
    }
    let lost = following.expect("connection lost, trying again: ").await;
    assert!(lost.contains("wamp.close.system_shutdown"), "{lost}");
    let (code, said) = window.screen.ended().await;
    assert!(matches!(code, Some(1 | 3)), "{said}");
    assert!(!socket.exists());
    TcpListener::bind(address).expect("the port is free");
}

#[tokio::test]
async fn its_owner_can_stop_it_by_a_call() {
    let mut daemon = scene::start().await;
    daemon
        .cli(&["call", "org.deskconn.daemon.shutdown"])
        .await
        .success();
    assert!(daemon.ended().await.success());
    assert!(!daemon.socket().exists());
}

#[tokio::test]
async fn calls_under_way_do_not_hold_it_up() {
    let mut daemon = scene::start().await;
    let mut serving =
        daemon
            .home()
            .start_cli(&["register", "com.example.slow", "--", "sleep", "1000"]);
    serving.expect("registered").await;
    let calling = daemon.home().start_cli(&["call", "com.example.slow"]);
    let owner = daemon.owner().await;
    deskconn_tests::eventually("the call is there", async || {
        let count = owner
            .call("wamp.session.count")
            .await
            .ok()?
            .read::<u64>()
            .ok()?;
        // The daemon, its component, this session, the callee and the caller.
        (count >= 5).then_some(())
    })
    .await;
    assert!(daemon.stop().await.success());
    assert_ne!(calling.ended().await.0, Some(0));
    serving.expect("connection lost").await;
}

#[tokio::test]
async fn a_daemon_that_was_killed_comes_back_on_the_socket_it_left() {
    let mut daemon = scene::start().await;
    let id = daemon.status().id;
    let home = daemon.home().clone();
    daemon.kill().await;
    assert!(home.paths().socket.exists(), "a crash leaves the socket");
    let down = home.cli(&["status"]).await;
    assert!(
        down.failure(3).contains("the daemon is not running"),
        "{down:?}"
    );

    let daemon = scene::start_in(home).await;
    assert_eq!(daemon.status().id, id);
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn the_service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let home = TempHome::new();
    let path = home.path().join("notify");
    let notified = UnixDatagram::bind(&path).expect("a socket in the home");
    let mut command = std::process::Command::new(deskconnd());
    home.adopt(&mut command)
        .env("NOTIFY_SOCKET", &path)
        .args(["--listen", "127.0.0.1:0"]);
    let daemon = deskconn_tests::Running::start(command);
    assert!(notification(&notified).await.contains("READY=1"));
    home.cli(&["status"]).await.success();
    daemon.signal(Signal::TERM);
    assert!(notification(&notified).await.contains("STOPPING=1"));
    let (code, said) = daemon.ended().await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn ctrl_c_in_its_terminal_stops_it_as_well() {
    let home = TempHome::new();
    let command = std::process::Command::new(deskconnd());
    let mut daemon = home.start(command, &["--listen", "127.0.0.1:0"]);
    daemon.expect("Pair a phone or another computer").await;
    daemon.signal(Signal::INT);
    let (code, said) = daemon.ended().await;
    assert_eq!(code, Some(0), "{said}");
}

async fn notification(notified: &UnixDatagram) -> String {
    let mut message = [0; 4096];
    let received = timeout(DEADLINE, notified.recv(&mut message)).await;
    let length = received.expect("a notification").expect("our socket");
    String::from_utf8_lossy(&message[..length]).into_owned()
}
