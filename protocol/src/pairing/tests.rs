//! Tests of whole pairings: who gets in, who does not, and what it costs.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{
    BeginAnswer, BeginCall, CloseReason, Code, ConfirmAnswer, ConfirmCall, Confirming, DEFAULT_TTL,
    Declined, EXCHANGE_TIME, INITIATOR_ENTROPY, Initiator, Join, MAX_MESSAGE, MAX_TTL,
    MAX_WRONG_CODES, Method, Paired, PairingError, PairingSecret, QrSecret, RESPONDER_ENTROPY,
    Refusal, Secrets, Window, WindowEvent,
};
use crate::grants::Grant;
use crate::identity::{DeviceId, Identity};
use crate::profile::{DeviceKind, Profile};

mod any_order;
mod asking;
mod identities;
mod limits;
mod success;
mod tampering;
mod wrong_codes;

const RIGHT: &str = "4821 7305";
const WRONG: &str = "4821 7306";

/// A daemon with a clock and a supply of bytes that never repeat.
struct Daemon {
    window: Window,
    now: Instant,
    drawn: u64,
}

impl Daemon {
    /// One whose window has just been opened for [`DEFAULT_TTL`].
    fn pairing() -> Self {
        let profile = Profile::new("study-laptop", "Debian 13", "", DeviceKind::Daemon);
        let mut daemon = Self {
            window: Window::new(Arc::new(identity(0xB0)), profile),
            now: any_instant(),
            drawn: 0,
        };
        daemon.open();
        daemon
    }

    fn open(&mut self) {
        self.window.open(self.now, DEFAULT_TTL, secrets(), false);
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.window.handle_timeout(self.now);
    }

    fn begin(&mut self, from: u8, call: &BeginCall) -> Result<BeginAnswer, Refusal> {
        let entropy = self.entropy::<RESPONDER_ENTROPY>();
        self.window.begin(address(from), call, self.now, &entropy)
    }

    fn confirm(
        &mut self,
        from: u8,
        call: &ConfirmCall,
    ) -> Result<(Paired, ConfirmAnswer), Refusal> {
        self.confirm_at(address(from), call)
    }

    /// Lets a device in that proves that it knows the secret, with the grants it asks for.
    fn confirm_at(
        &mut self,
        source: IpAddr,
        call: &ConfirmCall,
    ) -> Result<(Paired, ConfirmAnswer), Refusal> {
        let proven = self.window.prove(source, call, self.now)?;
        let wanted = proven.wanted().to_vec();
        self.window.accept(proven, wanted)
    }

    /// Begins and gets as far as having something to confirm.
    fn start(
        &mut self,
        from: u8,
        secret: PairingSecret,
    ) -> Result<(Confirming, ConfirmCall), Refusal> {
        let (initiator, call) = Initiator::begin(join(from, secret), &self.entropy());
        let answer = self.begin(from, &call)?;
        Ok(initiator.on_begin(&answer).expect("an honest answer"))
    }

    /// Goes all the way, and checks that both sides agree about it.
    fn pair(&mut self, from: u8, secret: PairingSecret) -> Result<Paired, Refusal> {
        let (confirming, call) = self.start(from, secret)?;
        let (paired, answer) = self.confirm(from, &call)?;
        let theirs = confirming.on_confirm(&answer).expect("an honest answer");
        assert_eq!(theirs.words, paired.words);
        assert_eq!(theirs.grants, paired.grants);
        assert_eq!(theirs.peer.keys, *identity(0xB0).public());
        assert_eq!(theirs.peer.profile.name, "study-laptop");
        Ok(paired)
    }

    fn entropy<const N: usize>(&mut self) -> [u8; N] {
        self.drawn += 1;
        let seed = self.drawn.to_le_bytes();
        std::array::from_fn(|i| seed[i % seed.len()] ^ (i / seed.len()) as u8)
    }

    fn events(&mut self) -> Vec<WindowEvent> {
        std::iter::from_fn(|| self.window.poll_event()).collect()
    }
}

fn secrets() -> Secrets {
    Secrets {
        code: RIGHT.parse().expect("a code"),
        qr: QrSecret::from_bytes(&[7; 16]),
    }
}

fn code(digits: &str) -> PairingSecret {
    PairingSecret::Code(digits.parse().expect("a code"))
}

fn qr() -> PairingSecret {
    PairingSecret::Qr(secrets().qr)
}

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 64])
}

/// A time to start from. `Instant` has no other constructor.
#[expect(clippy::disallowed_methods, reason = "only a starting point")]
pub(super) fn any_instant() -> Instant {
    Instant::now()
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

/// What the device at address `from` brings.
fn join(from: u8, secret: PairingSecret) -> Join {
    Join {
        secret,
        identity: Arc::new(identity(from)),
        profile: Profile::new("Zoë’s phone", "Android 16", "", DeviceKind::Phone),
        app: "test/1".to_owned(),
        grants: Grant::defaults(),
        expected: None,
    }
}

fn bad_code(attempts_left: u32, delay: u64) -> Refusal {
    Refusal::BadCode {
        method: Method::Code,
        attempts_left: Some(attempts_left),
        delay: Duration::from_secs(delay),
    }
}

fn wrong_code(from: u8, attempts: u32) -> WindowEvent {
    WindowEvent::WrongCode {
        source: address(from),
        method: Method::Code,
        attempts,
        cap: Some(MAX_WRONG_CODES),
    }
}

const CLOSED: Refusal = Refusal::NotPairing { closed: None };
