//! What a client has to answer to be let in as a user: a challenge of the method it offers.

use super::config::SigningSeed;
use super::users::User;
use ed25519_dalek::{Signer as _, SigningKey};
use std::time::SystemTime;
use wamp_proto::auth::cryptosign::{self, Announcement, RouterProof, Signer, message_to_sign};
use wamp_proto::auth::{AuthMethod, ChannelBinding, Verification, scram, wampcra};
use wamp_proto::options::HelloDetails;
use wamp_proto::{SessionId, Uri, uris};

/// Who vouches for users that the configuration lists.
pub(super) const PROVIDER: &str = "static";

/// The key a router proves itself with, if a client asks it to.
pub(super) struct RouterKey(SigningKey);

impl RouterKey {
    pub(super) fn new(seed: &SigningSeed) -> Self {
        Self(SigningKey::from_bytes(&seed.0))
    }
}

impl std::fmt::Debug for RouterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RouterKey")
    }
}

impl Signer for RouterKey {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        let message = message_to_sign(challenge, channel_id);
        self.0.sign(&message).to_bytes()
    }
}

/// Why there is no challenge. What it says depends on the client's HELLO and the router alone, never on
/// who is known.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoChallenge {
    /// HELLO lacks what the method needs, or has it wrong.
    #[error("{0}")]
    Hello(&'static str),
    /// The system gives no randomness.
    #[error("the system has no randomness")]
    Randomness(#[from] getrandom::Error),
}

impl NoChallenge {
    /// As an error URI.
    pub(super) const fn reason(&self) -> Uri {
        match self {
            Self::Hello(_) => uris::AUTHENTICATION_DENIED,
            Self::Randomness(_) => uris::AUTHENTICATION_FAILED,
        }
    }
}

/// What a client that says `details` of itself has to answer to be `user` by `method`; `None` if the user
/// is not known by that. `binding` is what its link gives, `router` the router's own key.
pub(super) fn of(
    method: AuthMethod,
    user: &User,
    details: &HelloDetails,
    binding: Option<&ChannelBinding>,
    router: Option<&RouterKey>,
) -> Result<Option<Verification>, NoChallenge> {
    Ok(match method {
        AuthMethod::Anonymous | AuthMethod::Cookie | AuthMethod::Tls => None,
        AuthMethod::Ticket => user.ticket.clone().map(Verification::Ticket),
        AuthMethod::WampCra => match &user.wampcra {
            Some(credential) => Some(Verification::WampCra(wampcra(user, credential)?)),
            None => None,
        },
        AuthMethod::WampScram => scram(user.wamp_scram.as_ref(), details, binding)?,
        AuthMethod::Scram => scram(user.scram.as_ref(), details, binding)?,
        AuthMethod::Cryptosign if user.keys.is_empty() => None,
        AuthMethod::Cryptosign => {
            let asked = cryptosign(user, details, binding, router)?;
            Some(Verification::Cryptosign(asked))
        }
    })
}

fn wampcra(
    user: &User,
    credential: &wampcra::Credential,
) -> Result<wampcra::Verification, NoChallenge> {
    let attempt = wampcra::Attempt {
        authid: &user.authid,
        authrole: &user.role,
        authprovider: PROVIDER,
        // The realm draws the session's own id when it begins. This one is as good for a challenge.
        session: SessionId::from_random(getrandom::u64()?),
        nonce: random()?,
        time: SystemTime::now(),
    };
    Ok(wampcra::Verification::new(&attempt, credential.clone()))
}

fn scram(
    credential: Option<&scram::Credential>,
    details: &HelloDetails,
    binding: Option<&ChannelBinding>,
) -> Result<Option<Verification>, NoChallenge> {
    let Some(credential) = credential else {
        return Ok(None);
    };
    let nonce = random()?;
    scram::Verification::new(details, credential.clone(), nonce, binding)
        .map(|asked| Some(Verification::Scram(asked)))
        .map_err(NoChallenge::Hello)
}

fn cryptosign(
    user: &User,
    details: &HelloDetails,
    link: Option<&ChannelBinding>,
    router: Option<&RouterKey>,
) -> Result<cryptosign::Verification, NoChallenge> {
    let announced = Announcement::read(details).map_err(NoChallenge::Hello)?;
    let binding = match (announced.channel_binding.as_deref(), link) {
        (None, _) => None,
        (Some(name), Some(link)) if name == link.name => Some(*link),
        (Some(_), _) => {
            return Err(NoChallenge::Hello("the link has no such channel binding"));
        }
    };
    // A key that is not the user's is asked to sign all the same, and the signature is not right.
    let first = user.keys.first().copied().unwrap_or_default();
    let mut keys = user.keys.iter().copied();
    let public_key = match announced.public_key {
        Some(announced) => keys.find(|key| *key == announced).unwrap_or(first),
        None => first,
    };
    let asked_to_prove = announced.challenge.as_ref().zip(router);
    Ok(cryptosign::Verification {
        challenge: random()?,
        public_key,
        binding,
        router: asked_to_prove
            .map(|(challenge, key)| RouterProof::new(key, challenge, binding.as_ref())),
    })
}

fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets)?;
    Ok(octets)
}
