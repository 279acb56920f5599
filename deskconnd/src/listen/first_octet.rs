//! What a connection speaks, told by its first octet, and opening that.

use super::{Arrived, FIRST_OCTET, Site};
use crate::router::Door;
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use wamp_transport::io::{Io, Prefixed};
use wamp_transport::tls::Channel;
use wamp_transport::{Sniffed, sniff};

/// Waits for the first octet of `stream` and gives the stream back whole; `None` when the daemon shuts
/// down before it comes.
///
/// # Errors
/// If the stream fails, or nothing comes in time.
pub(super) async fn look<S: Io>(
    mut stream: S,
    site: &Site,
) -> io::Result<Option<(Sniffed, Prefixed<S>)>> {
    let mut first = [0];
    let look = tokio::time::timeout(FIRST_OCTET, stream.read(&mut first));
    let Some(seen) = site.unless_shut_down(look).await else {
        return Ok(None);
    };
    let first = first.get(..seen??).unwrap_or_default();
    let stream = Prefixed::new(Bytes::copy_from_slice(first), stream);
    Ok(Some((sniff(first), stream)))
}

/// Opens what a stream speaks that is no TLS any more, or never was; in `channel` if it is inside TLS.
///
/// # Errors
/// As [`look`].
pub(super) async fn open<S: Io + 'static, T: Send + 'static>(
    stream: S,
    door: Door,
    site: Arc<Site>,
    channel: Option<Channel>,
    stranger: T,
) -> io::Result<Option<Arrived>> {
    Ok(match look(stream, &site).await? {
        Some((Sniffed::RawSocket, stream)) => site.rawsocket(stream, door, channel, stranger).await,
        Some((Sniffed::Http, stream)) => site.http(stream, door, channel, stranger).await,
        Some((Sniffed::Tls | Sniffed::NeedMore, _)) | None => None,
    })
}
