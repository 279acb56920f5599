//! Links whose other end sends arbitrary octets.

use futures_util::{SinkExt, StreamExt};
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;
use wamp_proto::{Outbound, Serializer};
use wamp_transport::sealed::{Responder, SealKeys};
use wamp_transport::{
    CloseCode, Framing, Link, LinkLimits, OpenError, Opened, Subprotocol, rawsocket, websocket,
};

/// How long a message may wait for the peer to read.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a link of either transport, as its router or its client, with a peer that sends arbitrary
/// octets; sends back every message that comes. Nothing panics, everything ends, and an error is the
/// last that a link receives.
pub fn rawsocket(octets: &[u8]) {
    let Some((&[kind, bounds, manners, pieces], sent)) = octets.split_first_chunk() else {
        return;
    };
    let serializer = [Serializer::Json, Serializer::MessagePack, Serializer::Cbor];
    let subprotocol = Subprotocol {
        serializer: serializer[usize::from(kind >> 2) % 3],
        framing: match (kind & 0x80, manners & 4) {
            (0, 0) => Framing::Plain,
            (0, _) => Framing::Batched,
            _ => Framing::Sealed,
        },
    };
    let limits = LinkLimits {
        max_message: 512 << (bounds % 16),
        ..LinkLimits::default()
    };
    let peer = Peer {
        reads: manners & 1 != 0,
        closes: manners & 2 != 0,
        times: 1 << (manners >> 5),
        piece: 1 + usize::from(pieces),
    };
    let (near, far) = duplex(64 << (bounds >> 5));
    run(async {
        let link = async {
            let opened = open(kind, near, subprotocol, limits).await;
            if let Some(link) = ready(kind, opened).await {
                echo(link, limits).await;
            }
        };
        tokio::select! {
            () = link => {}
            () = peer.talk(far, sent) => {}
        }
    });
}

/// Runs `future` on a clock that jumps to the next timer whenever nothing else can happen.
pub(crate) fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future);
}

/// The other end.
struct Peer {
    reads: bool,
    closes: bool,
    /// How often it says the same.
    times: usize,
    /// How many octets it sends at once.
    piece: usize,
}

impl Peer {
    async fn talk(self, far: DuplexStream, octets: &[u8]) {
        let (mut incoming, mut outgoing) = tokio::io::split(far);
        let talks = async {
            for piece in octets.repeat(self.times).chunks(self.piece) {
                // The link may be closed; what it still sends is read all the same.
                if outgoing.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            if self.closes {
                outgoing.shutdown().await.unwrap_or_default();
            }
        };
        let reads = async {
            let mut forgotten = [0; 512];
            while self.reads && incoming.read(&mut forgotten).await.is_ok_and(|n| n > 0) {}
        };
        tokio::join!(talks, reads);
        std::future::pending::<()>().await;
    }
}

async fn open(
    kind: u8,
    near: DuplexStream,
    subprotocol: Subprotocol,
    limits: LinkLimits,
) -> Result<Opened, OpenError> {
    let peer = "peer".to_owned();
    match kind & 3 {
        0 => rawsocket::accept(near, |_| true, peer, limits).await,
        1 => rawsocket::connect(near, subprotocol, peer, limits).await,
        2 => Ok(websocket::accept(near, [].as_slice().into(), subprotocol, peer, limits).await),
        _ => {
            let offered = [subprotocol];
            websocket::connect(near, "host:80", "/ws", &offered, peer, limits).await
        }
    }
}

/// The link itself, if it opened.
async fn ready(kind: u8, opened: Result<Opened, OpenError>) -> Option<Link> {
    match opened.ok()? {
        Opened::Plain(link) => Some(link),
        Opened::Sealed(sealing) if kind & 1 == 1 => {
            let keys = SealKeys::new(&[1; 32], [9; 32], Vec::new());
            sealing.initiate(&keys).await.ok()
        }
        Opened::Sealed(sealing) => {
            let responder = Responder::new(&[2; 32], Vec::new());
            sealing.receive(&responder).await.ok()?.admit().await.ok()
        }
    }
}

/// Sends back what comes, until the link ends.
async fn echo(mut link: Link, limits: LinkLimits) {
    while let Some(received) = link.next().await {
        let Ok(message) = received else {
            assert!(link.next().await.is_none(), "something after an error");
            break;
        };
        let length = message.payload().map_or(0, wamp_proto::Payload::len);
        assert!(length <= limits.max_message, "longer than the limit");
        match timeout(PATIENCE, link.send(Outbound::Owned(message))).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if error.is_about_one_message() => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    let closing = pin!(link.close_with(CloseCode::Normal));
    let closed = timeout(limits.close_timeout + PATIENCE, closing).await;
    assert!(closed.is_ok(), "a peer held up the end");
}
