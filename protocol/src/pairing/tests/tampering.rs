//! Somebody in the middle changes messages and is noticed.

use super::*;

/// Pairs through somebody in the middle who may change every message.
fn pair_through(
    begin: impl Fn(&mut BeginCall),
    begun: impl Fn(&mut BeginAnswer),
    confirm: impl Fn(&mut ConfirmCall),
    confirmed: impl Fn(&mut ConfirmAnswer),
) -> Result<Paired, String> {
    let mut daemon = Daemon::pairing();
    let entropy = daemon.entropy();
    let (initiator, mut call) = Initiator::begin(join(1, code(RIGHT)), &entropy);
    begin(&mut call);
    let mut answer = daemon.begin(1, &call).map_err(|e| e.to_string())?;
    begun(&mut answer);
    let (confirming, mut call) = initiator.on_begin(&answer).map_err(|e| e.to_string())?;
    confirm(&mut call);
    let (_, mut answer) = daemon.confirm(1, &call).map_err(|e| e.to_string())?;
    confirmed(&mut answer);
    confirming.on_confirm(&answer).map_err(|e| e.to_string())
}

fn untouched<T>(_: &mut T) {}

/// Changes the last hexadecimal digit.
fn flip(hex: &mut String) {
    let last = hex.pop().expect("a digit");
    hex.push(if last == '0' { '1' } else { '0' });
}

#[test]
fn an_untouched_pairing_succeeds() {
    let paired = pair_through(untouched, untouched, untouched, untouched);
    assert_eq!(paired.expect("paired").peer.id, identity(0xB0).id());
}

#[test]
fn a_changed_hello_is_noticed() {
    let downgraded = pair_through(
        |call| call.hello = call.hello.replace("[1]", "[1,0]"),
        untouched,
        untouched,
        untouched,
    );
    assert_eq!(downgraded, Err("wrong code".to_owned()));

    let other_words = pair_through(
        untouched,
        |answer| answer.hello = answer.hello.replace('{', "{ "),
        untouched,
        untouched,
    );
    assert_eq!(other_words, Err("wrong code".to_owned()));
}

#[test]
fn a_version_not_offered_is_refused_by_the_device() {
    let changed = pair_through(
        untouched,
        |answer| answer.hello = answer.hello.replace(r#""v":1"#, r#""v":0"#),
        untouched,
        untouched,
    );
    let expected = "the computer speaks pairing version 0, this program version 1";
    assert_eq!(changed, Err(expected.to_owned()));
}

#[test]
fn a_version_not_spoken_is_refused_by_the_daemon() {
    let changed = pair_through(
        |call| call.hello = call.hello.replace("[1]", "[2,3]"),
        untouched,
        untouched,
        untouched,
    );
    assert_eq!(changed, Err(Refusal::Version.to_string()));
}

#[test]
fn a_switched_device_id_is_noticed_by_the_device() {
    // Were the changed hello only displayed, the device would store a stranger's id.
    let changed = pair_through(
        untouched,
        |answer| {
            let (own, other) = (identity(0xB0).id(), identity(0xEE).id());
            answer.hello = answer.hello.replace(own.as_str(), other.as_str());
        },
        untouched,
        untouched,
    );
    assert_eq!(changed, Err("wrong code".to_owned()));
}

#[test]
fn a_changed_confirmation_is_noticed() {
    let wrong = Err("wrong code".to_owned());
    let changes: [fn(&mut ConfirmCall); 3] = [
        |call| flip(&mut call.tag),
        |call| flip(&mut call.ciphertext),
        |call| call.ciphertext.truncate(2),
    ];
    for change in changes {
        assert_eq!(pair_through(untouched, untouched, change, untouched), wrong);
    }
}

#[test]
fn a_changed_answer_is_noticed() {
    let unproven = Err(PairingError::NotConfirmed.to_string());
    let changes: [fn(&mut ConfirmAnswer); 3] = [
        |answer| flip(&mut answer.tag),
        |answer| flip(&mut answer.ciphertext),
        |answer| answer.ciphertext.clear(),
    ];
    for change in changes {
        assert_eq!(
            pair_through(untouched, untouched, untouched, change),
            unproven
        );
    }
}

#[test]
fn as_own_confirmation_sent_back_proves_nothing() {
    let mut daemon = Daemon::pairing();
    let (confirming, call) = daemon.start(1, code(RIGHT)).expect("begun");
    let reflected = ConfirmAnswer {
        ciphertext: call.ciphertext,
        tag: call.tag,
    };
    let result = confirming.on_confirm(&reflected);
    assert_eq!(result, Err(PairingError::NotConfirmed));
}

#[test]
fn a_reflected_share_is_refused() {
    let (initiator, call) = Initiator::begin(join(1, code(RIGHT)), &[1; INITIATOR_ENTROPY]);
    let mut daemon = Daemon::pairing();
    let mut answer = daemon.begin(1, &call).expect("answered");
    answer.share = call.share.clone();
    let refused = initiator.on_begin(&answer).map(|_| ());
    assert_eq!(refused, Err(PairingError::Malformed("share")));
}

#[test]
fn a_share_of_small_order_is_refused_by_both() {
    let small = "01".to_owned() + &"00".repeat(31);
    let (initiator, mut call) = Initiator::begin(join(1, code(RIGHT)), &[1; INITIATOR_ENTROPY]);
    let mut daemon = Daemon::pairing();
    let mut answer = daemon.begin(2, &call).expect("answered");
    call.share = "41".to_owned() + &small;
    assert_eq!(daemon.begin(1, &call), Err(Refusal::Malformed("share")));
    answer.share = "42".to_owned() + &small;
    let refused = initiator.on_begin(&answer).map(|_| ());
    assert_eq!(refused, Err(PairingError::Malformed("share")));
}

#[test]
fn a_confirmation_can_not_be_replayed() {
    let mut daemon = Daemon::pairing();
    let call = daemon.start(1, code(RIGHT)).expect("begun").1;
    daemon.confirm(1, &call).expect("paired");
    assert_eq!(daemon.confirm(1, &call).err(), Some(Refusal::Expired));
    daemon.open();
    assert_eq!(daemon.confirm(1, &call).err(), Some(Refusal::Expired));
    let mut into_new = daemon.start(2, code(WRONG)).expect("begun").1;
    into_new.ciphertext = call.ciphertext;
    into_new.tag = call.tag;
    assert_eq!(daemon.confirm(2, &into_new).err(), Some(bad_code(9, 1)));
}

#[test]
fn a_confirmation_counts_only_from_the_address_that_began() {
    let mut daemon = Daemon::pairing();
    let call = daemon.start(1, code(RIGHT)).expect("begun").1;
    let mut forged = call.clone();
    flip(&mut forged.tag);
    assert_eq!(daemon.confirm(66, &forged).err(), Some(Refusal::Expired));
    assert_eq!(daemon.events(), []);
    daemon.confirm(1, &call).expect("paired");
}
