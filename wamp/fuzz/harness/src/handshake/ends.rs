//! A client that is Ana, or would like to be, and a router that knows Ana.

use arbitrary::{Result, Unstructured};
use ed25519_dalek::{Signer as _, SigningKey};
use std::sync::{Arc, LazyLock};
use std::time::UNIX_EPOCH;
use wamp_proto::auth::cryptosign::{self, Announcement, RouterProof, Signer, message_to_sign};
use wamp_proto::auth::decoy::Decoys;
use wamp_proto::auth::kdf::Kdf;
use wamp_proto::auth::scram::{self, Dialect};
use wamp_proto::auth::wampcra::{self, Attempt, Salting};
use wamp_proto::auth::{ChannelBinding, Secret, Verification, ticket};
use wamp_proto::handshake::client::Credentials;
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::options::{AnyDetails, HelloDetails};
use wamp_proto::{SessionId, uris};

const SECRET: &str = "swordfish";
const KDF: Kdf = Kdf::Pbkdf2 { iterations: 4096 };
const CLIENT_KEY: u8 = 1;
const ROUTER_KEY: u8 = 9;

/// How the client is to prove itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Anonymous,
    Ticket,
    WampCra,
    WampCraSalted,
    Scram(Dialect),
    Cryptosign,
    /// The router by cryptosign too.
    CryptosignBoth,
    /// The authority checks it, not the handshake.
    Asked,
}

impl Method {
    const ALL: [Self; 9] = [
        Self::Anonymous,
        Self::Ticket,
        Self::WampCra,
        Self::WampCraSalted,
        Self::Scram(Dialect::Spec),
        Self::Scram(Dialect::Autobahn),
        Self::Cryptosign,
        Self::CryptosignBoth,
        Self::Asked,
    ];
}

/// What either side has and wants.
pub(super) struct Ends {
    offered: Method,
    wanted: Method,
    knows_secret: bool,
    is_decoy: bool,
    /// Whether the link has a channel id, and whether it is the same on both sides.
    bound: Option<bool>,
    let_in: bool,
}

impl Ends {
    pub(super) fn new(octets: &mut Unstructured<'_>) -> Result<Self> {
        let wanted = *octets.choose(&Method::ALL)?;
        Ok(Self {
            wanted,
            offered: match octets.ratio(1, 4)? {
                true => *octets.choose(&Method::ALL)?,
                false => wanted,
            },
            knows_secret: octets.arbitrary()?,
            is_decoy: octets.ratio(1, 8)?,
            bound: octets.arbitrary()?,
            let_in: false,
        })
    }

    pub(super) const fn knows_secret(&self) -> bool {
        self.knows_secret
    }

    pub(super) const fn is_decoy(&self) -> bool {
        self.is_decoy
    }

    pub(super) const fn let_in(&mut self) {
        self.let_in = true;
    }

    /// Whether they have what it takes to come together.
    pub(super) fn agree(&self) -> bool {
        // That dialect can not be bound to a link.
        let unbound = self.offered == Method::Scram(Dialect::Autobahn) && self.bound.is_some();
        // What the authority answers is up to the octets.
        self.offered == self.wanted
            && self.wanted != Method::Asked
            && (self.knows_secret || self.wanted == Method::Anonymous)
            && !self.is_decoy
            && self.bound != Some(false)
            && !unbound
    }

    /// Whether the client insists on a proof.
    pub(super) const fn router_proves_itself(&self) -> bool {
        matches!(self.offered, Method::Scram(_) | Method::CryptosignBoth)
    }

    /// Whether it can have had one: from a router that let it in, or by a challenge that is the router's.
    pub(super) const fn router_is_proved(&self, challenged: bool) -> bool {
        match self.offered {
            Method::Scram(_) => self.let_in,
            _ => challenged,
        }
    }

    pub(super) fn client_link(&self) -> Option<ChannelBinding> {
        self.bound.map(|_| link(7))
    }

    fn router_link(&self) -> Option<ChannelBinding> {
        self.bound.map(|same| link(if same { 7 } else { 8 }))
    }

    pub(super) fn credentials(&self) -> Credentials {
        let authid = "ana".to_owned();
        let secret = Secret::from(if self.knows_secret { SECRET } else { "guess" });
        match self.offered {
            Method::Anonymous => Credentials::Anonymous,
            Method::Ticket | Method::Asked => Credentials::Ticket {
                authid,
                ticket: secret,
            },
            Method::WampCra | Method::WampCraSalted => Credentials::WampCra { authid, secret },
            Method::Scram(_) => Credentials::Scram {
                authid,
                password: secret,
            },
            Method::Cryptosign | Method::CryptosignBoth => Credentials::Cryptosign {
                authid: Some(authid),
                signer: key(if self.knows_secret { CLIENT_KEY } else { 2 }),
                router: (self.offered == Method::CryptosignBoth)
                    .then(|| key(ROUTER_KEY).public_key()),
            },
        }
    }

    pub(super) fn principal(&self) -> Principal {
        Principal {
            authid: "ana".into(),
            authrole: "user".into(),
            authmethod: "test".into(),
            authprovider: "test".into(),
            authextra: None,
        }
    }

    pub(super) fn ask(&self) -> Decision {
        Decision::Ask {
            method: "ticket".to_owned(),
            extra: AnyDetails::new(),
        }
    }

    /// What the router decides about a HELLO.
    pub(super) fn decide(&self, details: &HelloDetails) -> Decision {
        match self.wanted {
            Method::Anonymous if self.is_decoy => return Decision::denied(),
            Method::Anonymous => return Decision::Admit(self.principal()),
            Method::Asked if self.is_decoy => return Decision::denied(),
            Method::Asked => return self.ask(),
            _ => {}
        }
        let principal = self.principal();
        match self.verification(details) {
            Ok(verification) if self.is_decoy => Decision::Decoy(verification),
            Ok(verification) => Decision::Challenge {
                principal,
                verification,
            },
            Err(message) => Decision::Deny {
                reason: uris::AUTHENTICATION_FAILED,
                message: message.to_owned(),
            },
        }
    }

    fn verification(
        &self,
        details: &HelloDetails,
    ) -> std::result::Result<Verification, &'static str> {
        let decoys = Decoys::new([0; 32]);
        let link = self.router_link();
        Ok(match self.wanted {
            Method::Ticket if self.is_decoy => Verification::Ticket(decoys.ticket("ana")),
            Method::Ticket => Verification::Ticket(ticket::Verification::of_ticket(&SECRET.into())),
            Method::WampCra => wampcra(wampcra::Credential::plain(SECRET.into())),
            Method::WampCraSalted if self.is_decoy => wampcra(decoys.wampcra_salted("ana", 16)),
            Method::WampCraSalted => {
                let salting = Salting::new(&[3; 16], 16);
                let salted = wampcra::Credential::salted(&SECRET.into(), salting);
                wampcra(salted.expect("little to derive"))
            }
            Method::Scram(dialect) => {
                let credential = match self.is_decoy {
                    true => decoys.scram("ana", dialect, KDF),
                    false => enrolled(dialect),
                };
                let link = link.as_ref();
                let asked = scram::Verification::new(details, credential, [4; 18], link)?;
                Verification::Scram(asked)
            }
            _ => self.by_key(details, link)?,
        })
    }

    fn by_key(
        &self,
        details: &HelloDetails,
        link: Option<ChannelBinding>,
    ) -> std::result::Result<Verification, &'static str> {
        let announced = Announcement::read(details)?;
        let wished = announced.channel_binding.as_deref();
        let binding = link.filter(|link| Some(link.name) == wished);
        let signs = announced
            .challenge
            .filter(|_| self.wanted == Method::CryptosignBoth);
        let proof =
            |challenge| RouterProof::new(key(ROUTER_KEY).as_ref(), &challenge, binding.as_ref());
        Ok(Verification::Cryptosign(cryptosign::Verification {
            challenge: [6; 32],
            public_key: key(CLIENT_KEY).public_key(),
            binding,
            router: signs.map(proof),
        }))
    }
}

fn wampcra(credential: wampcra::Credential) -> Verification {
    let attempt = Attempt {
        authid: "ana",
        authrole: "user",
        authprovider: "test",
        session: SessionId::from_random(1),
        nonce: [2; 16],
        time: UNIX_EPOCH,
    };
    Verification::WampCra(wampcra::Verification::new(&attempt, credential))
}

/// What the router stores of Ana's password; it takes a while to make.
fn enrolled(dialect: Dialect) -> scram::Credential {
    static ENROLLED: LazyLock<[scram::Credential; 2]> = LazyLock::new(|| {
        [Dialect::Spec, Dialect::Autobahn].map(|dialect| {
            let enrolled = scram::Credential::enrol(dialect, KDF, &SECRET.into(), &[3; 16]);
            enrolled.expect("a password like others")
        })
    });
    let [spec, autobahn] = &*ENROLLED;
    match dialect {
        Dialect::Spec => spec.clone(),
        Dialect::Autobahn => autobahn.clone(),
    }
}

const fn link(octet: u8) -> ChannelBinding {
    ChannelBinding {
        name: "x-noise-h",
        id: [octet; 32],
    }
}

struct Key(SigningKey);

impl Signer for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        let message = message_to_sign(challenge, channel_id);
        self.0.sign(&message).to_bytes()
    }
}

fn key(seed: u8) -> Arc<dyn Signer> {
    Arc::new(Key(SigningKey::from_bytes(&[seed; 32])))
}
