//! Who may enter the realms of a router: users, local users and anonymous clients, each in a role.

use super::challenge::{self, PROVIDER, RouterKey};
use super::config::{self, RouterConfig};
use super::roles::Roles;
use super::users::{Claimed, User, Users};
use crate::router::{Admission, Authority, Door, Knock, Unwelcome, Verdict};
use data_encoding::BASE32_NOPAD;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use wamp_proto::auth::cryptosign::Announcement;
use wamp_proto::auth::decoy::Decoys;
use wamp_proto::auth::{AuthMethod, Verification};
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::options::{HelloDetails, Text};
use wamp_proto::{Uri, uris};
use wamp_router::Permissions;

/// Knows what the configuration says.
#[derive(Debug)]
pub(super) struct StandaloneAuthority {
    directory: RwLock<Arc<Directory>>,
    decoys: Decoys,
}

/// Who is known where, in one edition of the configuration.
#[derive(Debug, Default)]
struct Directory {
    edition: u64,
    realms: HashMap<Uri, Entry>,
}

/// Who is known in one realm.
#[derive(Debug)]
struct Entry {
    roles: Roles,
    users: Users,
    /// The role of those who show nothing.
    anonymous: Option<Text>,
    /// The roles of this machine's users, by their ids.
    local: HashMap<u32, Text>,
    router_key: Option<RouterKey>,
}

impl StandaloneAuthority {
    /// An authority that knows what `config` says. `secret` is random.
    pub(super) fn new(config: &RouterConfig, secret: [u8; 32]) -> Arc<Self> {
        let directory = Directory::new(config, 0);
        Arc::new(Self {
            directory: RwLock::new(Arc::new(directory)),
            decoys: Decoys::new(secret),
        })
    }

    fn directory(&self) -> Arc<Directory> {
        // Each change is one assignment.
        let directory = self
            .directory
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&directory)
    }

    fn verdict(&self, knock: &Knock<'_>) -> Verdict {
        let directory = self.directory();
        let Some(entry) = directory.realms.get(knock.realm) else {
            return Verdict::deny(uris::NO_SUCH_REALM, "there is no such realm");
        };
        let mut verdict = self.enter(entry, knock);
        if let Some(admission) = &mut verdict.admission {
            admission.edition = Some(directory.edition);
        }
        verdict
    }

    /// Goes through what the client offers, in its order.
    fn enter(&self, entry: &Entry, knock: &Knock<'_>) -> Verdict {
        for method in offered(knock.details) {
            let verdict = match method {
                AuthMethod::Anonymous => entry.unproven(knock.door),
                method => self.proven(entry, method, knock),
            };
            if let Some(verdict) = verdict {
                return verdict;
            }
        }
        Verdict::deny(
            uris::NO_MATCHING_AUTH_METHOD,
            "none of the methods that were offered leads into this realm",
        )
    }

    /// Asks for a proof by `method`, if whom the client claims to be is known by it, or would be.
    fn proven(&self, entry: &Entry, method: AuthMethod, knock: &Knock<'_>) -> Option<Verdict> {
        let claimed = match &knock.details.authid {
            Some(authid) => entry.users.claimed(authid, &self.decoys)?,
            None if method == AuthMethod::Cryptosign => {
                let key = Announcement::read(knock.details).ok()?.public_key?;
                entry.users.claimed_by_key(&key, &self.decoys)?
            }
            None => return None,
        };
        let user: &User = match &claimed {
            Claimed::Known(user) => user,
            Claimed::Decoy(user) => user,
        };
        let binding = knock.link.binding.as_ref();
        let router = entry.router_key.as_ref();
        match challenge::of(method, user, knock.details, binding, router) {
            Ok(None) => None,
            Ok(Some(verification)) => Some(entry.ask(claimed, method, verification)),
            Err(error) => Some(Verdict::deny(error.reason(), &error.to_string())),
        }
    }
}

impl Authority for StandaloneAuthority {
    fn decide<'a>(&'a self, knock: Knock<'a>) -> BoxFuture<'a, Verdict> {
        ready(self.verdict(&knock)).boxed()
    }

    fn joined(&self, _authid: &str, admission: &Admission) -> Result<(), Unwelcome> {
        let edition = self.directory().edition;
        match admission.edition.is_none_or(|own| own == edition) {
            true => Ok(()),
            false => Err(Unwelcome {
                reason: uris::AUTHENTICATION_FAILED,
                message: "who may do what has just changed; hint: try again",
            }),
        }
    }

    fn left(&self, _authid: &str) {}
}

impl Directory {
    fn new(config: &RouterConfig, edition: u64) -> Self {
        let realms = config.realms.iter();
        Self {
            edition,
            realms: realms
                .map(|realm| (realm.name.get_ref().clone(), Entry::new(realm)))
                .collect(),
        }
    }
}

impl Entry {
    fn new(realm: &config::Realm) -> Self {
        let local = realm.local.iter();
        let anonymous = realm.anonymous.as_ref();
        Self {
            roles: Roles::new(&realm.roles),
            users: Users::new(&realm.users),
            anonymous: anonymous.map(|anonymous| anonymous.role.get_ref().as_str().into()),
            local: local
                .map(|local| (*local.uid.get_ref(), local.role.get_ref().as_str().into()))
                .collect(),
            router_key: realm.router_key.as_ref().map(RouterKey::new),
        }
    }

    /// Lets a client in that shows nothing, if there is a role for it. A program of a user of this
    /// machine needs to show nothing: the kernel says whose it is.
    fn unproven(&self, door: &Door) -> Option<Verdict> {
        let (authid, role, method) = match door {
            Door::Local { uid } if self.local.contains_key(uid) => {
                (format!("uid-{uid}"), self.local.get(uid)?, "local")
            }
            _ => {
                let mut name = [0; 10];
                if getrandom::fill(&mut name).is_err() {
                    let message = "the system has no randomness";
                    return Some(Verdict::deny(uris::AUTHENTICATION_FAILED, message));
                }
                let name = BASE32_NOPAD.encode(&name).to_lowercase();
                let method = AuthMethod::Anonymous.name();
                (
                    format!("anonymous-{name}"),
                    self.anonymous.as_ref()?,
                    method,
                )
            }
        };
        let principal = principal(authid.into(), role, method);
        Some(Verdict::admit(principal, self.admission(role)))
    }

    fn ask(&self, claimed: Claimed, method: AuthMethod, verification: Verification) -> Verdict {
        match claimed {
            Claimed::Decoy(_) => Decision::Decoy(verification).into(),
            Claimed::Known(user) => Verdict {
                decision: Decision::Challenge {
                    principal: principal(Arc::clone(&user.authid), &user.role, method.name()),
                    verification,
                },
                admission: Some(self.admission(&user.role)),
            },
        }
    }

    fn admission(&self, role: &str) -> Admission {
        // The configuration has no reference to a role that is not there.
        let permissions = self.roles.permissions(role).cloned();
        Admission::known(permissions.unwrap_or_else(|| Permissions::none().into()))
    }
}

/// The methods a client offers, in its order. One that offers none is anonymous.
fn offered(details: &HelloDetails) -> Vec<AuthMethod> {
    match &details.authmethods {
        None => vec![AuthMethod::Anonymous],
        Some(names) => names
            .iter()
            .filter_map(|name| AuthMethod::from_name(name))
            .collect(),
    }
}

fn principal(authid: Text, authrole: &Text, authmethod: &str) -> Principal {
    Principal {
        authid,
        authrole: Arc::clone(authrole),
        authmethod: authmethod.into(),
        authprovider: PROVIDER.into(),
        authextra: None,
    }
}

#[cfg(test)]
mod tests;
