//! What a daemon does when nobody calls it, when it loses a part of itself, and when devices call much.

use super::*;
use std::path::Path;
use std::time::Duration;
use wamp_router::CloseReason;

const QUIET: &str = "
    listen.tcp = []
    discovery.announce = false
    components.media.enabled = false
    components.notify.enabled = false
    components.open.enabled = false
    components.screen.enabled = false
    components.slides.enabled = false
    components.volume.enabled = false
";

async fn start(home: &Path) -> Daemon {
    let config = Config::parse(QUIET, Path::new("test.toml")).unwrap();
    let places = Places {
        state_dir: home.join("state"),
        socket: home.join("run/deskconnd.sock"),
    };
    Daemon::start(config, places, &Handle::current())
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_nobody_calls_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path()).await;
    let a_day = Duration::from_secs(24 * 3600);
    let stopped = tokio::time::timeout(a_day, daemon.stopped()).await;
    assert!(stopped.is_err(), "{stopped:?}");
    daemon.shutdown().await;
}

#[tokio::test]
async fn a_daemon_that_has_lost_a_part_of_itself_does_not_go_on() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path()).await;
    let pairing = daemon.router.realm(&uris::REALM_PAIRING.into()).unwrap();
    pairing.with(|realm, now, out| {
        realm.close_sessions(|_| true, CloseReason::Overflow, now, out);
    });
    let error = daemon.stopped().await.unwrap_err();
    assert!(error.to_string().contains("lost its session"), "{error}");
    daemon.shutdown().await;
}

#[tokio::test]
async fn no_device_can_hold_up_what_only_the_owner_calls() {
    let home = tempfile::tempdir().unwrap();
    let daemon = start(home.path()).await;
    let (tasks, router) = (&daemon.tasks, &daemon.router);
    let client = in_process::join(router, tasks, "test").await.unwrap();
    let callee = async |procedure: &'static str| {
        let registration = client.call("wamp.registration.lookup").args((procedure,));
        let (id,): (u64,) = registration.await.unwrap().args().unwrap();
        let callees = client.call("wamp.registration.list_callees").args((id,));
        let ([callee],): ([u64; 1],) = callees.await.unwrap().args().unwrap();
        callee
    };
    let for_devices = callee(uris::DAEMON_STATUS).await;
    assert_eq!(callee(uris::PAIRING_LEAVE).await, for_devices);
    for owners in [uris::DAEMON_UNPAIR, uris::PAIRING_OPEN] {
        assert_ne!(callee(owners).await, for_devices, "{owners}");
    }
    daemon.shutdown().await;
}
