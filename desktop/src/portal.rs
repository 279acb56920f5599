//! Requests to the portal of the desktop, which asks whoever sits there
//! (`org.freedesktop.portal.Request` of xdg-desktop-portal).

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt;
use serde::Serialize;
use tokio::time::timeout;
use zbus::names::OwnedBusName;
use zbus::zvariant::DynamicType;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Proxy, Variant};

/// Its name on the session's bus.
pub const NAME: &str = "org.freedesktop.portal.Desktop";

/// Where everything it offers is.
pub const PATH: &str = "/org/freedesktop/portal/desktop";

/// Options of a request.
pub type Options<'a> = HashMap<&'a str, Variant<'a>>;

/// What a request has come to.
pub type Results = HashMap<String, OwnedVariant>;

#[zbus::proxy(
    interface = "org.freedesktop.portal.Request",
    default_service = "org.freedesktop.portal.Desktop",
    assume_defaults = false
)]
trait Request {
    fn close(&self) -> zbus::Result<()>;
    #[zbus(signal)]
    fn response(&self, response: u32, results: HashMap<String, OwnedVariant>);
}

/// Why a request has come to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// The portal can not be asked.
    #[error("the desktop's portal can not be asked: {0}")]
    Bus(#[from] zbus::Error),
    /// Whoever sits at the desktop does not want it.
    #[error("whoever sits at the screen has not allowed it")]
    Refused,
    /// The desktop has ended it for another reason.
    #[error("the desktop has ended it")]
    Ended,
    /// Nobody has answered in time.
    #[error("nobody at the screen has answered")]
    Silence,
    /// The portal lacks what is asked for.
    #[error("the desktop's portal is too old")]
    TooOld,
    /// The portal does not say what it should.
    #[error("the desktop's portal does not say its {0}")]
    Lacks(&'static str),
}

/// Whether there is a portal, or one would be started for who asks.
pub async fn is_offered(bus: &Connection) -> bool {
    let Ok(proxy) = zbus::fdo::DBusProxy::new(bus).await else {
        return false;
    };
    let has = |names: zbus::fdo::Result<Vec<OwnedBusName>>| {
        names.is_ok_and(|names| names.iter().any(|name| name.as_str() == NAME))
    };
    has(proxy.list_names().await) || has(proxy.list_activatable_names().await)
}

/// One of the portal's interfaces.
///
/// # Errors
/// If the bus does not answer.
pub async fn interface(bus: &Connection, name: &'static str) -> zbus::Result<Proxy<'static>> {
    Proxy::new(bus, NAME, PATH, name).await
}

/// A word that nobody guesses, of which portals make paths.
///
/// # Errors
/// If the system has no randomness.
pub fn token() -> Result<String, PortalError> {
    let mut octets = [0; 8];
    getrandom::fill(&mut octets).map_err(|error| zbus::Error::Failure(error.to_string()))?;
    Ok(format!("deskconn_{:016x}", u64::from_le_bytes(octets)))
}

/// Calls `method` of `interface` with what `arguments` makes of `options`, and waits until the portal has an
/// answer. A question that is still on the screen after `patience` is taken back.
///
/// # Errors
/// [`PortalError`].
pub async fn request<'a, A>(
    interface: &Proxy<'_>,
    method: &'static str,
    mut options: Options<'a>,
    arguments: impl FnOnce(Options<'a>) -> A,
    patience: Duration,
) -> Result<Results, PortalError>
where
    A: Serialize + DynamicType,
{
    let bus = interface.connection();
    let token = token()?;
    let sender = bus
        .unique_name()
        .map(|name| name.as_str().replace('.', "_"));
    let sender = sender.unwrap_or_default();
    let path = format!("{PATH}/request/{}/{token}", sender.trim_start_matches(':'));
    let path = OwnedObjectPath::try_from(path)?;
    let request = RequestProxy::builder(bus).path(path).build().await?;
    // Before it is asked: an answer may come at once.
    let mut responses = request.receive_response().await?;
    options.insert("handle_token", token.into());
    let _path: OwnedObjectPath = interface.call(method, &arguments(options)).await?;
    let Ok(response) = timeout(patience, responses.next()).await else {
        request.close().await.ok();
        return Err(PortalError::Silence);
    };
    let response = response.ok_or(PortalError::Ended)?;
    let response = response.args()?;
    match response.response {
        0 => Ok(response.results),
        1 => Err(PortalError::Refused),
        _ => Err(PortalError::Ended),
    }
}

/// A text among the results.
///
/// # Errors
/// [`PortalError::Lacks`] if there is none of this name.
pub fn text(results: &Results, name: &'static str) -> Result<String, PortalError> {
    let value = results
        .get(name)
        .and_then(|value| <&str>::try_from(value).ok());
    value.map(str::to_owned).ok_or(PortalError::Lacks(name))
}
