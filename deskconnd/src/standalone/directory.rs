//! Who is known in which realm: users, local users and anonymous clients, each in a role.

use super::authenticator::{self, Authenticator};
use super::challenge::{PROVIDER, RouterKey};
use super::config::{self, RouterConfig};
use super::roles::Roles;
use super::users::{Claimed, Users};
use crate::router::{Admission, Door, Knock, Verdict};
use data_encoding::BASE32_NOPAD;
use std::collections::HashMap;
use std::sync::Arc;
use wamp_proto::auth::cryptosign::Announcement;
use wamp_proto::auth::{AuthMethod, Verification};
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::options::{HelloDetails, Text};
use wamp_proto::{Uri, uris};
use wamp_router::Permissions;

/// How the kernel's word for whose program it is is called.
const LOCAL: &str = "local";

/// How the router's own sessions are known.
pub(super) const INTERNAL: &str = "internal";

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
    /// Who knows those who are not among the users.
    pub(super) authenticator: Option<Authenticator>,
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
        let first_role = realm.roles.first();
        let usual_role = first_role.map_or("", |role| role.name.get_ref().as_str());
        Self {
            roles: Roles::new(&realm.roles),
            users: Users::new(&realm.users),
            anonymous: anonymous.map(|anonymous| anonymous.role.get_ref().as_str().into()),
            local: local
                .map(|local| (*local.uid.get_ref(), local.role.get_ref().as_str().into()))
                .collect(),
            authenticator: realm
                .authenticator
                .as_ref()
                .map(|authenticator| Authenticator::new(authenticator, usual_role.into())),
            router_key: realm.router_key.as_ref().map(RouterKey::new),
        }
    }

    /// Lets a client in that shows nothing, if there is a role for it. A program of a user of this
    /// machine needs to show nothing: the kernel says whose it is.
    pub(super) fn unproven(&self, door: &Door) -> Option<Verdict> {
        let (authid, role, method) = match door {
            Door::Local { uid, .. } if self.local.contains_key(uid) => {
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
                let Ok(authid) = anonymous_authid() else {
                    let message = "the system has no randomness";
                    return Some(Verdict::deny(uris::AUTHENTICATION_FAILED, message));
                };
                (authid, self.anonymous.as_ref()?, ANONYMOUS)
            }
        };
        let principal = principal(authid.into(), role, method);
        Some(Verdict::admit(principal, self.admission(role)))
    }

    /// Lets a client in that proved to have a certificate of the user it says it is, or of any if it does
    /// not say.
    pub(super) fn certified(&self, knock: &Knock<'_>) -> Option<Verdict> {
        let certificate = knock.link.tls.as_ref()?.certificate.as_ref()?;
        let user = self.users.certified(certificate)?;
        if let Some(claimed) = &knock.details.authid
            && **claimed != *user.authid
        {
            return None;
        }
        let authid = Arc::clone(&user.authid);
        let principal = principal(authid, &user.role, AuthMethod::Tls.name());
        Some(Verdict::admit(principal, self.admission(&user.role)))
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

    pub(super) fn admission(&self, role: &str) -> Admission {
        // The configuration has no reference to a role that is not there.
        let permissions = self.roles.permissions(role).cloned();
        Admission::known(permissions.unwrap_or_else(|| Permissions::none().into()))
    }

    /// Whether the authenticator is to say who this is: by that method, and nobody who is listed.
    pub(super) fn is_for_authenticator(&self, method: AuthMethod, details: &HelloDetails) -> bool {
        let covers = |authenticator: &Authenticator| authenticator.covers(method);
        if !self.authenticator.as_ref().is_some_and(covers) {
            return false;
        }
        match (method, &details.authid) {
            (AuthMethod::Anonymous, _) => true,
            (_, Some(authid)) => self.users.get(authid).is_none(),
            (AuthMethod::Cryptosign, None) => {
                let announced = Announcement::read(details).ok();
                let key = announced.and_then(|announced| announced.public_key);
                key.is_some_and(|key| !self.users.have_key(&key))
            }
            (_, None) => false,
        }
    }

    /// What a session that was let in as `principal` may do now, `before` being what was known then.
    /// `None` if it would not be let in any more, or not so.
    pub(super) fn standing(
        &self,
        principal: &Principal,
        before: &Self,
    ) -> Option<&Arc<Permissions>> {
        if *principal.authprovider == *authenticator::PROVIDER {
            // It was known by somebody whom nobody asks any more.
            let method = AuthMethod::from_name(&principal.authmethod)?;
            let authenticator = self.authenticator.as_ref()?;
            let is_asked = method == AuthMethod::Cookie || authenticator.covers(method);
            is_asked.then_some(())?;
            return self.roles.permissions(&principal.authrole);
        }
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

/// A name for somebody who has none, drawn at random.
pub(super) fn anonymous_authid() -> Result<String, getrandom::Error> {
    let mut name = [0; 10];
    getrandom::fill(&mut name)?;
    let name = BASE32_NOPAD.encode(&name).to_lowercase();
    Ok(format!("anonymous-{name}"))
}

/// Somebody of this realm, as a session has it.
pub(super) fn principal(authid: Text, authrole: &Text, authmethod: &str) -> Principal {
    Principal {
        authid,
        authrole: Arc::clone(authrole),
        authmethod: authmethod.into(),
        authprovider: PROVIDER.into(),
        authextra: None,
    }
}
