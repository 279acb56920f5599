//! Who is known in which realm: users, local users and anonymous clients, each in a role.

use super::challenge::{PROVIDER, RouterKey};
use super::config::{self, RouterConfig};
use super::roles::Roles;
use super::users::{Claimed, Users};
use crate::router::{Admission, Door, Verdict};
use data_encoding::BASE32_NOPAD;
use std::collections::HashMap;
use std::sync::Arc;
use wamp_proto::auth::{AuthMethod, Verification};
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::options::Text;
use wamp_proto::{Uri, uris};
use wamp_router::Permissions;

/// How the kernel's word for whose program it is is called.
const LOCAL: &str = "local";

/// What stands before a user id in the authid of a local user.
const UID: &str = "uid-";

/// How the configuration's word for who a bridge is is called.
const BRIDGE: &str = "bridge";

const ANONYMOUS: &str = AuthMethod::Anonymous.name();

/// Who is known where, in one edition of the configuration.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) edition: u64,
    pub(super) realms: HashMap<Uri, Entry>,
}

/// Who is known in one realm.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) roles: Roles,
    pub(super) users: Users,
    /// The role of those who show nothing.
    anonymous: Option<Text>,
    /// The roles of this machine's users, by their ids.
    local: HashMap<u32, Text>,
    pub(super) router_key: Option<RouterKey>,
}

impl Directory {
    pub(super) fn new(config: &RouterConfig, edition: u64) -> Self {
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
    pub(super) fn new(realm: &config::Realm) -> Self {
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
    pub(super) fn unproven(&self, door: &Door) -> Option<Verdict> {
        let (authid, role, method) = match door {
            Door::Local { uid } if self.local.contains_key(uid) => {
                (format!("{UID}{uid}"), self.local.get(uid)?, LOCAL)
            }
            Door::Bridge { name, role } => match self.roles.permissions(role) {
                Some(_) => (name.to_string(), role, BRIDGE),
                None => {
                    let message = "this realm does not have the role of the bridge";
                    return Some(Verdict::deny(uris::NO_SUCH_ROLE, message));
                }
            },
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

    pub(super) fn ask(
        &self,
        claimed: Claimed,
        method: AuthMethod,
        verification: Verification,
    ) -> Verdict {
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

    /// What a session that was let in as `principal` may do now, `before` being what was known then.
    /// `None` if it would not be let in any more, or not so.
    pub(super) fn standing(
        &self,
        principal: &Principal,
        before: &Self,
    ) -> Option<&Arc<Permissions>> {
        let role = match &*principal.authmethod {
            LOCAL => {
                let uid = principal.authid.strip_prefix(UID)?.parse().ok()?;
                self.local.get(&uid)?
            }
            // Whether the bridge is still there, its owner knows.
            BRIDGE => return self.roles.permissions(&principal.authrole),
            ANONYMOUS => self.anonymous.as_ref()?,
            method => {
                let user = self.users.get(&principal.authid)?;
                let then = before.users.get(&principal.authid)?;
                let is_known = user.keeps(then, AuthMethod::from_name(method)?);
                is_known.then_some(&user.role)?
            }
        };
        (*role == principal.authrole).then_some(())?;
        self.roles.permissions(role)
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
