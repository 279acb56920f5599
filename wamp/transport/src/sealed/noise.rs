//! `Noise_IK_25519_ChaChaPoly_SHA256`, by snow, with keys that are wiped.

use crate::OpenError;
use bytes::{Bytes, BytesMut};
use snow::{
    Builder, Error, HandshakeState, TransportState,
    params::{CipherChoice, DHChoice, HashChoice, NoiseParams},
    resolvers::{CryptoResolver, DefaultResolver},
    types::{Cipher, Dh, Hash, Random},
};

const PARAMS: &str = "Noise_IK_25519_ChaChaPoly_SHA256";

/// The lengths of the two messages, both without a payload.
const MESSAGE_1: usize = 96;
const MESSAGE_2: usize = 48;

/// One side of a handshake.
pub(super) struct Handshake(HandshakeState);

impl Handshake {
    pub(super) fn initiator(
        secret: &[u8; 32],
        remote_public: &[u8; 32],
        prologue: &[u8],
    ) -> Result<Self, OpenError> {
        builder(secret, prologue)
            .and_then(|builder| builder.remote_public_key(remote_public)?.build_initiator())
            .map(Self)
            .map_err(broken)
    }

    pub(super) fn responder(secret: &[u8; 32], prologue: &[u8]) -> Result<Self, OpenError> {
        builder(secret, prologue)
            .and_then(Builder::build_responder)
            .map(Self)
            .map_err(broken)
    }

    /// The message that is this side's turn to send.
    pub(super) fn write(&mut self) -> Result<Bytes, OpenError> {
        let mut message = BytesMut::zeroed(MESSAGE_1);
        let length = self.0.write_message(&[], &mut message).map_err(broken)?;
        message.truncate(length);
        Ok(message.freeze())
    }

    /// Takes the message that is the other side's turn to send.
    pub(super) fn read(&mut self, message: &[u8]) -> Result<(), OpenError> {
        let expected = if self.0.is_initiator() {
            MESSAGE_2
        } else {
            MESSAGE_1
        };
        if message.len() != expected {
            return Err(OpenError::Seal(
                "a message is not of the handshake's length",
            ));
        }
        match self.0.read_message(message, &mut []) {
            Ok(_) => Ok(()),
            Err(_) => Err(OpenError::Seal(
                "a message does not open with this side's key",
            )),
        }
    }

    /// The other side's X25519 public key, once it is known.
    pub(super) fn remote_static(&self) -> Result<[u8; 32], OpenError> {
        octets(self.0.get_remote_static().unwrap_or_default())
    }

    /// The handshake hash, once the handshake is finished.
    pub(super) fn hash(&self) -> Result<[u8; 32], OpenError> {
        octets(self.0.get_handshake_hash())
    }

    /// The two directions of the link.
    pub(super) fn finish(self) -> Result<TransportState, OpenError> {
        self.0.into_transport_mode().map_err(broken)
    }

    /// With an ephemeral key that is known, for vectors.
    #[cfg(test)]
    pub(super) fn with_ephemeral(
        secret: &[u8; 32],
        remote_public: Option<&[u8; 32]>,
        prologue: &[u8],
        ephemeral: &[u8; 32],
    ) -> Self {
        let builder = builder(secret, prologue)
            .unwrap()
            .fixed_ephemeral_key_for_testing_only(ephemeral);
        Self(match remote_public {
            Some(key) => {
                let builder = builder.remote_public_key(key).unwrap();
                builder.build_initiator().unwrap()
            }
            None => builder.build_responder().unwrap(),
        })
    }
}

fn builder<'a>(secret: &'a [u8; 32], prologue: &'a [u8]) -> Result<Builder<'a>, Error> {
    let params: NoiseParams = PARAMS.parse()?;
    Builder::with_resolver(params, Box::new(Wiping(DefaultResolver)))
        .local_private_key(secret)?
        .prologue(prologue)
}

fn octets(octets: &[u8]) -> Result<[u8; 32], OpenError> {
    octets
        .try_into()
        .map_err(|_| OpenError::Seal("it is not finished"))
}

/// Only randomness can fail where keys and messages have the right length.
fn broken(_: Error) -> OpenError {
    OpenError::Seal("no randomness")
}

/// snow's own cryptography, whose keys are overwritten when they are no longer needed; snow leaves
/// them in freed memory.
struct Wiping(DefaultResolver);

impl CryptoResolver for Wiping {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        self.0.resolve_rng()
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        let dh = self.0.resolve_dh(choice)?;
        Some(Box::new(WipedDh(dh)))
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        self.0.resolve_hash(choice)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        let cipher = self.0.resolve_cipher(choice)?;
        Some(Box::new(WipedCipher(cipher)))
    }
}

struct WipedDh(Box<dyn Dh>);

impl Drop for WipedDh {
    fn drop(&mut self) {
        self.0.set(&[0; 32]);
    }
}

impl Dh for WipedDh {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn pub_len(&self) -> usize {
        self.0.pub_len()
    }

    fn priv_len(&self) -> usize {
        self.0.priv_len()
    }

    fn set(&mut self, privkey: &[u8]) {
        self.0.set(privkey);
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), Error> {
        self.0.generate(rng)
    }

    fn pubkey(&self) -> &[u8] {
        self.0.pubkey()
    }

    fn privkey(&self) -> &[u8] {
        self.0.privkey()
    }

    fn dh(&self, pubkey: &[u8], out: &mut [u8]) -> Result<(), Error> {
        self.0.dh(pubkey, out)
    }
}

struct WipedCipher(Box<dyn Cipher>);

impl Drop for WipedCipher {
    fn drop(&mut self) {
        self.0.set(&[0; 32]);
    }
}

impl Cipher for WipedCipher {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn set(&mut self, key: &[u8; 32]) {
        self.0.set(key);
    }

    fn encrypt(&self, nonce: u64, authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        self.0.encrypt(nonce, authtext, plaintext, out)
    }

    fn decrypt(
        &self,
        nonce: u64,
        authtext: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.0.decrypt(nonce, authtext, ciphertext, out)
    }
}
