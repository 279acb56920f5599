//! WAMP over WebSocket (RFC 6455; spec, "WebSocket Transport").

mod buffered;
mod incoming;
mod wire;

use crate::{
    Framing, LinkLimits, OpenError, Opened, Subprotocol, TransportKind,
    io::{Io, Tracked},
    sealed,
};
use buffered::Buffered;
use bytes::Bytes;
use incoming::Incoming;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        self,
        client::{ClientRequestBuilder, IntoClientRequest},
        handshake::client::Response,
        http::Uri,
        protocol::Role,
    },
};
pub(crate) use wire::WebSocket;

/// Opens what a client asked for by an HTTP upgrade that has been answered with 101.
///
/// `stream` is the upgraded connection and `leftover` what was read from it beyond the request;
/// `subprotocol` is what [`crate::negotiate`] chose; `peer` is the client's address, for people.
pub async fn accept(
    stream: impl Io + 'static,
    leftover: Bytes,
    subprotocol: Subprotocol,
    peer: String,
    limits: LinkLimits,
) -> Opened {
    let config = wire::config(longest_message(subprotocol, &limits), Role::Server);
    // A copy: the buffer that HTTP read into may be large, and would stay.
    let incoming = Incoming::of_server(&leftover);
    let io = Buffered::new(Tracked::new(Box::new(stream)), incoming);
    let stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    open(stream, Role::Server, subprotocol, peer, limits)
}

/// Asks a server to upgrade `path`, offering `subprotocols` in the order of preference, and opens
/// the one it chooses.
///
/// `authority` is what the `Host` header says, `host:port`; `peer` is the server's address, for
/// people. Takes no longer than [`LinkLimits::open_timeout`].
///
/// # Errors
/// If the server answers anything but an upgrade to one of `subprotocols`, or the stream failed.
pub async fn connect(
    stream: impl Io + 'static,
    authority: &str,
    path: &str,
    subprotocols: &[Subprotocol],
    peer: String,
    limits: LinkLimits,
) -> Result<Opened, OpenError> {
    let uri = Uri::builder()
        .scheme("ws")
        .authority(authority)
        .path_and_query(path)
        .build()
        .map_err(|error| OpenError::WebSocket(error.to_string()))?;
    let request = subprotocols
        .iter()
        .fold(ClientRequestBuilder::new(uri), |request, subprotocol| {
            request.with_sub_protocol(subprotocol.name())
        })
        .into_client_request()
        .map_err(upgrade_error)?;
    // What will be chosen is not known yet, so the most that any of them allows.
    let longest = subprotocols
        .iter()
        .map(|&subprotocol| longest_message(subprotocol, &limits));
    let config = wire::config(longest.max().unwrap_or_default(), Role::Client);
    let io = Buffered::new(Tracked::new(Box::new(stream)), Incoming::of_client());
    // Boxed, because its buffers would stand in the future of everybody who connects.
    let upgrade = Box::pin(client_async_with_config(request, io, Some(config)));
    let (stream, response) = OpenError::within(limits.open_timeout, async {
        upgrade.await.map_err(upgrade_error)
    })
    .await?;
    let chosen = chosen(&response)
        .filter(|chosen| subprotocols.contains(chosen))
        .ok_or(OpenError::OtherSubprotocol)?;
    Ok(open(stream, Role::Client, chosen, peer, limits))
}

fn chosen(response: &Response) -> Option<Subprotocol> {
    let name = response.headers().get("sec-websocket-protocol")?;
    Subprotocol::from_name(name.to_str().ok()?)
}

fn upgrade_error(error: tungstenite::Error) -> OpenError {
    match error {
        tungstenite::Error::Io(error) => OpenError::Io(error),
        tungstenite::Error::Http(response) => OpenError::NotUpgraded(response.status().as_u16()),
        other => OpenError::WebSocket(other.to_string()),
    }
}

/// The longest WebSocket message that is taken, in octets.
const fn longest_message(subprotocol: Subprotocol, limits: &LinkLimits) -> usize {
    match subprotocol.framing {
        Framing::Plain | Framing::Batched => limits.max_message,
        Framing::Sealed => sealed::MAX_FRAME,
    }
}

fn open(
    stream: WebSocketStream<Buffered>,
    role: Role,
    subprotocol: Subprotocol,
    peer: String,
    limits: LinkLimits,
) -> Opened {
    let wire = WebSocket::new(stream, role, subprotocol);
    Opened::new(
        wire.into(),
        TransportKind::WebSocket,
        subprotocol,
        peer,
        limits,
    )
}
