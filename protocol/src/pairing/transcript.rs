//! The transcript hash, the keys derived from it, and the one message each side seals (protocol §4).

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Side;
use super::spake::Share;

const PROTOCOL: &[u8] = b"deskconn-pair-v1";

/// Hashes everything that was said in clear: `th`.
pub(crate) fn transcript_hash(hello_a: &str, hello_b: &str, x: &Share, y: &Share) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [PROTOCOL, hello_a.as_bytes(), hello_b.as_bytes(), x, y] {
        let len = u32::try_from(part.len()).expect("messages are at most 4 KiB");
        hash.update(len.to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// What both sides derive from the SPAKE2 key and the transcript.
pub(crate) struct Keys {
    pub(crate) th: [u8; 32],
    confirm_a: Zeroizing<[u8; 32]>,
    confirm_b: Zeroizing<[u8; 32]>,
    encrypt_a: Zeroizing<[u8; 32]>,
    encrypt_b: Zeroizing<[u8; 32]>,
    verifier: Zeroizing<[u8; 8]>,
}

impl Keys {
    /// Derives the keys of the pairing with this transcript hash and SPAKE2 key.
    pub(crate) fn derive(th: [u8; 32], key: &[u8]) -> Self {
        let prk = Hkdf::<Sha256>::new(Some(&th), key);
        Self {
            th,
            confirm_a: expand(&prk, "confirm A"),
            confirm_b: expand(&prk, "confirm B"),
            encrypt_a: expand(&prk, "encrypt A"),
            encrypt_b: expand(&prk, "encrypt B"),
            verifier: expand(&prk, "verifier"),
        }
    }

    /// The two words both screens show.
    pub(crate) fn words(&self) -> [&'static str; 2] {
        crate::words::verifier_words(&self.verifier)
    }

    /// Encrypts and confirms the one message of `side`.
    pub(crate) fn seal(&self, side: Side, plaintext: &[u8]) -> Sealed {
        let payload = Payload {
            msg: plaintext,
            aad: &self.th,
        };
        // Each key seals one message, so the zero nonce is never repeated.
        let ciphertext = self
            .cipher(side)
            .encrypt(&Nonce::default(), payload)
            .expect("an identity is far shorter than the cipher's limit");
        let tag = self.mac(side, &ciphertext).finalize().into_bytes().into();
        Sealed { ciphertext, tag }
    }

    /// Whether the tag proves that `side` knew the secret; takes the same time either way.
    pub(crate) fn confirms(&self, side: Side, sealed: &Sealed) -> bool {
        let mac = self.mac(side, &sealed.ciphertext);
        mac.verify_slice(&sealed.tag).is_ok()
    }

    /// Decrypts the message of `side`; ask [`Keys::confirms`] first.
    pub(crate) fn open(&self, side: Side, sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let payload = Payload {
            msg: &sealed.ciphertext,
            aad: &self.th,
        };
        let plaintext = self.cipher(side).decrypt(&Nonce::default(), payload).ok()?;
        Some(Zeroizing::new(plaintext))
    }

    fn cipher(&self, side: Side) -> ChaCha20Poly1305 {
        let key = match side {
            Side::A => &self.encrypt_a,
            Side::B => &self.encrypt_b,
        };
        ChaCha20Poly1305::new(key.as_slice().into())
    }

    fn mac(&self, side: Side, ciphertext: &[u8]) -> Hmac<Sha256> {
        let key = match side {
            Side::A => &self.confirm_a,
            Side::B => &self.confirm_b,
        };
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(key.as_slice());
        mac.expect("HMAC takes keys of any length")
            .chain_update(self.th)
            .chain_update(ciphertext)
    }
}

/// A sealed message: ciphertext, and the tag that confirms it.
pub(crate) struct Sealed {
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) tag: [u8; 32],
}

fn expand<const N: usize>(prk: &Hkdf<Sha256>, label: &str) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    prk.expand_multi_info(&[PROTOCOL, b" ", label.as_bytes()], &mut key[..])
        .expect("the keys are far shorter than HKDF's limit");
    key
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Keys, Sealed, Side, transcript_hash};
    use crate::hex;
    use crate::pairing::spake::Spake;

    #[derive(Deserialize)]
    struct KnownAnswer {
        password: String,
        entropy_a: String,
        entropy_b: String,
        hello_a: String,
        hello_b: String,
        share_a: String,
        share_b: String,
        key: String,
        th: String,
        confirm_a: String,
        confirm_b: String,
        encrypt_a: String,
        encrypt_b: String,
        verifier: String,
        verifier_words: [String; 2],
        sealed: KnownSealed,
    }

    #[derive(Deserialize)]
    struct KnownSealed {
        plaintext: String,
        ciphertext: String,
        tag: String,
    }

    #[test]
    fn the_known_answer_is_reached() {
        let known: KnownAnswer =
            serde_json::from_str(include_str!("../../vectors/pairing-kat.json")).expect("a vector");
        let entropy = |text: &str| hex::decode_array::<64>(text).expect("64 bytes");
        let password = known.password.as_bytes();

        let (a, x) = Spake::start(Side::A, password, &entropy(&known.entropy_a));
        let (b, y) = Spake::start(Side::B, password, &entropy(&known.entropy_b));
        assert_eq!(hex::encode(&x), known.share_a);
        assert_eq!(hex::encode(&y), known.share_b);
        let key = a.finish(&y).expect("a key");
        assert_eq!(hex::encode(&key), known.key);
        assert_eq!(hex::encode(&b.finish(&x).expect("a key")), known.key);

        let th = transcript_hash(&known.hello_a, &known.hello_b, &x, &y);
        assert_eq!(hex::encode(&th), known.th);
        let keys = Keys::derive(th, &key);
        assert_eq!(hex::encode(&keys.confirm_a[..]), known.confirm_a);
        assert_eq!(hex::encode(&keys.confirm_b[..]), known.confirm_b);
        assert_eq!(hex::encode(&keys.encrypt_a[..]), known.encrypt_a);
        assert_eq!(hex::encode(&keys.encrypt_b[..]), known.encrypt_b);
        assert_eq!(hex::encode(&keys.verifier[..]), known.verifier);
        assert_eq!(keys.words(), known.verifier_words);

        let sealed = keys.seal(Side::A, known.sealed.plaintext.as_bytes());
        assert_eq!(hex::encode(&sealed.ciphertext), known.sealed.ciphertext);
        assert_eq!(hex::encode(&sealed.tag), known.sealed.tag);
    }

    #[test]
    fn a_sealed_message_counts_for_one_side_and_one_transcript() {
        let keys = Keys::derive([1; 32], &[2; 32]);
        let sealed = keys.seal(Side::A, b"identity");
        assert!(keys.confirms(Side::A, &sealed));
        assert!(!keys.confirms(Side::B, &sealed));
        assert!(keys.open(Side::B, &sealed).is_none());
        let other = Keys::derive([9; 32], &[2; 32]);
        assert!(!other.confirms(Side::A, &sealed));
        let opened = keys.open(Side::A, &sealed).expect("opens");
        assert_eq!(*opened, b"identity");
    }

    #[test]
    fn one_changed_bit_is_noticed() {
        let keys = Keys::derive([1; 32], &[2; 32]);
        let sealed = keys.seal(Side::B, b"identity");
        for i in 0..sealed.ciphertext.len() {
            let mut ciphertext = sealed.ciphertext.clone();
            ciphertext[i] ^= 1;
            let tag = sealed.tag;
            assert!(!keys.confirms(Side::B, &Sealed { ciphertext, tag }));
        }
    }
}
