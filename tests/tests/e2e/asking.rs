//! `deskconn pair --confirm`: the owner is asked before a device is let in that knows the code.

use std::io::Write;
use std::process::Command;

use deskconn_tests::{Daemon, Running, TempHome};
use rustix::process::Signal;

use crate::scene::{self, Window};

/// `deskconn pair --confirm`, whose owner says nothing yet, and the code it shows.
async fn open(daemon: &Daemon) -> (Running, String) {
    let mut shell = Command::new("sh");
    // A pipe that stays open although nobody writes to it.
    let script = r#"cd "$HOME" && { [ -p answers ] || mkfifo answers; } &&
        exec "$0" pair --confirm --no-qr 0<> answers"#;
    shell.args(["-c", script]).arg(deskconn_tests::deskconn());
    let mut screen = daemon.home().start(shell, &[]);
    let code = screen.expect("Code ").await;
    screen.expect("Ctrl-C cancels").await;
    (screen, code)
}

/// Has the owner say something.
fn say(daemon: &Daemon, line: &str) {
    let answers = daemon.home().path().join("answers");
    let answers = std::fs::OpenOptions::new().write(true).open(answers);
    let mut answers = answers.expect("a pipe that is read");
    writeln!(answers, "{line}").expect("a pipe that is read");
}

/// Somebody who joins with this code.
fn join(daemon: &Daemon, guest: &TempHome, code: &str) -> Running {
    guest.start_cli(&["join", &daemon.address().to_string(), "--code", code])
}

/// Nobody was paired: neither here nor there is anything known of the other.
async fn assert_nobody_paired(daemon: &Daemon, guest: &TempHome) {
    assert_eq!(scene::devices(daemon).await, []);
    let hosts = guest.cli(&["hosts"]).await;
    assert!(hosts.success().contains("joined no other"), "{hosts:?}");
}

#[tokio::test]
async fn a_device_is_let_in_when_its_owner_says_yes_to_the_words_it_shows() {
    let daemon = scene::start().await;
    let (mut screen, code) = open(&daemon).await;
    let guest = TempHome::new();
    let mut joining = join(&daemon, &guest, &code);
    let shown = joining.expect("Words ").await;
    joining.expect("whose owner is asked").await;
    screen.expect("(command line").await;
    screen.expect("From 127.0.0.1").await;
    assert_eq!(screen.expect("Words ").await, shown);
    assert_nobody_paired(&daemon, &guest).await;
    say(&daemon, "y");
    screen.expect("Paired with").await;
    assert_eq!(screen.ended().await.0, Some(0));
    assert_eq!(joining.ended().await.0, Some(0));
    guest.cli(&["--on", "study", "status"]).await.success();
}

#[tokio::test]
async fn a_device_is_not_let_in_when_its_owner_says_no() {
    let daemon = scene::start().await;
    let (mut screen, code) = open(&daemon).await;
    let guest = TempHome::new();
    let joining = join(&daemon, &guest, &code);
    screen.expect("knows the code").await;
    say(&daemon, "n");
    let (status, said) = joining.ended().await;
    assert_eq!(status, Some(1), "{said}");
    let told = "error: the owner of that computer did not let this device in\nhint: ";
    assert!(said.contains(told), "{said}");
    let (status, said) = screen.ended().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("was not let in, as you said"), "{said}");
    assert_nobody_paired(&daemon, &guest).await;
    // The code is spent all the same.
    let again = join(&daemon, &guest, &code).ended().await.1;
    assert!(again.contains("does not pair"), "{again}");
    let log = daemon.cli(&["log"]).await;
    let declined = "org.deskconn.pairing.error.declined";
    assert!(log.success().contains(declined), "{log:?}");
}

#[tokio::test]
async fn an_owner_who_can_say_nothing_says_no() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &["--confirm", "--no-qr"]).await;
    let guest = TempHome::new();
    let (status, said) = join(&daemon, &guest, &window.code).ended().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("did not let this device in"), "{said}");
    assert_nobody_paired(&daemon, &guest).await;
}

#[tokio::test]
async fn a_device_is_not_let_in_when_the_window_goes_away_while_its_owner_is_asked() {
    let daemon = scene::start().await;
    let guest = TempHome::new();
    for interrupted in [true, false] {
        let (mut screen, code) = open(&daemon).await;
        let joining = join(&daemon, &guest, &code);
        screen.expect("knows the code").await;
        let another = match interrupted {
            true => {
                screen.signal(Signal::INT);
                None
            }
            false => Some(Window::open(&daemon, &["--no-qr"]).await),
        };
        let (status, said) = joining.ended().await;
        assert_eq!(status, Some(1), "{said}");
        let told = "error: the pairing was cancelled at that computer\nhint: ";
        assert!(said.contains(told), "{said}");
        assert_ne!(screen.ended().await.0, Some(0));
        drop(another);
    }
    assert_nobody_paired(&daemon, &guest).await;
}

#[tokio::test]
async fn a_device_that_goes_away_while_its_owner_is_asked_is_not_let_in() {
    let daemon = scene::start().await;
    let (mut screen, code) = open(&daemon).await;
    let guest = TempHome::new();
    let joining = join(&daemon, &guest, &code);
    screen.expect("knows the code").await;
    joining.signal(Signal::KILL);
    let (status, said) = screen.ended().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("went away before you said"), "{said}");
    assert_nobody_paired(&daemon, &guest).await;
}
