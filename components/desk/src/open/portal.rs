//! The desktop's own way to open an address: the portal `org.freedesktop.portal.OpenURI`.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deskconn_protocol::api::open::Opening;
use futures_util::StreamExt;
use tokio::time::timeout;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream, OwnedVariant, Variant};

use super::address::Address;

/// Its name on the session bus.
pub(super) const NAME: &str = "org.freedesktop.portal.Desktop";

const PATH: &str = "/org/freedesktop/portal/desktop";

const INTERFACE: &str = "org.freedesktop.portal.OpenURI";

/// How long it has to say what came of it. It may be asking somebody which program to use.
const PATIENCE: Duration = Duration::from_secs(5);

/// The number of the next request, which its path is made of.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What the portal makes of a request (`org.freedesktop.portal.Request::Response`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It does it, or is about to.
    Yes(Opening),
    /// Somebody at the desk does not want it.
    Declined,
    /// It can not.
    No,
}

/// Asks the portal to open `address`, and waits a little for what comes of it.
///
/// # Errors
/// If there is no portal, or it does not know how to open addresses.
pub(super) async fn open(bus: &Connection, address: &Address) -> zbus::Result<Answer> {
    let token = format!("deskconn{}", NEXT.fetch_add(1, Ordering::Relaxed));
    // Before it is asked: the answer may come before the path.
    let mut answers = answers(bus, &token).await?;
    let options = HashMap::from([("handle_token", Variant::from(token.as_str()))]);
    let arguments = ("", address.as_str(), options);
    let asked = bus.call_method(Some(NAME), PATH, Some(INTERFACE), "OpenURI", &arguments);
    match asked.await {
        Ok(_) => {}
        // It was asked, and nobody else is to open it a second time.
        Err(error) if is_timeout(&error) => return Ok(Answer::Yes(Opening::Requested)),
        Err(error) => return Err(error),
    }
    let Ok(Some(answer)) = timeout(PATIENCE, answers.next()).await else {
        return Ok(Answer::Yes(Opening::Requested));
    };
    let (response, _): (u32, HashMap<String, OwnedVariant>) = answer?.body().deserialize()?;
    Ok(match response {
        0 => Answer::Yes(Opening::Opened),
        1 => Answer::Declined,
        _ => Answer::No,
    })
}

fn is_timeout(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::InputOutput(error) if error.kind() == ErrorKind::TimedOut)
}

/// What is said about the request with this token, whose path is made of it and of our name.
async fn answers(bus: &Connection, token: &str) -> zbus::Result<MessageStream> {
    let name = bus.unique_name().map(ToString::to_string);
    let name = name.unwrap_or_default().replace([':', '.'], "_");
    let name = name.trim_start_matches('_');
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)
        .path(format!("{PATH}/request/{name}/{token}"))
        .interface("org.freedesktop.portal.Request")
        .member("Response")
        .build()?;
    MessageStream::for_match_rule(rule, bus, None).await
}
