//! Removing a device: at once, for good, and said honestly.

use crate::scene;

#[tokio::test]
async fn unpairing_ends_a_live_session_at_once_and_says_why() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let mut following = guest.start_cli(&[
        "--on",
        "study",
        "subscribe",
        "org.deskconn.slides.on_action",
    ]);
    following.expect("subscribed to").await;
    let [device] = &scene::devices(&daemon).await[..] else {
        panic!("one device is paired");
    };
    assert!(device.connected);

    let removed = daemon.cli(&["unpair", device.id.as_str()]).await;
    assert!(removed.success().starts_with("Removed "), "{removed:?}");
    let (code, said) = following.ended().await;
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("access was taken back"), "{said}");
    assert!(said.contains("\nhint: pair again"), "{said}");
    assert_eq!(scene::devices(&daemon).await, []);
}

#[tokio::test]
async fn a_removed_device_is_refused_until_it_is_paired_again() {
    let mut daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    daemon.cli(&["unpair", id.as_str()]).await.success();

    let call = ["--on", "study", "call", "org.deskconn.slides.status"];
    let refused = guest.cli(&call).await;
    let stderr = refused.failure(4);
    assert!(
        stderr.starts_with("error: study does not let this computer in any more\n"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with(
            "hint: pair again: run `deskconn pair` there and `deskconn join study` here\n"
        ),
        "{stderr}"
    );

    // A restart does not bring it back.
    let (address, home) = (daemon.address().to_string(), daemon.home().clone());
    assert!(daemon.stop().await.success());
    let daemon = scene::start_at(home, &address).await;
    guest.cli(&call).await.failure(4);

    let window = scene::Window::open(&daemon, &[]).await;
    let again = guest.cli(&["join", &address, "--code", &window.code]).await;
    again.success();
    guest.cli(&call).await.success();
}

#[tokio::test]
async fn forgetting_a_host_is_the_guest_s_side_of_it() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    guest.cli(&["forget", "study"]).await.success();
    let unknown = guest.cli(&["--on", "study", "status"]).await;
    assert!(unknown.stderr.contains("hint: "), "{unknown:?}");
    assert_ne!(unknown.code, Some(0));
}
