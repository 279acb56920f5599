//! The users of a realm: who there is, and by what each is known.

use super::config;
use std::collections::HashMap;
use std::sync::Arc;
use wamp_proto::auth::decoy::Decoys;
use wamp_proto::auth::scram::Dialect;
use wamp_proto::auth::{AuthMethod, scram, ticket, wampcra};
use wamp_proto::options::Text;

/// Somebody who can log in.
#[derive(Debug)]
pub(super) struct User {
    /// Who.
    pub(super) authid: Text,
    /// In which role.
    pub(super) role: Text,
    /// The right ticket.
    pub(super) ticket: Option<ticket::Verification>,
    /// The secret challenges are signed with.
    pub(super) wampcra: Option<wampcra::Credential>,
    /// What the password is checked by, as the specification has it.
    pub(super) wamp_scram: Option<scram::Credential>,
    /// The same as Autobahn has it.
    pub(super) scram: Option<scram::Credential>,
    /// Ed25519 public keys.
    pub(super) keys: Vec<[u8; 32]>,
}

impl User {
    fn new(user: &config::User) -> Self {
        let signed = user.wampcra.as_ref();
        let credential = |verifier: &Option<config::Verifier>, dialect| {
            verifier.as_ref().map(|verifier| verifier.of(dialect))
        };
        Self {
            authid: user.authid.get_ref().as_str().into(),
            role: user.role.get_ref().as_str().into(),
            ticket: user
                .ticket
                .as_ref()
                .map(|ticket| ticket::Verification::of_ticket(ticket.get_ref())),
            wampcra: signed.and_then(|signed| {
                Some(wampcra::Credential {
                    key: signed.secret.as_ref()?.get_ref().clone(),
                    salting: signed.salting(),
                })
            }),
            wamp_scram: credential(&user.wamp_scram, Dialect::Spec),
            scram: credential(&user.scram, Dialect::Autobahn),
            keys: user.cryptosign.iter().map(|key| key.get_ref().0).collect(),
        }
    }

    /// Whether the user, who was known as `before` by `method`, is so still: nothing that was right then
    /// is wrong now.
    pub(super) fn keeps(&self, before: &Self, method: AuthMethod) -> bool {
        match method {
            AuthMethod::Anonymous => false,
            AuthMethod::Ticket => digest(&self.ticket) == digest(&before.ticket),
            AuthMethod::WampCra => {
                self.wampcra.as_ref().map(|now| (&now.key, &now.salting))
                    == before
                        .wampcra
                        .as_ref()
                        .map(|then| (&then.key, &then.salting))
            }
            AuthMethod::WampScram => self.wamp_scram == before.wamp_scram,
            AuthMethod::Scram => self.scram == before.scram,
            // By which of them is not remembered.
            AuthMethod::Cryptosign => before.keys.iter().all(|key| self.keys.contains(key)),
        }
    }

    /// Somebody who is not, and to a stranger no different from this user. What the user is known by is
    /// drawn from `decoys` anew.
    fn imitated(&self, authid: &str, decoys: &Decoys) -> Self {
        let scram = |credential: &scram::Credential| {
            decoys.scram(authid, credential.dialect, credential.kdf)
        };
        Self {
            authid: authid.into(),
            role: Arc::clone(&self.role),
            ticket: self.ticket.as_ref().map(|_| decoys.ticket(authid)),
            wampcra: self.wampcra.as_ref().map(|credential| {
                let Some(real) = &credential.salting else {
                    return decoys.wampcra(authid);
                };
                let mut decoy = decoys.wampcra_salted(authid, real.iterations);
                if let Some(salting) = &mut decoy.salting {
                    salting.salt.truncate(real.salt.len());
                    salting.keylen = real.keylen;
                }
                decoy
            }),
            wamp_scram: self.wamp_scram.as_ref().map(scram),
            scram: self.scram.as_ref().map(scram),
            // A signature by one of them lets nobody in either.
            keys: self.keys.clone(),
        }
    }
}

fn digest(ticket: &Option<ticket::Verification>) -> Option<&[u8; 32]> {
    ticket.as_ref().map(ticket::Verification::digest)
}

/// All of a realm.
#[derive(Debug, Default)]
pub(super) struct Users {
    by_authid: HashMap<Text, Arc<User>>,
    by_key: HashMap<[u8; 32], Arc<User>>,
    all: Vec<Arc<User>>,
}

/// Whom a client claims to be.
pub(super) enum Claimed {
    /// Somebody there is.
    Known(Arc<User>),
    /// Somebody there is not, who has to be asked for the same as if there were.
    Decoy(Box<User>),
}

impl Users {
    /// As the configuration has them.
    pub(super) fn new(users: &[config::User]) -> Self {
        let all: Vec<_> = users.iter().map(|user| Arc::new(User::new(user))).collect();
        let keys = all
            .iter()
            .flat_map(|user| user.keys.iter().map(|key| (*key, Arc::clone(user))));
        Self {
            by_key: keys.collect(),
            by_authid: all
                .iter()
                .map(|user| (Arc::clone(&user.authid), Arc::clone(user)))
                .collect(),
            all,
        }
    }

    /// The user of that authid.
    pub(super) fn get(&self, authid: &str) -> Option<&Arc<User>> {
        self.by_authid.get(authid)
    }

    /// Whom a client of that authid claims to be; `None` if the realm has no users at all.
    pub(super) fn claimed(&self, authid: &str, decoys: &Decoys) -> Option<Claimed> {
        if let Some(user) = self.get(authid) {
            return Some(Claimed::Known(Arc::clone(user)));
        }
        let like = self.all.get(decoys.pick(authid, self.all.len()))?;
        Some(Claimed::Decoy(like.imitated(authid, decoys).into()))
    }

    /// Whom a client claims to be that names no authid, only its key; `None` if no user has a key.
    pub(super) fn claimed_by_key(&self, key: &[u8; 32], decoys: &Decoys) -> Option<Claimed> {
        if let Some(user) = self.by_key.get(key) {
            return Some(Claimed::Known(Arc::clone(user)));
        }
        let like = self.by_key.values().next()?;
        Some(Claimed::Decoy(like.imitated("", decoys).into()))
    }
}
