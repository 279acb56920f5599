//! The client's side of a handshake.
//!
//! ```text
//!            hello()              CHALLENGE
//!   Start ───────────► Waiting ───────────────► AUTHENTICATE, Waiting
//!                        │  │    └────────────► Deriving ─── derived() ──► AUTHENTICATE, Waiting
//!                WELCOME │  │ ABORT, or anything else
//!                        ▼  ▼
//!                     Joined Failed
//! ```

use super::credentials::{Answer, Attempt, Pending};

pub use super::credentials::Credentials;
use super::router::abort_with;
use crate::auth::kdf::{Derivation, DerivedKey, KdfError};
use crate::auth::{AuthMethod, ChannelBinding, scram::ServerSignature};
use crate::message::{Challenge, Hello, Welcome};
use crate::options::HelloDetails;
use crate::{Dict, Message, Roles, Uri, uris};

/// Why a client did not get in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The router turned the client away.
    #[error("the router refused the session: {reason}{}", .message.as_ref().map(|m| format!(" ({m})")).unwrap_or_default())]
    Aborted {
        /// The reason URI.
        reason: Uri,
        /// The router's sentence.
        message: Option<String>,
    },
    /// The router sent something that does not belong here.
    #[error("the router sent {0} during the handshake")]
    Unexpected(&'static str),
    /// The router asked for a proof that the client was not set up to give, or gave already.
    #[error("the router asked for authentication by {0:?}, which was not offered or is used up")]
    Method(String),
    /// The challenge can not be answered.
    #[error("the router's challenge can not be answered: {0}")]
    Challenge(&'static str),
    /// The key that the challenge asks for can not be derived.
    #[error("the router's challenge can not be answered: {0}")]
    Derivation(#[from] KdfError),
    /// The password can not be normalized.
    #[error("the password has characters that are not allowed in one")]
    Password,
    /// The router let the client in without proving itself, as it had to.
    #[error("the router did not prove that it is the right one")]
    Unproved,
}

impl HandshakeError {
    /// The ABORT to send to the router before the link is closed, if it has not sent one itself.
    pub fn abort(&self) -> Option<Message> {
        let reason = match self {
            Self::Aborted { .. } => return None,
            Self::Unexpected(_) => uris::PROTOCOL_VIOLATION,
            Self::Method(_) => uris::NO_MATCHING_AUTH_METHOD,
            Self::Challenge(_) | Self::Derivation(_) | Self::Password | Self::Unproved => {
                uris::AUTHENTICATION_FAILED
            }
        };
        Some(abort_with(reason, &self.to_string()))
    }
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this and wait for the router.
    Send(Message),
    /// Run this, where nobody waits for the thread, and pass the key to [`ClientHandshake::derived`].
    Derive(Derivation),
    /// The session is open.
    Joined(Welcome),
}

/// One handshake, from the client's side.
#[derive(Debug)]
pub struct ClientHandshake {
    realm: Uri,
    agent: String,
    roles: Roles,
    authid: Option<String>,
    /// What can still be asked for.
    offers: Vec<Credentials>,
    attempt: Attempt,
    /// The answer that a key is derived for.
    pending: Option<Pending>,
    /// What WELCOME has to show.
    expected: Option<ServerSignature>,
    /// Whether it is still open that the router is the right one.
    router_unproved: bool,
}

impl ClientHandshake {
    /// A handshake for `realm`; `agent` is the client's name and version, `binding` the link's channel
    /// id, if it has one, and `nonce` is drawn at random for this handshake.
    pub fn new(
        realm: Uri,
        agent: String,
        roles: Roles,
        credentials: Credentials,
        binding: Option<ChannelBinding>,
        nonce: [u8; 32],
    ) -> Self {
        let (authid, offers) = credentials.offers();
        let router_unproved = !offers.is_empty() && offers.iter().all(Credentials::proves_router);
        Self {
            realm,
            agent,
            roles,
            authid,
            offers,
            attempt: Attempt { binding, nonce },
            pending: None,
            expected: None,
            router_unproved,
        }
    }

    /// The HELLO that opens it.
    pub fn hello(&self) -> Message {
        let mut authextra = Dict::new();
        let mut authmethods = Vec::new();
        for offer in &self.offers {
            offer.announce(&self.attempt, &mut authextra);
            for method in offer.methods(&self.attempt) {
                let name = method.name().to_owned();
                if !authmethods.contains(&name) {
                    authmethods.push(name);
                }
            }
        }
        let details = Box::new(HelloDetails {
            agent: Some(self.agent.clone()),
            roles: Some(self.roles),
            authid: self.authid.clone(),
            authmethods: Some(authmethods),
            authextra: Some(authextra).filter(|extra| !extra.is_empty()),
            ..HelloDetails::default()
        });
        Hello {
            realm: self.realm.clone(),
            details,
        }
        .into()
    }

    /// Takes the router's next message.
    ///
    /// # Errors
    /// The session will not open; the link is to be closed, after [`HandshakeError::abort`].
    pub fn receive(&mut self, message: Message) -> Result<Step, HandshakeError> {
        match message {
            Message::Abort(abort) => Err(HandshakeError::Aborted {
                reason: abort.reason.detached(),
                message: abort.details.message,
            }),
            other if self.pending.is_some() => Err(HandshakeError::Unexpected(other.name())),
            Message::Welcome(welcome) => self.welcome(welcome),
            Message::Challenge(challenge) => self.challenge(&challenge),
            other => Err(HandshakeError::Unexpected(other.name())),
        }
    }

    /// Takes the key that [`Step::Derive`] gave.
    ///
    /// # Panics
    /// If none was asked for.
    pub fn derived(&mut self, key: &DerivedKey) -> Step {
        let pending = self.pending.take().expect("a key that was asked for");
        let (proof, expected) = pending.finish(key);
        if expected.is_some() {
            self.expected = expected;
        }
        Step::Send(proof.into())
    }

    fn challenge(&mut self, challenge: &Challenge) -> Result<Step, HandshakeError> {
        let Challenge { authmethod, extra } = challenge;
        let asked = AuthMethod::from_name(authmethod).and_then(|method| {
            let is_it = |offer: &Credentials| offer.methods(&self.attempt).contains(&method);
            Some((method, self.offers.iter().position(is_it)?))
        });
        let Some((method, position)) = asked else {
            return Err(HandshakeError::Method(authmethod.clone()));
        };
        let credentials = self.offers.remove(position);
        match credentials.answer(method, extra, &self.attempt)? {
            Answer::Ready(proof) => {
                self.router_unproved &= !credentials.proves_router();
                Ok(Step::Send(proof.into()))
            }
            Answer::Derive(derivation, pending) => {
                self.pending = Some(pending);
                Ok(Step::Derive(derivation))
            }
        }
    }

    fn welcome(&mut self, welcome: Welcome) -> Result<Step, HandshakeError> {
        if let Some(expected) = self.expected.take() {
            // "The client SHOULD check the `verifier` for mutual authentication, terminating the session
            // if invalid."
            if !expected.is_in(welcome.details.authextra.as_ref()) {
                return Err(HandshakeError::Unproved);
            }
            self.router_unproved = false;
        }
        if self.router_unproved {
            return Err(HandshakeError::Unproved);
        }
        Ok(Step::Joined(welcome))
    }
}
