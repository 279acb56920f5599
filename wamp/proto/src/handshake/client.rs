//! The client's side of a handshake.
//!
//! ```text
//!            hello()              CHALLENGE
//!   Start ───────────► Waiting ───────────────► AUTHENTICATE, Waiting
//!                        │  │
//!                WELCOME │  │ ABORT, or anything else
//!                        ▼  ▼
//!                     Joined Failed
//! ```

use crate::auth::{
    AuthMethod,
    cryptosign::{self, ChannelBinding, Signer},
};
use crate::message::{Authenticate, Hello, Welcome};
use crate::options::{AnyDetails, HelloDetails};
use crate::{Dict, Message, Roles, Uri, Value};
use data_encoding::HEXLOWER;
use std::{fmt, sync::Arc};

/// How a client proves who it is.
#[derive(Clone)]
pub enum Credentials {
    /// It does not.
    Anonymous,
    /// By an Ed25519 key.
    Cryptosign {
        /// Who it claims to be; the router may know the key alone.
        authid: Option<String>,
        /// Who signs.
        signer: Arc<dyn Signer>,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Cryptosign { authid, .. } => write!(f, "Cryptosign({authid:?})"),
        }
    }
}

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
    /// The router asked for a proof that the client was not set up to give.
    #[error("the router asked for authentication by {0:?}, which was not offered")]
    Method(String),
    /// The challenge can not be answered.
    #[error("the router's challenge can not be answered: {0}")]
    Challenge(&'static str),
}

/// What to do next.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives for a moment, on the stack"
)]
pub enum Step {
    /// Send this and wait for the router.
    Send(Message),
    /// The session is open.
    Joined(Welcome),
}

/// One handshake, from the client's side.
#[derive(Debug)]
pub struct ClientHandshake {
    realm: Uri,
    agent: String,
    roles: Roles,
    credentials: Credentials,
    /// The link's channel id, if it has one.
    binding: Option<ChannelBinding>,
}

impl ClientHandshake {
    /// A handshake for `realm`; `agent` is the client's name and version.
    pub const fn new(
        realm: Uri,
        agent: String,
        roles: Roles,
        credentials: Credentials,
        binding: Option<ChannelBinding>,
    ) -> Self {
        Self {
            realm,
            agent,
            roles,
            credentials,
            binding,
        }
    }

    /// The HELLO that opens it.
    pub fn hello(&self) -> Message {
        let mut details = Box::new(HelloDetails {
            agent: Some(self.agent.clone()),
            roles: Some(self.roles),
            ..HelloDetails::default()
        });
        match &self.credentials {
            Credentials::Anonymous => {
                details.authmethods = Some(vec![AuthMethod::Anonymous.name().to_owned()]);
            }
            Credentials::Cryptosign { authid, signer } => {
                details.authid.clone_from(authid);
                details.authmethods = Some(vec![AuthMethod::Cryptosign.name().to_owned()]);
                details.authextra = Some(self.cryptosign_extra(signer.as_ref()));
            }
        }
        Hello {
            realm: self.realm.clone(),
            details,
        }
        .into()
    }

    /// Takes the router's next message.
    ///
    /// # Errors
    /// The session will not open; the link is to be closed.
    pub fn receive(&self, message: Message) -> Result<Step, HandshakeError> {
        match message {
            Message::Welcome(welcome) => Ok(Step::Joined(welcome)),
            Message::Challenge(challenge) => self.prove(&challenge.authmethod, &challenge.extra),
            Message::Abort(abort) => Err(HandshakeError::Aborted {
                reason: abort.reason.detached(),
                message: abort.details.message,
            }),
            other => Err(HandshakeError::Unexpected(other.name())),
        }
    }

    fn cryptosign_extra(&self, signer: &dyn Signer) -> Dict {
        let pubkey = Value::from(HEXLOWER.encode(&signer.public_key()));
        let mut extra = Dict::from([("pubkey".to_owned(), pubkey)]);
        if let Some(binding) = &self.binding {
            extra.insert("channel_binding".to_owned(), Value::from(binding.name));
        }
        extra
    }

    fn prove(&self, method: &str, extra: &AnyDetails) -> Result<Step, HandshakeError> {
        match (&self.credentials, AuthMethod::from_name(method)) {
            (Credentials::Cryptosign { signer, .. }, Some(AuthMethod::Cryptosign)) => {
                let signature = cryptosign::answer(signer.as_ref(), extra, self.binding.as_ref())
                    .map_err(HandshakeError::Challenge)?;
                let proof = Authenticate {
                    signature,
                    extra: AnyDetails::new(),
                };
                Ok(Step::Send(proof.into()))
            }
            _ => Err(HandshakeError::Method(method.to_owned())),
        }
    }
}
