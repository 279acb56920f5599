//! Routers, honest and not, that know `alice`.

use ed25519_dalek::{Signer as _, SigningKey};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use wamp_proto::auth::cryptosign::{self, Announcement, RouterProof, Signer};
use wamp_proto::auth::decoy::Decoys;
use wamp_proto::auth::kdf::Kdf;
use wamp_proto::auth::scram::{self, Dialect};
use wamp_proto::auth::wampcra::{self, Attempt, Salting};
use wamp_proto::auth::{AuthMethod, ChannelBinding, Verification, ticket};
use wamp_proto::handshake::RouterHandshake;
use wamp_proto::handshake::router::{Decision, Principal, Step};
use wamp_proto::options::{AnyDetails, HelloDetails};
use wamp_proto::{Message, SessionId, Value, uris};

const KDF: Kdf = Kdf::Pbkdf2 { iterations: 4096 };

/// A router that knows `alice`, by the secret `swordfish` and by the key of seed 1.
#[derive(Debug)]
pub(crate) enum Router {
    /// Lets everybody in.
    Open,
    Ticket,
    WampCra,
    WampCraSalted,
    Scram(Dialect),
    Cryptosign,
    /// Proves itself by the key of seed 9.
    CryptosignBoth,
    /// Asks for the ticket, and then for `123456`.
    TwoTickets,
    /// Takes every proof, and answers SCRAM with that.
    Pretender(Dialect, Option<&'static str>),
    /// Challenges everybody with that; `nonce` is added.
    Hostile(String, BTreeMap<String, Value>),
}

impl Router {
    pub(crate) fn hostile(
        method: &str,
        extra: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        let members = extra.into_iter();
        let extra = members.map(|(key, value)| (key.to_owned(), value));
        Self::Hostile(method.to_owned(), extra.collect())
    }

    pub(crate) fn method(&self) -> AuthMethod {
        match self {
            Self::Open | Self::Hostile(..) => AuthMethod::Anonymous,
            Self::Ticket | Self::TwoTickets => AuthMethod::Ticket,
            Self::WampCra | Self::WampCraSalted => AuthMethod::WampCra,
            Self::Scram(dialect) | Self::Pretender(dialect, _) => (*dialect).into(),
            Self::Cryptosign | Self::CryptosignBoth => AuthMethod::Cryptosign,
        }
    }

    /// Lets `handshake` take a HELLO. What it sends in turn, if that is no refusal.
    pub(crate) fn ask(&self, handshake: &mut RouterHandshake, hello: Message) -> Option<Message> {
        let Step::Decide { details, .. } = handshake.receive(hello) else {
            panic!("HELLO leads to a decision");
        };
        match handshake.decide(self.decide(&details, None)) {
            Step::Send(message) => Some(message),
            _ => None,
        }
    }

    /// What is decided about a HELLO.
    pub(crate) fn decide(&self, details: &HelloDetails, link: Option<&ChannelBinding>) -> Decision {
        match self {
            Self::Open => return Decision::Admit(alice("anonymous")),
            Self::Hostile(method, extra) => {
                let mut extra = extra.clone();
                let own = details
                    .authextra
                    .as_ref()
                    .and_then(|extra| extra.get("nonce"));
                if let Some(nonce) = own.and_then(Value::as_str) {
                    extra.insert("nonce".to_owned(), Value::from(format!("{nonce}AAAA")));
                }
                let method = method.clone();
                return Decision::Ask { method, extra };
            }
            _ => {}
        }
        if AuthMethod::choose(details, &[self.method()]).is_none() {
            return Decision::Deny {
                reason: uris::NO_MATCHING_AUTH_METHOD,
                message: "not so".to_owned(),
            };
        }
        match self {
            Self::Cryptosign | Self::CryptosignBoth => self.decide_by_key(details, link),
            Self::TwoTickets => Decision::Ask {
                method: "ticket".to_owned(),
                extra: AnyDetails::new(),
            },
            Self::Pretender(dialect, _) => {
                let credential = Decoys::new([0; 32]).scram("alice", *dialect, KDF);
                let asked = scram::Verification::new(details, credential, fresh(), link);
                Decision::Ask {
                    method: self.method().name().to_owned(),
                    extra: asked.expect("a HELLO that makes sense").extra(),
                }
            }
            _ => self.decide_by_secret(details, link),
        }
    }

    fn decide_by_key(&self, details: &HelloDetails, link: Option<&ChannelBinding>) -> Decision {
        let announced = Announcement::read(details).expect("a HELLO that makes sense");
        let public_key = announced.public_key.expect("the client's key");
        let wished =
            |link: &&ChannelBinding| Some(link.name) == announced.channel_binding.as_deref();
        let binding = link.filter(wished).copied();
        let proof = |challenge| RouterProof::new(key(9).as_ref(), &challenge, binding.as_ref());
        let signs = matches!(self, Self::CryptosignBoth);
        let verification = Verification::Cryptosign(cryptosign::Verification {
            challenge: fresh(),
            public_key,
            binding,
            router: announced.challenge.filter(|_| signs).map(proof),
        });
        if public_key == key(1).public_key() {
            let principal = alice("cryptosign");
            Decision::Challenge {
                principal,
                verification,
            }
        } else {
            Decision::Decoy(verification)
        }
    }

    fn decide_by_secret(&self, details: &HelloDetails, link: Option<&ChannelBinding>) -> Decision {
        let authid = details.authid.as_deref().expect("an authid");
        let decoys = Decoys::new([0; 32]);
        let is_known = authid == "alice";
        let secret = "swordfish".into();
        let verification = match self {
            Self::Ticket if is_known => {
                Verification::Ticket(ticket::Verification::of_ticket(&secret))
            }
            Self::Ticket => Verification::Ticket(decoys.ticket(authid)),
            Self::Scram(dialect) => {
                let credential = if is_known {
                    let enrolled = scram::Credential::enrol(*dialect, KDF, &secret, &[5; 16]);
                    enrolled.expect("within limits")
                } else {
                    decoys.scram(authid, *dialect, KDF)
                };
                let asked = scram::Verification::new(details, credential, fresh(), link);
                Verification::Scram(asked.expect("a HELLO that makes sense"))
            }
            _ => {
                let salted = matches!(self, Self::WampCraSalted);
                let credential = match (is_known, salted) {
                    (true, false) => wampcra::Credential::plain(secret),
                    (true, true) => {
                        let salting = Salting::new(&[5; 16], 1000);
                        wampcra::Credential::salted(&secret, salting).expect("within limits")
                    }
                    (false, false) => decoys.wampcra(authid),
                    (false, true) => decoys.wampcra_salted(authid, 1000),
                };
                let attempt = Attempt {
                    authid,
                    authrole: "user",
                    authprovider: "test",
                    session: SessionId::new(3_251_278_072_152_162).expect("an id"),
                    nonce: fresh(),
                    time: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000),
                };
                Verification::WampCra(wampcra::Verification::new(&attempt, credential))
            }
        };
        if is_known {
            Decision::Challenge {
                principal: alice("to be said by the handshake"),
                verification,
            }
        } else {
            Decision::Decoy(verification)
        }
    }

    /// What is decided about a proof that was asked for.
    pub(crate) fn verify(&self, proof: &str) -> Decision {
        match self {
            Self::Pretender(dialect, signature) => {
                let name = match dialect {
                    Dialect::Spec => "verifier",
                    Dialect::Autobahn => "scram_server_signature",
                };
                let answer = signature.map(|text| (name.to_owned(), Value::from(text)));
                Decision::Admit(Principal {
                    authextra: Some(answer.into_iter().collect()),
                    ..alice("scram")
                })
            }
            Self::TwoTickets if proof == "swordfish" => Decision::Challenge {
                principal: alice("ticket"),
                verification: Verification::Ticket(ticket::Verification::of_ticket(
                    &"123456".into(),
                )),
            },
            _ => Decision::denied(),
        }
    }
}

pub(crate) fn alice(authmethod: &str) -> Principal {
    Principal {
        authid: "alice".into(),
        authrole: "user".into(),
        authmethod: authmethod.into(),
        authprovider: "test".into(),
        authextra: None,
    }
}

struct Key(SigningKey);

impl Signer for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        let message = cryptosign::message_to_sign(challenge, channel_id);
        self.0.sign(&message).to_bytes()
    }
}

/// The key of that seed.
pub(crate) fn key(seed: u8) -> Arc<dyn Signer> {
    Arc::new(Key(SigningKey::from_bytes(&[seed; 32])))
}

/// Octets that there were not before in this test.
pub(crate) fn fresh<const N: usize>() -> [u8; N] {
    thread_local! {
        static DRAWN: Cell<u8> = const { Cell::new(100) };
    }
    let drawn = DRAWN.get().wrapping_add(1);
    DRAWN.set(drawn);
    [drawn; N]
}
