//! Time, places and sizes.

use super::*;

#[test]
fn nothing_is_answered_while_no_window_is_open() {
    let mut daemon = Daemon::pairing();
    daemon.window.close();
    assert_eq!(
        daemon.events(),
        [WindowEvent::Closed(CloseReason::Cancelled)]
    );
    assert_eq!(daemon.pair(1, code(RIGHT)), Err(CLOSED));
    let nonsense = BeginCall {
        hello: "nonsense".to_owned(),
        share: "nonsense".to_owned(),
    };
    assert_eq!(daemon.begin(1, &nonsense), Err(CLOSED));
}

#[test]
fn four_exchanges_are_open_at_most() {
    let mut daemon = Daemon::pairing();
    for from in 1..=4 {
        daemon.start(from, code(RIGHT)).expect("begun");
        daemon.wait(Duration::from_secs(1));
    }
    let busy = Refusal::Busy {
        retry_after: Duration::from_secs(6),
    };
    assert_eq!(daemon.pair(5, code(RIGHT)), Err(busy.clone()));
    assert_eq!(busy.details().retry_after_ms, Some(6000));
    assert_eq!(daemon.events(), [WindowEvent::Busy { source: address(5) }]);
    daemon.wait(Duration::from_secs(6));
    daemon.pair(5, code(RIGHT)).expect("paired");
}

#[test]
fn one_exchange_is_open_for_each_address() {
    let mut daemon = Daemon::pairing();
    daemon.start(1, code(RIGHT)).expect("begun");
    let busy = Refusal::Busy {
        retry_after: EXCHANGE_TIME,
    };
    assert_eq!(daemon.pair(1, code(RIGHT)), Err(busy));
    daemon.pair(2, code(RIGHT)).expect("paired");
}

#[test]
fn an_ipv4_address_is_the_same_through_an_ipv6_socket() {
    let mut daemon = Daemon::pairing();
    let call = daemon.start(1, code(RIGHT)).expect("begun").1;
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("an address");
    daemon.confirm_at(mapped, &call).expect("paired");
}

#[test]
fn going_away_a_thousand_times_costs_nobody_an_attempt() {
    let mut daemon = Daemon::pairing();
    for _ in 0..1000 {
        let begun = daemon.start(1, code(WRONG)).expect("begun").1;
        daemon.window.abandon(&begun.exchange, daemon.now);
    }
    assert_eq!(daemon.events(), []);
    assert_eq!(daemon.pair(1, code(WRONG)), Err(bad_code(9, 1)));
}

#[test]
fn silence_frees_the_place_after_ten_seconds() {
    let mut daemon = Daemon::pairing();
    let late = daemon.start(1, code(RIGHT)).expect("begun").1;
    assert_eq!(
        daemon.window.next_timeout(),
        Some(daemon.now + EXCHANGE_TIME)
    );
    daemon.wait(EXCHANGE_TIME);
    assert_eq!(daemon.confirm(1, &late).err(), Some(Refusal::Expired));
    daemon.pair(1, code(RIGHT)).expect("paired");
}

#[test]
fn an_exchange_begun_in_time_may_end_after_the_window() {
    let mut daemon = Daemon::pairing();
    daemon.wait(DEFAULT_TTL - Duration::from_secs(1));
    let begun = daemon.start(1, code(RIGHT)).expect("begun").1;
    daemon.wait(Duration::from_secs(1));
    assert!(!daemon.window.is_open());
    assert_eq!(daemon.pair(2, code(RIGHT)).err(), Some(CLOSED));
    assert_eq!(daemon.events(), []);
    daemon.confirm(1, &begun).expect("paired");
    assert_eq!(daemon.events(), [WindowEvent::Closed(CloseReason::Paired)]);
}

#[test]
fn a_window_expires_when_its_last_exchange_has_ended() {
    for ends_by in ["a wrong code", "silence", "going away"] {
        let mut daemon = Daemon::pairing();
        daemon.wait(DEFAULT_TTL - Duration::from_secs(1));
        let wrong = daemon.start(1, code(WRONG)).expect("begun").1;
        daemon.wait(Duration::from_secs(1));
        assert_eq!(daemon.events(), []);
        match ends_by {
            "a wrong code" => assert!(daemon.confirm(1, &wrong).is_err()),
            "silence" => daemon.wait(EXCHANGE_TIME),
            _ => daemon.window.abandon(&wrong.exchange, daemon.now),
        }
        let last = daemon.events().pop();
        assert_eq!(
            last,
            Some(WindowEvent::Closed(CloseReason::Expired)),
            "{ends_by}"
        );
        assert_eq!(daemon.window.next_timeout(), None);
    }
}

#[test]
fn a_window_no_one_comes_to_expires_once() {
    let mut daemon = Daemon::pairing();
    assert_eq!(daemon.window.next_timeout(), Some(daemon.now + DEFAULT_TTL));
    daemon.wait(DEFAULT_TTL);
    daemon.wait(DEFAULT_TTL);
    assert_eq!(daemon.events(), [WindowEvent::Closed(CloseReason::Expired)]);
}

#[test]
fn no_window_stays_open_longer_than_it_may() {
    let mut daemon = Daemon::pairing();
    daemon
        .window
        .open(daemon.now, Duration::MAX, secrets(), false);
    assert_eq!(daemon.window.next_timeout(), Some(daemon.now + MAX_TTL));
}

#[test]
fn a_new_window_voids_the_old_one() {
    let mut daemon = Daemon::pairing();
    let begun = daemon.start(1, code(RIGHT)).expect("begun").1;
    let fresh = Secrets {
        code: "0000 0001".parse::<Code>().expect("a code"),
        qr: QrSecret::from_bytes(&[9; 16]),
    };
    daemon.window.open(daemon.now, DEFAULT_TTL, fresh, false);
    assert_eq!(
        daemon.events(),
        [WindowEvent::Closed(CloseReason::Replaced)]
    );
    assert_eq!(daemon.confirm(1, &begun).err(), Some(Refusal::Expired));
    assert_eq!(daemon.pair(2, code(RIGHT)), Err(bad_code(9, 1)));
    daemon.pair(3, code("00000001")).expect("paired");
}

#[test]
fn messages_that_are_too_long_or_not_hexadecimal_are_malformed() {
    let mut daemon = Daemon::pairing();
    let (_, good) = Initiator::begin(join(1, code(RIGHT)), &[1; INITIATOR_ENTROPY]);
    let refused = |daemon: &mut Daemon, hello: &str, share: &str| {
        let call = BeginCall {
            hello: hello.to_owned(),
            share: share.to_owned(),
        };
        daemon.begin(1, &call).expect_err("refused")
    };
    let padded = good
        .hello
        .replace('{', &("{".to_owned() + &" ".repeat(MAX_MESSAGE)));
    let size = Refusal::Malformed("message size");
    assert_eq!(refused(&mut daemon, &padded, &good.share), size);
    let share = Refusal::Malformed("share");
    for bad in ["", "41", &good.share[2..], &good.share.to_uppercase(), "ü"] {
        assert_eq!(refused(&mut daemon, &good.hello, bad), share, "{bad}");
    }
    assert_eq!(daemon.events(), [], "none of it took a place");

    let begun = daemon.start(1, code(RIGHT)).expect("begun").1;
    let mut bloated = begun.clone();
    bloated.ciphertext = "00".repeat(MAX_MESSAGE);
    assert_eq!(daemon.confirm(1, &bloated).err(), Some(size));
    assert_eq!(daemon.events(), [], "nor did this cost an attempt");
    let gone = daemon.confirm(1, &begun).err();
    assert_eq!(gone, Some(Refusal::Expired), "but it ended the exchange");
}

#[test]
fn a_message_cut_anywhere_is_refused() {
    let (_, good) = Initiator::begin(join(1, code(RIGHT)), &[1; INITIATOR_ENTROPY]);
    let mut daemon = Daemon::pairing();
    for cut in 0..good.hello.len() {
        let call = BeginCall {
            hello: good.hello[..cut].to_owned(),
            share: good.share.clone(),
        };
        assert_eq!(daemon.begin(1, &call), Err(Refusal::Malformed("hello")));
    }
}

#[test]
fn who_knocks_all_the_time_fills_one_line_in_ten_seconds() {
    let mut daemon = Daemon::pairing();
    daemon.start(1, code(RIGHT)).expect("begun");
    for _ in 0..100 {
        daemon.pair(1, code(RIGHT)).expect_err("busy");
    }
    assert_eq!(daemon.events(), [WindowEvent::Busy { source: address(1) }]);
    daemon.wait(EXCHANGE_TIME);
    daemon.start(1, code(RIGHT)).expect("begun");
    daemon.pair(1, code(RIGHT)).expect_err("busy");
    assert_eq!(daemon.events().len(), 1);
}

#[test]
fn a_malformed_confirmation_has_its_address_wait() {
    let mut daemon = Daemon::pairing();
    let (_, confirm) = daemon.start(1, code(RIGHT)).expect("begun");
    let torn = ConfirmCall {
        tag: "00".to_owned(),
        ..confirm
    };
    let malformed = Some(Refusal::Malformed("tag"));
    assert_eq!(daemon.confirm(1, &torn).err(), malformed);
    let busy = Refusal::Busy {
        retry_after: Duration::from_secs(1),
    };
    assert_eq!(daemon.pair(1, code(RIGHT)), Err(busy));
    daemon.wait(Duration::from_secs(1));
    daemon.pair(1, code(RIGHT)).expect("paired");
}
