//! What a router waits for after a challenge, whatever the method.

use super::{AuthMethod, cryptosign, scram, ticket, wampcra};
use crate::Dict;
use crate::message::{Authenticate, Challenge};
use crate::options::AnyDetails;

/// What was asked of a client, and how its answer is checked.
#[derive(Clone, Debug)]
pub enum Verification {
    /// A ticket.
    Ticket(ticket::Verification),
    /// A signature by a shared secret.
    WampCra(wampcra::Verification),
    /// A proof of knowing a password.
    Scram(scram::Verification),
    /// A signature by an Ed25519 key.
    Cryptosign(cryptosign::Verification),
}

impl Verification {
    /// By which method.
    pub fn method(&self) -> AuthMethod {
        match self {
            Self::Ticket(_) => AuthMethod::Ticket,
            Self::WampCra(_) => AuthMethod::WampCra,
            Self::Scram(asked) => asked.dialect().into(),
            Self::Cryptosign(_) => AuthMethod::Cryptosign,
        }
    }

    /// The CHALLENGE that asks it.
    pub fn challenge(&self) -> Challenge {
        Challenge {
            authmethod: self.method().name().to_owned(),
            extra: match self {
                Self::Ticket(_) => AnyDetails::new(),
                Self::WampCra(asked) => asked.extra(),
                Self::Scram(asked) => asked.extra(),
                Self::Cryptosign(asked) => asked.extra(),
            },
        }
    }

    /// Checks the answer. If it is right, gives what `WELCOME.Details.authextra` has to say in turn.
    pub fn accept(&self, proof: &Authenticate) -> Option<Dict> {
        let Authenticate { signature, extra } = proof;
        match self {
            Self::Ticket(asked) => asked.accepts(signature).then(Dict::new),
            Self::WampCra(asked) => asked.accepts(signature).then(Dict::new),
            Self::Scram(asked) => asked.accept(signature, extra),
            Self::Cryptosign(asked) => asked.accepts(signature.expose()).then(Dict::new),
        }
    }
}
