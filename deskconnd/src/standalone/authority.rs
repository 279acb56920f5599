//! Who may enter the realms of a router: users, local users and anonymous clients, each in a role.

use super::challenge;
use super::config::RouterConfig;
use super::directory::{Directory, Entry, INTERNAL, principal};
use super::inside::Inside;
use super::users::{Claimed, User};
use crate::journal::StrangerLog;
use crate::router::{
    Admission, Authority, Cookie, Door, Knock, Logins, Router, Unwelcome, Verdict,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_util::task::TaskTracker;
use tracing::warn;
use wamp_proto::auth::AuthMethod;
use wamp_proto::auth::cryptosign::Announcement;
use wamp_proto::auth::decoy::Decoys;
use wamp_proto::handshake::router::Principal;
use wamp_proto::options::HelloDetails;
use wamp_proto::{Uri, uris};
use wamp_router::{Permissions, Question, Ruling};

mod asking;

/// Knows what the configuration says.
#[derive(Debug)]
pub(super) struct StandaloneAuthority {
    directory: RwLock<Arc<Directory>>,
    decoys: Decoys,
    inside: Inside,
    logins: Arc<Logins>,
    /// What is left of the log for failures that strangers can cause.
    log: StrangerLog,
}

impl StandaloneAuthority {
    /// An authority that knows what `config` says. `secret` is random.
    pub(super) fn new(config: &RouterConfig, secret: [u8; 32]) -> Arc<Self> {
        let directory = Directory::new(config, 0);
        Arc::new(Self {
            directory: RwLock::new(Arc::new(directory)),
            decoys: Decoys::new(secret),
            inside: Inside::default(),
            logins: Arc::default(),
            log: StrangerLog::new(),
        })
    }

    /// Asks procedures of `router`'s realms from now on, where the configuration says so.
    pub(super) fn attend(&self, router: &Arc<Router>, tasks: &TaskTracker) {
        self.inside.enter(router, tasks);
    }

    /// Knows what `config` says from now on. Gives what was known before and what is now.
    pub(super) fn learn(&self, config: &RouterConfig) -> [Arc<Directory>; 2] {
        let mut directory = self
            .directory
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let after = Arc::new(Directory::new(config, directory.edition + 1));
        let before = std::mem::replace(&mut *directory, Arc::clone(&after));
        drop(directory);
        self.logins.retain(|realm, principal| {
            let entries = after.realms.get(realm).zip(before.realms.get(realm));
            entries.is_some_and(|(after, before)| after.standing(principal, before).is_some())
        });
        [before, after]
    }

    fn directory(&self) -> Arc<Directory> {
        // Each change is one assignment.
        let directory = self
            .directory
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&directory)
    }

    async fn verdict(&self, knock: &Knock<'_>) -> Verdict {
        let directory = self.directory();
        let Some(entry) = directory.realms.get(knock.realm) else {
            return Verdict::deny(uris::NO_SUCH_REALM, "there is no such realm");
        };
        if let Door::Internal { name } = knock.door {
            let own = principal((*name).into(), &(*name).into(), INTERNAL);
            return Verdict::admit(own, Admission::known(Permissions::all()));
        }
        let mut verdict = match &knock.proof {
            None => self.enter(entry, knock).await,
            Some(proof) => self.shown(entry, knock, proof).await,
        };
        if let Some(admission) = &mut verdict.admission {
            admission.edition = Some(directory.edition);
            admission.cookie = knock.cookie.cloned();
        }
        verdict
    }

    /// Goes through what the client offers, in its order.
    async fn enter(&self, entry: &Entry, knock: &Knock<'_>) -> Verdict {
        for method in offered(knock.details) {
            let mut verdict = match method {
                AuthMethod::Anonymous => entry.unproven(knock.door),
                AuthMethod::Tls => entry.certified(knock),
                AuthMethod::Cookie => self.remembered(entry, knock),
                method if entry.is_for_authenticator(method, knock.details) => None,
                method => self.proven(entry, method, knock),
            };
            if verdict.is_none() && entry.is_for_authenticator(method, knock.details) {
                verdict = self.ask_authenticator(entry, method, knock).await;
            }
            if let Some(verdict) = verdict {
                return verdict;
            }
        }
        Verdict::deny(
            uris::NO_MATCHING_AUTH_METHOD,
            "none of the methods that were offered leads into this realm",
        )
    }

    /// Lets a browser in that has logged in before, as whom it was then, if that is still known.
    fn remembered(&self, entry: &Entry, knock: &Knock<'_>) -> Option<Verdict> {
        let known = self.logins.find(&knock.cookie?.token, knock.realm)?;
        if let Some(claimed) = &knock.details.authid
            && **claimed != *known.authid
        {
            return None;
        }
        let permissions = Arc::clone(entry.standing(&known, entry)?);
        let principal = Principal {
            authmethod: AuthMethod::Cookie.name().into(),
            ..known
        };
        Some(Verdict::admit(principal, Admission::known(permissions)))
    }

    /// The logins that browsers are remembered by.
    pub(super) fn logins(&self) -> Arc<Logins> {
        Arc::clone(&self.logins)
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
        async move { self.verdict(&knock).await }.boxed()
    }

    fn rule(self: Arc<Self>, realm: Uri, question: Question) -> BoxFuture<'static, Ruling> {
        async move {
            let directory = self.directory();
            let role = &question.session.principal.authrole;
            let entry = directory.realms.get(&realm);
            let Some(authorizer) = entry.and_then(|entry| entry.roles.authorizer(role)) else {
                return Ruling::Denied;
            };
            match authorizer.decide(&self.inside, &realm, &question).await {
                Ok(ruling) => ruling,
                Err(why) => {
                    if self.log.admits() {
                        warn!(
                            "the authorizer of the role {role} of the realm {realm} failed: {why}"
                        );
                    }
                    Ruling::Unknown
                }
            }
        }
        .boxed()
    }

    fn joined(
        &self,
        realm: &Uri,
        principal: &Principal,
        admission: &Admission,
    ) -> Result<(), Unwelcome> {
        // Held until the login is remembered: who learns something else meanwhile has to find it.
        let directory = self
            .directory
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if admission
            .edition
            .is_some_and(|own| own != directory.edition)
        {
            return Err(Unwelcome {
                reason: uris::AUTHENTICATION_FAILED,
                message: "who may do what has just changed; hint: try again",
            });
        }
        if let Some(cookie) = &admission.cookie
            && is_remembered(&principal.authmethod)
        {
            self.logins.remember(cookie, realm, principal);
        }
        drop(directory);
        Ok(())
    }

    fn log_out(&self, cookie: &Cookie) {
        self.logins.forget(&cookie.token);
    }

    fn left(&self, _authid: &str) {}
}

/// Whether a browser that logged in by this method may come back with its cookie. Not one that showed
/// nothing, or shows the same each time by itself.
fn is_remembered(method: &str) -> bool {
    AuthMethod::from_name(method).is_some_and(|method| {
        !matches!(
            method,
            AuthMethod::Anonymous | AuthMethod::Cookie | AuthMethod::Tls
        )
    })
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

#[cfg(test)]
mod tests;
