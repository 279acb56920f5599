//! Whatever anybody does in whatever order, the window keeps its promises.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::pairing::MAX_EXCHANGES;

/// Something that happens to a daemon with an open window.
#[derive(Debug, Clone)]
enum Step {
    Begin { from: u8, right: bool, by_qr: bool },
    Confirm { from: u8 },
    Leave { from: u8 },
    Wait { seconds: u64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..8u8, any::<bool>(), any::<bool>())
            .prop_map(|(from, right, by_qr)| Step::Begin { from, right, by_qr }),
        4 => (1..8u8).prop_map(|from| Step::Confirm { from }),
        1 => (1..8u8).prop_map(|from| Step::Leave { from }),
        1 => (0..20u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

fn secret(right: bool, by_qr: bool) -> PairingSecret {
    match (by_qr, right) {
        (false, true) => code(RIGHT),
        (false, false) => code(WRONG),
        (true, true) => qr(),
        (true, false) => PairingSecret::Qr(QrSecret::from_bytes(&[8; 16])),
    }
}

/// What has happened so far.
#[derive(Default)]
struct Seen {
    /// Exchanges under way, with their deadlines and whether their secret is the right one.
    open: HashMap<u8, (ConfirmCall, Instant, bool)>,
    wrong_codes: u32,
    successes: u32,
}

impl Seen {
    fn step(&mut self, daemon: &mut Daemon, step: &Step) {
        match *step {
            Step::Begin { from, right, by_qr } => {
                if let Ok((_, call)) = daemon.start(from, secret(right, by_qr)) {
                    let earlier = self
                        .open
                        .insert(from, (call, daemon.now + EXCHANGE_TIME, right));
                    assert!(earlier.is_none(), "two exchanges from one address");
                }
            }
            Step::Confirm { from } => {
                if let Some((call, _, right)) = self.open.remove(&from) {
                    let result = daemon.confirm(from, &call);
                    assert!(right || result.is_err(), "a wrong secret was enough");
                    self.successes += u32::from(result.is_ok());
                }
            }
            Step::Leave { from } => {
                if let Some((call, ..)) = self.open.remove(&from) {
                    daemon.window.abandon(&call.exchange, daemon.now);
                }
            }
            Step::Wait { seconds } => daemon.wait(Duration::from_secs(seconds)),
        }
        self.open
            .retain(|_, (_, deadline, _)| daemon.now < *deadline);
        for event in daemon.events() {
            match event {
                WindowEvent::WrongCode {
                    method: Method::Code,
                    ..
                } => self.wrong_codes += 1,
                WindowEvent::CodeClosed => assert_eq!(self.wrong_codes, MAX_WRONG_CODES),
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_success_ten_guesses_and_four_places(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut daemon = Daemon::pairing();
        let mut seen = Seen::default();
        for step in &steps {
            seen.step(&mut daemon, step);
            prop_assert!(seen.successes <= 1);
            prop_assert!(seen.wrong_codes <= MAX_WRONG_CODES);
            prop_assert!(seen.successes == 0 || !daemon.window.is_open());
            if daemon.window.is_open() {
                prop_assert!(seen.open.len() <= MAX_EXCHANGES);
            }
            let next = daemon.window.next_timeout();
            prop_assert!(next.is_none_or(|due| due > daemon.now), "a timeout was missed");
        }
    }

    #[test]
    fn nothing_a_peer_sends_is_a_panic(
        hello in ".*",
        share in "[0-9a-f]{0,70}",
        exchange in ".*",
        ciphertext in "[0-9a-f]*",
        tag in "[0-9a-f]{64}",
    ) {
        let mut daemon = Daemon::pairing();
        let mut confirm = ConfirmCall { exchange, ciphertext, tag };
        let begin = BeginCall { hello, share };
        prop_assert!(daemon.begin(1, &begin).is_err());
        prop_assert!(daemon.confirm(1, &confirm).is_err());
        confirm.exchange = daemon.start(1, code(RIGHT)).expect("begun").1.exchange;
        prop_assert!(daemon.confirm(1, &confirm).is_err());

        let BeginCall { hello, share } = begin;
        let ConfirmCall { exchange, ciphertext, tag } = confirm;
        let (initiator, _) = Initiator::begin(join(2, code(RIGHT)), &[1; INITIATOR_ENTROPY]);
        let begun = initiator.on_begin(&BeginAnswer { exchange, hello, share });
        prop_assert!(begun.is_err());
        let (confirming, _) = daemon.start(2, code(RIGHT)).expect("begun");
        let confirmed = confirming.on_confirm(&ConfirmAnswer { ciphertext, tag });
        prop_assert!(confirmed.is_err());
    }
}
