//! Somebody who changes and replays what passes between a device and the daemon, or takes its place.

use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::api::pairing::Update;
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Output, TempHome};
use futures_util::future::join_all;
use wamp_client::{CancelMode, PendingCall};

use crate::by_hand::open_window;
use crate::doors::Wire;
use crate::relay::{Change, Relay, Sender};
use crate::scene::{self, Window};

const CALL: [&str; 4] = ["--on", "study", "call", uris::SLIDES_STATUS];

/// The pieces of a connection that pairs: after the head and the opening of the session.
const BEGIN: usize = 2;
const CONFIRM: usize = 3;

#[tokio::test]
async fn a_bit_turned_in_a_pairing_pairs_nobody_and_the_owner_is_told() {
    let begin = pair_changed(Sender::Device, BEGIN);
    let begun = pair_changed(Sender::Daemon, BEGIN);
    let confirm = pair_changed(Sender::Device, CONFIRM);
    let (begin, begun, confirm) = tokio::join!(begin, begun, confirm);
    let attempts = [begin, begun, confirm].concat();
    for attempt in &attempts {
        let paired = attempt.paired();
        // What nobody reads may be changed; then both are who they are.
        assert_eq!(attempt.joined.code == Some(0), paired, "{attempt:?}");
        assert_eq!(attempt.devices, usize::from(paired), "{attempt:?}");
        assert_eq!(attempt.hosts, usize::from(paired), "{attempt:?}");
        let said = &attempt.joined.stderr;
        assert!(paired || said.starts_with("error: "), "{attempt:?}");
        assert!(!said.contains("could not connect"), "{attempt:?}");
    }
    let failed = attempts.iter().filter(|attempt| !attempt.paired());
    assert!(failed.count() * 5 >= attempts.len() * 4, "{attempts:?}");
    // The rest was no message any more, which says nothing about the code.
    let wrong = |update: &Update| matches!(update, Update::WrongAttempt { .. });
    let told = attempts.iter().filter(|one| one.updates.iter().any(wrong));
    assert!(told.count() * 4 >= attempts.len(), "{attempts:?}");
}

#[tokio::test]
async fn a_device_does_not_believe_a_changed_last_message_and_the_owner_sees_who_has_paired() {
    for attempt in pair_changed(Sender::Daemon, CONFIRM).await {
        // The daemon can not know; it forgets a device that never comes.
        assert!(attempt.paired(), "{attempt:?}");
        assert_eq!(attempt.devices, 1, "{attempt:?}");
        let believed = attempt.joined.code == Some(0);
        assert_eq!(attempt.hosts, usize::from(believed), "{attempt:?}");
        let said = &attempt.joined.stderr;
        assert!(believed || said.starts_with("error: "), "{attempt:?}");
    }
}

#[tokio::test]
async fn a_bit_turned_in_a_sealed_session_ends_it_before_anything_is_called() {
    let daemon = scene::start().await;
    let relay = Relay::before(&daemon).await;
    let guest = join_over(&relay, &daemon).await;
    for sender in [Sender::Device, Sender::Daemon] {
        // The handshake, two messages that open the session, and the call or its answer.
        let changes = (1..=4).flat_map(|piece| {
            let change = move |percent| Change {
                sender,
                piece,
                percent,
            };
            [0, 45, 99].map(change)
        });
        let changes: Vec<_> = changes.collect();
        let attempts = changes.iter().map(|_| guest.cli(&CALL));
        relay.change(changes.iter().copied());
        for output in join_all(attempts).await {
            assert_ne!(output.code, Some(0), "{sender:?}: {output:?}");
            assert!(output.stderr.starts_with("error: "), "{output:?}");
        }
        assert_eq!(relay.unused(), 0);
        if sender == Sender::Device {
            assert_eq!(calls(&daemon).await, 0);
        }
    }
    guest.cli(&CALL).await.success();
}

#[tokio::test]
async fn a_recorded_session_played_to_the_daemon_again_calls_nothing() {
    let daemon = scene::start().await;
    let relay = Relay::before(&daemon).await;
    let guest = join_over(&relay, &daemon).await;
    guest.cli(&CALL).await.success();
    assert_eq!(calls(&daemon).await, 1);
    let recorded = relay.recorded().pop().expect("the call's connection");
    for _ in 0..3 {
        let mut attacker = Wire::network(&daemon).await;
        attacker.send(&recorded.concat()).await;
        attacker.until_closed().await;
    }
    assert_eq!(calls(&daemon).await, 1);
    guest.cli(&CALL).await.success();
}

#[tokio::test]
async fn a_recorded_pairing_played_to_the_daemon_again_pairs_nobody() {
    let daemon = scene::start().await;
    let relay = Relay::before(&daemon).await;
    join_over(&relay, &daemon).await;
    let recorded = relay.recorded().swap_remove(0);
    let id = scene::devices(&daemon).await[0].id;
    daemon.cli(&["unpair", id.as_str()]).await.success();

    let _window = Window::open(&daemon, &[]).await;
    let mut attacker = Wire::network(&daemon).await;
    attacker.send(&recorded[..=CONFIRM].concat()).await;
    attacker.receive_until(uris::PAIRING_ERROR_EXPIRED).await;
    assert_eq!(scene::devices(&daemon).await, []);
}

#[tokio::test]
async fn another_daemon_in_the_place_of_the_paired_one_is_refused_in_words() {
    let mut daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let address = daemon.address().to_string();
    assert!(daemon.stop().await.success());
    let false_one = scene::start_at(scene::home(), &address).await;
    let refused = guest.cli(&CALL).await;
    let stderr = refused.failure(4);
    assert!(stderr.contains("or is another one"), "{stderr}");
    assert!(stderr.contains("\nhint: pair again"), "{stderr}");
    assert_eq!(calls(&false_one).await, 0);
}

/// What came of a pairing in which something was changed on the way.
#[derive(Debug, Clone)]
struct Attempt {
    /// What the device's user saw.
    joined: Output,
    /// What the owner saw.
    updates: Vec<Update>,
    /// How many devices the daemon knows afterwards.
    devices: usize,
    /// How many daemons the device knows afterwards.
    hosts: usize,
}

impl Attempt {
    /// Whether the owner was told that a device is paired.
    fn paired(&self) -> bool {
        self.updates.iter().any(is_paired)
    }
}

fn is_paired(update: &Update) -> bool {
    matches!(update, Update::Paired { .. })
}

/// Pairs again and again, each time with another bit turned in this piece.
async fn pair_changed(sender: Sender, piece: usize) -> Vec<Attempt> {
    let daemon = scene::start().await;
    let relay = Relay::before(&daemon).await;
    let owner = daemon.owner().await;
    let mut attempts = Vec::new();
    for percent in (3..100).step_by(9) {
        let (mut window, code) = open_window(&owner).await.expect("a window");
        relay.change([Change {
            sender,
            piece,
            percent,
        }]);
        let guest = TempHome::new();
        let joined = guest
            .cli(&["join", &relay.address(), "--code", &code])
            .await;
        assert_eq!(relay.unused(), 0);
        let updates = updates(&mut window).await;
        let devices = scene::devices(&daemon).await;
        for device in &devices {
            daemon.cli(&["unpair", device.id.as_str()]).await.success();
        }
        attempts.push(Attempt {
            joined,
            updates,
            devices: devices.len(),
            hosts: hosts(&guest),
        });
    }
    attempts
}

/// Closes a window. Returns everything that has happened in it.
async fn updates(window: &mut PendingCall) -> Vec<Update> {
    window.cancel(CancelMode::Kill).await.expect("a session");
    let mut updates = Vec::new();
    while let Some(Ok(update)) = window.next().await {
        updates.push(update.kwargs().expect("an update"));
    }
    updates
}

/// How many daemons this user knows.
fn hosts(home: &TempHome) -> usize {
    let folder = home.paths().state_dir.join("client/hosts");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Pairs a new user, who knows the daemon by the relay's address.
async fn join_over(relay: &Relay, daemon: &Daemon) -> TempHome {
    let window = Window::open(daemon, &[]).await;
    let guest = TempHome::new();
    let joined = guest
        .cli(&["join", &relay.address(), "--code", &window.code])
        .await;
    joined.success();
    guest
}

/// How many calls of devices have come to the daemon.
async fn calls(daemon: &Daemon) -> usize {
    let log = daemon.cli(&["log", "--json"]).await;
    let entries = log.success().lines();
    let entries = entries.map(|line| serde_json::from_str::<Entry>(line).expect("an entry"));
    entries.filter(|entry| entry.what == What::Call).count()
}
