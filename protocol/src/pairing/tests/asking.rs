//! A window whose owner is asked before a device is let in.

use super::*;

/// A daemon that asks, and the device of which it has to say whether it gets in.
fn asking() -> (Daemon, Confirming, crate::pairing::Proven) {
    let mut daemon = Daemon::pairing();
    daemon.window.open(daemon.now, DEFAULT_TTL, secrets(), true);
    daemon.events();
    let (confirming, call) = daemon.start(1, code(RIGHT)).expect("begun");
    let proven = daemon.window.prove(address(1), &call, daemon.now);
    (daemon, confirming, proven.expect("it knows the code"))
}

#[test]
fn a_device_is_told_that_it_has_to_wait_and_by_which_words_it_is_asked_for() {
    let (_, confirming, proven) = asking();
    assert!(confirming.asks());
    assert_eq!(confirming.words(), proven.words());
    let mut daemon = Daemon::pairing();
    let (confirming, _) = daemon.start(1, code(RIGHT)).expect("begun");
    assert!(!confirming.asks());
}

#[test]
fn nobody_else_gets_in_while_the_owner_is_asked() {
    let (mut daemon, confirming, proven) = asking();
    for secret in [code(RIGHT), qr()] {
        assert_eq!(daemon.pair(2, secret).err(), Some(CLOSED));
    }
    assert!(!daemon.window.is_open());
    assert_eq!(daemon.window.next_timeout(), None);
    daemon.wait(DEFAULT_TTL);
    assert_eq!(daemon.events(), [], "the owner still thinks");
    let accepted = daemon.window.accept(proven, Grant::defaults());
    let (paired, answer) = accepted.expect("the owner said yes");
    let theirs = confirming.on_confirm(&answer).expect("paired");
    assert_eq!(theirs.words, paired.words);
    assert_eq!(daemon.events(), [WindowEvent::Closed(CloseReason::Paired)]);
}

#[test]
fn a_device_that_is_declined_is_told_why_and_the_secrets_are_spent() {
    for (why, reason) in [
        (Declined::No, CloseReason::Declined),
        (Declined::Unanswered, CloseReason::Unanswered),
        (Declined::Gone, CloseReason::Gone),
    ] {
        let (mut daemon, _, proven) = asking();
        let refusal = daemon.window.decline(proven, why);
        assert_eq!(refusal, Refusal::Declined(why));
        assert_eq!(daemon.events(), [WindowEvent::Closed(reason)]);
        assert_eq!(daemon.pair(2, qr()).err(), Some(CLOSED));
    }
}

#[test]
fn an_answer_that_comes_after_the_window_was_closed_lets_nobody_in() {
    let cancelled = Some(Refusal::Declined(Declined::Cancelled));
    let (mut daemon, _, proven) = asking();
    daemon.window.close();
    assert_eq!(
        daemon.events(),
        [WindowEvent::Closed(CloseReason::Cancelled)]
    );
    let accepted = daemon.window.accept(proven, Vec::new());
    assert_eq!(accepted.err(), cancelled);

    let (mut daemon, _, first) = asking();
    daemon.open();
    assert_eq!(
        daemon.events(),
        [WindowEvent::Closed(CloseReason::Replaced)]
    );
    let (_, call) = daemon.start(2, code(RIGHT)).expect("begun");
    let second = daemon.window.prove(address(2), &call, daemon.now);
    let late = daemon.window.accept(first, Vec::new());
    assert_eq!(late.err(), cancelled);
    let second = daemon.window.accept(second.expect("it knows"), Vec::new());
    assert_eq!(second.expect("paired").0.peer.id, identity(2).id());
}
