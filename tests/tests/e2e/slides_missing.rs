//! A machine on which no keys can be pressed: said wherever somebody asks, and everything else works.

use crate::scene;

const WHY: &str = "there is no /dev/uinput";
const HINT: &str = "run `sudo modprobe uinput`";

#[tokio::test]
async fn the_owner_reads_it_in_the_status() {
    let daemon = scene::start().await;
    assert!(
        daemon
            .said()
            .contains(&format!("slides      unavailable: {WHY}"))
    );
    let status = daemon.cli(&["status"]).await;
    let expected = format!("  slides  unavailable: {WHY}\n          hint: {HINT}");
    assert!(status.success().contains(&expected), "{status:?}");
}

#[tokio::test]
async fn a_paired_device_that_calls_is_told_why_and_what_to_do() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    for verb in ["next", "previous", "black"] {
        let procedure = format!("org.deskconn.slides.{verb}");
        let refused = guest.cli(&["--on", "study", "call", &procedure]).await;
        let stderr = refused.failure(1);
        assert!(
            stderr.starts_with(&format!(
                "error: {WHY} (org.deskconn.error.unavailable)\nhint: {HINT}"
            )),
            "{stderr}"
        );
    }
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
    assert_eq!(status["available"], false);
    let reason = status["reason"].as_str().expect("a reason");
    assert!(
        reason.starts_with(&format!("{WHY}; hint: {HINT}")),
        "{reason}"
    );
    scene::assert_alive(&daemon).await;
}
