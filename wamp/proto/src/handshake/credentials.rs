//! How a client proves who it is, and how each way is offered and answered.

use super::client::HandshakeError;
use crate::auth::kdf::{Derivation, DerivedKey};
use crate::auth::scram::{Dialect, Exchange, ScramError, ServerSignature, normalize};
use crate::auth::{AuthMethod, ChannelBinding, Secret, cryptosign, cryptosign::Signer, wampcra};
use crate::message::Authenticate;
use crate::options::AnyDetails;
use crate::{Dict, Value};
use data_encoding::{BASE64, HEXLOWER};
use std::{borrow::Cow, fmt, sync::Arc};

/// How a client proves who it is.
#[derive(Clone)]
pub enum Credentials {
    /// It does not.
    Anonymous,
    /// By a ticket, which the router gets to see.
    Ticket {
        /// Who it claims to be.
        authid: String,
        /// The ticket.
        ticket: Secret,
    },
    /// By a secret that the router knows too, or a password that it knows a derived key of.
    WampCra {
        /// Who it claims to be.
        authid: String,
        /// The secret or the password.
        secret: Secret,
    },
    /// By a password that the router does not know. The router has to prove itself too.
    Scram {
        /// Who it claims to be.
        authid: String,
        /// The password.
        password: Secret,
    },
    /// By an Ed25519 key.
    Cryptosign {
        /// Who it claims to be; the router may know the key alone.
        authid: Option<String>,
        /// Who signs.
        signer: Arc<dyn Signer>,
        /// The router's public key, if it has to prove that it holds it.
        router: Option<[u8; 32]>,
    },
    /// By the certificate it showed in the TLS handshake below the link.
    Tls {
        /// Who it claims to be; the router may know the certificate alone.
        authid: Option<String>,
    },
    /// By whichever of these the router chooses, most wanted first, and by several if it asks for
    /// several in turn; each is used once. Offered together they are as safe as the least of them.
    ///
    /// A client joins under one authid: the first that is named. Credentials of others are left out.
    AnyOf(Vec<Self>),
}

impl Credentials {
    /// The credentials that can be offered together, and the authid they are for.
    pub(super) fn offers(self) -> (Option<String>, Vec<Self>) {
        let mut offers = Vec::new();
        self.flatten(&mut offers);
        let Some(authid) = offers.iter().find_map(Self::authid).map(str::to_owned) else {
            return (None, offers);
        };
        offers.retain(|offer| offer.authid().is_none_or(|own| own == authid));
        // The router signs the authid as it gets it.
        let is_scram = |offer: &Self| matches!(offer, Self::Scram { .. });
        let normalized = normalize(&authid)
            .ok()
            .filter(|_| offers.iter().any(is_scram));
        let authid = normalized.map_or_else(|| authid.clone(), Cow::into_owned);
        (Some(authid), offers)
    }

    /// The methods it is for.
    pub(super) fn methods(&self, attempt: &Attempt) -> &'static [AuthMethod] {
        match self {
            Self::Anonymous => &[AuthMethod::Anonymous],
            Self::Ticket { .. } => &[AuthMethod::Ticket],
            Self::WampCra { .. } => &[AuthMethod::WampCra],
            // The other dialect can not be bound to a link.
            Self::Scram { .. } if attempt.binding.is_some() => &[AuthMethod::WampScram],
            // Crossbar.io goes through the names in turn and refuses the client at the first that it
            // does not know: its own has to come before the specification's.
            Self::Scram { .. } => &[AuthMethod::Scram, AuthMethod::WampScram],
            Self::Cryptosign { .. } => &[AuthMethod::Cryptosign],
            Self::Tls { .. } => &[AuthMethod::Tls],
            Self::AnyOf(_) => &[],
        }
    }

    /// What HELLO says for it in `authextra`.
    pub(super) fn announce(&self, attempt: &Attempt, extra: &mut Dict) {
        let mut say = |key: &str, value: String| extra.insert(key.to_owned(), Value::from(value));
        match self {
            Self::Scram { .. } => {
                say("nonce", attempt.scram_nonce());
            }
            Self::Cryptosign { signer, router, .. } => {
                say("pubkey", HEXLOWER.encode(&signer.public_key()));
                if router.is_some() {
                    say("challenge", HEXLOWER.encode(&attempt.nonce));
                }
            }
            _ => return,
        }
        if let Some(binding) = &attempt.binding {
            say("channel_binding", binding.name.to_owned());
        }
    }

    /// Whether the router proves itself in the course of it.
    pub(super) const fn proves_router(&self) -> bool {
        match self {
            Self::Scram { .. } => true,
            Self::Cryptosign { router, .. } => router.is_some(),
            _ => false,
        }
    }

    /// Answers a CHALLENGE of one of its methods.
    pub(super) fn answer(
        &self,
        method: AuthMethod,
        extra: &AnyDetails,
        attempt: &Attempt,
    ) -> Result<Answer, HandshakeError> {
        let binding = attempt.binding.as_ref();
        match self {
            Self::Ticket { ticket, .. } => Ok(Answer::with(ticket.clone())),
            Self::WampCra { secret, .. } => {
                let challenge = wampcra::Challenge::read(extra)?;
                match &challenge.salting {
                    None => Ok(Answer::with(challenge.sign(secret).into())),
                    Some(salting) => {
                        let derivation = salting.derivation(secret)?;
                        Ok(Answer::Derive(derivation, Pending::WampCra(challenge)))
                    }
                }
            }
            Self::Scram { authid, password } => {
                let dialect = match method {
                    AuthMethod::Scram => Dialect::Autobahn,
                    _ => Dialect::Spec,
                };
                let nonce = attempt.scram_nonce();
                let exchange = Exchange::new(dialect, authid, &nonce, binding, extra)?;
                let derivation = exchange.derivation(password)?;
                Ok(Answer::Derive(derivation, Pending::Scram(exchange)))
            }
            Self::Cryptosign { signer, router, .. } => {
                if let Some(router) = router {
                    cryptosign::check_router(router, &attempt.nonce, extra, binding)?;
                }
                let signature = cryptosign::answer(signer.as_ref(), extra, binding)?;
                Ok(Answer::with(signature.into()))
            }
            Self::Anonymous | Self::Tls { .. } | Self::AnyOf(_) => {
                Err(HandshakeError::Method(method.name().to_owned()))
            }
        }
    }

    fn flatten(self, into: &mut Vec<Self>) {
        match self {
            Self::AnyOf(several) => several.into_iter().for_each(|one| one.flatten(into)),
            one => into.push(one),
        }
    }

    const fn authid(&self) -> Option<&str> {
        match self {
            Self::Ticket { authid, .. }
            | Self::WampCra { authid, .. }
            | Self::Scram { authid, .. }
            | Self::Cryptosign {
                authid: Some(authid),
                ..
            }
            | Self::Tls {
                authid: Some(authid),
            } => Some(authid.as_str()),
            _ => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Ticket { authid, .. } => write!(f, "Ticket({authid:?})"),
            Self::WampCra { authid, .. } => write!(f, "WampCra({authid:?})"),
            Self::Scram { authid, .. } => write!(f, "Scram({authid:?})"),
            Self::Cryptosign { authid, .. } => write!(f, "Cryptosign({authid:?})"),
            Self::Tls { authid } => write!(f, "Tls({authid:?})"),
            Self::AnyOf(several) => f.debug_tuple("AnyOf").field(several).finish(),
        }
    }
}

/// What is particular to one attempt to join.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The link's channel id, if it has one.
    pub(super) binding: Option<ChannelBinding>,
    /// Drawn at random. It goes over the link.
    pub(super) nonce: [u8; 32],
}

impl Attempt {
    /// 24 octets: in base64 they need no padding, so that it is the same whether a router joins its
    /// nonce to the octets or to the text. Routers do either.
    fn scram_nonce(&self) -> String {
        let [nonce @ .., _, _, _, _, _, _, _, _] = &self.nonce;
        BASE64.encode(nonce)
    }
}

/// What to answer to a challenge.
pub(super) enum Answer {
    /// This.
    Ready(Authenticate),
    /// What comes of the pending one, with the key derived.
    Derive(Derivation, Pending),
}

impl Answer {
    const fn with(signature: Secret) -> Self {
        let extra = AnyDetails::new();
        Self::Ready(Authenticate { signature, extra })
    }
}

/// An answer that waits for a key.
#[derive(Debug)]
pub(super) enum Pending {
    WampCra(wampcra::Challenge),
    Scram(Exchange),
}

impl Pending {
    /// The answer, and how the router has to answer in turn.
    pub(super) fn finish(self, key: &DerivedKey) -> (Authenticate, Option<ServerSignature>) {
        match self {
            Self::WampCra(challenge) => {
                let signature = challenge.sign_with_derived(key).into();
                let extra = AnyDetails::new();
                (Authenticate { signature, extra }, None)
            }
            Self::Scram(exchange) => {
                let (proof, expected) = exchange.prove(key);
                (proof, Some(expected))
            }
        }
    }
}

impl From<&'static str> for HandshakeError {
    fn from(what: &'static str) -> Self {
        Self::Challenge(what)
    }
}

impl From<ScramError> for HandshakeError {
    fn from(error: ScramError) -> Self {
        match error {
            ScramError::Prohibited => Self::Password,
            ScramError::Kdf(error) => Self::Derivation(error),
        }
    }
}
