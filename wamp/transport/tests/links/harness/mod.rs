//! Pairs of links over watched streams, and messages to send over them.

mod certificates;
mod tap;
mod upgrade;

use bytes::Bytes;
pub(crate) use certificates::{Authority, Issued};
use futures_util::{SinkExt, Stream, StreamExt};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
pub(crate) use tap::{Tap, Watch};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use upgrade::upgrade;
use wamp_proto::{
    Message, Outbound, Payload, PublicationId, RequestId, Serializer, SubscriptionId, Uri,
    message::{Call, Event},
    options::{CallOptions, EventDetails},
};
use wamp_transport::{
    Framing, Link, LinkError, LinkLimits, Opened, Subprotocol, TransportKind,
    io::Io,
    rawsocket,
    sealed::{Responder, SealKeys, prologue},
    websocket,
};

/// What a link is built of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) transport: TransportKind,
    pub(crate) subprotocol: Subprotocol,
}

pub(crate) const DAEMON_ID: &str = "bee6p47drzdyke7u6shfc7ecieshsve5";
pub(crate) const CLIENT_SECRET: [u8; 32] = [1; 32];
pub(crate) const CLIENT_PUBLIC: &str =
    "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209";
pub(crate) const ROUTER_SECRET: [u8; 32] = [2; 32];
pub(crate) const ROUTER_PUBLIC: &str =
    "ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59";

pub(crate) fn key(hex: &str) -> [u8; 32] {
    let octets = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    octets.try_into().unwrap()
}

pub(crate) fn seal_keys() -> SealKeys {
    SealKeys::new(&CLIENT_SECRET, key(ROUTER_PUBLIC), prologue(DAEMON_ID))
}

pub(crate) fn responder() -> Responder {
    Responder::new(&ROUTER_SECRET, prologue(DAEMON_ID))
}

impl Kind {
    /// Whether the link is sealed.
    pub(crate) fn is_sealed(self) -> bool {
        self.subprotocol.framing == Framing::Sealed
    }

    pub(crate) const fn new(
        transport: TransportKind,
        serializer: Serializer,
        framing: Framing,
    ) -> Self {
        Self {
            transport,
            subprotocol: Subprotocol {
                serializer,
                framing,
            },
        }
    }

    /// Every transport with every serializer, and every framing it has.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let transports = [TransportKind::WebSocket, TransportKind::RawSocket];
        transports.into_iter().flat_map(|transport| {
            Serializer::ALL.into_iter().flat_map(move |serializer| {
                let framings = match transport {
                    TransportKind::WebSocket => {
                        &[Framing::Plain, Framing::Batched, Framing::Sealed][..]
                    }
                    _ => &[Framing::Plain, Framing::Sealed],
                };
                let kind = move |&framing| Self::new(transport, serializer, framing);
                framings.iter().map(kind)
            })
        })
    }

    /// Both ends of a link, over `client` and `router`, the ends of one stream.
    pub(crate) async fn over(
        self,
        client: impl Io + 'static,
        router: impl Io + 'static,
        limits: LinkLimits,
    ) -> Pair {
        let (client, router) = tokio::join!(self.client(client, limits), accept(router, limits));
        Pair {
            client: client.unwrap(),
            router: router.unwrap(),
        }
    }

    /// The client's end.
    pub(crate) async fn client(
        self,
        stream: impl Io + 'static,
        limits: LinkLimits,
    ) -> Result<Link, wamp_transport::OpenError> {
        match self.open(stream, limits).await? {
            Opened::Plain(link) => Ok(link),
            Opened::Sealed(sealing) => sealing.initiate(&seal_keys()).await,
        }
    }

    /// The client's end, not yet sealed.
    pub(crate) async fn open(
        self,
        stream: impl Io + 'static,
        limits: LinkLimits,
    ) -> Result<Opened, wamp_transport::OpenError> {
        let peer = "router".to_owned();
        let subprotocol = self.subprotocol;
        match self.transport {
            TransportKind::WebSocket => {
                let offered = [subprotocol];
                websocket::connect(stream, "study.local:5020", "/ws", &offered, peer, limits).await
            }
            TransportKind::RawSocket => rawsocket::connect(stream, subprotocol, peer, limits).await,
            other => panic!("{other:?} is not opened"),
        }
    }
}

/// What a router's listener does: find out what is spoken, open it, seal it if it is to be.
pub(crate) async fn accept(
    stream: impl Io + 'static,
    limits: LinkLimits,
) -> Result<Link, wamp_transport::OpenError> {
    match accept_opened(stream, limits).await? {
        Opened::Plain(link) => Ok(link),
        Opened::Sealed(sealing) => sealing.receive(&responder()).await?.admit().await,
    }
}

/// The same, up to the sealing.
pub(crate) async fn accept_opened(
    mut stream: impl Io + 'static,
    limits: LinkLimits,
) -> Result<Opened, wamp_transport::OpenError> {
    let mut first = vec![0];
    stream.read_exact(&mut first).await?;
    let sniffed = wamp_transport::sniff(&first);
    let stream = wamp_transport::io::Prefixed::new(first.into(), stream);
    let peer = "client".to_owned();
    match sniffed {
        wamp_transport::Sniffed::RawSocket => {
            rawsocket::accept(stream, |_| true, peer, limits).await
        }
        wamp_transport::Sniffed::Http => {
            let (stream, leftover, subprotocol) = upgrade(stream).await;
            Ok(websocket::accept(stream, leftover, subprotocol, peer, limits).await)
        }
        other => panic!("{other:?} is not spoken here"),
    }
}

/// Both ends of a link.
pub(crate) struct Pair {
    pub(crate) client: Link,
    pub(crate) router: Link,
}

impl Pair {
    /// Over streams that hold `buffer` octets each way.
    pub(crate) async fn new(kind: Kind, buffer: usize) -> Self {
        Self::with_limits(kind, buffer, LinkLimits::default()).await
    }

    pub(crate) async fn with_limits(kind: Kind, buffer: usize, limits: LinkLimits) -> Self {
        let (client, router) = duplex(buffer);
        kind.over(client, router, limits).await
    }

    /// With what the client writes under watch.
    pub(crate) async fn watched(kind: Kind, buffer: usize) -> (Self, Watch) {
        let (client, router) = duplex(buffer);
        let (client, watch) = Tap::new(client);
        let pair = kind.over(client, router, LinkLimits::default()).await;
        (pair, watch)
    }
}

/// A stream that the test itself speaks on, against a router's end.
pub(crate) async fn bare(
    subprotocol: Subprotocol,
    transport: TransportKind,
    limits: LinkLimits,
) -> (DuplexStream, Link) {
    let (mut near, far) = duplex(1 << 16);
    let peer = "client".to_owned();
    let opened = match transport {
        TransportKind::RawSocket => {
            let nibbles = 0xF0 | subprotocol.rawsocket_nibble().expect("no batches");
            near.write_all(&[0x7F, nibbles, 0, 0]).await.unwrap();
            let opened = rawsocket::accept(far, |_| true, peer, limits).await;
            near.read_exact(&mut [0; 4]).await.unwrap();
            opened.unwrap()
        }
        TransportKind::WebSocket => {
            websocket::accept(far, Bytes::new(), subprotocol, peer, limits).await
        }
        other => panic!("{other:?} has no octets"),
    };
    match opened {
        Opened::Plain(link) => (near, link),
        Opened::Sealed(_) => panic!("a bare peer does not seal"),
    }
}

/// A CALL with one string of `length` letters as its argument.
pub(crate) fn call(request: u64, length: usize) -> Message {
    let payload = Payload::new(Serializer::Json, &["x".repeat(length)], &()).unwrap();
    call_with(request, payload)
}

pub(crate) fn call_with(request: u64, payload: Payload) -> Message {
    Call {
        request: RequestId::new(request).unwrap(),
        options: CallOptions::default().into(),
        procedure: Uri::from_static("org.example.secret"),
        payload,
    }
    .into()
}

/// An EVENT that many may share.
pub(crate) fn event(publication: u64) -> Message {
    Event {
        subscription: SubscriptionId::new(7).unwrap(),
        publication: PublicationId::new(publication).unwrap(),
        details: EventDetails::default().into(),
        payload: Payload::sentence("to all"),
    }
    .into()
}

/// The request of a CALL and the letters in its argument.
pub(crate) fn read_call(message: &Message) -> (u64, usize) {
    let Message::Call(call) = message else {
        panic!("{message:?} is no CALL");
    };
    let (text,): (String,) = call.payload.read_args().unwrap();
    (call.request.get(), text.len())
}

/// The next message, which has to come.
pub(crate) async fn receive(link: &mut Link) -> Message {
    within(link.next()).await.unwrap().unwrap()
}

/// The error that ends the link.
pub(crate) async fn failure(link: &mut Link) -> LinkError {
    let error = loop {
        if let Err(error) = within(link.next()).await.unwrap() {
            break error;
        }
    };
    assert!(within(link.next()).await.is_none(), "an error is the last");
    error
}

/// Sends all of `messages` and flushes once.
pub(crate) async fn send_all(link: &mut Link, messages: impl IntoIterator<Item = Message>) {
    for message in messages {
        link.feed(Outbound::Owned(message)).await.unwrap();
    }
    link.flush().await.unwrap();
}

/// What the link has for us without waiting.
pub(crate) fn batch(link: &mut Link) -> Vec<Message> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut messages = Vec::new();
    while let Poll::Ready(Some(message)) = Pin::new(&mut *link).poll_next(&mut cx) {
        messages.push(message.unwrap());
    }
    messages
}

/// Waits, but not for ever.
pub(crate) async fn within<T>(waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(600), waiting)
        .await
        .expect("what is awaited happens")
}

/// Polls the link once and expects that nothing has come.
pub(crate) async fn assert_silent(link: &mut Link) {
    let silent = poll_fn(|cx| Poll::Ready(link.poll_next_unpin(cx).is_pending())).await;
    assert!(silent);
}
