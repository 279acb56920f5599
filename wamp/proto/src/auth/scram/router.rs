//! The router's side of SCRAM.

use super::{Credential, Dialect, Parts, channel_input, normalize, xor};
use crate::auth::{ChannelBinding, Secret, hmac_sha256};
use crate::options::{AnyDetails, HelloDetails};
use crate::{Dict, Value};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The longest client nonce a router takes, in characters.
const MAX_CLIENT_NONCE: usize = 128;

/// The router's side of one authentication: what was asked of whom.
#[derive(Clone, Debug)]
pub struct Verification {
    credential: Credential,
    /// The client's nonce and the router's.
    nonce: String,
    binding: Option<ChannelBinding>,
    auth_message: String,
}

impl Verification {
    /// Challenges the client that sent HELLO with `details` to prove that it knows the password of
    /// `credential`. `nonce` is drawn at random for this attempt; `link` is what the link gives to bind
    /// the authentication to it.
    ///
    /// Nothing of what is checked here depends on who the principal is.
    ///
    /// # Errors
    /// Says what is wrong with `details`.
    pub fn new(
        details: &HelloDetails,
        credential: Credential,
        nonce: [u8; 18],
        link: Option<&ChannelBinding>,
    ) -> Result<Self, &'static str> {
        let authid = details.authid.as_deref().ok_or("there is no authid")?;
        let authid = normalize(authid).map_err(|_| "the authid can not be normalized")?;
        let extra = details.authextra.as_ref();
        let text = |key: &str| {
            extra
                .and_then(|extra| extra.get(key))
                .and_then(Value::as_str)
        };
        let client_nonce = text("nonce").ok_or("there is no nonce")?;
        if client_nonce.is_empty() || client_nonce.len() > MAX_CLIENT_NONCE {
            return Err("the nonce is empty, or too long");
        }
        let client_octets = BASE64
            .decode(client_nonce.as_bytes())
            .map_err(|_| "the nonce is not base64")?;
        let (nonce, binding) = match credential.dialect {
            Dialect::Spec => {
                let nonce = client_nonce.to_owned() + &BASE64.encode(&nonce);
                (nonce, binding(text("channel_binding"), link)?)
            }
            Dialect::Autobahn => (BASE64.encode(&[&client_octets, &nonce[..]].concat()), None),
        };
        let auth_message = credential.dialect.auth_message(&Parts {
            authid: &authid,
            client_nonce,
            nonce: &nonce,
            salt: &BASE64.encode(&credential.salt),
            iterations: credential.kdf.iterations(),
            channel: &channel_input(binding.as_ref()),
        });
        Ok(Self {
            credential,
            nonce,
            binding,
            auth_message,
        })
    }

    /// For which method this is.
    pub const fn dialect(&self) -> Dialect {
        self.credential.dialect
    }

    /// `CHALLENGE.Extra`.
    pub fn extra(&self) -> AnyDetails {
        let Credential {
            dialect, kdf, salt, ..
        } = &self.credential;
        let number = |number: u32| Value::from(u64::from(number));
        let mut extra = AnyDetails::from([
            ("nonce".to_owned(), Value::from(self.nonce.as_str())),
            ("salt".to_owned(), Value::from(BASE64.encode(salt))),
            ("kdf".to_owned(), Value::from(dialect.kdf_name(*kdf))),
            ("iterations".to_owned(), number(kdf.iterations())),
        ]);
        if let super::Kdf::Argon2id13 { memory, .. } = kdf {
            extra.insert("memory".to_owned(), number(*memory));
        }
        extra
    }

    /// Checks AUTHENTICATE. If it is right, gives what `WELCOME.Details.authextra` says in turn: the
    /// router's signature.
    pub fn accept(&self, proof: &Secret, extra: &AnyDetails) -> Option<Dict> {
        if !self.repeats_what_was_agreed(extra) {
            return None;
        }
        let message = self.auth_message.as_bytes();
        let Credential {
            stored_key,
            server_key,
            dialect,
            ..
        } = &self.credential;
        let proof = BASE64.decode(proof.expose().as_bytes()).ok()?;
        let proof = <[u8; 32]>::try_from(proof).ok()?;
        let client_key = xor(proof, &hmac_sha256(stored_key, &[message]));
        let recovered: [u8; 32] = Sha256::digest(client_key).into();
        if !bool::from(recovered.ct_eq(stored_key)) {
            return None;
        }
        let signature = BASE64.encode(&hmac_sha256(server_key, &[message]));
        let name = dialect.signature_name().to_owned();
        Some(Dict::from([(name, Value::from(signature))]))
    }

    /// "`nonce` matches the one previously sent via CHALLENGE, the `channel_binding` matches the one
    /// sent in the HELLO message, the `cbind_data` sent by the client matches the channel binding data
    /// that the server sees". Autobahn repeats nothing.
    fn repeats_what_was_agreed(&self, extra: &AnyDetails) -> bool {
        if self.credential.dialect == Dialect::Autobahn {
            return true;
        }
        let text = |key: &str| extra.get(key).and_then(Value::as_str);
        let data = self.binding.map(|binding| BASE64.encode(&binding.id));
        text("nonce") == Some(self.nonce.as_str())
            && text("channel_binding") == self.binding.map(|binding| binding.name)
            && text("cbind_data") == data.as_deref()
    }
}

/// The binding of the client's choice, if the link has it.
fn binding(
    asked: Option<&str>,
    link: Option<&ChannelBinding>,
) -> Result<Option<ChannelBinding>, &'static str> {
    match (asked, link) {
        (None, _) => Ok(None),
        (Some(name), Some(link)) if name == link.name => Ok(Some(*link)),
        // "The server MUST terminate … if it does not support the requested `channel_binding` type."
        (Some(_), _) => Err("the link has no such channel binding"),
    }
}
