//! Granting and revoking: effective at once, for what is going on too, and no further than said.

use deskconn_protocol::grants::Grant;
use deskconn_protocol::uris;
use deskconn_tests::{Output, TempHome, eventually};

use crate::scene;

const PROCEDURE: &str = "com.example.disk";
const REGISTER: &str = "register:com.example.";

/// Runs `deskconn --on study` with these arguments in the home of a guest.
async fn on_study(guest: &TempHome, arguments: &[&str]) -> Output {
    let arguments: Vec<_> = ["--on", "study"].iter().chain(arguments).copied().collect();
    guest.cli(&arguments).await
}

#[tokio::test]
async fn a_guest_serves_under_the_prefix_it_was_granted_until_that_is_revoked() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    let serve = ["register", PROCEDURE, "--", "echo", "42 %"];
    on_study(&guest, &serve).await.failure(4);

    let granted = daemon.cli(&["grant", id.as_str(), REGISTER]).await;
    assert!(granted.success().contains(REGISTER), "{granted:?}");
    let elsewhere = ["register", "com.elsewhere.disk", "--", "true"];
    on_study(&guest, &elsewhere).await.failure(4);
    let mut serving =
        guest.start_cli(&["--on", "study", "register", PROCEDURE, "--", "echo", "42 %"]);
    serving.expect("registered").await;
    let called = daemon.cli(&["call", PROCEDURE]).await;
    assert!(called.success().contains("42 %"), "{called:?}");

    daemon
        .cli(&["revoke", id.as_str(), REGISTER])
        .await
        .success();
    let (code, said) = serving.ended().await;
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("is not allowed any more"), "{said}");
    let called = daemon.cli(&["call", PROCEDURE]).await;
    assert!(
        called.failure(1).contains("nobody has registered"),
        "{called:?}"
    );
    on_study(&guest, &serve).await.failure(4);
}

#[tokio::test]
async fn revoking_ends_a_live_subscription_and_leaves_the_rest() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    let mut following = guest.start_cli(&["--on", "study", "subscribe", uris::SLIDES_ON_ACTION]);
    following.expect("subscribed to").await;

    let owner = daemon.owner().await;
    let turn = async |number: u64| {
        let event = owner.publish(uris::SLIDES_ON_ACTION).args((number,));
        event.acknowledge().await.expect("the owner may");
    };
    turn(1).await;
    following.expect("[1]").await;
    daemon
        .cli(&["revoke", id.as_str(), "slides"])
        .await
        .success();
    turn(2).await;
    let (code, said) = following.ended().await;
    assert_eq!(code, Some(4), "{said}");
    assert!(!said.contains("[2]"), "{said}");
    on_study(&guest, &["call", uris::SLIDES_STATUS])
        .await
        .failure(4);
    on_study(&guest, &["status"]).await.success();
}

#[tokio::test]
async fn a_device_is_told_what_it_may_do_and_nothing_about_others() {
    let daemon = scene::start().await;
    let (guest, other) = (scene::pair(&daemon).await, scene::pair(&daemon).await);
    let mut told = guest.start_cli(&["--on", "study", "subscribe", uris::DAEMON_ON_ME_CHANGED]);
    told.expect("subscribed to").await;
    let me = async |guest: &TempHome| {
        let me = on_study(guest, &["--json", "call", uris::DAEMON_ME]).await;
        let devices = scene::devices(&daemon).await;
        let me = me.success();
        let ids = devices.iter().map(|device| device.id);
        let mut ids = ids.filter(|id| me.contains(id.as_str()));
        (ids.next().expect("a device's id"), ids.next().is_none())
    };
    let (id, is_alone) = me(&guest).await;
    let (other, is_other_alone) = me(&other).await;
    assert!(is_alone && is_other_alone && id != other);

    daemon
        .cli(&["grant", other.as_str(), REGISTER])
        .await
        .success();
    daemon
        .cli(&["revoke", id.as_str(), "slides"])
        .await
        .success();
    // The first that is told is its own.
    let left = Grant::defaults().into_iter();
    let left: Vec<_> = left.filter(|grant| grant.as_str() != "slides").collect();
    let left = serde_json::to_string(&left).expect("JSON");
    let grants = told.expect(r#""grants":"#).await;
    assert!(grants.starts_with(&left), "{grants}");
    daemon.cli(&["call", uris::DAEMON_ME]).await.failure(1);
}

#[tokio::test]
async fn grants_outlast_a_restart_and_revoked_ones_do_not() {
    let mut daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    daemon
        .cli(&["grant", id.as_str(), REGISTER, "--for", "8h"])
        .await
        .success();
    daemon
        .cli(&["revoke", id.as_str(), "slides"])
        .await
        .success();
    let before = scene::devices(&daemon).await;
    let (address, home) = (daemon.address().to_string(), daemon.home().clone());
    assert!(daemon.stop().await.success());
    let daemon = scene::start_at(home, &address).await;
    let after = scene::devices(&daemon).await;
    assert_eq!(after[0].grants, before[0].grants);
    let shown = daemon.cli(&["devices", "show", id.as_str()]).await;
    let expected = format!("{REGISTER}, ends in ");
    assert!(shown.success().contains(&expected), "{shown:?}");
    on_study(&guest, &["call", uris::SLIDES_STATUS])
        .await
        .failure(4);
}

#[tokio::test]
async fn a_grant_for_a_time_ends_by_itself_for_what_is_going_on_too() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    let mut changes = daemon
        .home()
        .start_cli(&["subscribe", uris::DAEMON_ON_DEVICE_CHANGED]);
    changes.expect("subscribed to").await;
    daemon
        .cli(&["grant", id.as_str(), REGISTER])
        .await
        .success();
    changes.expect(REGISTER).await;
    let mut serving = guest.start_cli(&["--on", "study", "register", PROCEDURE, "--", "true"]);
    serving.expect("registered").await;
    daemon
        .cli(&["grant", id.as_str(), REGISTER, "--for", "1s"])
        .await
        .success();
    let (code, said) = serving.ended().await;
    assert_eq!(code, Some(4), "{said}");
    changes.expect("grants_until").await;
    let defaults = Grant::defaults();
    let defaults = serde_json::to_string(&defaults).expect("JSON");
    changes.expect(&format!(r#""grants":{defaults}"#)).await;
}

#[tokio::test]
async fn a_device_that_was_paired_for_a_time_is_removed_by_itself() {
    let daemon = scene::start().await;
    let guest = scene::pair_for(&daemon, &["--for", "3s"]).await;
    let following = ["--on", "study", "subscribe", uris::SLIDES_ON_ACTION];
    let (code, said) = guest.start_cli(&following).ended().await;
    assert_eq!(code, Some(4), "{said}");
    eventually("the device is removed", async || {
        scene::devices(&daemon).await.is_empty().then_some(())
    })
    .await;
    on_study(&guest, &["status"]).await.failure(4);
}

#[tokio::test]
async fn what_is_no_grant_is_refused_with_what_may_have_been_meant() {
    let daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    for (grant, hint) in [
        ("slide", "did you mean `slides`?"),
        ("toaster:17", "there are: gpio:NAME, host, "),
        ("gpio:4.2", "write `gpio:NAME`"),
        ("*", "there are: "),
        ("register:org.deskconn.", "write `register:com.example.`"),
    ] {
        let refused = daemon.cli(&["grant", id.as_str(), grant]).await;
        assert!(refused.failure(1).contains(hint), "{refused:?}");
    }
    let refused = daemon
        .cli(&["revoke", id.as_str(), "slides", REGISTER])
        .await;
    assert!(
        refused.failure(1).contains("nothing was changed"),
        "{refused:?}"
    );
    let unchanged = &scene::devices(&daemon).await[0];
    assert!(unchanged.grants.names().eq(&Grant::defaults()));
    // Only the owner grants.
    on_study(&guest, &["grant", "study", "slides"])
        .await
        .failure(4);
}
