//! What TLS and sealing cost beside a plain link: to send CALLs, and to open one.
//!
//! `cargo bench -p wamp-transport`; docs/performance.md has figures. One thread drives both ends of every link,
//! over TCP on this machine, so that a time is what the client, the router's end and the kernel need together.

#[path = "../tests/links/harness/upgrade.rs"]
mod upgrade;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::{SinkExt, StreamExt};
use std::{hint::black_box, net::Ipv4Addr, path::Path, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
};
use wamp_proto::{
    Message, Outbound, Payload, RequestId, Serializer, Uri, message::Call, options::CallOptions,
};
use wamp_transport::{
    ConnectOptions, Endpoint, Link, LinkLimits, OpenError, Opened, TransportKind, connect,
    io::Io,
    rawsocket,
    sealed::{Responder, SealKeys, prologue},
    tls::{Acceptor, Clients, Identity, TlsOptions, Trust},
    websocket,
};

/// How many CALLs are sent before one flush, and how long the text in each is, in octets.
const BATCHES: [(usize, usize); 4] = [(1, 32), (64, 32), (16, 4 << 10), (4, 64 << 10)];

const SERIALIZER: Serializer = Serializer::MessagePack;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    RawSocket,
    WebSocket,
    OverTls,
    Sealed,
}

/// A router's doors, as far as links are concerned, and what its clients know of them.
struct Router {
    listener: TcpListener,
    acceptor: Acceptor,
    responder: Responder,
    trust: Trust,
    seal_keys: SealKeys,
}

/// Both ends of a link. The router's is dropped first, as [`Router::accept`] needs it.
struct Pair {
    router: Link,
    client: Link,
}

impl Kind {
    const ALL: [Self; 4] = [
        Self::RawSocket,
        Self::WebSocket,
        Self::OverTls,
        Self::Sealed,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::RawSocket => "RawSocket",
            Self::WebSocket => "WebSocket",
            Self::OverTls => "WebSocket over TLS",
            Self::Sealed => "sealed WebSocket",
        }
    }

    const fn scheme(self) -> &'static str {
        match self {
            Self::RawSocket => "tcp",
            Self::WebSocket | Self::Sealed => "ws",
            Self::OverTls => "wss",
        }
    }

    /// Panics if `link` is of another kind, whose times would be taken for this one's.
    fn check(self, link: &Link) {
        let info = link.info();
        let is_rawsocket = info.transport == TransportKind::RawSocket;
        assert_eq!(is_rawsocket, self == Self::RawSocket);
        assert_eq!(info.tls.is_some(), self == Self::OverTls);
        assert_eq!(info.sealed.is_some(), self == Self::Sealed);
        assert_eq!(info.serializer, SERIALIZER);
    }
}

impl Router {
    async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let identity = identity();
        let pin = identity.public_key().expect("it holds a certificate");
        let [(router_secret, router_public), (client_secret, _)] = [key_pair(), key_pair()];
        Self {
            listener: listener.expect("some port is free"),
            acceptor: Acceptor::new(identity, Clients::NotAsked).expect("it is its key"),
            responder: Responder::new(&router_secret, prologue("bench")),
            trust: Trust::Key(pin),
            seal_keys: SealKeys::new(&client_secret, router_public, prologue("bench")),
        }
    }

    /// Opens a link.
    async fn link(&self, kind: Kind) -> Pair {
        let (endpoint, options) = (self.endpoint(kind), self.options(kind));
        let (client, router) = tokio::join!(connect(&endpoint, &options), self.accept(kind));
        let pair = Pair {
            router: router.expect("the router opens it"),
            client: client.expect("the client opens it"),
        };
        kind.check(&pair.client);
        kind.check(&pair.router);
        pair
    }

    fn endpoint(&self, kind: Kind) -> Endpoint {
        let address = self.listener.local_addr().expect("it listens");
        let endpoint = format!("{}://{address}", kind.scheme());
        endpoint.parse().expect("an endpoint")
    }

    fn options(&self, kind: Kind) -> ConnectOptions {
        ConnectOptions {
            serializers: vec![SERIALIZER],
            seal: (kind == Kind::Sealed).then(|| self.seal_keys.clone()),
            tls: TlsOptions {
                trust: self.trust.clone(),
                ..TlsOptions::default()
            },
            ..ConnectOptions::default()
        }
    }

    /// The router's end of the next connection.
    async fn accept(&self, kind: Kind) -> Result<Link, OpenError> {
        let (stream, _) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        // Dropped first, this end resets the connection: thousands are opened, and none may keep its port.
        stream.set_zero_linger()?;
        match self.open(kind, stream).await? {
            Opened::Plain(link) => Ok(link),
            Opened::Sealed(sealing) => sealing.receive(&self.responder).await?.admit().await,
        }
    }

    async fn open(&self, kind: Kind, stream: TcpStream) -> Result<Opened, OpenError> {
        let limits = LinkLimits::default();
        match kind {
            Kind::RawSocket => rawsocket::accept(stream, |_| true, String::new(), limits).await,
            Kind::WebSocket | Kind::Sealed => Ok(open_websocket(stream, limits).await),
            Kind::OverTls => {
                let (stream, channel) = self.acceptor.accept(stream, limits.open_timeout).await?;
                Ok(open_websocket(stream, limits).await.over_tls(channel))
            }
        }
    }
}

async fn open_websocket(stream: impl Io + 'static, limits: LinkLimits) -> Opened {
    let (stream, leftover, subprotocol) = upgrade::upgrade(stream).await;
    websocket::accept(stream, leftover, subprotocol, String::new(), limits).await
}

/// A certificate by the router itself, as its clients pin it.
fn identity() -> Identity {
    let names = [Ipv4Addr::LOCALHOST.to_string()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let pem = made.cert.pem() + &made.signing_key.serialize_pem();
    Identity::parse(&pem, Path::new("made here")).expect("what rcgen writes can be read")
}

/// A secret X25519 key and its public key.
fn key_pair() -> ([u8; 32], [u8; 32]) {
    let noise = "Noise_IK_25519_ChaChaPoly_SHA256".parse();
    let pair = snow::Builder::new(noise.expect("snow knows it")).generate_keypair();
    let pair = pair.expect("this computer has randomness");
    let octets = |key: Vec<u8>| key.try_into().expect("X25519 keys have 32 octets");
    (octets(pair.private), octets(pair.public))
}

impl Pair {
    /// Sends `call` that often from the client, with one flush, and receives all of them.
    async fn send(&mut self, call: &Message, count: usize) {
        let sending = async {
            for _ in 0..count {
                self.client.feed(Outbound::Owned(call.clone())).await?;
            }
            self.client.flush().await
        };
        let receiving = async {
            for _ in 0..count {
                let received = self.router.next().await.expect("the link is open")?;
                black_box(received);
            }
            Ok(())
        };
        tokio::try_join!(sending, receiving).expect("the link works");
    }
}

fn call(length: usize) -> Message {
    let text = "abcdefgh".repeat(length / 8);
    let call = Call {
        request: RequestId::new(123_456).expect("an id"),
        options: CallOptions::default().into(),
        procedure: Uri::from_static("com.example.bench.procedure"),
        payload: Payload::new(SERIALIZER, &[text], &()).expect("text has a form in MessagePack"),
    };
    call.into()
}

/// One thread, and the router in it.
fn world() -> (Runtime, Router) {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let router = runtime.block_on(Router::new());
    (runtime, router)
}

fn sending(criterion: &mut Criterion) {
    let (runtime, router) = world();
    for (count, length) in BATCHES {
        let call = call(length);
        let mut group = criterion.benchmark_group(format!("CALLs, {count} of {length} octets"));
        group.throughput(Throughput::Elements(count as u64));
        for kind in Kind::ALL {
            let mut pair = runtime.block_on(router.link(kind));
            group.bench_function(kind.name(), |bencher| {
                bencher.iter(|| runtime.block_on(pair.send(&call, count)));
            });
        }
        group.finish();
    }
}

fn opening(criterion: &mut Criterion) {
    let (runtime, router) = world();
    let mut group = criterion.benchmark_group("open");
    for kind in Kind::ALL {
        group.bench_function(kind.name(), |bencher| {
            bencher.iter_with_large_drop(|| runtime.block_on(router.link(kind)));
        });
    }
    group.finish();
}

/// Long enough for medians that can be compared, and done in two minutes.
fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
}

criterion_group! {
    name = benches;
    config = short();
    targets = sending, opening
}
criterion_main!(benches);
