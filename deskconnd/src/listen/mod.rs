//! The doors: where connections come in, and what is found out about them before they are links.

mod cookie;
mod doorstep;
mod first_octet;
mod gate;
mod http;
mod longpoll;
mod origin;
mod rate;
mod seal;
mod tcp;
mod tls;
mod unix;
mod web;

pub(crate) use cookie::Cookies;
pub use doorstep::Doorstep;
pub(crate) use gate::{Gate, Strangers};
pub(crate) use http::{Arrived, Pages, Site};
pub(crate) use longpoll::LongPoll;
pub(crate) use origin::{Names, PageOrigin, Visitors};
pub(crate) use rate::{Rate, Rates};
pub(crate) use seal::Seal;
pub(crate) use tcp::{TcpDoor, bind as bind_tcp};
pub(crate) use tls::Tls;
pub(crate) use unix::{Access, UnixDoor, bind as bind_unix};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a connection may take to show what it speaks.
const FIRST_OCTET: Duration = Duration::from_secs(5);

/// How long to wait after the system has no more file handles, before accepting again.
const OUT_OF_HANDLES: Duration = Duration::from_millis(200);

/// Why a door can not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The TCP address can not be had.
    #[error("can not listen on {address}: {source}")]
    Tcp {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The Unix socket can not be had.
    #[error("can not listen on {}: {source}", .path.display())]
    Unix {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The certificate of a listener can not be used.
    #[error(transparent)]
    Tls(#[from] wamp_transport::tls::TlsError),
    /// Another daemon answers on the Unix socket.
    #[error("another daemon answers on {}", .path.display())]
    Taken {
        /// Which.
        path: PathBuf,
    },
}

impl ListenError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        use std::io::ErrorKind;
        match self {
            Self::Tcp { address, source } => match source.kind() {
                ErrorKind::AddrInUse => format!(
                    "another program has port {0}; find it with `ss -ltnp sport = :{0}`, or choose another port, with --listen or in the configuration",
                    address.port()
                ),
                ErrorKind::PermissionDenied => {
                    "choose a port above 1023, with --listen or in the configuration".to_owned()
                }
                ErrorKind::AddrNotAvailable => {
                    "this computer does not have that address; [::] means all it has".to_owned()
                }
                _ => "choose another address, with --listen or in the configuration".to_owned(),
            },
            Self::Unix { path, .. } => format!(
                "make {} writable for this user, or choose another place, with --socket or in the configuration",
                path.parent().unwrap_or(path).display()
            ),
            Self::Tls(error) => error.hint(),
            Self::Taken { .. } => {
                "stop it, or give this one its own --socket and --state-dir".to_owned()
            }
        }
    }
}
