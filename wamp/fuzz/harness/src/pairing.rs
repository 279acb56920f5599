//! A pairing window that honest devices and liars try, in any order.

use arbitrary::{Result, Unstructured};
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::Identity;
use deskconn_protocol::pairing::{
    BeginCall, CloseReason, ConfirmAnswer, ConfirmCall, Confirming, EXCHANGE_TIME,
    INITIATOR_ENTROPY, Initiator, Join, MAX_EXCHANGES, MAX_WRONG_CODES, Method, Paired,
    PairingSecret, QrSecret, RESPONDER_ENTROPY, Refusal, Secrets, Window, WindowEvent,
};
use deskconn_protocol::profile::{DeviceKind, Profile};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// SPAKE2 takes its time.
const MAX_STEPS: usize = 24;

/// The daemon's identity is made of this octet, the devices' of those from 0 on.
const DAEMON: u8 = 0xB0;

/// Opens and closes a window, begins and confirms, rightly and wrongly: who knows the secret gets in
/// once, and who does not never, however often and with whatever it tries.
pub fn pairing_window(octets: &[u8]) {
    let mut octets = Unstructured::new(octets);
    let mut daemon = Daemon::new();
    for _ in 0..MAX_STEPS {
        if octets.is_empty() || daemon.step(&mut octets).is_err() {
            break;
        }
        daemon.check();
    }
}

struct Daemon {
    window: Window,
    now: Instant,
    /// How many windows were opened: each has secrets of its own.
    opened: u32,
    drawn: u8,
    exchanges: Vec<Exchange>,
    wrong_codes: u32,
    paired: bool,
}

/// An exchange that may still be confirmed.
struct Exchange {
    from: u8,
    deadline: Instant,
    method: Method,
    /// Whether its secret is the right one.
    knows: bool,
    /// The device's side; a liar has none.
    device: Option<(Confirming, ConfirmCall)>,
    name: String,
}

impl Daemon {
    fn new() -> Self {
        let profile = Profile::new("study-laptop", "Debian 13", "", DeviceKind::Daemon);
        Self {
            window: Window::new(identity(DAEMON), profile),
            now: Instant::now(),
            opened: 0,
            drawn: 0,
            exchanges: Vec::new(),
            wrong_codes: 0,
            paired: false,
        }
    }

    fn step(&mut self, octets: &mut Unstructured<'_>) -> Result<()> {
        let from = octets.int_in_range(0..=6)?;
        match octets.int_in_range(0..=11)? {
            0 | 1 => self.open(Duration::from_secs(octets.arbitrary::<u16>()?.into())),
            2 => self.window.close(),
            3 => self.wait(Duration::from_millis(octets.arbitrary::<u32>()?.into())),
            4 => self.abandon(octets)?,
            5..=7 => self.begin(from, octets)?,
            8 => self.begin_lying(from, octets)?,
            9 | 10 => self.confirm(octets)?,
            _ => self.confirm_lying(from, octets)?,
        }
        // What is due at once, as a window that opens for no time.
        self.wait(Duration::ZERO);
        self.take_events();
        Ok(())
    }

    fn open(&mut self, ttl: Duration) {
        self.opened += 1;
        self.window.open(self.now, ttl, secrets(self.opened), false);
        self.take_events();
        self.wrong_codes = 0;
        self.paired = false;
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.window.handle_timeout(self.now);
        let now = self.now;
        self.exchanges.retain(|exchange| now < exchange.deadline);
    }

    /// A device begins that knows the secret, or that takes another one for it.
    fn begin(&mut self, from: u8, octets: &mut Unstructured<'_>) -> Result<()> {
        let [knows, by_qr] = octets.arbitrary()?;
        let secrets = secrets(if knows { self.opened } else { self.opened + 1 });
        let (method, secret) = match by_qr {
            true => (Method::Qr, PairingSecret::Qr(secrets.qr)),
            false => (Method::Code, PairingSecret::Code(secrets.code)),
        };
        let join = Join {
            secret,
            identity: identity(from),
            profile: Profile::new("phone", "Android 16", "", DeviceKind::Phone),
            app: "test/1".to_owned(),
            grants: Grant::defaults(),
            expected: None,
        };
        let entropy = self.entropy::<INITIATOR_ENTROPY>();
        let (initiator, call) = Initiator::begin(join, &entropy);
        let entropy = self.entropy::<RESPONDER_ENTROPY>();
        let begun = self.window.begin(address(from), &call, self.now, &entropy);
        let Ok(answer) = begun else {
            return Ok(());
        };
        let device = initiator.on_begin(&answer).expect("an honest answer");
        self.add(from, method, knows, Some(device), answer.exchange);
        Ok(())
    }

    /// Somebody begins with whatever it likes.
    fn begin_lying(&mut self, from: u8, octets: &mut Unstructured<'_>) -> Result<()> {
        // The base point of the curve and the identity, as SPAKE2 writes them, and what is neither.
        let share = match octets.int_in_range(0..=3)? {
            0 => format!("4158{}", "66".repeat(31)),
            1 => format!("4101{}", "00".repeat(31)),
            2 => format!("42{}", "ff".repeat(32)),
            _ => octets.arbitrary()?,
        };
        let nonce = "00".repeat(16);
        let hello = match octets.arbitrary()? {
            true => format!(r#"{{"v":[1],"m":"code","nonce":"{nonce}","kind":"web"}}"#),
            false => octets.arbitrary()?,
        };
        let call = BeginCall { hello, share };
        let entropy = self.entropy::<RESPONDER_ENTROPY>();
        let begun = self.window.begin(address(from), &call, self.now, &entropy);
        if let Ok(answer) = begun {
            let method = if call.hello.contains("qr") {
                Method::Qr
            } else {
                Method::Code
            };
            self.add(from, method, false, None, answer.exchange);
        }
        Ok(())
    }

    /// A device goes on as it should; or it changes its mind about a bit, or its address.
    fn confirm(&mut self, octets: &mut Unstructured<'_>) -> Result<()> {
        if self.exchanges.is_empty() {
            return Ok(());
        }
        let which = octets.choose_index(self.exchanges.len())?;
        let elsewhere = octets.ratio(1, 8)?;
        let change: Option<u16> = match octets.ratio(1, 4)? {
            true => Some(octets.arbitrary()?),
            false => None,
        };
        let from = self.exchanges[which].from;
        if elsewhere {
            // From there it is nobody's exchange.
            let call = confirm_call(&self.exchanges[which].name, "", "");
            let confirmed = self.confirm_by(from + 1, &call);
            let own = self.exchanges.iter().any(|e| e.from == from + 1);
            assert!(own || confirmed == Err(Refusal::Expired));
            return Ok(());
        }
        let exchange = self.exchanges.swap_remove(which);
        let Some((device, mut call)) = exchange.device else {
            return Ok(());
        };
        if let Some(change) = change {
            turn_digit(&mut call, change.into());
        }
        let honest = exchange.knows && change.is_none();
        let confirmed = self.confirm_at(from, &call);
        match confirmed {
            Ok((paired, answer)) => {
                assert!(honest, "a wrong secret was enough");
                assert!(!self.paired, "two devices by one window");
                self.paired = true;
                let theirs = device.on_confirm(&answer).expect("an honest answer");
                assert_eq!(theirs.words, paired.words);
                assert_eq!(theirs.peer.keys, *identity(DAEMON).public());
                assert_eq!(paired.peer.keys, *identity(from).public());
            }
            Err(refusal) => {
                assert!(
                    !honest,
                    "a device that did all right was refused: {refusal}"
                );
                assert!(matches!(refusal, Refusal::BadCode { .. }), "{refusal}");
                assert!((1..=8).contains(&refusal.delay().as_secs()));
            }
        }
        Ok(())
    }

    /// Somebody confirms with whatever it likes.
    fn confirm_lying(&mut self, from: u8, octets: &mut Unstructured<'_>) -> Result<()> {
        let own = self.exchanges.iter().find(|e| e.from == from);
        let name = match own {
            Some(own) if octets.arbitrary()? => own.name.clone(),
            _ => octets.arbitrary()?,
        };
        let tag = match octets.arbitrary()? {
            true => "00".repeat(32),
            false => octets.arbitrary()?,
        };
        let call = confirm_call(&name, octets.arbitrary()?, &tag);
        let confirmed = self.confirm_by(from, &call);
        assert!(confirmed.is_err(), "lies were enough");
        // Whatever came of it, an exchange can be confirmed once.
        self.exchanges.retain(|e| e.from != from || e.name != name);
        Ok(())
    }

    fn confirm_by(&mut self, from: u8, call: &ConfirmCall) -> std::result::Result<(), Refusal> {
        self.confirm_at(from, call).map(|_| ())
    }

    /// Lets a device in that proves that it knows the secret.
    fn confirm_at(
        &mut self,
        from: u8,
        call: &ConfirmCall,
    ) -> std::result::Result<(Paired, ConfirmAnswer), Refusal> {
        let proven = self.window.prove(address(from), call, self.now)?;
        self.window.accept(proven, Vec::new())
    }

    fn abandon(&mut self, octets: &mut Unstructured<'_>) -> Result<()> {
        if !self.exchanges.is_empty() {
            let which = octets.choose_index(self.exchanges.len())?;
            let exchange = self.exchanges.swap_remove(which);
            self.window.abandon(&exchange.name, self.now);
        }
        Ok(())
    }

    fn add(
        &mut self,
        from: u8,
        method: Method,
        knows: bool,
        device: Option<(Confirming, ConfirmCall)>,
        name: String,
    ) {
        let deadline = self.now + EXCHANGE_TIME;
        assert!(
            self.exchanges.iter().all(|e| e.from != from),
            "two by one address"
        );
        self.exchanges.push(Exchange {
            from,
            deadline,
            method,
            knows,
            device,
            name,
        });
    }

    fn take_events(&mut self) {
        while let Some(event) = self.window.poll_event() {
            match event {
                WindowEvent::WrongCode {
                    method, attempts, ..
                } => {
                    if method == Method::Code {
                        self.wrong_codes += 1;
                        assert_eq!(attempts, self.wrong_codes);
                    }
                }
                WindowEvent::CodeClosed => {
                    assert_eq!(self.wrong_codes, MAX_WRONG_CODES);
                    self.exchanges.retain(|e| e.method != Method::Code);
                }
                WindowEvent::Closed(reason) => {
                    assert_eq!(reason == CloseReason::Paired, self.paired);
                    self.exchanges.clear();
                }
                WindowEvent::Busy { .. } => {}
            }
        }
    }

    fn check(&self) {
        assert!(self.exchanges.len() <= MAX_EXCHANGES);
        assert!(self.wrong_codes <= MAX_WRONG_CODES);
        assert!(
            !self.paired || !self.window.is_open(),
            "open after a success"
        );
        let next = self.window.next_timeout();
        assert!(
            next.is_none_or(|due| due > self.now),
            "a timeout was missed"
        );
    }

    /// Octets that never repeat.
    fn entropy<const N: usize>(&mut self) -> [u8; N] {
        self.drawn += 1;
        std::array::from_fn(|i| self.drawn ^ (i as u8).rotate_left(3))
    }
}

fn secrets(window: u32) -> Secrets {
    let code = format!("{window:08}").parse().expect("eight digits");
    let qr = QrSecret::from_bytes(&[window as u8; QrSecret::LEN]);
    Secrets { code, qr }
}

fn identity(seed: u8) -> Arc<Identity> {
    Arc::new(Identity::from_seed(&[seed; 64]))
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn confirm_call(exchange: &str, ciphertext: &str, tag: &str) -> ConfirmCall {
    ConfirmCall {
        exchange: exchange.to_owned(),
        ciphertext: ciphertext.to_owned(),
        tag: tag.to_owned(),
    }
}

/// Makes one hexadecimal digit of the ciphertext or the tag another one.
fn turn_digit(call: &mut ConfirmCall, which: usize) {
    let text = match which % 2 {
        0 => &mut call.ciphertext,
        _ => &mut call.tag,
    };
    let at = which / 2 % text.len();
    let other = if text[at..].starts_with('0') {
        "1"
    } else {
        "0"
    };
    text.replace_range(at..=at, other);
}
