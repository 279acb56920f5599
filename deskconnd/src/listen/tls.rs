//! TLS on the network door: the handshake, and then the same protocols inside it.

use super::{Arrived, Site, first_octet};
use crate::router::Door;
use std::io;
use std::sync::Arc;
use tracing::debug;
use wamp_transport::LinkLimits;
use wamp_transport::io::Io;
use wamp_transport::tls::Acceptor;

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
pub(super) async fn open<S: Io + 'static, T: Send + 'static>(
    stream: S,
    tls: &Tls,
    door: Door,
    site: Arc<Site>,
    stranger: T,
) -> io::Result<Option<Arrived>> {
    let limit = LinkLimits::default().open_timeout;
    let shaking_hands = tls.acceptor.accept(stream, limit);
    let (stream, channel) = match site.unless_shut_down(shaking_hands).await {
        Some(Ok(accepted)) => accepted,
        Some(Err(error)) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            debug!(from = %door, %error, cause, "no TLS was agreed on");
            return Ok(None);
        }
        None => return Ok(None),
    };
    first_octet::open(stream, door, site, Some(channel), stranger).await
}
