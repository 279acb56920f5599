//! What the two pairing calls carry, and the identity each side seals inside (protocol §4).

use serde::{Deserialize, Serialize};

use super::transcript::{Keys, Sealed};
use super::{MAX_MESSAGE, Malformed, Peer, Side};
use crate::grants::Grant;
use crate::hex;
use crate::identity::{Identity, PublicIdentity};
use crate::pin::Pin;
use crate::profile::Profile;

/// The most grants an identity may name.
const MAX_GRANTS: usize = 32;

/// `kwargs` of `org.deskconn.pairing.begin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginCall {
    /// `helloA`, a JSON object as text: its exact bytes enter the transcript.
    pub hello: String,
    /// X, 33 bytes in hexadecimal.
    pub share: String,
}

/// `kwargs` of the result of `org.deskconn.pairing.begin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginAnswer {
    /// Names this exchange in the confirmation.
    pub exchange: String,
    /// `helloB`, a JSON object as text: its exact bytes enter the transcript.
    pub hello: String,
    /// Y, 33 bytes in hexadecimal.
    pub share: String,
}

/// `kwargs` of `org.deskconn.pairing.confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmCall {
    /// The exchange `begin` gave.
    pub exchange: String,
    /// `identityA`, encrypted, in hexadecimal.
    pub ciphertext: String,
    /// A's confirmation, 32 bytes in hexadecimal.
    pub tag: String,
}

/// `kwargs` of the result of `org.deskconn.pairing.confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmAnswer {
    /// `identityB`, encrypted, in hexadecimal.
    pub ciphertext: String,
    /// B's confirmation, 32 bytes in hexadecimal.
    pub tag: String,
}

impl BeginCall {
    pub(crate) fn check_size(&self) -> Result<(), Malformed> {
        check_size(&[&self.hello, &self.share])
    }
}

impl BeginAnswer {
    pub(crate) fn check_size(&self) -> Result<(), Malformed> {
        check_size(&[&self.exchange, &self.hello, &self.share])
    }
}

impl ConfirmCall {
    pub(crate) fn sealed(&self) -> Result<Sealed, Malformed> {
        check_size(&[&self.exchange, &self.ciphertext, &self.tag])?;
        parse_sealed(&self.ciphertext, &self.tag)
    }
}

impl ConfirmAnswer {
    pub(crate) fn sealed(&self) -> Result<Sealed, Malformed> {
        check_size(&[&self.ciphertext, &self.tag])?;
        parse_sealed(&self.ciphertext, &self.tag)
    }
}

/// Seals who we are as `side`, with the grants we ask for (A) or give (B), and the pin of the
/// `certificate` that B shows over TLS.
pub(crate) fn seal_identity(
    keys: &Keys,
    side: Side,
    identity: &Identity,
    profile: &Profile,
    grants: &[Grant],
    certificate: Option<Pin>,
) -> Sealed {
    let message = IdentityMessage {
        profile: profile.clone(),
        ed25519: *identity.public().ed25519(),
        x25519: *identity.public().x25519(),
        grants: grants.to_vec(),
        certificate,
        sig: identity.sign_pairing(side, &keys.th),
    };
    let plaintext = serde_json::to_vec(&message).expect("an identity has only texts");
    keys.seal(side, &plaintext)
}

/// Opens the confirmed identity of the peer on `side`; returns it and the grants it names, once its
/// signature has shown that it holds the keys.
pub(crate) fn open_identity(
    keys: &Keys,
    side: Side,
    sealed: &Sealed,
) -> Result<(Peer, Vec<Grant>), Malformed> {
    let plaintext = keys.open(side, sealed).ok_or(Malformed("ciphertext"))?;
    let message: IdentityMessage =
        serde_json::from_slice(&plaintext).map_err(|_| Malformed("identity"))?;
    if message.grants.len() > MAX_GRANTS {
        return Err(Malformed("grants"));
    }
    let public = PublicIdentity::new(message.ed25519, message.x25519)
        .map_err(|_| Malformed("identity key"))?;
    if !public.verify_pairing(side, &keys.th, &message.sig) {
        return Err(Malformed("signature"));
    }
    let peer = Peer {
        id: public.id(),
        keys: public,
        profile: message.profile,
        certificate: message.certificate,
    };
    Ok((peer, message.grants))
}

/// `identityA` and `identityB`.
#[derive(Serialize, Deserialize)]
struct IdentityMessage {
    #[serde(flatten)]
    profile: Profile,
    #[serde(with = "hex::array")]
    ed25519: [u8; 32],
    #[serde(with = "hex::array")]
    x25519: [u8; 32],
    #[serde(default)]
    grants: Vec<Grant>,
    /// By what B is known over TLS, if it speaks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<Pin>,
    #[serde(with = "hex::array")]
    sig: [u8; 64],
}

fn check_size(texts: &[&str]) -> Result<(), Malformed> {
    let size: usize = texts.iter().map(|text| text.len()).sum();
    if size > MAX_MESSAGE {
        return Err(Malformed("message size"));
    }
    Ok(())
}

fn parse_sealed(ciphertext: &str, tag: &str) -> Result<Sealed, Malformed> {
    Ok(Sealed {
        ciphertext: hex::decode(ciphertext).ok_or(Malformed("ciphertext"))?,
        tag: hex::decode_array(tag).ok_or(Malformed("tag"))?,
    })
}
