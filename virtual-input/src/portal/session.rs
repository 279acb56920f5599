//! A session of the portal: what is wanted, the question, and the socket to the compositor.

use std::time::Duration;

use deskconn_desktop::Buses;
use deskconn_desktop::portal::{self, Options, PortalError, interface, request, text};
use zbus::{OwnedFd, OwnedObjectPath, Proxy};
use zeroize::Zeroizing;

use super::hands::Hands;
use super::token::Token;
use crate::Wanted;

const REMOTE_DESKTOP: &str = "org.freedesktop.portal.RemoteDesktop";

/// The first version that hands out sockets.
const VERSION: u32 = 2;

/// Kinds of devices, as bits.
const KEYBOARD: u32 = 1;
const POINTER: u32 = 2;

/// What was allowed stays so until it is taken back.
const FOR_GOOD: u32 = 2;

/// For what needs no answer of a person.
const SHORTLY: Duration = Duration::from_secs(10);

/// For a person to answer.
const QUESTION: Duration = Duration::from_secs(300);

/// Opens a session for the `wanted` devices. With the `token` of an earlier one nobody is asked; the next one's
/// is kept.
pub(super) async fn open(
    wanted: Wanted,
    token: Option<Zeroizing<String>>,
    keep: Token,
) -> Result<Hands, PortalError> {
    // The session ends with this connection, which ends with the devices.
    let buses = Buses::default();
    let bus = buses.session().await?;
    let desktop = interface(&bus, REMOTE_DESKTOP).await?;
    if desktop.get_property::<u32>("version").await? < VERSION {
        return Err(PortalError::TooOld);
    }
    let session = create(&desktop).await?;
    let types = match wanted.pointer {
        Some(_) => KEYBOARD | POINTER,
        None => KEYBOARD,
    };
    let mut options = Options::from([("types", types.into()), ("persist_mode", FOR_GOOD.into())]);
    if let Some(token) = &token {
        options.insert("restore_token", token.as_str().into());
    }
    let arguments = |options| (session.clone(), options);
    request(&desktop, "SelectDevices", options, arguments, SHORTLY).await?;
    let arguments = |options| (session.clone(), "", options);
    let started = request(&desktop, "Start", Options::new(), arguments, QUESTION).await;
    if token.is_some() && started.is_err() {
        // One that is not taken would not be taken the next time either.
        keep.keep(String::new()).await;
    }
    keep.keep(text(&started?, "restore_token").unwrap_or_default())
        .await;
    let socket: OwnedFd = desktop
        .call("ConnectToEIS", &(session, Options::new()))
        .await?;
    let hands = Hands::on(socket.into(), wanted, buses).await;
    hands.map_err(|error| zbus::Error::Failure(error.to_string()).into())
}

/// A session in which nothing is asked for yet.
async fn create(desktop: &Proxy<'_>) -> Result<OwnedObjectPath, PortalError> {
    let options = Options::from([("session_handle_token", portal::token()?.into())]);
    let arguments = |options| (options,);
    let created = request(desktop, "CreateSession", options, arguments, SHORTLY).await?;
    let handle = text(&created, "session_handle")?;
    Ok(OwnedObjectPath::try_from(handle)?)
}
