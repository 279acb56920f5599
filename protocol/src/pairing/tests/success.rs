//! A device that knows the secret gets in, once.

use super::*;

#[test]
fn a_device_pairs_by_code_and_by_qr() {
    for secret in [code(RIGHT), qr()] {
        let mut daemon = Daemon::pairing();
        let paired = daemon.pair(1, secret).expect("paired");
        assert_eq!(paired.peer.id, identity(1).id());
        assert_eq!(paired.peer.keys, *identity(1).public());
        assert_eq!(paired.peer.profile.name, "Zoë’s phone");
        assert_eq!(paired.grants, Grant::defaults());
        assert_eq!(daemon.events(), [WindowEvent::Closed(CloseReason::Paired)]);
        assert!(!daemon.window.is_open());
        assert_eq!(daemon.window.next_timeout(), None);
    }
}

#[test]
fn the_daemon_decides_what_is_granted() {
    let mut daemon = Daemon::pairing();
    let (confirming, call) = daemon.start(1, code(RIGHT)).expect("begun");
    let only_status: Vec<Grant> = vec!["status".parse().expect("a grant")];
    let proven = daemon.window.prove(address(1), &call, daemon.now);
    let proven = proven.expect("it knows the code");
    assert_eq!(proven.peer().id, identity(1).id());
    assert_eq!(proven.wanted(), Grant::defaults());
    let accepted = daemon.window.accept(proven, only_status.clone());
    let (paired, answer) = accepted.expect("paired");
    assert_eq!(paired.grants, only_status);
    let theirs = confirming.on_confirm(&answer).expect("paired");
    assert_eq!(theirs.grants, only_status);
}

#[test]
fn a_device_is_told_by_which_certificate_the_daemon_is_known() {
    for certificate in [Some(crate::pin::Pin([7; 32])), None] {
        let mut daemon = Daemon::pairing();
        daemon.window = daemon.window.with_certificate(certificate);
        let (confirming, call) = daemon.start(1, code(RIGHT)).expect("begun");
        let (paired, answer) = daemon.confirm(1, &call).expect("paired");
        assert_eq!(paired.peer.certificate, None, "a device has none to tell");
        let theirs = confirming.on_confirm(&answer).expect("paired");
        assert_eq!(theirs.peer.certificate, certificate);
    }
}

#[test]
fn both_secrets_are_spent_by_one_success() {
    let mut daemon = Daemon::pairing();
    daemon.pair(1, code(RIGHT)).expect("paired");
    for secret in [code(RIGHT), qr()] {
        assert_eq!(daemon.pair(2, secret).err(), Some(CLOSED));
    }
}

#[test]
fn of_parallel_correct_codes_exactly_one_wins() {
    let mut daemon = Daemon::pairing();
    let begun: Vec<_> = (1..=4)
        .map(|from| (from, daemon.start(from, code(RIGHT)).expect("begun").1))
        .collect();
    let won: Vec<_> = begun
        .iter()
        .map(|(from, call)| {
            daemon
                .confirm(*from, call)
                .map(|(paired, _)| paired.peer.id)
        })
        .collect();
    assert_eq!(won[0], Ok(identity(1).id()));
    assert_eq!(won[1..], [const { Err(Refusal::Expired) }; 3]);
}

#[test]
fn nothing_of_a_message_is_the_same_the_next_time() {
    let mut daemon = Daemon::pairing();
    let first = daemon.start(1, code(RIGHT)).expect("begun").1;
    let second = daemon.start(2, code(RIGHT)).expect("begun").1;
    assert_ne!(first.exchange, second.exchange);
    assert_ne!(first.ciphertext, second.ciphertext);
}
