//! Opens our own multicast DNS engine, for the responder and for the browser.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use mdns_sd::{IfKind, ServiceDaemon};
use rustix::net::{AddressFamily, SocketType, bind, socket, sockopt};
use tokio::time::timeout;

use crate::record::SERVICE_TYPE;

/// The domain that multicast DNS serves (RFC 6762 section 3).
pub(crate) const DOMAIN: &str = "local.";

/// How long a farewell may take: it is one packet per interface.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why multicast DNS can not be spoken on this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MdnsError {
    /// Another program keeps UDP port 5353 to itself, or we may not open it.
    #[error("can not open UDP port 5353 for multicast DNS")]
    PortTaken(#[source] io::Error),
    /// The multicast DNS engine did not start or has ended.
    #[error("multicast DNS does not run")]
    Engine(#[from] mdns_sd::Error),
}

impl MdnsError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::PortTaken(_) => {
                "allow other programs to share the port (avahi-daemon.conf: disallow-other-stacks=no), or connect by address or QR code"
            }
            Self::Engine(_) => "connect by address or QR code",
        }
    }
}

/// `_deskconn._tcp.local.`, as the engine wants it.
pub(crate) fn service_domain() -> String {
    format!("{SERVICE_TYPE}.{DOMAIN}")
}

/// Starts an engine on the interfaces that `interfaces` names, and on no others.
pub(crate) fn open(interfaces: IfKind) -> Result<ServiceDaemon, MdnsError> {
    // The engine opens its sockets on its own thread and only logs a failure.
    check_port().map_err(MdnsError::PortTaken)?;
    let engine = ServiceDaemon::new()?;
    engine.disable_interface(IfKind::All)?;
    engine.enable_interface(interfaces)?;
    Ok(engine)
}

/// Ends the engine after it has said goodbye for what it announced, or gives up waiting.
pub(crate) async fn close(engine: &ServiceDaemon) {
    let Ok(ended) = engine.shutdown() else {
        return; // it has ended already
    };
    if timeout(FAREWELL, ended.recv_async()).await.is_err() {
        tracing::debug!("multicast DNS did not end in time");
    }
}

/// Whether port 5353 can be shared, as RFC 6762 section 15.1 wants it.
fn check_port() -> io::Result<()> {
    let socket = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    #[cfg(unix)]
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(
        &socket,
        &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, mdns_sd::MDNS_PORT),
    )?;
    Ok(())
}
