//! WAMP over RawSocket: the handshake of four octets each way (spec, "RawSocket Transport").

mod wire;

use crate::{
    Framing, LinkLimits, OpenError, Opened, Refusal, Subprotocol, TransportKind,
    io::{Io, Tracked},
    sealed,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::Lengths;
pub(crate) use wire::RawSocket;

/// The first octet of either handshake.
pub const MAGIC: u8 = 0x7F;

/// Answers a client's handshake, of which nothing was read yet, and opens what it asks for.
///
/// `allowed` says what this door takes; `peer` is the client's address, for people. The client is
/// told why, if it is refused. Takes no longer than [`LinkLimits::open_timeout`].
///
/// # Errors
/// If the client asked for something else, or the stream failed.
pub async fn accept(
    stream: impl Io + 'static,
    allowed: impl Fn(Subprotocol) -> bool,
    peer: String,
    limits: LinkLimits,
) -> Result<Opened, OpenError> {
    let mut io = Tracked::new(Box::new(stream));
    let answered = OpenError::within(limits.open_timeout, answer(&mut io, allowed, &limits)).await;
    if let Err(error) = &answered
        && let Some(refusal) = refusal(error)
    {
        leave(&mut io, refusal, &limits).await;
    }
    let (subprotocol, lengths) = answered?;
    Ok(open(io, subprotocol, lengths, peer, limits))
}

/// Turns a client away whose handshake may not have come yet, and closes.
pub async fn refuse(stream: impl Io + 'static, refusal: Refusal, limits: LinkLimits) {
    leave(&mut Tracked::new(Box::new(stream)), refusal, &limits).await;
}

/// Asks a router for `subprotocol` and opens it. `peer` is the router's address, for people.
/// Takes no longer than [`LinkLimits::open_timeout`].
///
/// # Errors
/// If the router refuses, answers something else, or the stream failed.
pub async fn connect(
    stream: impl Io + 'static,
    subprotocol: Subprotocol,
    peer: String,
    limits: LinkLimits,
) -> Result<Opened, OpenError> {
    let mut io = Tracked::new(Box::new(stream));
    let asking = ask(&mut io, subprotocol, &limits);
    let lengths = OpenError::within(limits.open_timeout, asking).await?;
    Ok(open(io, subprotocol, lengths, peer, limits))
}

async fn answer(
    io: &mut Tracked,
    allowed: impl Fn(Subprotocol) -> bool,
    limits: &LinkLimits,
) -> Result<(Subprotocol, Lengths), OpenError> {
    let (peer_length, nibble) = read_handshake(io).await?;
    let subprotocol = Subprotocol::from_rawsocket_nibble(nibble)
        .filter(|&subprotocol| allowed(subprotocol))
        .ok_or(OpenError::Serializer(nibble))?;
    let own_length = length_nibble(subprotocol, limits);
    io.write_all(&handshake(own_length, nibble)).await?;
    io.flush().await?;
    Ok((subprotocol, Lengths::agreed(own_length, peer_length)))
}

async fn ask(
    io: &mut Tracked,
    subprotocol: Subprotocol,
    limits: &LinkLimits,
) -> Result<Lengths, OpenError> {
    let own_length = length_nibble(subprotocol, limits);
    let asked = subprotocol.rawsocket_nibble().ok_or(OpenError::Batches)?;
    io.write_all(&handshake(own_length, asked)).await?;
    io.flush().await?;
    let (peer_length, answered) = read_handshake(io).await?;
    if answered == 0 {
        // With serializer 0 the upper nibble is an error.
        return Err(OpenError::Refused(Refusal::from_nibble(peer_length)));
    }
    if answered != asked {
        return Err(OpenError::OtherSubprotocol);
    }
    Ok(Lengths::agreed(own_length, peer_length))
}

/// The two nibbles of the other side's handshake.
async fn read_handshake(io: &mut Tracked) -> Result<(u8, u8), OpenError> {
    let mut octets = [0; 4];
    // One octet first: what is not RawSocket may be shorter than four.
    let (magic, rest) = octets.split_at_mut(1);
    io.read_exact(magic).await?;
    if magic != [MAGIC] {
        return Err(OpenError::NotRawSocket);
    }
    io.read_exact(rest).await?;
    let [_, nibbles, reserved @ ..] = octets;
    if reserved != [0, 0] {
        return Err(OpenError::ReservedOctets);
    }
    Ok((nibbles >> 4, nibbles & 0x0F))
}

const fn handshake(upper: u8, lower: u8) -> [u8; 4] {
    [MAGIC, upper << 4 | lower, 0, 0]
}

/// The length this side announces: the longest message it takes, as `n` in 2^(9 + n) octets.
fn length_nibble(subprotocol: Subprotocol, limits: &LinkLimits) -> u8 {
    let longest = if subprotocol.framing == Framing::Sealed {
        // The frames are Noise messages; the limit applies to what is put together from them.
        sealed::MAX_FRAME + 1
    } else {
        limits.max_message
    };
    (longest.max(1).ilog2().clamp(9, 24) - 9) as u8
}

/// What the client is told, if it is told anything.
fn refusal(error: &OpenError) -> Option<Refusal> {
    match error {
        OpenError::Serializer(_) => Some(Refusal::Serializer),
        OpenError::ReservedOctets => Some(Refusal::Reserved),
        _ => None,
    }
}

async fn leave(io: &mut Tracked, refusal: Refusal, limits: &LinkLimits) {
    let saying = async {
        // A client that does not listen can not be told.
        if io.write_all(&handshake(refusal.nibble(), 0)).await.is_ok() {
            std::future::poll_fn(|cx| io.poll_leave(cx)).await;
        }
    };
    tokio::time::timeout(limits.close_timeout, saying)
        .await
        .unwrap_or_default();
}

fn open(
    io: Tracked,
    subprotocol: Subprotocol,
    lengths: Lengths,
    peer: String,
    limits: LinkLimits,
) -> Opened {
    let wire = RawSocket::new(io, lengths);
    Opened::new(
        wire.into(),
        TransportKind::RawSocket,
        subprotocol,
        peer,
        limits,
    )
}
