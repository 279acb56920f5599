//! Pairing by code and by link, and what the pair can do afterwards.

use deskconn_tests::TempHome;

use crate::scene::{self, Window};

#[tokio::test]
async fn two_computers_pair_by_code_and_show_the_same_words() {
    let daemon = scene::start().await;
    let mut window = Window::open(&daemon, &[]).await;
    let guest = TempHome::new();
    let address = daemon.address().to_string();

    let joined = guest.cli(&["join", &address, "--code", &window.code]).await;
    let words = line_after(joined.success(), "Words ");
    assert_eq!(words.split(' ').count(), 2, "{words:?}");
    assert!(joined.stdout.contains("Paired with study ("), "{joined:?}");

    assert_eq!(window.screen.expect("Words ").await, words);
    let (code, said) = window.screen.ended().await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn two_computers_pair_by_the_link_of_the_qr_code() {
    let daemon = scene::start().await;
    let mut window = Window::open(&daemon, &[]).await;
    let guest = TempHome::new();
    let joined = guest.cli(&["join", &window.link]).await;
    let words = line_after(joined.success(), "Words ");
    assert_eq!(window.screen.expect("Words ").await, words);
}

#[tokio::test]
async fn a_code_is_read_from_standard_input_too() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let guest = TempHome::new();
    let script = format!("echo '{}' | \"$0\" \"$@\"", window.code);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).arg(deskconn_tests::deskconn());
    let joined = guest
        .run(shell, &["join", &daemon.address().to_string()])
        .await;
    assert!(joined.success().contains("Paired with study"), "{joined:?}");
}

#[tokio::test]
async fn a_paired_computer_is_listed_and_calls_over_its_sealed_link() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;

    let listed = daemon.cli(&["devices"]).await;
    assert!(listed.success().contains("slides, status"), "{listed:?}");
    let hosts = guest.cli(&["hosts"]).await;
    assert!(hosts.success().contains("study"), "{hosts:?}");

    let status = guest
        .cli(&[
            "--on",
            "study",
            "call",
            "org.deskconn.slides.status",
            "--json",
        ])
        .await;
    let status: serde_json::Value = serde_json::from_str(status.success()).expect("JSON");
    assert_eq!(status["profile"], "generic");
    // The daemon's log says how the caller came in: as the device, which only a sealed link can.
    assert!(
        daemon.said().contains("authrole=device"),
        "{}",
        daemon.said()
    );
}

#[tokio::test]
async fn a_paired_computer_may_do_what_it_was_granted_and_no_more() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    guest.cli(&["--on", "study", "status"]).await.success();
    for denied in [
        &["devices"][..],
        &["pair"],
        &["call", "org.deskconn.daemon.shutdown"],
        &["call", "wamp.session.list"],
        &["publish", "org.deskconn.slides.on_action"],
        &["subscribe", "org.deskconn.daemon.on_device_paired"],
        &["register", "org.deskconn.slides.next", "--", "true"],
    ] {
        let arguments: Vec<_> = ["--on", "study"].iter().chain(denied).copied().collect();
        let refused = guest.cli(&arguments).await;
        let stderr = refused.failure(4);
        assert!(
            stderr.contains("is not allowed\nhint: "),
            "{denied:?}: {stderr}"
        );
    }
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn a_pairing_outlives_the_daemon_and_its_crash() {
    let mut daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let (address, home) = (daemon.address().to_string(), daemon.home().clone());
    assert!(daemon.stop().await.success());
    let mut daemon = scene::start_at(home.clone(), &address).await;
    guest.cli(&["--on", "study", "status"]).await.success();
    daemon.kill().await;
    let daemon = scene::start_at(home, &address).await;
    guest.cli(&["--on", "study", "status"]).await.success();
    assert_eq!(scene::devices(&daemon).await.len(), 1);
}

#[tokio::test]
async fn the_window_closes_with_its_screen() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    window.screen.signal(rustix::process::Signal::INT);
    let (code, said) = window.screen.ended().await;
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.ends_with("Cancelled: the code is worthless now\n"),
        "{said}"
    );

    let address = daemon.address().to_string();
    let refused = TempHome::new()
        .cli(&["join", &address, "--code", &window.code])
        .await;
    assert!(refused.failure(1).contains("does not pair"), "{refused:?}");
}

/// The rest of the line that begins so.
fn line_after(text: &str, beginning: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(beginning));
    lines.next().expect(beginning).to_owned()
}
