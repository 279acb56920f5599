//! The network door: one TCP port for HTTP, WebSocket and RawSocket, and all of these in TLS.

use super::gate::TurnedAway;
use super::{Arrived, FIRST_OCTET, Gate, ListenError, OUT_OF_HANDLES, Site, Strangers, tls};
use crate::router::Door;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use wamp_transport::{Sniffed, sniff};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 128;

/// How long a peer may acknowledge nothing, or take nothing, of what is sent to it, in milliseconds:
/// as long as one that is asked may be silent. Links ask only while they are read, and one whose peer
/// does not take what waits for it is not.
const UNTAKEN: u32 = 40_000;

/// A bound TCP listener.
#[derive(Debug)]
pub(crate) struct TcpDoor {
    listener: TcpListener,
    address: SocketAddr,
}

/// Listens on `address`. `[::]` takes IPv4 as well, and on a machine without IPv6 means `0.0.0.0`.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpDoor, ListenError> {
    let failed = |source| ListenError::Tcp { address, source };
    let listener = match listen(address) {
        Err(error) if address.ip().is_unspecified() && address.is_ipv6() && lacks_ipv6(&error) => {
            listen((Ipv4Addr::UNSPECIFIED, address.port()).into())
        }
        listener => listener,
    };
    let listener = listener.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(TcpDoor { listener, address })
}

impl TcpDoor {
    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections until `shutdown`. Gives the door back, still bound: connections that come
    /// meanwhile wait.
    pub(crate) async fn run(
        self,
        site: Arc<Site>,
        gate: Gate,
        strangers: Strangers,
        shutdown: CancellationToken,
    ) -> Self {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = shutdown.cancelled() => return self,
            };
            match accepted {
                Ok((stream, peer)) => admit(stream, peer, &site, &gate, &strangers),
                Err(error) => {
                    // The connection that failed is gone; what the system lacks may come back.
                    warn!(%error, "could not accept a connection");
                    tokio::time::sleep(OUT_OF_HANDLES).await;
                }
            }
        }
    }
}

/// Starts serving a connection, if there is a place for it.
fn admit(
    stream: TcpStream,
    peer: SocketAddr,
    site: &Arc<Site>,
    gate: &Gate,
    strangers: &Strangers,
) {
    let address = peer.ip().to_canonical();
    let places = gate.enter().ok_or(TurnedAway::TooMany);
    let places = places.and_then(|place| Ok((place, strangers.enter(address)?)));
    let counters = &site.router.doors;
    let (connection, stranger) = match places {
        Ok(places) => places,
        Err(turned_away) => {
            counters.connections_refused.count(turned_away.name());
            return debug!(from = %address, reason = turned_away.name(), "a connection was closed");
        }
    };
    counters.connections.one();
    let site = Arc::clone(site);
    gate.tasks.spawn(async move {
        match Box::pin(open(stream, Door::Network(address), &site, stranger)).await {
            Ok(Some(arrived)) => site.link(arrived).await,
            Ok(None) => {}
            Err(error) => debug!(from = %address, %error, "a connection failed"),
        }
        drop(connection);
    });
}

/// Finds out what the client speaks and opens that.
async fn open<T: Send + 'static>(
    stream: TcpStream,
    door: Door,
    site: &Arc<Site>,
    stranger: T,
) -> io::Result<Option<Arrived>> {
    let site = Arc::clone(site);
    prepare(&stream)?;
    let mut first = [0];
    let look = tokio::time::timeout(FIRST_OCTET, stream.peek(&mut first));
    let Some(seen) = site.unless_shut_down(look).await else {
        return Ok(None);
    };
    let seen = seen??;
    Ok(match (sniff(&first[..seen]), &site.tls) {
        (Sniffed::Tls, Some(tls)) => {
            let tls = Arc::clone(tls);
            // What TLS needs room for, plain connections do not keep.
            return Box::pin(tls::open(stream, &tls, door, site, stranger)).await;
        }
        // Nothing at all is nothing to serve.
        (Sniffed::Tls, None) | (Sniffed::NeedMore, _) => None,
        (_, Some(tls)) if !tls.plain => {
            debug!(from = %door, "a client did not speak TLS");
            None
        }
        (Sniffed::RawSocket, _) => site.rawsocket(stream, door, None, stranger).await,
        (Sniffed::Http, _) => site.http(stream, door, None, stranger).await,
    })
}

/// Sets what every connection has in common.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(stream, UNTAKEN)?;
    Ok(())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // A daemon that restarts finds its port free although old connections linger.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn lacks_ipv6(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let lacks = [Errno::AFNOSUPPORT, Errno::ADDRNOTAVAIL].map(Errno::raw_os_error);
    error
        .raw_os_error()
        .is_some_and(|code| lacks.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_occupied_port_is_named_with_what_to_do() {
        let taken = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let error = bind(taken.address()).unwrap_err();
        let port = taken.address().port();
        assert!(
            error.to_string().contains(&format!("127.0.0.1:{port}")),
            "{error}"
        );
        assert!(
            error.hint().contains(&format!("sport = :{port}")),
            "{}",
            error.hint()
        );
    }

    #[tokio::test]
    async fn the_kernel_gives_up_a_peer_that_takes_nothing_as_a_silent_one_is() {
        let door = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let _client = TcpStream::connect(door.address()).await.unwrap();
        let (stream, _) = door.listener.accept().await.unwrap();
        prepare(&stream).unwrap();
        let given = rustix::net::sockopt::tcp_user_timeout(&stream).unwrap();
        let silence = wamp_transport::Keepalive::default().ping_timeout;
        assert_eq!(u128::from(given), silence.as_millis());
    }

    #[tokio::test]
    async fn every_address_means_ipv4_too() {
        let door = bind("[::]:0".parse().unwrap()).unwrap();
        let port = door.address().port();
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    }
}
