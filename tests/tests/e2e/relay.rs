//! Somebody between a device and the daemon, who passes everything on, records it and changes some of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deskconn_tests::Daemon;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How many octets at the beginning of a piece are never changed: a frame's header and the first numbers
/// of its message. With a false length or request, one side waits for the other until it gives up.
const SPARED: usize = 12;

/// The relay; gone when dropped.
pub(crate) struct Relay {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    _accepting: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    /// What is to be changed in the next connections, the last one first.
    changes: Vec<Change>,
    /// What came from devices, connection after connection, piece by piece.
    recorded: Vec<Vec<Vec<u8>>>,
}

/// One bit that is turned on the way: the lowest of an octet, so that most texts stay texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    /// Who sends it.
    pub(crate) sender: Sender,
    /// In which piece from that side: the head of the WebSocket is the first, 0; every frame is one.
    pub(crate) piece: usize,
    /// How far into that piece, in hundredths.
    pub(crate) percent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Device,
    Daemon,
}

impl Relay {
    /// Starts one before this daemon.
    pub(crate) async fn before(daemon: &Daemon) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, daemon.address(), Arc::clone(&shared)));
        Self {
            address,
            shared,
            _accepting: accepting,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Makes one of these changes in each of the next connections.
    pub(crate) fn change(&self, changes: impl IntoIterator<Item = Change>) {
        lock(&self.shared).changes.extend(changes);
    }

    /// How many changes nobody has come for.
    pub(crate) fn unused(&self) -> usize {
        lock(&self.shared).changes.len()
    }

    /// What came from devices, connection after connection, piece by piece.
    pub(crate) fn recorded(&self) -> Vec<Vec<Vec<u8>>> {
        lock(&self.shared).recorded.clone()
    }
}

async fn accept(listener: TcpListener, daemon: SocketAddr, shared: Arc<Mutex<Shared>>) {
    let mut connections = JoinSet::new();
    while let Ok((device, _)) = listener.accept().await {
        let (change, number) = {
            let mut shared = lock(&shared);
            shared.recorded.push(Vec::new());
            (shared.changes.pop(), shared.recorded.len() - 1)
        };
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let Ok(daemon) = TcpStream::connect(daemon).await else {
                return;
            };
            let (from_device, to_device) = device.into_split();
            let (from_daemon, to_daemon) = daemon.into_split();
            let record = |piece: &[u8]| lock(&shared).recorded[number].push(piece.to_vec());
            let of = |sender| change.filter(|change: &Change| change.sender == sender);
            tokio::join!(
                pass(from_device, to_daemon, of(Sender::Device), record),
                pass(from_daemon, to_device, of(Sender::Daemon), |_| {}),
            );
        });
    }
}

/// Passes on what is read until it ends, as it comes, and lets `watch` see it as it came.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    change: Option<Change>,
    watch: impl Fn(&[u8]),
) {
    let mut buffer = vec![0; 1 << 16];
    let mut number = 0;
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let piece = &mut buffer[..length];
        watch(piece);
        if let Some(change) = change.filter(|change| change.piece == number) {
            let spared = SPARED.min(length - 1);
            let offset = spared + (length - spared) * change.percent / 100;
            piece[offset] ^= 1;
        }
        if to.write_all(piece).await.is_err() {
            return;
        }
        number += 1;
    }
    drop(to.shutdown().await);
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
