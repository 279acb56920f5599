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

/// Whether the session is still there.
pub(crate) async fn is_there(session: &Session, holder: SessionId) -> bool {
    let asked = session.call("wamp.session.get").args((holder.get(),));
    asked.await.is_ok()
}

/// The sessions that leave from now on.
///
/// # Errors
/// If the router does not let components know.
pub(crate) async fn leaving(session: &Session) -> Result<EventStream, RequestError> {
    let topic = wamp_proto::uris::SESSION_ON_LEAVE;
    session.events(topic).await
}

/// Which session has left.
pub(crate) fn left(event: &Event) -> Option<SessionId> {
    let (id, ..): (u64, Option<String>, Option<String>) = event.args().ok()?;
    SessionId::new(id)
}
