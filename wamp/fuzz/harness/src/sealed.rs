//! Sealed links whose other end forges, repeats, leaves out and cuts up frames.

use crate::wire::run;
use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use futures_util::StreamExt;
use snow::{Builder, TransportState};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use wamp_proto::{Serializer, decode};
use wamp_transport::sealed::{Responder, SealKeys, prologue};
use wamp_transport::{Link, LinkError, LinkLimits, Opened, Subprotocol, rawsocket};

/// The longest message the link takes.
const MAX_MESSAGE: usize = 2048;

/// What stands at the start of a plaintext (docs/protocol.md, "The sealed link").
const LAST_PIECE: u8 = 0;
const MORE_FOLLOWS: u8 = 1;

const CLIENT_SECRET: [u8; 32] = [1; 32];
const ROUTER_SECRET: [u8; 32] = [2; 32];

/// Opens a sealed link and sends it frames, right ones and wrong ones: the link gives exactly the
/// messages that were sealed, in their order, up to the first frame that is not in its place. No
/// octets but those of somebody with the key are ever a handshake.
pub fn sealed(octets: &[u8]) {
    let Some((&kind, octets)) = octets.split_first() else {
        return;
    };
    match kind & 3 {
        0 => run(async { assert!(knock(octets).await.is_none(), "opened by nobody") }),
        1 => run(async { assert!(answer(octets).await.is_none(), "answered by nobody") }),
        _ => {
            let mut octets = Unstructured::new(octets);
            // The script ends where the octets do.
            if let Ok(script) = Script::new(&mut octets) {
                run(converse(script));
            }
        }
    }
}

/// Somebody without a key knocks at a router.
async fn knock(octets: &[u8]) -> Option<Link> {
    let (near, far) = duplex(64 << 10);
    let accept = async {
        let responder = Responder::new(&ROUTER_SECRET, prologue("id"));
        let Opened::Sealed(sealing) = accept(near).await else {
            panic!("asked for a sealed link");
        };
        sealing.receive(&responder).await.ok()?.admit().await.ok()
    };
    let (link, sent) = tokio::join!(accept, send_without_key(far, octets));
    sent.expect("the handshake of RawSocket is right");
    link
}

/// Somebody without the router's key answers a client.
async fn answer(octets: &[u8]) -> Option<Link> {
    let (near, far) = duplex(64 << 10);
    let connect = async {
        let keys = SealKeys::new(&CLIENT_SECRET, public(&ROUTER_SECRET), prologue("id"));
        let opened = rawsocket::connect(near, subprotocol(), String::new(), limits()).await;
        let Ok(Opened::Sealed(sealing)) = opened else {
            panic!("asked for a sealed link");
        };
        sealing.initiate(&keys).await.ok()
    };
    let (link, sent) = tokio::join!(connect, send_without_key(far, octets));
    sent.expect("the handshake of RawSocket is right");
    link
}

async fn send_without_key(mut far: DuplexStream, octets: &[u8]) -> io::Result<()> {
    greet(&mut far).await?;
    // The link may be closed before all has come.
    let sent = write_frame(&mut far, octets).await;
    far.shutdown().await?;
    let mut rest = Vec::new();
    far.read_to_end(&mut rest).await?;
    sent.or(Ok(()))
}

/// A client with the right keys sends what the script says.
async fn converse(script: Script) {
    let (near, mut far) = duplex(64 << 10);
    let (frames, expected) = (script.frames, script.expected);
    let router = async {
        let responder = Responder::new(&ROUTER_SECRET, prologue("id"));
        let Opened::Sealed(sealing) = accept(near).await else {
            panic!("asked for a sealed link");
        };
        let knock = sealing.receive(&responder).await.expect("a right knock");
        assert_eq!(*knock.remote_static(), public(&CLIENT_SECRET));
        let mut link = knock.admit().await.expect("nothing is in the way");
        for expected in expected {
            let received = link.next().await;
            expected.check(received);
        }
        assert!(link.next().await.is_none(), "more than was sent");
    };
    let client = async {
        let mut noise = handshake(&mut far).await?;
        let mut earlier = Vec::new();
        for frame in frames {
            let octets = frame.octets(&mut noise, &mut earlier);
            if let Some(octets) = octets {
                write_frame(&mut far, &octets).await?;
            }
        }
        far.shutdown().await
    };
    // The router may close at the first wrong frame.
    let ((), _sent) = tokio::join!(router, client);
}

/// What the client sends, and what has to come out of it.
struct Script {
    frames: Vec<Frame>,
    expected: Vec<Expected>,
}

/// A frame of a sealed link.
enum Frame {
    /// A sealed plaintext.
    Sealed(Vec<u8>),
    /// One that is sealed and does not arrive.
    Lost,
    /// One that is changed on its way: which bit.
    Changed(Vec<u8>, usize),
    /// An earlier one: how many before.
    Again(usize),
    /// Octets that were never sealed.
    Forged(Vec<u8>),
}

enum Expected {
    Message(String),
    NoMessage,
    TooLong,
    Broken,
}

impl Script {
    fn new(octets: &mut Unstructured<'_>) -> Result<Self> {
        let mut script = Self {
            frames: Vec::new(),
            expected: Vec::new(),
        };
        let mut partial = Vec::new();
        while !octets.is_empty() {
            let frame = Frame::new(octets, !script.frames.is_empty())?;
            let outcome = frame.outcome(&mut partial);
            // After a lost one, the next is not in its place.
            let ends = outcome.as_ref().is_some_and(Expected::is_the_end);
            script.frames.push(frame);
            script.expected.extend(outcome);
            if ends {
                break;
            }
            if let Some(Frame::Lost) = script.frames.last() {
                script.frames.push(Frame::Sealed(vec![LAST_PIECE]));
                script.expected.push(Expected::Broken);
                break;
            }
        }
        Ok(script)
    }
}

impl Frame {
    fn new(octets: &mut Unstructured<'_>, has_earlier: bool) -> Result<Self> {
        let kind: u8 = octets.arbitrary()?;
        let length = octets.int_in_range(0..=1200)?;
        let data = octets.bytes(usize::min(length, octets.len()))?.to_vec();
        let marked = |marker| {
            let mut plaintext = data.clone();
            plaintext.insert(0, marker);
            plaintext
        };
        Ok(match kind {
            0..100 => Self::Sealed(marked(LAST_PIECE)),
            100..200 => Self::Sealed(marked(MORE_FOLLOWS)),
            200..220 => Self::Sealed(data),
            220..230 => Self::Lost,
            230..240 => Self::Changed(data, octets.arbitrary()?),
            240..248 if has_earlier => Self::Again(octets.arbitrary()?),
            _ => Self::Forged(data),
        })
    }

    /// What the link makes of it, if anything; `partial` is what came of a message in pieces.
    fn outcome(&self, partial: &mut Vec<u8>) -> Option<Expected> {
        let Self::Sealed(plaintext) = self else {
            return (!matches!(self, Self::Lost)).then_some(Expected::Broken);
        };
        let Some((marker, piece)) = plaintext.split_first() else {
            return Some(Expected::Broken);
        };
        if partial.len() + piece.len() > MAX_MESSAGE {
            return Some(Expected::TooLong);
        }
        match *marker {
            MORE_FOLLOWS => {
                partial.extend_from_slice(piece);
                None
            }
            LAST_PIECE => {
                let mut whole = std::mem::take(partial);
                whole.extend_from_slice(piece);
                Some(match decode(Serializer::Json, &Bytes::from(whole)) {
                    Ok(message) => Expected::Message(format!("{message:?}")),
                    Err(_) => Expected::NoMessage,
                })
            }
            _ => Some(Expected::Broken),
        }
    }

    /// What goes over the wire, if anything.
    fn octets(self, noise: &mut TransportState, earlier: &mut Vec<Vec<u8>>) -> Option<Vec<u8>> {
        let (plaintext, change, lost) = match self {
            Self::Sealed(plaintext) => (plaintext, None, false),
            Self::Lost => (vec![LAST_PIECE], None, true),
            Self::Changed(plaintext, bit) => (plaintext, Some(bit), false),
            Self::Again(before) => return earlier.get(before % earlier.len()).cloned(),
            Self::Forged(octets) => return Some(octets),
        };
        let mut frame = vec![0; plaintext.len() + 16];
        let length = noise.write_message(&plaintext, &mut frame);
        frame.truncate(length.expect("a short frame can be sealed"));
        if let Some(bit) = change {
            let at = bit / 8 % frame.len();
            if let Some(octet) = frame.get_mut(at) {
                *octet ^= 1 << (bit % 8);
            }
        }
        earlier.push(frame.clone());
        (!lost).then_some(frame)
    }
}

impl Expected {
    const fn is_the_end(&self) -> bool {
        !matches!(self, Self::Message(_))
    }

    fn check(&self, received: Option<std::result::Result<wamp_proto::Message, LinkError>>) {
        match (self, received) {
            (Self::Message(expected), Some(Ok(message))) => {
                assert_eq!(format!("{message:?}"), *expected);
            }
            (Self::NoMessage, Some(Err(LinkError::Decode(_))))
            | (Self::TooLong, Some(Err(LinkError::TooLong { .. })))
            | (Self::Broken, Some(Err(LinkError::Seal(_)))) => {}
            (_, received) => panic!("received {received:?}"),
        }
    }
}

async fn accept(near: DuplexStream) -> Opened {
    let accepted = rawsocket::accept(near, |_| true, String::new(), limits()).await;
    accepted.expect("the handshake of RawSocket is right")
}

/// The client's side up to where frames are sealed.
async fn handshake(far: &mut DuplexStream) -> io::Result<TransportState> {
    greet(far).await?;
    let prologue = prologue("id");
    let params = "Noise_IK_25519_ChaChaPoly_SHA256".parse().expect("a name");
    let router = public(&ROUTER_SECRET);
    let mut noise = Builder::new(params)
        .local_private_key(&CLIENT_SECRET)
        .and_then(|builder| builder.remote_public_key(&router))
        .and_then(|builder| builder.prologue(&prologue))
        .and_then(Builder::build_initiator)
        .expect("keys of the right length");
    let mut message = [0; 96];
    noise.write_message(&[], &mut message).expect("message 1");
    write_frame(far, &message).await?;
    let mut answer = [0; 4 + 48];
    far.read_exact(&mut answer).await?;
    noise
        .read_message(&answer[4..], &mut [])
        .expect("message 2");
    Ok(noise.into_transport_mode().expect("both messages are done"))
}

/// The handshake of RawSocket from either side; both send the same.
async fn greet(far: &mut DuplexStream) -> io::Result<()> {
    let nibble = subprotocol().rawsocket_nibble().expect("no batches");
    far.write_all(&[rawsocket::MAGIC, 0x70 | nibble, 0, 0])
        .await?;
    far.read_exact(&mut [0; 4]).await?;
    Ok(())
}

async fn write_frame(far: &mut DuplexStream, octets: &[u8]) -> io::Result<()> {
    let length = u32::try_from(octets.len()).expect("a frame of the fuzzer is short");
    far.write_all(&length.to_be_bytes()).await?;
    far.write_all(octets).await
}

fn subprotocol() -> Subprotocol {
    Subprotocol::sealed(Serializer::Json)
}

fn limits() -> LinkLimits {
    LinkLimits {
        max_message: MAX_MESSAGE,
        ..LinkLimits::default()
    }
}

fn public(secret: &[u8; 32]) -> [u8; 32] {
    x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*secret)).to_bytes()
}
