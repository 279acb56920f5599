//! Handshakes of a client and a router, each as it should be, with somebody between them who reads,
//! changes and makes up messages.

mod ends;

use crate::messages::Messages;
use arbitrary::{Result, Unstructured};
use ends::Ends;
use wamp_proto::handshake::client::{HandshakeError, Step as ClientStep};
use wamp_proto::handshake::router::{Decision, Step as RouterStep};
use wamp_proto::handshake::{ClientHandshake, RouterHandshake};
use wamp_proto::message::Welcome;
use wamp_proto::options::WelcomeDetails;
use wamp_proto::{Dict, Features, Message, Roles, SessionId, Value};

/// How many messages go either way before everybody gives up.
const PATIENCE: usize = 6;

/// Plays one handshake. Nobody gets in without the right secret, a client that wants the router to prove
/// itself does not take another one for it, and where nobody interferes those who know each other meet.
pub fn handshake(octets: &[u8]) {
    let mut octets = Unstructured::new(octets);
    // The handshake breaks off where the octets do.
    let _broken_off = Play::new(&mut octets).and_then(|mut play| play.run(&mut octets));
}

struct Play {
    ends: Ends,
    client: ClientHandshake,
    router: RouterHandshake,
    /// Whether every message arrived as it was sent.
    untouched: bool,
    /// Whether the router asked for a proof that it checks itself.
    checked: bool,
    /// Whether the last message is as it was sent.
    genuine: bool,
    /// Whether the client answered a challenge that has the router's own proof in it.
    challenged: bool,
    /// That proof, if the last message is a challenge.
    proof: Option<Value>,
}

/// Whose turn it is, and with what.
enum Turn {
    Router(Message),
    Client(Message),
    /// The router let somebody in, the client too.
    Joined,
    /// Somebody has had enough.
    Over,
}

impl Play {
    fn new(octets: &mut Unstructured<'_>) -> Result<Self> {
        let ends = Ends::new(octets)?;
        let roles = Roles {
            caller: Some(Features::NONE),
            ..Roles::default()
        };
        let client = ClientHandshake::new(
            "realm1".into(),
            "fuzz/1".to_owned(),
            roles,
            ends.credentials(),
            ends.client_link(),
            [5; 32],
        );
        Ok(Self {
            ends,
            client,
            router: RouterHandshake::new(),
            untouched: true,
            checked: false,
            genuine: true,
            challenged: false,
            proof: None,
        })
    }

    fn run(&mut self, octets: &mut Unstructured<'_>) -> Result<()> {
        let mut turn = Turn::Router(self.client.hello());
        for _ in 0..PATIENCE {
            turn = match turn {
                Turn::Router(message) => {
                    let message = self.carried(message, octets)?;
                    self.router(message, octets)?
                }
                Turn::Client(message) => {
                    let message = self.carried(message, octets)?;
                    self.client(message)
                }
                Turn::Joined => return Ok(()),
                Turn::Over => {
                    let ought_to = self.untouched && self.ends.agree();
                    assert!(!ought_to, "those who know each other did not meet");
                    return Ok(());
                }
            };
        }
        Ok(())
    }

    /// What arrives of a message.
    fn carried(&mut self, mut message: Message, octets: &mut Unstructured<'_>) -> Result<Message> {
        self.genuine = true;
        self.proof = proof_in(&message);
        match octets.int_in_range(0..=7)? {
            0 => {
                message = Messages::new(octets, &[]).any()?;
            }
            1 => {
                if let Some(extra) = extra_of(&mut message) {
                    let which: usize = octets.arbitrary()?;
                    let key = extra
                        .keys()
                        .nth(which.checked_rem(extra.len()).unwrap_or(0));
                    let key = key.cloned().unwrap_or_default();
                    let value = Messages::new(octets, &[]).value(2)?;
                    extra.insert(key, value);
                }
            }
            _ => return Ok(message),
        }
        self.genuine = false;
        self.untouched = false;
        Ok(message)
    }

    fn router(&mut self, message: Message, octets: &mut Unstructured<'_>) -> Result<Turn> {
        let mut step = self.router.receive(message);
        loop {
            step = match step {
                RouterStep::Decide { details, .. } => {
                    let decision = self.ends.decide(&details);
                    self.checked = matches!(decision, Decision::Challenge { .. });
                    self.router.decide(decision)
                }
                RouterStep::Verify { .. } => {
                    let decision = match octets.int_in_range(0..=2)? {
                        0 => Decision::Admit(self.ends.principal()),
                        1 => Decision::denied(),
                        _ => self.ends.ask(),
                    };
                    self.router.decide(decision)
                }
                RouterStep::Send(message) => return Ok(Turn::Client(message)),
                RouterStep::Join { principal, .. } => {
                    assert!(!self.ends.is_decoy(), "a decoy let somebody in");
                    assert!(
                        !self.checked || self.ends.knows_secret(),
                        "let in without the secret"
                    );
                    let details = WelcomeDetails {
                        authextra: principal.authextra,
                        ..WelcomeDetails::default()
                    };
                    self.ends.let_in();
                    let session = SessionId::from_random(1);
                    let details = Box::new(details);
                    return Ok(Turn::Client(Welcome { session, details }.into()));
                }
                RouterStep::Abort(message) => {
                    assert!(matches!(message, Message::Abort(_)));
                    self.is_over();
                    return Ok(Turn::Client(message));
                }
            }
        }
    }

    fn client(&mut self, message: Message) -> Turn {
        let proof = proof_in(&message);
        let is_proved = proof.is_some() && proof == self.proof;
        let step = match self.client.receive(message) {
            Ok(ClientStep::Derive(derivation)) => {
                // A challenge that was tampered with may ask for seconds of work.
                if !self.genuine {
                    return Turn::Over;
                }
                let key = derivation.run().expect("as little as it asks for");
                Ok(self.client.derived(&key))
            }
            step => step,
        };
        match step {
            Ok(ClientStep::Send(message)) => {
                self.challenged |= is_proved;
                Turn::Router(message)
            }
            Ok(ClientStep::Joined(_)) => {
                assert!(
                    !self.ends.router_proves_itself()
                        || self.ends.router_is_proved(self.challenged),
                    "taken in by another router"
                );
                Turn::Joined
            }
            Ok(ClientStep::Derive(_)) => panic!("a key is derived once"),
            Err(HandshakeError::Aborted { .. }) => Turn::Over,
            Err(error) => {
                let abort = error.abort().expect("the router is told");
                assert!(matches!(abort, Message::Abort(_)));
                Turn::Over
            }
        }
    }

    /// After an ABORT nothing brings a router to let somebody in.
    fn is_over(&mut self) {
        let again = self.router.receive(self.client.hello());
        assert!(matches!(again, RouterStep::Abort(_)), "{again:?}");
    }
}

/// The router's signature in a challenge.
fn proof_in(message: &Message) -> Option<Value> {
    match message {
        Message::Challenge(challenge) => challenge.extra.get("signature").cloned(),
        _ => None,
    }
}

/// The dictionary that authentication is about.
fn extra_of(message: &mut Message) -> Option<&mut Dict> {
    match message {
        Message::Hello(m) => Some(m.details.authextra.get_or_insert_default()),
        Message::Welcome(m) => Some(m.details.authextra.get_or_insert_default()),
        Message::Challenge(m) => Some(&mut m.extra),
        Message::Authenticate(m) => Some(&mut m.extra),
        _ => None,
    }
}
