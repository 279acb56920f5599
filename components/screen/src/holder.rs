//! Who calls, for what ends with their session.

use deskconn_component::failure;
use deskconn_protocol::uris;
use wamp_client::{Event, EventStream, Invocation, InvocationError, RequestError, Session};
use wamp_proto::SessionId;

/// The session that calls.
///
/// # Errors
/// If the router does not disclose it; what it took could never be given back.
pub(crate) fn of(call: &Invocation) -> Result<SessionId, InvocationError> {
    call.caller().ok_or_else(|| {
        let hint = "the router has to disclose callers to components";
        failure(uris::ERROR_FAILED, "it is not known who calls", hint)
    })
}

/// The sessions that leave from now on.
///
/// # Errors
/// If the router does not let components know.
pub(crate) async fn leaving(session: &Session) -> Result<EventStream, RequestError> {
    let topic = wamp_proto::uris::SESSION_ON_LEAVE;
    session.events(topic).await
}

/// Something that sessions have leases on.
pub(crate) trait Holding {
    /// A session has left: what it had ends.
    fn left(&self, session: SessionId) -> impl Future<Output = ()> + Send;

    /// The sessions that have something.
    fn holders(&self) -> impl Future<Output = Vec<SessionId>> + Send;
}

/// Ends what `by` has if it has left already: who left before it was noted down will not leave again.
pub(crate) async fn check(session: &Session, holding: &impl Holding, by: SessionId) {
    if !is_there(session, by).await {
        holding.left(by).await;
    }
}

/// Ends what sessions have when they leave, until there are no more events.
pub(crate) async fn watch(session: &Session, mut leaving: EventStream, holding: &impl Holding) {
    while let Some(event) = leaving.next().await {
        if let Some(who) = left(&event) {
            holding.left(who).await;
        }
        // More have left than there was room to say.
        if event.missed() > 0 {
            for holder in holding.holders().await {
                check(session, holding, holder).await;
            }
        }
    }
}

/// Whether the session is still there.
async fn is_there(session: &Session, holder: SessionId) -> bool {
    let asked = session.call("wamp.session.get").args((holder.get(),));
    asked.await.is_ok()
}

/// Which session has left.
fn left(event: &Event) -> Option<SessionId> {
    let (id, ..): (u64, Option<String>, Option<String>) = event.args().ok()?;
    SessionId::new(id)
}
