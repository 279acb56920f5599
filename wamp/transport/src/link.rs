//! [`Link`]: one live transport that carries WAMP messages.

use crate::{
    Framing, LinkError, LinkLimits, Subprotocol,
    framed::Framed,
    frames::{Frames, Wire},
    memory,
    sealed::Sealing,
    tls,
};
use futures_util::{Sink, SinkExt, Stream};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};
use wamp_proto::{Message, Outbound, Serializer, auth::ChannelBinding};

/// One live transport that carries WAMP messages.
///
/// * As a `Stream` it yields what the peer sends. `None` means the peer closed in order; an error
///   is the last item, except that after [`LinkError::Decode`] the sink still works, so that an
///   ABORT can be sent. Whatever has been received already is there without waiting: poll until
///   `Pending` for a batch.
/// * As a `Sink` it takes what to send. `start_send` encodes into a bounded buffer, `poll_flush`
///   writes it out: send many, then flush once. `poll_ready` waits while the buffer is full. An
///   error for which [`LinkError::is_about_one_message`] holds leaves the link as it was.
///   `poll_close` flushes, closes as the transport does it and waits a little for the peer to do
///   the same.
///
/// One task polls both; neither direction waits for the other. Keepalive works while the stream is
/// polled. Dropping a link cuts it off.
pub struct Link {
    info: Box<LinkInfo>,
    inner: Inner,
}

enum Inner {
    Memory(memory::End),
    Framed(Box<Framed>),
}

/// What a transport's own handshake ends in.
#[derive(Debug)]
#[must_use]
pub enum Opened {
    /// A link that is ready.
    Plain(Link),
    /// A link that is to be sealed before the first message.
    Sealed(Sealing),
}

/// What is known of a link from its beginning.
#[derive(Clone, Debug)]
pub struct LinkInfo {
    /// The serializer both sides agreed on. A memory link encodes nothing; there it is the one new
    /// payloads are best written in.
    pub serializer: Serializer,
    /// How the messages travel.
    pub transport: TransportKind,
    /// How they stand in frames.
    pub framing: Framing,
    /// What TLS found out, if it is below the transport.
    pub tls: Option<tls::Channel>,
    /// Whom a sealed link leads to.
    pub sealed: Option<Sealed>,
    /// What binds an authentication to this link.
    pub binding: Option<ChannelBinding>,
    /// The other side, for people: an address, or what the memory link was given.
    pub peer: String,
}

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportKind {
    /// WebSocket frames, RFC 6455.
    WebSocket,
    /// WAMP RawSocket frames.
    RawSocket,
    /// HTTP requests that wait.
    LongPoll,
    /// Between two tasks of one process.
    Memory,
}

impl TransportKind {
    /// The name, for people and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "WebSocket",
            Self::RawSocket => "RawSocket",
            Self::LongPoll => "long-poll",
            Self::Memory => "memory",
        }
    }
}

/// What the handshake of a sealed link proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The peer's X25519 public key.
    pub remote_static: [u8; 32],
    /// The Noise handshake hash: the same on both sides and on no other link.
    pub handshake_hash: [u8; 32],
}

/// Why a link is closed, as WebSocket says it (RFC 6455, section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CloseCode {
    /// The work is done.
    #[default]
    Normal,
    /// This side shuts down.
    GoingAway,
    /// The peer broke the protocol.
    ProtocolError,
    /// The peer sent a type of frame that does not belong here.
    UnsupportedData,
    /// The peer may not be here, or not any more.
    PolicyViolation,
    /// The peer sent a message that is too long.
    TooBig,
    /// This side failed.
    InternalError,
}

impl Link {
    pub(crate) fn in_memory(end: memory::End, serializer: Serializer, peer: String) -> Self {
        let info = Box::new(LinkInfo {
            serializer,
            transport: TransportKind::Memory,
            framing: Framing::Plain,
            tls: None,
            sealed: None,
            binding: None,
            peer,
        });
        let inner = Inner::Memory(end);
        Self { info, inner }
    }

    pub(crate) fn framed(info: LinkInfo, framed: Framed) -> Self {
        let info = Box::new(info);
        let inner = Inner::Framed(Box::new(framed));
        Self { info, inner }
    }

    /// What is known of the link from its beginning.
    pub const fn info(&self) -> &LinkInfo {
        &self.info
    }

    /// Sets what closing will say, where the transport has words for it. Without it a link closes
    /// with [`CloseCode::Normal`], or with what fits the error it received.
    pub fn set_close_code(&mut self, code: CloseCode) {
        match &mut self.inner {
            Inner::Memory(_) => {}
            Inner::Framed(framed) => framed.set_close_code(code),
        }
    }

    /// Flushes, closes with `code` and waits for the peer to close too, no longer than
    /// [`crate::LinkLimits::close_timeout`].
    ///
    /// # Errors
    /// If what was left could not be written.
    pub async fn close_with(mut self, code: CloseCode) -> Result<(), LinkError> {
        self.set_close_code(code);
        self.close().await
    }
}

impl Opened {
    /// Notes that the transport runs over TLS, which then binds what authenticates on the link. A
    /// sealed link binds it more closely.
    pub fn over_tls(mut self, channel: tls::Channel) -> Self {
        let info = match &mut self {
            Self::Plain(link) => &mut *link.info,
            Self::Sealed(sealing) => sealing.info_mut(),
        };
        info.binding = channel.binding;
        info.tls = Some(channel);
        self
    }

    pub(crate) fn new(
        wire: Wire,
        transport: TransportKind,
        subprotocol: Subprotocol,
        peer: String,
        limits: LinkLimits,
    ) -> Self {
        let serializer = subprotocol.serializer;
        let info = LinkInfo {
            serializer,
            transport,
            framing: subprotocol.framing,
            tls: None,
            sealed: None,
            binding: None,
            peer,
        };
        let frames = Frames::new(wire, limits);
        match subprotocol.framing {
            Framing::Plain => Self::Plain(Link::framed(info, Framed::plain(frames, serializer))),
            Framing::Batched => {
                Self::Plain(Link::framed(info, Framed::batched(frames, serializer)))
            }
            Framing::Sealed => Self::Sealed(Sealing::new(frames, info)),
        }
    }
}

impl Stream for Link {
    type Item = Result<Message, LinkError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.inner {
            Inner::Memory(end) => end.poll_next(cx).map(|message| message.map(Ok)),
            Inner::Framed(framed) => framed.poll_next(cx),
        }
    }
}

impl Sink<Outbound> for Link {
    type Error = LinkError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match &mut self.inner {
            Inner::Memory(end) => end.poll_ready(cx),
            Inner::Framed(framed) => framed.poll_ready(cx),
        }
    }

    fn start_send(mut self: Pin<&mut Self>, message: Outbound) -> Result<(), LinkError> {
        match &mut self.inner {
            Inner::Memory(end) => end.start_send(message),
            Inner::Framed(framed) => framed.start_send(&message),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match &mut self.inner {
            Inner::Memory(end) => {
                end.flush();
                Poll::Ready(Ok(()))
            }
            Inner::Framed(framed) => framed.poll_flush(cx),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match &mut self.inner {
            Inner::Memory(end) => {
                end.close();
                Poll::Ready(Ok(()))
            }
            Inner::Framed(framed) => framed.poll_close(cx),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.info).finish()
    }
}
