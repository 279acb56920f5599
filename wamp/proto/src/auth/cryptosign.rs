//! WAMP-Cryptosign: the client signs a challenge with its Ed25519 key (spec, "Cryptosign-based
//! Authentication").
//!
//! Where the link below has a channel id of its own (a handshake hash that both sides know and no
//! one between them shares), the challenge is combined with it by XOR before it is signed. A
//! signature made on one link is then worth nothing on another, so a router in the middle can not
//! pass it on.

use crate::Value;
use crate::options::AnyDetails;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// What a link that binds the authentication calls its channel id, and the id itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelBinding {
    /// The name in `channel_binding`, as `x-noise-h` or `tls-exporter`.
    pub name: &'static str,
    /// The id, the same on both sides of the link.
    pub id: [u8; 32],
}

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

/// The router's side of one authentication: what was asked of whom.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The octets drawn for this session.
    pub challenge: [u8; 32],
    /// The key the principal is known by.
    pub public_key: [u8; 32],
    /// The link's channel id, if it has one.
    pub binding: Option<ChannelBinding>,
}

impl Verification {
    /// `CHALLENGE.Extra`.
    pub fn extra(&self) -> AnyDetails {
        let binding = self
            .binding
            .map_or(Value::Null, |binding| Value::from(binding.name));
        AnyDetails::from([
            (
                "challenge".to_owned(),
                Value::from(HEX.encode(&self.challenge)),
            ),
            ("channel_binding".to_owned(), binding),
        ])
    }

    /// Whether `signature`, as it stands in AUTHENTICATE, is by the principal's key, over this
    /// challenge and this channel.
    pub fn accepts(&self, signature: &str) -> bool {
        self.check(signature).is_some()
    }

    fn check(&self, signature: &str) -> Option<()> {
        // Hex of 64 octets of signature and the 32 octets that were signed; the latter are known
        // here, and what the client claims of them must agree.
        let octets = HEX.decode(signature.as_bytes()).ok()?;
        let (signature, claimed) = octets.split_first_chunk::<64>()?;
        let id = self.binding.as_ref().map(|binding| &binding.id);
        let message = message_to_sign(&self.challenge, id);
        if claimed != message {
            return None;
        }
        let key = VerifyingKey::from_bytes(&self.public_key).ok()?;
        if key.is_weak() {
            return None;
        }
        key.verify(&message, &Signature::from_bytes(signature)).ok()
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
    let hex = extra
        .get("challenge")
        .and_then(Value::as_str)
        .ok_or("there is no challenge")?;
    let octets = HEX
        .decode(hex.as_bytes())
        .map_err(|_| "the challenge is not hex")?;
    let challenge =
        <[u8; 32]>::try_from(octets).map_err(|_| "the challenge is not 32 octets long")?;
    let named = extra.get("channel_binding").and_then(Value::as_str);
    if named != binding.map(|binding| binding.name) {
        return Err("the channel binding is not this link's");
    }
    let id = binding.map(|binding| &binding.id);
    let signature = signer.sign_challenge(&challenge, id);
    Ok(HEX.encode(&signature) + &HEX.encode(&message_to_sign(&challenge, id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};

    struct Key(SigningKey);

    impl Signer for Key {
        fn public_key(&self) -> [u8; 32] {
            self.0.verifying_key().to_bytes()
        }

        fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
            self.0
                .sign(&message_to_sign(challenge, channel_id))
                .to_bytes()
        }
    }

    const NOISE: ChannelBinding = ChannelBinding {
        name: "x-noise-h",
        id: [7; 32],
    };

    fn key() -> Key {
        Key(SigningKey::from_bytes(&[1; 32]))
    }

    fn asked(binding: Option<ChannelBinding>) -> Verification {
        Verification {
            challenge: [3; 32],
            public_key: key().public_key(),
            binding,
        }
    }

    #[test]
    fn the_right_key_is_accepted_with_and_without_a_channel() {
        for binding in [None, Some(NOISE)] {
            let asked = asked(binding);
            let signature = answer(&key(), &asked.extra(), binding.as_ref()).unwrap();
            assert_eq!(signature.len(), 192);
            assert!(asked.accepts(&signature));
            assert!(asked.accepts(&signature.to_uppercase()));
        }
    }

    #[test]
    fn a_signature_from_another_channel_key_or_challenge_is_refused() {
        let signature = answer(&key(), &asked(Some(NOISE)).extra(), Some(&NOISE)).unwrap();
        let other_channel = ChannelBinding {
            id: [8; 32],
            ..NOISE
        };
        assert!(!asked(Some(other_channel)).accepts(&signature));
        assert!(!asked(None).accepts(&signature));
        let other_key = Verification {
            public_key: [9; 32],
            ..asked(Some(NOISE))
        };
        assert!(!other_key.accepts(&signature));
        let other_challenge = Verification {
            challenge: [4; 32],
            ..asked(Some(NOISE))
        };
        assert!(!other_challenge.accepts(&signature));
    }

    #[test]
    fn mangled_signatures_are_refused() {
        let asked = asked(None);
        let good = answer(&key(), &asked.extra(), None).unwrap();
        for bad in [
            "",
            "00",
            &good[..190],
            &format!("{good}00"),
            &good.replace('0', "x"),
        ] {
            assert!(!asked.accepts(bad), "{bad}");
        }
    }

    #[test]
    fn a_client_answers_only_for_its_own_link() {
        let extra = asked(Some(NOISE)).extra();
        assert!(answer(&key(), &extra, None).is_err());
        assert!(answer(&key(), &asked(None).extra(), Some(&NOISE)).is_err());
        assert!(answer(&key(), &AnyDetails::new(), None).is_err());
    }
}
