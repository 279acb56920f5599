//! Authenticators: procedures of a realm that know who may enter it.
//!
//! They are called as Crossbar.io's are, with the realm, the authid and what the client said of itself, and
//! answer with a role, or with a dictionary of the role and what the method needs.

use super::config;
use super::directory::anonymous_authid;
use super::inside::{Inside, Unanswered};
use super::users::User;
use crate::router::Knock;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use serde::Deserialize;
use std::time::Duration;
use wamp_proto::auth::kdf::Kdf;
use wamp_proto::auth::scram::{self, Dialect};
use wamp_proto::auth::wampcra::{self, Salting};
use wamp_proto::auth::{AuthMethod, Secret};
use wamp_proto::options::Text;
use wamp_proto::{Dict, Uri, Value};

/// Who vouches for users that an authenticator knows.
pub(super) const PROVIDER: &str = "dynamic";

/// The authenticator of a realm.
#[derive(Debug)]
pub(super) struct Authenticator {
    procedure: Uri,
    methods: Vec<AuthMethod>,
    timeout: Duration,
    /// What those who are not known are told, by WAMP-CRA, that they would be.
    pub(super) usual_role: Text,
}

impl Authenticator {
    /// As the configuration has it, in a realm whose first role is `usual_role`.
    pub(super) fn new(authenticator: &config::Authenticator, usual_role: Text) -> Self {
        Self {
            procedure: authenticator.procedure.get_ref().clone(),
            methods: authenticator
                .methods
                .iter()
                .map(|method| method.0)
                .collect(),
            timeout: Duration::from_secs(*authenticator.timeout.get_ref()),
            usual_role,
        }
    }

    /// Whether it knows users by that method.
    pub(super) fn covers(&self, method: AuthMethod) -> bool {
        self.methods.contains(&method)
    }

    /// Asks whom the client that knocks is to be taken for by `method`. `ticket` is what it showed, if
    /// that is what the method asks for.
    pub(super) async fn ask(
        &self,
        inside: &Inside,
        knock: &Knock<'_>,
        method: AuthMethod,
        ticket: Option<&Secret>,
    ) -> Result<User, Unanswered> {
        let details = details(knock, method, ticket);
        let args = (knock.realm.as_str(), &knock.details.authid, details);
        let answer = inside.call(knock.realm, &self.procedure, args, self.timeout);
        let answer = answer.await?.args::<(Answer,)>();
        let wrong = |what: String| Unanswered::Failed(format!("the answer is none: {what}"));
        let (answer,) = answer.map_err(|error| wrong(error.to_string()))?;
        let authid = match method {
            // What such a client calls itself is nothing to go by.
            AuthMethod::Anonymous => Some(anonymous_authid().map_err(|e| wrong(e.to_string()))?),
            _ => knock.details.authid.clone(),
        };
        let user = answer.user(method, authid.as_deref());
        user.map_err(|what| wrong(what.to_owned()))
    }
}

/// What an authenticator learns of a client.
fn details(knock: &Knock<'_>, method: AuthMethod, ticket: Option<&Secret>) -> Dict {
    let details = knock.details;
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let transport = Dict::from([
        ("peer".to_owned(), Value::from(knock.door.to_string())),
        ("type".to_owned(), Value::from(knock.link.transport.name())),
    ]);
    let known = [
        ("authmethod", Some(Value::from(method.name()))),
        ("authid", text(&details.authid)),
        ("authrole", text(&details.authrole)),
        ("authextra", details.authextra.clone().map(Value::Dict)),
        ("agent", text(&details.agent)),
        ("ticket", ticket.map(|ticket| Value::from(ticket.expose()))),
        ("transport", Some(Value::Dict(transport))),
    ];
    let known = known.into_iter();
    known
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// What an authenticator answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Role(String),
    Principal(Box<PrincipalAnswer>),
}

#[derive(Default, Deserialize)]
struct PrincipalAnswer {
    role: String,
    authid: Option<String>,
    // WAMP-CRA.
    secret: Option<Secret>,
    salt: Option<String>,
    iterations: Option<u32>,
    keylen: Option<u32>,
    // SCRAM, whose salt is hex.
    kdf: Option<String>,
    memory: Option<u32>,
    #[serde(rename = "stored-key")]
    stored_key: Option<Secret>,
    #[serde(rename = "server-key")]
    server_key: Option<Secret>,
    // Cryptosign.
    pubkey: Option<String>,
}

impl Answer {
    /// The user that it makes of a client that asked to be `authid`, or what it lacks.
    fn user(self, method: AuthMethod, authid: Option<&str>) -> Result<User, &'static str> {
        let answer = match self {
            Self::Principal(answer) => *answer,
            Self::Role(role) => PrincipalAnswer {
                role,
                ..PrincipalAnswer::default()
            },
        };
        let authid = answer
            .authid
            .as_deref()
            .or(authid)
            .ok_or("there is no `authid`")?;
        let mut user = User::named(authid, &answer.role);
        match method {
            AuthMethod::Anonymous | AuthMethod::Ticket | AuthMethod::Cookie | AuthMethod::Tls => {}
            AuthMethod::WampCra => user.wampcra = Some(answer.wampcra()?),
            AuthMethod::WampScram => user.wamp_scram = Some(answer.scram(Dialect::Spec)?),
            AuthMethod::Scram => user.scram = Some(answer.scram(Dialect::Autobahn)?),
            AuthMethod::Cryptosign => {
                let key = answer.pubkey.ok_or("there is no `pubkey`")?;
                user.keys = vec![config::PublicKey::try_from(key)?.0];
            }
        }
        Ok(user)
    }
}

impl PrincipalAnswer {
    fn wampcra(&self) -> Result<wampcra::Credential, &'static str> {
        let salting = self.salt.as_ref().map(|salt| Salting {
            salt: salt.clone(),
            iterations: self.iterations.unwrap_or(1000),
            keylen: self.keylen.unwrap_or(32),
        });
        Ok(wampcra::Credential {
            key: self.secret.clone().ok_or("there is no `secret`")?,
            salting,
        })
    }

    fn scram(&self, dialect: Dialect) -> Result<scram::Credential, &'static str> {
        let iterations = self.iterations.ok_or("there are no `iterations`")?;
        let kdf = match (self.kdf.as_deref(), self.memory) {
            (Some("argon2id13" | "argon2id-13"), Some(memory)) => {
                Kdf::Argon2id13 { iterations, memory }
            }
            (Some("pbkdf2"), _) => Kdf::Pbkdf2 { iterations },
            _ => return Err("`kdf` is argon2id13, with `memory`, or pbkdf2"),
        };
        let salt = self.salt.as_deref().ok_or("there is no `salt`")?;
        let key = |key: &Option<Secret>| {
            let octets = HEX.decode(key.as_ref()?.expose().as_bytes()).ok()?;
            octets.try_into().ok()
        };
        Ok(scram::Credential {
            dialect,
            kdf,
            salt: HEX
                .decode(salt.as_bytes())
                .map_err(|_| "`salt` is not hex")?,
            stored_key: key(&self.stored_key).ok_or("`stored-key` is not 32 octets in hex")?,
            server_key: key(&self.server_key).ok_or("`server-key` is not 32 octets in hex")?,
        })
    }
}
