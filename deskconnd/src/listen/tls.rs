//! TLS on the network door: the handshake, and then the same protocols inside it.

use super::{Arrived, FIRST_OCTET, Site};
use crate::router::Door;
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tracing::debug;
use wamp_transport::io::Prefixed;
use wamp_transport::tls::Acceptor;
use wamp_transport::{LinkLimits, Sniffed, sniff};

/// What a door that speaks TLS does.
#[derive(Debug)]
pub(crate) struct Tls {
    /// Answers handshakes.
    pub(crate) acceptor: Acceptor,
    /// Whether connections without TLS are served too.
    pub(crate) plain: bool,
}

/// Shakes hands with a client whose first octet is TLS's, finds out what it speaks inside, and opens
/// that.
pub(super) async fn open<T: Send + 'static>(
    stream: TcpStream,
    tls: &Tls,
    door: Door,
    site: Arc<Site>,
    stranger: T,
) -> io::Result<Option<Arrived>> {
    let limit = LinkLimits::default().open_timeout;
    let shaking_hands = tls.acceptor.accept(stream, limit);
    let (mut stream, channel) = match site.unless_shut_down(shaking_hands).await {
        Some(Ok(accepted)) => accepted,
        Some(Err(error)) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            debug!(from = %door, %error, cause, "no TLS was agreed on");
            return Ok(None);
        }
        None => return Ok(None),
    };
    let mut first = [0];
    let look = tokio::time::timeout(FIRST_OCTET, stream.read(&mut first));
    let Some(seen) = site.unless_shut_down(look).await else {
        return Ok(None);
    };
    let first = first.get(..seen??).unwrap_or_default();
    let stream = Prefixed::new(Bytes::copy_from_slice(first), stream);
    Ok(match sniff(first) {
        Sniffed::RawSocket => site.rawsocket(stream, door, Some(channel), stranger).await,
        Sniffed::Http => site.http(stream, door, Some(channel), stranger).await,
        Sniffed::Tls | Sniffed::NeedMore => None,
    })
}
