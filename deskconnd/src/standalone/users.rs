//! The users of a realm: who there is, and by what each is known.

use super::{config, enrol};
use std::collections::HashMap;
use std::sync::Arc;
use wamp_proto::auth::decoy::Decoys;
use wamp_proto::auth::scram::Dialect;
use wamp_proto::auth::{AuthMethod, scram, ticket, wampcra};
use wamp_proto::options::Text;
use wamp_transport::tls::PeerCertificate;

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
    /// SHA-256 of certificates.
    certificates: Vec<[u8; 32]>,
    /// Names in certificates.
    names: Vec<String>,
}

impl User {
    /// Somebody of that name and role who is known by nothing yet.
    pub(super) fn named(authid: &str, role: &str) -> Self {
        Self {
            authid: authid.into(),
            role: role.into(),
            ticket: None,
            wampcra: None,
            wamp_scram: None,
            scram: None,
            keys: Vec::new(),
            certificates: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Somebody who is not, known by everything that `decoys` make up.
    pub(super) fn made_up(authid: &str, role: &str, decoys: &Decoys) -> Self {
        let scram = |dialect| Some(decoys.scram(authid, dialect, enrol::KDF));
        Self {
            ticket: Some(decoys.ticket(authid)),
            wampcra: Some(decoys.wampcra(authid)),
            wamp_scram: scram(Dialect::Spec),
            scram: scram(Dialect::Autobahn),
            // It has to be there, and a signature by it lets nobody in either.
            keys: vec![[0; 32]],
            ..Self::named(authid, role)
        }
    }

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
            certificates: user.tls.fingerprints(),
            names: user.tls.names(),
        }
    }

    /// Whether the user, who was known as `before` by `method`, is so still: nothing that was right then
    /// is wrong now.
    pub(super) fn keeps(&self, before: &Self, method: AuthMethod) -> bool {
        match method {
            AuthMethod::Anonymous => false,
            // By which method the browser logged in is not remembered.
            AuthMethod::Cookie => {
                let mut methods = AuthMethod::ALL.into_iter();
                methods.all(|method| {
                    matches!(method, AuthMethod::Anonymous | AuthMethod::Cookie)
                        || self.keeps(before, method)
                })
            }
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
            AuthMethod::Tls => {
                let (now, then) = (&self.certificates, &before.certificates);
                let (names, names_then) = (&self.names, &before.names);
                then.iter().all(|certificate| now.contains(certificate))
                    && names_then.iter().all(|name| names.contains(name))
            }
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
            // Nobody is asked for these.
            certificates: Vec::new(),
            names: Vec::new(),
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
    by_certificate: HashMap<[u8; 32], Arc<User>>,
    by_name: HashMap<String, Arc<User>>,
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
        let certificates = all.iter().flat_map(|user| {
            let certificates = user.certificates.iter();
            certificates.map(|certificate| (*certificate, Arc::clone(user)))
        });
        let names = all.iter().flat_map(|user| {
            let names = user.names.iter();
            names.map(|name| (name.clone(), Arc::clone(user)))
        });
        Self {
            by_key: keys.collect(),
            by_certificate: certificates.collect(),
            by_name: names.collect(),
            by_authid: all
                .iter()
                .map(|user| (Arc::clone(&user.authid), Arc::clone(user)))
                .collect(),
            all,
        }
    }

    /// Whether somebody has that key.
    pub(super) fn have_key(&self, key: &[u8; 32]) -> bool {
        self.by_key.contains_key(key)
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

    /// Who showed this certificate: whose it is, or the first whose name it is for.
    pub(super) fn certified(&self, certificate: &PeerCertificate) -> Option<&Arc<User>> {
        let mut names = certificate.names.iter();
        self.by_certificate
            .get(&certificate.fingerprint)
            .or_else(|| names.find_map(|name| self.by_name.get(name)))
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
