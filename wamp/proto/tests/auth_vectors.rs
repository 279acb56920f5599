//! What other implementations answer to challenges, ours answer and accept.

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer as _, SigningKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wamp_proto::Dict;
use wamp_proto::auth::cryptosign::{self, Signer};
use wamp_proto::auth::kdf::Kdf;
use wamp_proto::auth::scram::{Credential, Dialect, Exchange, Verification};
use wamp_proto::auth::wampcra::{Salting, sign};
use wamp_proto::auth::{ChannelBinding, Secret};
use wamp_proto::options::{AnyDetails, HelloDetails};

#[derive(Deserialize)]
struct Vectors {
    wampcra: Vec<WampCra>,
    scram_credentials: Vec<ScramCredential>,
    scram: Vec<Scram>,
    cryptosign: Vec<Cryptosign>,
    router: Router,
}

#[derive(Deserialize)]
struct WampCra {
    about: String,
    secret: String,
    extra: WampCraExtra,
    signature: String,
}

#[derive(Deserialize)]
struct WampCraExtra {
    challenge: String,
    salt: Option<String>,
    iterations: Option<u32>,
    keylen: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ScramCredential {
    password: String,
    iterations: u32,
    memory: u32,
    salt: String,
    stored_key: String,
    server_key: String,
}

#[derive(Deserialize)]
struct Scram {
    method: String,
    authid: String,
    password: String,
    binding: Option<String>,
    client_nonce: String,
    router_nonce: String,
    challenge: AnyDetails,
    authenticate: AnyDetails,
    proof: String,
    authextra: Dict,
}

#[derive(Deserialize)]
struct Cryptosign {
    private_key: String,
    public_key: String,
    challenge: String,
    channel_id: Option<String>,
    signature: String,
}

#[derive(Deserialize)]
struct Router {
    challenge: String,
    extra: AnyDetails,
}

fn vectors() -> Vectors {
    read(include_str!("vectors/auth.json"))
}

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("the vectors have their form")
}

fn octets<const N: usize>(hex: &str) -> [u8; N] {
    let octets = HEXLOWER.decode(hex.as_bytes()).expect("hex");
    octets.try_into().expect("as many octets as it should be")
}

#[test]
fn wampcra_signatures_are_those_of_autobahn() {
    for vector in vectors().wampcra {
        let secret = Secret::new(vector.secret);
        let key = match vector.extra.salt {
            None => secret,
            Some(salt) => {
                let salting = Salting {
                    salt,
                    iterations: vector.extra.iterations.expect("with salt"),
                    keylen: vector.extra.keylen.expect("with salt"),
                };
                let salted = wamp_proto::auth::wampcra::Credential::salted(&secret, salting);
                salted.expect("within limits").key
            }
        };
        let signature = sign(&key, &vector.extra.challenge);
        assert_eq!(signature, vector.signature, "{}", vector.about);
    }
}

#[test]
fn credentials_for_crossbar_are_those_of_autobahn() {
    for vector in vectors().scram_credentials {
        let kdf = Kdf::Argon2id13 {
            iterations: vector.iterations,
            memory: vector.memory,
        };
        let password = vector.password.as_str().into();
        let ours = Credential::enrol(Dialect::Autobahn, kdf, &password, &octets(&vector.salt));
        let ours = ours.expect("within limits");
        assert_eq!(ours.stored_key, octets(&vector.stored_key));
        assert_eq!(ours.server_key, octets(&vector.server_key));
    }
}

#[test]
fn scram_goes_as_it_does_elsewhere() {
    for vector in vectors().scram {
        let dialect = match vector.method.as_str() {
            "scram" => Dialect::Autobahn,
            _ => Dialect::Spec,
        };
        let binding = vector.binding.as_deref().map(|id| ChannelBinding {
            name: "tls-exporter",
            id: octets(id),
        });
        let password = Secret::from(vector.password.as_str());

        // The client.
        let exchange = Exchange::new(
            dialect,
            &vector.authid,
            &vector.client_nonce,
            binding.as_ref(),
            &vector.challenge,
        );
        let exchange = exchange.expect("a challenge that can be answered");
        let key = exchange.derivation(&password).expect("within limits").run();
        let (proof, expected) = exchange.prove(&key.expect("enough memory"));
        assert_eq!(proof.signature.expose(), vector.proof, "{}", vector.method);
        assert_eq!(proof.extra, vector.authenticate);
        assert!(expected.is_in(Some(&vector.authextra)));

        // The router.
        let number = |key: &str| {
            let number = vector
                .challenge
                .get(key)
                .and_then(wamp_proto::Value::as_u64);
            number.map(|number| u32::try_from(number).expect("32 bits"))
        };
        let iterations = number("iterations").expect("always there");
        let kdf = match number("memory") {
            Some(memory) => Kdf::Argon2id13 { iterations, memory },
            None => Kdf::Pbkdf2 { iterations },
        };
        let salt = vector.challenge["salt"].as_str().expect("a text");
        let salt = data_encoding::BASE64
            .decode(salt.as_bytes())
            .expect("base64");
        let salt = salt.try_into().expect("16 octets");
        let credential = Credential::enrol(dialect, kdf, &password, &salt).expect("within limits");
        let mut authextra =
            AnyDetails::from([("nonce".to_owned(), vector.client_nonce.as_str().into())]);
        authextra.extend(binding.map(|b| ("channel_binding".to_owned(), b.name.into())));
        let hello = HelloDetails {
            authid: Some(vector.authid),
            authextra: Some(authextra),
            ..HelloDetails::default()
        };
        let nonce = octets(&vector.router_nonce);
        let asked = Verification::new(&hello, credential, nonce, binding.as_ref());
        let asked = asked.expect("a HELLO that makes sense");
        assert_eq!(asked.extra(), vector.challenge);
        let answer = asked.accept(&vector.proof.into(), &vector.authenticate);
        assert_eq!(answer, Some(vector.authextra));
    }
}

struct Key(SigningKey);

impl Signer for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        let message = cryptosign::message_to_sign(challenge, channel_id);
        self.0.sign(&message).to_bytes()
    }
}

#[test]
fn cryptosign_signatures_are_those_of_the_specification() {
    for vector in vectors().cryptosign {
        let binding = vector.channel_id.as_deref().map(|id| ChannelBinding {
            name: "tls-unique",
            id: octets(id),
        });
        let key = Key(SigningKey::from_bytes(&octets(&vector.private_key)));
        let asked = cryptosign::Verification {
            challenge: octets(&vector.challenge),
            public_key: octets(&vector.public_key),
            binding,
            router: None,
        };
        let answer = cryptosign::answer(&key, &asked.extra(), binding.as_ref());
        assert_eq!(answer.as_ref(), Ok(&vector.signature));
        assert!(asked.accepts(&vector.signature));
    }
}

#[test]
fn a_routers_signature_is_checked_as_in_the_specification() {
    let Router { challenge, extra } = vectors().router;
    let router = octets(extra["pubkey"].as_str().expect("a text"));
    let check = |challenge: &[u8; 32]| cryptosign::check_router(&router, challenge, &extra, None);
    assert_eq!(check(&octets(&challenge)), Ok(()));
    assert!(check(&[1; 32]).is_err());
}
