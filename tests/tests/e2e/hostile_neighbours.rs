//! Others on the network who guess the code, and who play again what they recorded.

use std::path::Path;

use deskconn_netns::{Lab, python};
use deskconn_tests::TempHome;
use futures_util::future::join_all;

use crate::network_life::{STUDY, pair, start};
use crate::pairing_refused::another;
use crate::scene::{self, Window};
use crate::two_hosts::{Capture, Guest};

/// How many guess, each at an address of its own: as many as may be trying at once.
const GUESSERS: u8 = 4;

/// What became of guesses.
#[derive(Debug, Default)]
struct Guesses {
    wrong: u32,
    busy: u32,
}

#[tokio::test]
async fn guessers_at_many_addresses_have_ten_guesses_between_them() {
    let lab = Lab::new();
    let (a, b) = (lab.a(), lab.b());
    for number in 1..=GUESSERS {
        // Whoever knocks at this address of the daemon does so from an address of its own.
        let (there, here) = (format!("10.77.0.10{number}"), format!("10.77.0.20{number}"));
        a.run(
            "ip",
            &["addr", "add", &format!("{there}/24"), "dev", "eth0"],
        );
        b.run("ip", &["addr", "add", &format!("{here}/24"), "dev", "eth0"]);
        b.run("ip", &["route", "add", &there, "dev", "eth0", "src", &here]);
    }
    let daemon = start(a, STUDY).await;
    let mut window = Window::open(&daemon, &[]).await;
    let wrong = another(&window.code);
    let port = daemon.address().port();

    let guessing = (1..=GUESSERS).map(async |number| {
        let guest = Guest::at(b);
        let address = format!("10.77.0.10{number}:{port}");
        let mut guesses = Guesses::default();
        loop {
            let refused = guest.try_run(&["join", &address, "--code", &wrong]).await;
            let why = refused.failure(1);
            if why.contains("the code is closed") {
                return guesses;
            }
            match why.contains("wrong code") {
                true => guesses.wrong += 1,
                false => guesses.busy += 1,
            }
        }
    });
    let guesses = join_all(guessing).await;
    let wrong: u32 = guesses.iter().map(|guesses| guesses.wrong).sum();
    assert_eq!(wrong, 10, "{guesses:?}");

    for attempt in 1..=10 {
        let shown = window.screen.expect("wrong code from 10.77.0.20").await;
        assert!(shown.ends_with(&format!(" ({attempt}/10)")), "{shown}");
    }
    window.screen.expect("only the QR code works now").await;
    assert_eq!(scene::devices(&daemon).await, []);
    Guest::at(b).run(&["join", &window.link]).await;
    assert_eq!(window.screen.ended().await.0, Some(0));
}

#[tokio::test]
async fn what_a_sniffer_recorded_says_nothing_when_it_is_played_again() {
    let lab = Lab::new();
    let (a, b) = (lab.a(), lab.b());
    let daemon = start(a, STUDY).await;
    let port = daemon.address().port().to_string();
    let guest = pair(&daemon, b, &format!("10.77.0.1:{port}")).await;
    let folder = tempfile::tempdir().expect("a directory");
    let capture = Capture::start(&b, folder.path()).await;
    guest.run(&["--on", "study", "status"]).await;
    let recorded = capture.finish().await;
    assert!(!recorded.is_empty());

    let done = async || {
        let log = daemon.cli(&["log", "--json"]).await;
        log.success().to_owned()
    };
    let before = done().await;
    assert!(before.contains("org.deskconn.daemon.status"), "{before}");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/replay.py");
    let mut command = b.command(python());
    command.arg(program).arg(folder.path().join("capture"));
    command.args(["10.77.0.1", &port]);
    let replayed = TempHome::new().run(command, &[]).await;
    let heard = replayed.success();
    // It got as far as a link, on which nothing of what it played is believed.
    assert!(heard.contains("101 Switching Protocols"), "{heard}");
    assert!(heard.contains("the other side has hung up"), "{heard}");
    // Nothing was done, and the owner reads that somebody tried.
    let after = done().await;
    let since = after
        .strip_prefix(before.as_str())
        .expect("the log goes on");
    let lines: Vec<_> = since.lines().collect();
    assert!(
        matches!(lines[..], [line] if line.contains("\"what\":\"refused\"")),
        "{since}"
    );
    assert!(!scene::devices(&daemon).await[0].connected);
}
