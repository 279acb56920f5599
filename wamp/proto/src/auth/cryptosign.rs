//! WAMP-Cryptosign: the client signs a challenge with its Ed25519 key, and the router one of the
//! client's if it asks for that (spec, "Cryptosign-based Authentication").
//!
//! Where the link below has a channel id of its own (a handshake hash that both sides know and no
//! one between them shares), the challenge is combined with it by XOR before it is signed. A
//! signature made on one link is then worth nothing on another, so a router in the middle can not
//! pass it on.

use super::ChannelBinding;
use crate::options::{AnyDetails, HelloDetails};
use crate::{Dict, Value};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// Somebody who can answer a challenge: holds an Ed25519 key and signs nothing else with it that is
/// 32 octets long.
pub trait Signer: Send + Sync {
    /// The public key.
    fn public_key(&self) -> [u8; 32];

    /// Signs `challenge XOR channel id`, or the challenge itself where the link has no id.
    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64];
}

/// The octets that are signed: the challenge, combined with the channel id if there is one.
pub fn message_to_sign(challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 32] {
    let mut message = *challenge;
    for (octet, id) in message.iter_mut().zip(channel_id.into_iter().flatten()) {
        *octet ^= id;
    }
    message
}

/// What a client says in HELLO of itself and of what it wishes, in `authextra`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// The key it will sign with. A router may know its principals by that alone.
    pub public_key: Option<[u8; 32]>,
    /// The channel binding it wishes for, by name.
    pub channel_binding: Option<String>,
    /// What it wants the router to sign.
    pub challenge: Option<[u8; 32]>,
}

impl Announcement {
    /// Reads `HELLO.Details`.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn read(details: &HelloDetails) -> Result<Self, &'static str> {
        let empty = Dict::new();
        let extra = details.authextra.as_ref().unwrap_or(&empty);
        Ok(Self {
            public_key: octets(extra, "pubkey").map_err(|()| "the key is not 32 octets in hex")?,
            channel_binding: match extra.get("channel_binding") {
                None | Some(Value::Null) => None,
                Some(Value::Text(name)) => Some(name.clone()),
                Some(_) => return Err("the channel binding is not a text"),
            },
            challenge: octets(extra, "challenge")
                .map_err(|()| "the client's challenge is not 32 octets in hex")?,
        })
    }
}

/// The router's side of one authentication: what was asked of whom.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The octets drawn for this session.
    pub challenge: [u8; 32],
    /// The key the principal is known by.
    pub public_key: [u8; 32],
    /// The link's channel id, if it has one and the client wishes to be bound to it.
    pub binding: Option<ChannelBinding>,
    /// The router's own proof, if the client wishes for one.
    pub router: Option<RouterProof>,
}

impl Verification {
    /// `CHALLENGE.Extra`.
    pub fn extra(&self) -> AnyDetails {
        let binding = self
            .binding
            .map_or(Value::Null, |binding| Value::from(binding.name));
        let challenge = Value::from(HEX.encode(&self.challenge));
        let mut extra = AnyDetails::from([
            ("challenge".to_owned(), challenge),
            ("channel_binding".to_owned(), binding),
        ]);
        if let Some(proof) = &self.router {
            let public_key = Value::from(HEX.encode(&proof.public_key));
            extra.insert("pubkey".to_owned(), public_key);
            extra.insert("signature".to_owned(), Value::from(proof.signature.clone()));
        }
        extra
    }

    /// Whether `signature`, as it stands in AUTHENTICATE, is by the principal's key, over this
    /// challenge and this channel.
    pub fn accepts(&self, signature: &str) -> bool {
        let id = self.binding.as_ref().map(|binding| &binding.id);
        let message = message_to_sign(&self.challenge, id);
        verify(&self.public_key, &message, signature).is_some()
    }
}

/// A router's signature of a client's challenge (spec, "Router Authentication").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterProof {
    public_key: [u8; 32],
    signature: String,
}

impl RouterProof {
    /// Signs the `challenge` of an [`Announcement`], bound to the link as [`Verification`] is.
    ///
    /// Any client can have any 32 octets signed so: the key of `signer` must not be one by which
    /// somebody logs in anywhere.
    pub fn new(
        signer: &dyn Signer,
        challenge: &[u8; 32],
        binding: Option<&ChannelBinding>,
    ) -> Self {
        Self {
            public_key: signer.public_key(),
            signature: sign(signer, challenge, binding),
        }
    }
}

/// The client's `AUTHENTICATE.Signature` for a `CHALLENGE.Extra`.
///
/// `binding` is what the link gives; a router that names another binding, or none where the link
/// has one, is not the one at the other end of the link.
///
/// # Errors
/// Says what is wrong with the challenge.
pub fn answer(
    signer: &dyn Signer,
    extra: &AnyDetails,
    binding: Option<&ChannelBinding>,
) -> Result<String, &'static str> {
    let challenge = octets(extra, "challenge")
        .map_err(|()| "the challenge is not 32 octets in hex")?
        .ok_or("there is no challenge")?;
    let named = extra.get("channel_binding").and_then(Value::as_str);
    if named != binding.map(|binding| binding.name) {
        return Err("the channel binding is not this link's");
    }
    Ok(sign(signer, &challenge, binding))
}

/// Whether the router whose key is `public_key` signed the client's `challenge`, according to a
/// `CHALLENGE.Extra`. A router that is not that one must not get an answer.
///
/// # Errors
/// Says why not.
pub fn check_router(
    public_key: &[u8; 32],
    challenge: &[u8; 32],
    extra: &AnyDetails,
    binding: Option<&ChannelBinding>,
) -> Result<(), &'static str> {
    let named = octets(extra, "pubkey").map_err(|()| "the router's key is not 32 octets in hex")?;
    if named.as_ref() != Some(public_key) {
        return Err("the router has another key than it should have, or names none");
    }
    let signature = extra.get("signature").and_then(Value::as_str);
    let message = message_to_sign(challenge, binding.map(|binding| &binding.id));
    signature
        .and_then(|signature| verify(public_key, &message, signature))
        .ok_or("the router did not prove that it has its key")
}

/// Hex of the signature and of what was signed.
fn sign(signer: &dyn Signer, challenge: &[u8; 32], binding: Option<&ChannelBinding>) -> String {
    let id = binding.map(|binding| &binding.id);
    let signature = signer.sign_challenge(challenge, id);
    HEX.encode(&signature) + &HEX.encode(&message_to_sign(challenge, id))
}

/// Some if `signature` is hex of a signature of `message` by `public_key`, and of `message`.
fn verify(public_key: &[u8; 32], message: &[u8; 32], signature: &str) -> Option<()> {
    // What was signed is known here, and what the other side claims of it must agree.
    let octets = HEX.decode(signature.as_bytes()).ok()?;
    let (signature, claimed) = octets.split_first_chunk::<64>()?;
    if claimed != message {
        return None;
    }
    let key = VerifyingKey::from_bytes(public_key).ok()?;
    if key.is_weak() {
        return None;
    }
    key.verify(message, &Signature::from_bytes(signature)).ok()
}

/// 32 octets in hex, if they are there.
fn octets(extra: &Dict, key: &str) -> Result<Option<[u8; 32]>, ()> {
    let hex = match extra.get(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Text(hex)) => hex,
        Some(_) => return Err(()),
    };
    let octets = HEX.decode(hex.as_bytes()).map_err(|_| ())?;
    octets.try_into().map(Some).map_err(|_| ())
}

#[cfg(test)]
mod tests;
