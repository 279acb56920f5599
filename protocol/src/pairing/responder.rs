//! The daemon's side of one exchange, B. The window around it keeps the limits.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::hello::{HelloA, HelloB, to_text};
use super::messages::{open_identity, seal_identity};
use super::spake::{SCALAR_ENTROPY, Spake, parse_share};
use super::transcript::{Keys, Sealed, transcript_hash};
use super::{
    BeginAnswer, BeginCall, ConfirmAnswer, Malformed, Method, Paired, PairingSecret, Peer, Side,
    VERSION,
};
use crate::grants::Grant;
use crate::hex;
use crate::identity::{DeviceId, Identity};
use crate::pin::Pin;
use crate::profile::Profile;

/// How many random bytes an exchange needs: 64 for the SPAKE2 scalar, then a nonce and the
/// exchange's name of 16 each.
pub const RESPONDER_ENTROPY: usize = SCALAR_ENTROPY + 16 + 16;

/// Who the daemon is.
pub(crate) struct Own {
    pub(crate) identity: Arc<Identity>,
    pub(crate) profile: Profile,
    /// By what it is known over TLS, if it speaks it.
    pub(crate) certificate: Option<Pin>,
}

/// One exchange that has been answered and waits for A's confirmation.
pub(crate) struct Responder {
    keys: Keys,
    pub(crate) method: Method,
}

impl Responder {
    /// Answers A's `begin`, whose `hello` was read before.
    pub(crate) fn answer(
        secret: &PairingSecret,
        call: &BeginCall,
        id: DeviceId,
        asks: bool,
        entropy: &[u8; RESPONDER_ENTROPY],
    ) -> Result<(Self, BeginAnswer), Malformed> {
        let mut scalar = Zeroizing::new([0; SCALAR_ENTROPY]);
        let mut nonce = [0; 16];
        let (for_scalar, rest) = entropy.split_at(SCALAR_ENTROPY);
        let (for_nonce, for_name) = rest.split_at(nonce.len());
        scalar.copy_from_slice(for_scalar);
        nonce.copy_from_slice(for_nonce);

        let peer_share = parse_share(&call.share)?;
        let (spake, share) = Spake::start(Side::B, secret.password(), &scalar);
        let key = spake.finish(&peer_share)?;
        let hello = to_text(&HelloB {
            v: VERSION,
            nonce,
            id,
            asks,
        });
        let th = transcript_hash(&call.hello, &hello, &peer_share, &share);
        let responder = Self {
            keys: Keys::derive(th, &key),
            method: secret.method(),
        };
        let answer = BeginAnswer {
            exchange: hex::encode(for_name),
            hello,
            share: hex::encode(&share),
        };
        Ok((responder, answer))
    }

    /// Whether A's tag proves that it knows the secret.
    pub(crate) fn confirms(&self, sealed: &Sealed) -> bool {
        self.keys.confirms(Side::A, sealed)
    }

    /// Opens A's confirmed identity: who it is and the grants it asks for.
    pub(crate) fn open(&self, sealed: &Sealed) -> Result<(Peer, Vec<Grant>), Malformed> {
        open_identity(&self.keys, Side::A, sealed)
    }

    /// The two words both screens show.
    pub(crate) fn words(&self) -> [&'static str; 2] {
        self.keys.words()
    }

    /// Confirms to `peer` who we are and what it may do.
    pub(crate) fn accept(
        self,
        own: &Own,
        peer: Peer,
        grants: Vec<Grant>,
    ) -> (Paired, ConfirmAnswer) {
        let Own {
            identity,
            profile,
            certificate,
        } = own;
        let sealed = seal_identity(
            &self.keys,
            Side::B,
            identity,
            profile,
            &grants,
            *certificate,
        );
        let answer = ConfirmAnswer {
            ciphertext: hex::encode(&sealed.ciphertext),
            tag: hex::encode(&sealed.tag),
        };
        let paired = Paired {
            peer,
            grants,
            words: self.keys.words(),
        };
        (paired, answer)
    }
}

/// Reads A's hello and checks that it speaks our version; `None` if it does not.
pub(crate) fn read_hello(call: &BeginCall) -> Result<Option<HelloA>, Malformed> {
    call.check_size()?;
    let hello = HelloA::parse(&call.hello)?;
    Ok(Some(hello).filter(HelloA::speaks_our_version))
}
