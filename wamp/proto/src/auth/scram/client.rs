//! The client's side of SCRAM.

use super::{Dialect, Kdf, Parts, ScramError, channel_input, normalize, xor};
use crate::auth::kdf::{Derivation, DerivedKey};
use crate::auth::{ChannelBinding, Secret, hmac_sha256};
use crate::message::Authenticate;
use crate::options::AnyDetails;
use crate::{Dict, Value};
use data_encoding::BASE64;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

/// The longest nonce, of client and router together, that a client takes, in characters.
const MAX_NONCE: usize = 1024;

/// The longest salt a client takes, in octets.
const MAX_SALT: usize = 256;

/// One authentication, from the router's challenge on.
#[derive(Debug)]
pub struct Exchange {
    dialect: Dialect,
    kdf: Kdf,
    salt: Vec<u8>,
    auth_message: String,
    /// `AUTHENTICATE.Extra`.
    extra: AnyDetails,
}

impl Exchange {
    /// Takes a `CHALLENGE.Extra`, in answer to a HELLO that named `authid`, `client_nonce` and, by its
    /// name, `binding`.
    ///
    /// # Errors
    /// Says what is wrong with the challenge. It may be from a router that wants a proof by which it
    /// can find the password, or to waste the client's time.
    pub fn new(
        dialect: Dialect,
        authid: &str,
        client_nonce: &str,
        binding: Option<&ChannelBinding>,
        challenge: &AnyDetails,
    ) -> Result<Self, &'static str> {
        let authid = normalize(authid).map_err(|_| "the authid can not be normalized")?;
        let nonce = nonce(challenge, client_nonce)?;
        let salt_text = challenge
            .get("salt")
            .and_then(Value::as_str)
            .filter(|salt| salt.len() <= BASE64.encode_len(MAX_SALT))
            .ok_or("there is no salt, or it is too long")?;
        let salt = BASE64
            .decode(salt_text.as_bytes())
            .map_err(|_| "the salt is not base64")?;
        let kdf = kdf(challenge)?;
        if kdf.is_weak() {
            return Err("the key derivation is too weak to protect a password");
        }
        let binding = binding.filter(|_| dialect == Dialect::Spec);
        let auth_message = dialect.auth_message(&Parts {
            authid: &authid,
            client_nonce,
            nonce,
            salt: salt_text,
            iterations: kdf.iterations(),
            channel: &channel_input(binding),
        });
        Ok(Self {
            dialect,
            kdf,
            salt,
            auth_message,
            extra: match dialect {
                Dialect::Spec => authenticate_extra(nonce, binding),
                Dialect::Autobahn => AnyDetails::new(),
            },
        })
    }

    /// The way from the password to the key that [`Self::prove`] needs.
    ///
    /// # Errors
    /// If the password can not be normalized, or the router asks for more than the limits of
    /// [`kdf`](crate::auth::kdf).
    pub fn derivation(&self, password: &Secret) -> Result<Derivation, ScramError> {
        self.dialect.derivation(self.kdf, password, &self.salt)
    }

    /// The client's proof, and the signature by which the router has to answer it in WELCOME.
    pub fn prove(self, salted_password: &DerivedKey) -> (Authenticate, ServerSignature) {
        let keys = self.dialect.keys(self.kdf, salted_password);
        let message = self.auth_message.as_bytes();
        let proof = xor(keys.client, &hmac_sha256(&keys.stored, &[message]));
        let authenticate = Authenticate {
            signature: Secret::new(BASE64.encode(&proof)),
            extra: self.extra,
        };
        let expected = ServerSignature {
            name: self.dialect.signature_name(),
            octets: hmac_sha256(&keys.server, &[message]),
        };
        (authenticate, expected)
    }
}

/// The signature by which a router shows that it, too, knows what the password is checked by.
#[derive(ZeroizeOnDrop)]
pub struct ServerSignature {
    #[zeroize(skip)]
    name: &'static str,
    octets: [u8; 32],
}

impl ServerSignature {
    /// Whether `WELCOME.Details.authextra` has it.
    pub fn is_in(&self, authextra: Option<&Dict>) -> bool {
        let text = authextra.and_then(|extra| extra.get(self.name)?.as_str());
        // The spec's example has a prefix that its text does not mention.
        let text = text.map(|text| text.strip_prefix("v=").unwrap_or(text));
        let octets = text.and_then(|text| BASE64.decode(text.as_bytes()).ok());
        octets.is_some_and(|octets| octets.ct_eq(&self.octets).into())
    }
}

impl fmt::Debug for ServerSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSignature")
    }
}

/// "The client MUST respond with an ABORT message if `CHALLENGE.Details.nonce` does not begin with the
/// client nonce."
fn nonce<'a>(challenge: &'a AnyDetails, client_nonce: &str) -> Result<&'a str, &'static str> {
    let nonce = challenge.get("nonce").and_then(Value::as_str);
    let nonce = nonce.ok_or("there is no nonce")?;
    if nonce.len() > MAX_NONCE {
        return Err("the nonce is too long");
    }
    let router_nonce = nonce
        .strip_prefix(client_nonce)
        .ok_or("the nonce does not begin with the client's")?;
    // RFC 5802's `printable`, which base64 is a part of.
    let is_printable = |octet: u8| octet.is_ascii_graphic() && octet != b',';
    if router_nonce.is_empty() || !router_nonce.bytes().all(is_printable) {
        return Err("the router's part of the nonce is empty, or not base64");
    }
    Ok(nonce)
}

fn kdf(challenge: &AnyDetails) -> Result<Kdf, &'static str> {
    let number = |key: &str| {
        let number = challenge.get(key).and_then(Value::as_u64);
        number.and_then(|number| u32::try_from(number).ok())
    };
    let iterations = number("iterations").ok_or("there is no number of iterations")?;
    match challenge.get("kdf").and_then(Value::as_str) {
        Some("pbkdf2") => Ok(Kdf::Pbkdf2 { iterations }),
        // By the name of either dialect: implementations mix them.
        Some("argon2id13" | "argon2id-13") => Ok(Kdf::Argon2id13 {
            iterations,
            memory: number("memory").ok_or("there is no amount of memory")?,
        }),
        _ => Err("there is no key derivation function, or one that is not known"),
    }
}

fn authenticate_extra(nonce: &str, binding: Option<&ChannelBinding>) -> AnyDetails {
    let name = binding.map_or(Value::Null, |binding| Value::from(binding.name));
    let data = binding.map_or(Value::Null, |binding| {
        Value::from(BASE64.encode(&binding.id))
    });
    AnyDetails::from([
        ("nonce".to_owned(), Value::from(nonce)),
        ("channel_binding".to_owned(), name),
        ("cbind_data".to_owned(), data),
    ])
}
