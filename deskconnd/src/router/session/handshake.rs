//! The beginning of a session: from HELLO to a place in the realm, or to an ABORT.

use super::{FAREWELL, Session};
use crate::journal::one_line;
use crate::router::authority::{Admission, Arrival, Door, Knock, Proof, Unwelcome};
use crate::router::{Router, SharedRealm};
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use tracing::info;
use wamp_proto::error::Violation;
use wamp_proto::handshake::RouterHandshake;
use wamp_proto::handshake::router::{Step, abort_message, abort_with};
use wamp_proto::{Message, Uri, uris};
use wamp_router::Joining;
use wamp_transport::{Link, LinkError};

/// A client that was turned away, and the ABORT that tells it.
pub(super) struct Refused(pub(super) Box<Message>);

impl Refused {
    pub(super) fn because(reason: Uri, message: &str) -> Self {
        Self(Box::new(abort_with(reason, message)))
    }
}

/// Tells the client why it may not enter, if it still listens, and closes the link.
pub(super) async fn turn_away(router: &Router, mut link: Link, door: &Door, abort: Message) {
    if let Message::Abort(abort) = &abort {
        router.doors.joins_refused.count(&abort.reason);
    }
    if let Message::Abort(abort) = &abort
        && (!matches!(door, Door::Network(_)) || router.stranger_log.admits())
    {
        let why = one_line(&abort.details.message.as_deref().unwrap_or_default());
        info!(from = %door, reason = %abort.reason, "refused: {why}");
        router.authority.refused(door, &abort.reason);
    }
    let farewell = async {
        link.send(abort.into()).await?;
        link.close().await
    };
    // A client that does not wait for its refusal has not missed anything.
    drop(tokio::time::timeout(FAREWELL, farewell).await);
}

/// Goes through the handshake until the client has joined a realm.
pub(super) async fn shake_hands(
    router: &Router,
    link: &mut Link,
    arrival: &Arrival,
) -> Result<Session, Refused> {
    let mut handshake = RouterHandshake::new();
    let mut admission = None;
    loop {
        let mut step = handshake.receive(next_message(link).await?);
        if let Some(knock) = knock(&step, arrival, link) {
            let verdict = router.authority.decide(knock).await;
            admission = verdict.admission;
            step = handshake.decide(verdict.decision);
        }
        match (step, admission.take()) {
            (Step::Send(message), granted) => {
                admission = granted;
                link.send(message.into())
                    .await
                    .map_err(|error| Refused::because(uris::NETWORK_FAILURE, &error.to_string()))?;
            }
            (
                Step::Join {
                    realm,
                    details,
                    principal,
                },
                Some(admission),
            ) => {
                let Some(realm) = router.realm(&realm) else {
                    return Err(Refused::because(
                        uris::NO_SUCH_REALM,
                        "there is no such realm",
                    ));
                };
                let joining = Joining {
                    roles: details.roles.unwrap_or_default(),
                    principal,
                    permissions: Arc::clone(&admission.permissions),
                    trustlevel: None,
                    peer: arrival.door.to_string(),
                };
                return enter(router, realm, joining, &admission);
            }
            (Step::Abort(message), _) => return Err(Refused(Box::new(message))),
            (Step::Decide { .. } | Step::Verify { .. } | Step::Join { .. }, _) => {
                unreachable!("a decision was just made, and only an admission joins")
            }
        }
    }
}

/// The client's next message, or what it is told for want of one.
async fn next_message(link: &mut Link) -> Result<Message, Refused> {
    match link.next().await {
        Some(Ok(message)) => Ok(message),
        Some(Err(LinkError::Decode(error))) => {
            Err(Refused(Box::new(abort_message(&Violation::Decode(error)))))
        }
        Some(Err(error)) => Err(Refused::because(
            uris::PROTOCOL_VIOLATION,
            &error.to_string(),
        )),
        None => Err(Refused::because(uris::GOODBYE_AND_OUT, "the client left")),
    }
}

/// What the authority is to be asked, if this step asks it.
fn knock<'a>(step: &'a Step, arrival: &'a Arrival, link: &'a Link) -> Option<Knock<'a>> {
    let (realm, details, proof) = match step {
        Step::Decide { realm, details } => (realm, details, None),
        Step::Verify {
            realm,
            details,
            method,
            proof: answer,
        } => (realm, details, Some(Proof { method, answer })),
        _ => return None,
    };
    Some(Knock {
        door: &arrival.door,
        cookie: arrival.cookie.as_ref(),
        browser: arrival.browser,
        link: link.info(),
        realm,
        details,
        proof,
    })
}

/// Lets a client into its realm, unless the authority has changed its mind since.
pub(super) fn enter(
    router: &Router,
    realm: Arc<SharedRealm>,
    joining: Joining,
    admission: &Admission,
) -> Result<Session, Refused> {
    let principal = joining.principal.clone();
    let outbox = realm.outbox();
    let key = realm
        .join(joining, &outbox)
        .map_err(|full| Refused::because(uris::LIMIT_EXCEEDED, &full.to_string()))?;
    if let Err(Unwelcome { reason, message }) = router.joined(realm.name(), &principal, admission) {
        realm.leave(key);
        return Err(Refused::because(reason, message));
    }
    Ok(Session {
        realm,
        key,
        outbox,
        authid: principal.authid,
        authrole: principal.authrole,
        stay: admission.stay,
        cookie: admission.cookie.clone(),
        pace: admission.pace,
    })
}
