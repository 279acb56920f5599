//! What the authority does about clients that an authenticator knows, or not.

use super::StandaloneAuthority;
use crate::journal::one_line;
use crate::router::{Admission, Knock, Proof, Verdict};
use crate::standalone::authenticator::{self, Authenticator};
use crate::standalone::challenge;
use crate::standalone::directory::{Entry, principal};
use crate::standalone::inside::Unanswered;
use crate::standalone::users::User;
use std::sync::Arc;
use tracing::{debug, warn};
use wamp_proto::auth::{AuthMethod, Secret};
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::options::AnyDetails;
use wamp_proto::{Uri, uris};

/// What a client is told when nobody could be asked about it.
const FAILED: &str = "who you are could not be found out; hint: try again later";

impl StandaloneAuthority {
    /// Has the authenticator of the realm say who the client may be by `method`.
    pub(super) async fn ask_authenticator(
        &self,
        entry: &Entry,
        method: AuthMethod,
        knock: &Knock<'_>,
    ) -> Option<Verdict> {
        let authenticator = entry.authenticator.as_ref()?;
        if method == AuthMethod::Ticket {
            // It is asked once there is a ticket.
            let extra = AnyDetails::new();
            let method = method.name().to_owned();
            return Some(Decision::Ask { method, extra }.into());
        }
        Some(
            match self.ask(entry, authenticator, knock, method, None).await {
                Ok((user, admission)) if method == AuthMethod::Anonymous => {
                    Verdict::admit(dynamic(&user, method), admission)
                }
                Ok((user, admission)) => challenged(entry, method, knock, &user, Some(admission)),
                Err(Unanswered::Refused(_)) if method == AuthMethod::Anonymous => {
                    Decision::denied().into()
                }
                Err(Unanswered::Refused(_)) => {
                    let authid = knock.details.authid.as_deref().unwrap_or_default();
                    let nobody = User::made_up(authid, &authenticator.usual_role, &self.decoys);
                    challenged(entry, method, knock, &nobody, None)
                }
                Err(Unanswered::Failed(_)) => failed(),
            },
        )
    }

    /// Has the authenticator check the ticket that was asked for.
    pub(super) async fn shown(
        &self,
        entry: &Entry,
        knock: &Knock<'_>,
        proof: &Proof<'_>,
    ) -> Verdict {
        let (Some(authenticator), Some(method @ AuthMethod::Ticket)) =
            (&entry.authenticator, AuthMethod::from_name(proof.method))
        else {
            return failed();
        };
        let ticket = Some(&proof.answer.signature);
        match self.ask(entry, authenticator, knock, method, ticket).await {
            Ok((user, admission)) => Verdict::admit(dynamic(&user, method), admission),
            Err(Unanswered::Refused(_)) => Decision::denied().into(),
            Err(Unanswered::Failed(_)) => failed(),
        }
    }

    /// Asks who the client is and with what such a one is let in. Whatever is not an answer is logged.
    async fn ask(
        &self,
        entry: &Entry,
        authenticator: &Authenticator,
        knock: &Knock<'_>,
        method: AuthMethod,
        ticket: Option<&Secret>,
    ) -> Result<(User, Admission), Unanswered> {
        let answer = authenticator.ask(&self.inside, knock, method, ticket).await;
        let answer = answer.and_then(|user| {
            let admission = admission(entry, &user)?;
            Ok((user, admission))
        });
        match &answer {
            Err(Unanswered::Failed(why)) if self.log.admits() => {
                let realm = knock.realm;
                warn!(
                    "the authenticator of the realm {realm} failed: {}",
                    one_line(why)
                );
            }
            Err(Unanswered::Refused(error)) => {
                debug!(from = %knock.door, error = one_line(error), "the authenticator refused");
            }
            _ => {}
        }
        answer
    }
}

/// With what a user is let in whom the authenticator knows.
fn admission(entry: &Entry, user: &User) -> Result<Admission, Unanswered> {
    let wrong = |what: String| Err(Unanswered::Failed(what));
    if entry.users.get(&user.authid).is_some() {
        return wrong(format!("`{}` is a user of the configuration", user.authid));
    }
    match entry.roles.permissions(&user.role) {
        Some(permissions) => Ok(Admission::known(Arc::clone(permissions))),
        None => wrong(format!("this realm has no role `{}`", user.role)),
    }
}

/// Challenges a client to be `user`, who there is if there is an admission.
fn challenged(
    entry: &Entry,
    method: AuthMethod,
    knock: &Knock<'_>,
    user: &User,
    admission: Option<Admission>,
) -> Verdict {
    let binding = knock.link.binding.as_ref();
    let router = entry.router_key.as_ref();
    let verification = match challenge::of(method, user, knock.details, binding, router) {
        Ok(Some(verification)) => verification,
        Ok(None) => return failed(),
        Err(error) => return Verdict::deny(error.reason(), &error.to_string()),
    };
    let decision = match &admission {
        None => Decision::Decoy(verification),
        Some(_) => Decision::Challenge {
            principal: dynamic(user, method),
            verification,
        },
    };
    Verdict {
        decision,
        admission,
    }
}

fn dynamic(user: &User, method: AuthMethod) -> Principal {
    Principal {
        authprovider: authenticator::PROVIDER.into(),
        ..principal(Arc::clone(&user.authid), &user.role, method.name())
    }
}

fn failed() -> Verdict {
    const REASON: Uri = uris::AUTHENTICATION_FAILED;
    Verdict::deny(REASON, FAILED)
}
