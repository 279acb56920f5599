//! The three ways to a daemon: its Unix socket, a sealed link, and the pairing realm anyone may enter.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskconn_protocol::identity::{Identity, PublicIdentity};
use deskconn_protocol::uris;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use wamp_client::{Credentials, JoinError, JoinOptions, Session};
use wamp_proto::Serializer;
use wamp_proto::auth::cryptosign::Signer;
use wamp_transport::sealed::{SealKeys, prologue};
use wamp_transport::{ConnectError, ConnectOptions, Endpoint, Link, OpenError, connect};

use crate::address::Address;
use crate::error::{CliError, ErrorKind, chain};

/// This program, for the daemon's log and its pairing screen.
pub(crate) const AGENT: &str = concat!("deskconn/", env!("CARGO_PKG_VERSION"));

/// How long a computer on the same network may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A session with the daemon of this user, as its owner.
///
/// # Errors
///
/// If no daemon listens on `socket`.
pub(crate) async fn local(socket: &Path) -> Result<Session, CliError> {
    let link = local_link(socket)
        .await
        .map_err(|error| no_daemon(&error, socket))?;
    Ok(Session::join(link, as_owner()).await?)
}

/// A link to the daemon of this user.
///
/// # Errors
///
/// If no daemon listens on `socket`; [`no_daemon`] says it in words.
pub(crate) async fn local_link(socket: &Path) -> Result<Link, ConnectError> {
    let endpoint = Endpoint::UnixRawSocket {
        socket: socket.to_owned(),
    };
    open(&endpoint, None).await
}

/// How one joins over a link of [`local_link`].
pub(crate) fn as_owner() -> JoinOptions {
    join(uris::REALM)
}

/// A sealed link to the daemon whose keys are `keys`, as the device `identity`.
///
/// # Errors
///
/// If nobody answers at `address`, it is another daemon, or it does not know us.
pub(crate) async fn sealed_link(
    address: Address,
    keys: PublicIdentity,
    identity: Arc<Identity>,
) -> Result<Link, ConnectError> {
    let prologue = prologue(keys.id().as_str());
    let seal = SealKeys::new(&identity.x25519_secret(), *keys.x25519(), prologue);
    open(&websocket(address), Some(seal)).await
}

/// How the device `identity` joins over a link of [`sealed_link`].
pub(crate) fn as_device(identity: Arc<Identity>) -> JoinOptions {
    let credentials = Credentials::Cryptosign {
        authid: Some(identity.id().to_string()),
        signer: Arc::new(DeviceKey(identity)),
        // The seal is made for the daemon's key already.
        router: None,
    };
    join(uris::REALM).credentials(credentials)
}

/// A session in the pairing realm of whatever daemon is at `address`.
///
/// # Errors
///
/// If nobody answers there, or it is no DeskConn daemon.
pub(crate) async fn stranger(address: Address) -> Result<Session, JoinError> {
    let link = open(&websocket(address), None).await?;
    Session::join(link, join(uris::REALM_PAIRING)).await
}

/// Tries all `addresses` side by side. Returns what came of the first that answered, and which it is.
///
/// # Errors
///
/// Why each address failed, in the order of `addresses`.
pub(crate) async fn first<F, T, E>(
    addresses: &[Address],
    connect: impl Fn(Address) -> F,
) -> Result<(Address, T), Vec<(Address, E)>>
where
    F: Future<Output = Result<T, E>>,
{
    let tries = addresses.iter().cloned().enumerate();
    let mut tries: FuturesUnordered<_> = tries
        .map(|(index, address)| {
            let connecting = connect(address.clone());
            async move { (index, address, connecting.await) }
        })
        .collect();
    let mut failures = Vec::new();
    while let Some((index, address, tried)) = tries.next().await {
        match tried {
            Ok(there) => return Ok((address, there)),
            Err(error) => failures.push((index, address, error)),
        }
    }
    failures.sort_by_key(|(index, ..)| *index);
    let failures = failures.into_iter();
    Err(failures
        .map(|(_, address, error)| (address, error))
        .collect())
}

/// Whether somebody answered and did not want us: a daemon that does not know our key, or another
/// daemon, closes the link without a word.
pub(crate) const fn is_refusal(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::Open {
            source: OpenError::Link(_) | OpenError::Seal(_),
            ..
        }
    )
}

/// What went wrong at an address that is named beside it.
pub(crate) fn reason(error: &ConnectError) -> String {
    match error {
        ConnectError::Unreachable { source, .. } => words(source),
        ConnectError::Timeout { .. } => "no answer".to_owned(),
        ConnectError::NotFound { .. } => "no such host".to_owned(),
        refused if is_refusal(refused) => {
            "refused: it does not know this computer, or is another one".to_owned()
        }
        ConnectError::Open { source, .. } => chain(source),
        error => chain(error),
    }
}

/// What the system says, without its number for it.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

fn websocket(address: Address) -> Endpoint {
    Endpoint::WebSocket {
        host: address.host,
        port: address.port,
        path: "/ws".to_owned(),
    }
}

/// Opens a link in MessagePack, sealed if there are keys for it.
async fn open(endpoint: &Endpoint, seal: Option<SealKeys>) -> Result<Link, ConnectError> {
    let options = ConnectOptions {
        serializers: vec![Serializer::MessagePack],
        seal,
        connect_timeout: CONNECT_TIMEOUT,
        ..ConnectOptions::default()
    };
    // Opening a link takes several handshakes, whose states are too large for the stack.
    Box::pin(connect(endpoint, &options)).await
}

fn join(realm: &'static str) -> JoinOptions {
    JoinOptions::new(wamp_proto::Uri::from_static(realm)).agent(AGENT)
}

/// Why nobody answers on the Unix socket.
pub(crate) fn no_daemon(error: &ConnectError, socket: &Path) -> CliError {
    let socket = socket.display();
    let kind = match error {
        ConnectError::Unreachable { source, .. } => source.kind(),
        _ => io::ErrorKind::Other,
    };
    match kind {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            CliError::unreachable(format!("the daemon is not running: nobody is at {socket}"))
                .hint("start it with `deskconnd`")
        }
        io::ErrorKind::PermissionDenied => CliError::new(
            ErrorKind::Denied,
            format!("the daemon at {socket} is another user's"),
        )
        .hint("run this as that user, or pair with it: `deskconn join localhost`"),
        _ => CliError::unreachable(chain(error))
            .hint("is that the daemon's socket? try `deskconn --socket PATH`"),
    }
}

/// The device's key as WAMP-cryptosign wants it.
struct DeviceKey(Arc<Identity>);

impl Signer for DeviceKey {
    fn public_key(&self) -> [u8; 32] {
        *self.0.public().ed25519()
    }

    /// Signs a challenge bound to its link. One without a link could be anybody's, passed on: it gets
    /// no signature (protocol §5).
    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        channel_id.map_or([0; 64], |id| self.0.sign_challenge(challenge, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_daemon_the_error_says_how_to_start_it() {
        let home = tempfile::tempdir().expect("a directory");
        let missing = home.path().join("deskconnd.sock");
        let error = local(&missing).await.expect_err("no daemon");
        assert_eq!(error.kind.exit_code(), 3);
        assert_eq!(error.hint.as_deref(), Some("start it with `deskconnd`"));

        let stale = home.path().join("stale.sock");
        drop(std::os::unix::net::UnixListener::bind(&stale).expect("a socket"));
        let error = local(&stale).await.expect_err("no daemon");
        assert_eq!(error.kind.exit_code(), 3);
    }

    #[tokio::test]
    async fn every_address_that_failed_is_told_in_order() {
        let addresses: Vec<Address> = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect();
        let failures = first(&addresses, async |_| Err::<(), ()>(())).await;
        let tried: Vec<_> = failures
            .expect_err("failures")
            .into_iter()
            .map(|(address, _)| address.host.clone())
            .collect();
        assert_eq!(tried, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    }

    #[test]
    fn a_challenge_without_a_link_is_not_signed() {
        let identity = Arc::new(Identity::from_seed(&[1; 64]));
        let key = DeviceKey(Arc::clone(&identity));
        assert_eq!(key.sign_challenge(&[2; 32], None), [0; 64]);
        let signature = key.sign_challenge(&[2; 32], Some(&[3; 32]));
        let public = identity.public();
        assert!(public.verify_challenge(&[2; 32], &[3; 32], &signature));
    }
}
