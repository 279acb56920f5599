//! What can be called is told to who may call it, and to who calls it wrongly.

use std::process::Command;

use deskconn_protocol::api::reference::Reference;
use deskconn_protocol::uris;
use deskconn_tests::{Output, deskconn};

use crate::scene;

/// Whether what `deskconn api --json` has printed has the procedure.
fn has(printed: &Output, procedure: &str) -> bool {
    let reference: Reference = serde_json::from_str(printed.success()).expect("JSON");
    let mut procedures = reference.components.iter().flat_map(|c| &c.procedures);
    procedures.any(|known| known.uri == procedure)
}

#[tokio::test]
async fn the_owner_is_told_everything_and_a_device_what_it_was_granted() {
    let daemon = scene::start().await;
    let everything = daemon.cli(&["api", "--json"]).await;
    for uri in [uris::SLIDES_NEXT, uris::SCREEN_UNLOCK_UNLOCK] {
        assert!(has(&everything, uri), "{uri}");
    }
    let guest = scene::pair(&daemon).await;
    let granted = guest.cli(&["--on", "study", "api", "--json"]).await;
    assert!(has(&granted, uris::SLIDES_NEXT));
    assert!(!has(&granted, uris::SCREEN_UNLOCK_UNLOCK));
    let one = daemon.cli(&["api", uris::SLIDES_SET_PROFILE]).await;
    assert!(
        one.success().contains("takes    profile  a text"),
        "{one:?}"
    );
    daemon.cli(&["api", "toaster"]).await.failure(1);
}

#[tokio::test]
async fn who_calls_with_wrong_arguments_is_shown_the_right_ones() {
    let daemon = scene::start().await;
    let wrong = ["call", uris::SLIDES_SET_PROFILE, "-k", "profile=4"];
    let refused = daemon.cli(&wrong).await;
    let said = refused.failure(1);
    assert!(said.contains("`profile` is a text, not 4"), "{said}");
    assert!(said.contains("it takes profile (a text)"), "{said}");
}

#[tokio::test]
async fn the_router_reflects_what_components_say_of_their_procedures() {
    let daemon = scene::start().await;
    let owner = daemon.owner().await;
    let asked = owner.call("wamp.reflection.procedure.describe");
    let told = asked.args((uris::SLIDES_SET_PROFILE,)).await;
    let told: serde_json::Value = told.expect("described").read().expect("a description");
    let properties = &told["description"]["arguments"]["properties"];
    assert_eq!(properties["profile"]["type"], "string", "{told}");
}

#[tokio::test]
async fn a_shell_completes_procedures() {
    let daemon = scene::start().await;
    let mut shell = Command::new(deskconn());
    shell
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "2")
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_IFS", "\n");
    let begun = uris::SLIDES_STOP.trim_end_matches("op");
    let words = ["--", "deskconn", "call", begun];
    let completed = daemon.home().run(shell, &words).await;
    let completed: Vec<_> = completed.success().lines().map(str::trim).collect();
    for uri in [uris::SLIDES_START, uris::SLIDES_STOP, uris::SLIDES_STATUS] {
        assert!(completed.contains(&uri), "{completed:?}");
    }
    assert!(!completed.contains(&uris::SLIDES_NEXT));
    let script = daemon.cli(&["completions", "bash"]).await;
    assert!(script.success().contains("COMPLETE="), "{script:?}");
}
