//! What a wrong secret costs, and whom.

use super::*;

#[test]
fn a_wrong_code_is_refused_counted_and_shown() {
    let mut daemon = Daemon::pairing();
    assert_eq!(daemon.pair(1, code(WRONG)), Err(bad_code(9, 1)));
    assert_eq!(daemon.events(), [wrong_code(1, 1)]);
    daemon.wait(Duration::from_secs(1));
    daemon.pair(1, code(RIGHT)).expect("paired");
}

#[test]
fn the_qr_secret_does_not_do_for_the_code() {
    let mut daemon = Daemon::pairing();
    let (_, mut call) = Initiator::begin(join(1, qr()), &[1; INITIATOR_ENTROPY]);
    call.hello = call.hello.replace(r#""m":"qr""#, r#""m":"code""#);
    let answer = daemon.begin(1, &call).expect("answered");
    let (initiator, _) = Initiator::begin(join(1, qr()), &[1; INITIATOR_ENTROPY]);
    let (_, confirm) = initiator.on_begin(&answer).expect("a message");
    assert_eq!(daemon.confirm(1, &confirm).err(), Some(bad_code(9, 1)));
}

#[test]
fn each_wrong_code_delays_its_own_answer_longer() {
    let mut daemon = Daemon::pairing();
    let delays: Vec<u64> = (1..=6)
        .map(|from| {
            let refusal = daemon.pair(from, code(WRONG)).expect_err("wrong");
            refusal.delay().as_secs()
        })
        .collect();
    assert_eq!(delays, [1, 2, 4, 8, 8, 8]);
    daemon.pair(7, code(RIGHT)).expect("nobody else waits");
}

#[test]
fn an_address_waits_for_its_answer_before_it_tries_again() {
    let mut daemon = Daemon::pairing();
    daemon.pair(1, code(WRONG)).expect_err("wrong");
    let too_soon = Refusal::Busy {
        retry_after: Duration::from_secs(1),
    };
    assert_eq!(daemon.pair(1, code(RIGHT)), Err(too_soon));
    daemon.wait(Duration::from_secs(1));
    daemon.pair(1, code(RIGHT)).expect("paired");
}

#[test]
fn ten_wrong_codes_close_the_code_and_the_qr_stays() {
    let mut daemon = Daemon::pairing();
    for from in 1..=10 {
        let left = 10 - u32::from(from);
        let refusal = daemon.pair(from, code(WRONG)).expect_err("wrong");
        assert_eq!(refusal.details().attempts_left, Some(left));
    }
    let mut expected: Vec<_> = (1..=10).map(|n| wrong_code(n, u32::from(n))).collect();
    expected.push(WindowEvent::CodeClosed);
    assert_eq!(daemon.events(), expected);

    let code_closed = Refusal::NotPairing {
        closed: Some(Method::Code),
    };
    assert_eq!(daemon.pair(11, code(RIGHT)), Err(code_closed));
    assert!(daemon.window.is_open());
    daemon.pair(12, qr()).expect("paired by QR");
}

#[test]
fn exchanges_under_way_are_no_further_guesses() {
    let mut daemon = Daemon::pairing();
    for from in 1..=9 {
        daemon.pair(from, code(WRONG)).expect_err("wrong");
    }
    let last = daemon.start(10, code(WRONG)).expect("begun").1;
    let another = daemon.start(11, code(RIGHT)).expect("begun").1;
    let by_qr = daemon.start(12, qr()).expect("begun").1;
    assert_eq!(daemon.confirm(10, &last).err(), Some(bad_code(0, 8)));
    assert_eq!(daemon.confirm(11, &another).err(), Some(Refusal::Expired));
    daemon.confirm(12, &by_qr).expect("paired by QR");
}

#[test]
fn wrong_qr_secrets_never_close_anything() {
    let mut daemon = Daemon::pairing();
    let stale = PairingSecret::Qr(QrSecret::from_bytes(&[8; 16]));
    for from in 1..=100 {
        let refusal = daemon.pair(from, stale.clone()).expect_err("wrong");
        assert_eq!(refusal.details().attempts_left, None);
    }
    assert_eq!(daemon.events().len(), 100);
    daemon.pair(101, code(RIGHT)).expect("paired by code");
}

#[test]
fn a_new_window_counts_from_zero() {
    let mut daemon = Daemon::pairing();
    for from in 1..=10 {
        daemon.pair(from, code(WRONG)).expect_err("wrong");
    }
    daemon.open();
    assert_eq!(daemon.pair(11, code(WRONG)), Err(bad_code(9, 1)));
    daemon.pair(12, code(RIGHT)).expect("paired");
}
