//! Connecting to a router, as its client.

use crate::{
    Endpoint, Framing, Link, LinkLimits, OpenError, Opened, Refusal, Subprotocol,
    io::BoxedIo,
    rawsocket,
    sealed::SealKeys,
    tls::{self, Channel, TlsOptions},
    websocket,
};
use std::{io, path::Path, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};
use wamp_proto::Serializer;

/// How a client connects.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The serializers to ask for, in the order of preference.
    pub serializers: Vec<Serializer>,
    /// Asks for batches first, which save frames where many small messages wait, and for single
    /// messages if the router has no batches. Only over WebSocket, and not in sealed links.
    pub batched: bool,
    /// Seals the link. Without it messages travel in the open, and none are sent in the open with
    /// it.
    pub seal: Option<SealKeys>,
    /// How TLS is spoken with an endpoint that speaks it.
    pub tls: TlsOptions,
    /// The bounds of the link. On a Unix socket there is no keepalive: the kernel knows.
    pub limits: LinkLimits,
    /// How long finding and reaching the host may take, over all its addresses. The handshakes
    /// after it have [`LinkLimits::open_timeout`] each.
    pub connect_timeout: Duration,
}

impl Default for ConnectOptions {
    /// Every serializer, unbatched, in the open, with the default limits, reached within ten seconds.
    fn default() -> Self {
        Self {
            serializers: Serializer::ALL.to_vec(),
            batched: false,
            seal: None,
            tls: TlsOptions::default(),
            limits: LinkLimits::default(),
            connect_timeout: Duration::from_secs(10),
        }
    }
}

impl ConnectOptions {
    /// What to ask the router at `endpoint` for, in the order of preference.
    fn offered(&self, endpoint: &Endpoint) -> Vec<Subprotocol> {
        let framings: &[Framing] = if self.seal.is_some() {
            &[Framing::Sealed]
        } else if self.batched && endpoint.is_websocket() {
            &[Framing::Batched, Framing::Plain]
        } else {
            &[Framing::Plain]
        };
        let serializers = || self.serializers.iter().copied();
        framings
            .iter()
            .flat_map(|&framing| {
                serializers().map(move |serializer| Subprotocol {
                    serializer,
                    framing,
                })
            })
            .collect()
    }
}

/// Why a router was not reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The host has no address.
    #[error("{host} was not found")]
    NotFound {
        /// The name that was looked up.
        host: String,
        /// What the resolver said, if it said anything.
        source: Option<io::Error>,
    },
    /// Nothing could be connected to.
    #[error("{address} can not be reached")]
    Unreachable {
        /// The address or the socket.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The host did not answer.
    #[error("{address} did not answer within {} s", .after.as_secs())]
    Timeout {
        /// The address or the name that was tried last.
        address: String,
        /// How long it was tried.
        after: Duration,
    },
    /// Something answered, but no link came of it.
    #[error("no link to {address}")]
    Open {
        /// The endpoint.
        address: String,
        /// What went wrong.
        source: OpenError,
    },
}

impl ConnectError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound { .. } => Some("check the name, or use the address instead"),
            Self::Unreachable { source, .. } => match source.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    Some("is the router running, and is this where it listens?")
                }
                io::ErrorKind::PermissionDenied => {
                    Some("the socket belongs to another user: run this as that user")
                }
                _ => Some("are both machines on the same network?"),
            },
            Self::Timeout { .. } => {
                Some("are both machines awake and on the same network, and is the port open?")
            }
            Self::Open { source, .. } => match source {
                OpenError::Tls(error) => tls::hint(error),
                OpenError::Seal(_) => Some("is this the router that was paired with?"),
                OpenError::Link(_) => Some("the router may not know this device: pair again"),
                OpenError::Refused(Refusal::Serializer) | OpenError::NotUpgraded(400) => {
                    Some("the router takes none of the serializers, or no sealed links here")
                }
                OpenError::NotUpgraded(404) => Some("check the path"),
                OpenError::NotUpgraded(403) => Some("check the host name, or use the address"),
                OpenError::NotRawSocket => Some("is the port a router's?"),
                _ => None,
            },
        }
    }
}

/// Connects to a router and opens a link.
///
/// # Errors
/// With the address that was tried, and [`ConnectError::hint`] on what to do about it.
pub async fn connect(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Link, ConnectError> {
    let offered = options.offered(endpoint);
    let mut limits = options.limits;
    if endpoint.is_local() {
        limits.keepalive = None;
    }
    let opened = if endpoint.is_websocket() {
        open_websocket(endpoint, &offered, limits, options).await?
    } else {
        open_rawsocket(endpoint, &offered, limits, options).await?
    };
    let link = match (opened, &options.seal) {
        (Ok(Opened::Plain(link)), None) => Ok(link),
        (Ok(Opened::Sealed(sealing)), Some(keys)) => sealing.initiate(keys).await,
        (Ok(_), _) => Err(OpenError::OtherSubprotocol),
        (Err(error), _) => Err(error),
    };
    link.map_err(|source| ConnectError::Open {
        address: endpoint.to_string(),
        source,
    })
}

async fn open_websocket(
    endpoint: &Endpoint,
    offered: &[Subprotocol],
    limits: LinkLimits,
    options: &ConnectOptions,
) -> Result<Result<Opened, OpenError>, ConnectError> {
    let (authority, path) = (endpoint.http_authority(), endpoint.http_path());
    let peer = endpoint.to_string();
    let (stream, channel) = reach(endpoint, options).await?;
    let opened = websocket::connect(stream, &authority, path, offered, peer, limits).await;
    Ok(opened.map(|opened| over(opened, channel)))
}

/// Asks for one serializer after the other, each on a connection of its own, since a RawSocket
/// client can ask for one only.
async fn open_rawsocket(
    endpoint: &Endpoint,
    offered: &[Subprotocol],
    limits: LinkLimits,
    options: &ConnectOptions,
) -> Result<Result<Opened, OpenError>, ConnectError> {
    let mut opened = Err(OpenError::Refused(Refusal::Serializer));
    for &subprotocol in offered {
        let (stream, channel) = reach(endpoint, options).await?;
        let peer = endpoint.to_string();
        opened = rawsocket::connect(stream, subprotocol, peer, limits)
            .await
            .map(|opened| over(opened, channel));
        if !matches!(opened, Err(OpenError::Refused(Refusal::Serializer))) {
            break;
        }
    }
    Ok(opened)
}

fn over(opened: Opened, channel: Option<Channel>) -> Opened {
    match channel {
        Some(channel) => opened.over_tls(channel),
        None => opened,
    }
}

/// A stream to the endpoint, and what TLS says of it where the endpoint speaks it.
async fn reach(
    endpoint: &Endpoint,
    options: &ConnectOptions,
) -> Result<(BoxedIo, Option<Channel>), ConnectError> {
    let stream = match endpoint {
        Endpoint::WebSocket { host, port, .. }
        | Endpoint::SecureWebSocket { host, port, .. }
        | Endpoint::RawSocket { host, port }
        | Endpoint::SecureRawSocket { host, port } => {
            reach_tcp(host, *port, options.connect_timeout).await?
        }
        Endpoint::UnixWebSocket { socket } | Endpoint::UnixRawSocket { socket } => {
            reach_unix(socket).await?
        }
    };
    let Some(name) = endpoint.tls_name() else {
        return Ok((stream, None));
    };
    let limit = options.limits.open_timeout;
    // Boxed, because its buffers would stand in the future of everybody who connects.
    match Box::pin(tls::connect(stream, name, &options.tls, limit)).await {
        Ok((stream, channel)) => Ok((Box::new(stream), Some(channel))),
        Err(source) => Err(ConnectError::Open {
            address: endpoint.to_string(),
            source,
        }),
    }
}

/// Tries the addresses of `host` one after the other; each has its share of the time left.
async fn reach_tcp(host: &str, port: u16, limit: Duration) -> Result<BoxedIo, ConnectError> {
    let deadline = Instant::now() + limit;
    let not_found = |source| ConnectError::NotFound {
        host: host.to_owned(),
        source,
    };
    let timeout = |address| ConnectError::Timeout {
        address,
        after: limit,
    };
    let addresses: Vec<_> = timeout_at(deadline, lookup_host((host, port)))
        .await
        .map_err(|_| timeout(host.to_owned()))?
        .map_err(|error| not_found(Some(error)))?
        .collect();
    let mut failure = not_found(None);
    for (index, address) in addresses.iter().enumerate() {
        let now = Instant::now();
        let share = (deadline - now) / (addresses.len() - index) as u32;
        match timeout_at(now + share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // A refused option is no reason to give up: the link would only be slower.
                drop(stream.set_nodelay(true));
                return Ok(Box::new(stream));
            }
            Ok(Err(source)) => {
                let address = address.to_string();
                failure = ConnectError::Unreachable { address, source };
            }
            Err(_) => failure = timeout(address.to_string()),
        }
    }
    Err(failure)
}

#[cfg(unix)]
async fn reach_unix(socket: &Path) -> Result<BoxedIo, ConnectError> {
    match tokio::net::UnixStream::connect(socket).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(source) => Err(ConnectError::Unreachable {
            address: socket.display().to_string(),
            source,
        }),
    }
}

#[cfg(not(unix))]
async fn reach_unix(socket: &Path) -> Result<BoxedIo, ConnectError> {
    Err(ConnectError::Unreachable {
        address: socket.display().to_string(),
        source: io::ErrorKind::Unsupported.into(),
    })
}
