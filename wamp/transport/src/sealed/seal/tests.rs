//! The vectors that every implementation of the sealed link is held to, and what they leave out.

use super::*;
use crate::sealed::{noise::Handshake, prologue};
use data_encoding::HEXLOWER as HEX;
use serde::Deserialize;
use sha2::{Digest, Sha256};

const VECTORS: &str = include_str!("../../../../../protocol/vectors/sealed-link.json");

#[derive(Deserialize)]
struct Vectors {
    daemon_id: String,
    prologue: String,
    initiator_static: Pair,
    initiator_ephemeral: Pair,
    responder_static: Pair,
    responder_ephemeral: Pair,
    handshake_messages: [String; 2],
    handshake_hash: String,
    messages: Vec<Exchanged>,
    fragmented: Fragmented,
    rekey: Rekey,
}

#[derive(Deserialize)]
struct Pair {
    secret: String,
    public: String,
}

#[derive(Deserialize)]
struct Exchanged {
    from: String,
    message: String,
    pieces: Option<Vec<String>>,
    frames: Vec<String>,
}

#[derive(Deserialize)]
struct Fragmented {
    from: String,
    message_length: usize,
    message_sha256: String,
    frames: Vec<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    length: usize,
    sha256: String,
}

#[derive(Deserialize)]
struct Rekey {
    from: String,
    frames: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    nonce: u64,
    message: String,
    frame: String,
}

fn hex(text: &str) -> Vec<u8> {
    HEX.decode(text.as_bytes()).unwrap()
}

fn key(text: &str) -> [u8; 32] {
    hex(text).try_into().unwrap()
}

fn vectors() -> Vectors {
    serde_json::from_str(VECTORS).unwrap()
}

/// Both sides of the vectors' handshake, after checking every octet of it.
fn sides(vectors: &Vectors) -> (Seal, Seal) {
    let prologue = hex(&vectors.prologue);
    let responder_public = key(&vectors.responder_static.public);
    let mut initiator = Handshake::with_ephemeral(
        &key(&vectors.initiator_static.secret),
        Some(&responder_public),
        &prologue,
        &key(&vectors.initiator_ephemeral.secret),
    );
    let mut responder = Handshake::with_ephemeral(
        &key(&vectors.responder_static.secret),
        None,
        &prologue,
        &key(&vectors.responder_ephemeral.secret),
    );
    let [first, second] = &vectors.handshake_messages;
    let message = initiator.write().unwrap();
    assert_eq!(HEX.encode(&message), *first);
    responder.read(&message).unwrap();
    let asks = responder.remote_static().unwrap();
    assert_eq!(HEX.encode(&asks), vectors.initiator_static.public);
    let message = responder.write().unwrap();
    assert_eq!(HEX.encode(&message), *second);
    initiator.read(&message).unwrap();
    for side in [&initiator, &responder] {
        let hash = side.hash().unwrap();
        assert_eq!(HEX.encode(&hash), vectors.handshake_hash);
    }
    let seal = |side: Handshake| Seal::new(side.finish().unwrap(), 1 << 20);
    (seal(initiator), seal(responder))
}

/// Sender and receiver of what comes from the side of that name.
fn directed<'a>(sides: &'a mut (Seal, Seal), from: &str) -> (&'a mut Seal, &'a mut Seal) {
    match from {
        "initiator" => (&mut sides.0, &mut sides.1),
        "responder" => (&mut sides.1, &mut sides.0),
        other => panic!("{other} is no side"),
    }
}

fn seal(seal: &mut Seal, message: &[u8]) -> Vec<Bytes> {
    seal_for(seal, message, usize::MAX)
}

fn seal_for(seal: &mut Seal, message: &[u8], max_frame: usize) -> Vec<Bytes> {
    let mut frames = Vec::new();
    let sent = seal.seal(message, max_frame, |frame| {
        frames.push(frame);
        Ok(())
    });
    sent.unwrap();
    frames
}

/// The pieces cut as the vectors say, not as this side would.
fn seal_pieces(seal: &mut Seal, pieces: &[String]) -> Vec<Bytes> {
    let last = pieces.len() - 1;
    let sealed = pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| seal.seal_piece(piece.as_bytes(), index == last).unwrap());
    sealed.collect()
}

fn open(seal: &mut Seal, frames: &[Bytes]) -> Bytes {
    let mut opened = frames.iter().map(|frame| seal.open(frame).unwrap());
    let complete = opened.by_ref().find_map(|message| message);
    assert_eq!(opened.count(), 0, "the message ends with its last frame");
    complete.unwrap()
}

#[test]
fn every_octet_is_that_of_the_vectors() {
    let vectors = vectors();
    assert_eq!(prologue(&vectors.daemon_id), hex(&vectors.prologue));
    let mut sides = sides(&vectors);
    for exchanged in &vectors.messages {
        let (sender, receiver) = directed(&mut sides, &exchanged.from);
        let message = exchanged.message.as_bytes();
        let frames = match &exchanged.pieces {
            Some(pieces) => seal_pieces(sender, pieces),
            None => seal(sender, message),
        };
        let written: Vec<_> = frames.iter().map(|frame| HEX.encode(frame)).collect();
        assert_eq!(written, exchanged.frames, "{}", exchanged.message);
        assert_eq!(open(receiver, &frames), message);
    }

    let Fragmented {
        from,
        message_length,
        message_sha256,
        frames: expected,
    } = &vectors.fragmented;
    let (sender, receiver) = directed(&mut sides, from);
    let message: Vec<u8> = (0..*message_length).map(|i| (i % 251) as u8).collect();
    assert_eq!(HEX.encode(&Sha256::digest(&message)), *message_sha256);
    let frames = seal(sender, &message);
    assert_eq!(frames.len(), expected.len());
    for (frame, expected) in frames.iter().zip(expected) {
        assert_eq!(frame.len(), expected.length);
        assert_eq!(HEX.encode(&Sha256::digest(frame)), expected.sha256);
    }
    assert_eq!(open(receiver, &frames), message);
}

#[test]
fn the_key_changes_after_the_frames_of_the_vectors() {
    let vectors = vectors();
    let mut sides = sides(&vectors);
    let (sender, receiver) = directed(&mut sides, &vectors.rekey.from);
    // Nothing but the number of frames decides, so the receiver need not open a million of them.
    let first = vectors.rekey.frames[0].nonce;
    let mut empty = [0; 1 + TAG];
    while sender.noise.sending_nonce() < first {
        sender
            .noise
            .write_message(&[LAST_PIECE], &mut empty)
            .unwrap();
    }
    receiver.noise.set_receiving_nonce(first);
    for Numbered {
        nonce,
        message,
        frame,
    } in &vectors.rekey.frames
    {
        assert_eq!(sender.noise.sending_nonce(), *nonce);
        let frames = seal(sender, message.as_bytes());
        assert_eq!(HEX.encode(&frames[0]), *frame);
        assert_eq!(open(receiver, &frames), message.as_bytes());
    }
}

#[test]
fn a_frame_opens_only_once_unchanged_and_in_its_place() {
    let fresh = || sides(&vectors());
    let is_broken = |opened| matches!(opened, Err(LinkError::Seal(_)));

    let (mut sender, mut receiver) = fresh();
    let frame = seal(&mut sender, b"once")[0].clone();
    assert!(receiver.open(&frame).is_ok());
    assert!(is_broken(receiver.open(&frame)), "replayed");

    let (mut sender, mut receiver) = fresh();
    seal(&mut sender, b"first");
    let second = seal(&mut sender, b"second")[0].clone();
    assert!(is_broken(receiver.open(&second)), "out of its place");

    let (mut sender, _) = fresh();
    let frame = seal(&mut sender, b"mine")[0].clone();
    assert!(is_broken(sender.open(&frame)), "sent back");

    for changed in 0..frame.len() {
        let (_, mut receiver) = fresh();
        let mut frame = frame.to_vec();
        frame[changed] ^= 1;
        assert!(is_broken(receiver.open(&frame)), "octet {changed} changed");
    }
    for length in 0..frame.len() {
        let (_, mut receiver) = fresh();
        assert!(
            is_broken(receiver.open(&frame[..length])),
            "cut to {length}"
        );
    }
}

#[test]
fn what_is_no_piece_of_a_message_is_refused() {
    let (mut sender, mut receiver) = sides(&vectors());
    let mut frame = [0; 2 + TAG];
    sender.noise.write_message(&[2, 0], &mut frame).unwrap();
    assert!(matches!(receiver.open(&frame), Err(LinkError::Seal(_))));

    let (mut sender, mut receiver) = sides(&vectors());
    let mut frame = [0; TAG];
    sender.noise.write_message(&[], &mut frame).unwrap();
    assert!(matches!(receiver.open(&frame), Err(LinkError::Seal(_))));
}

#[test]
fn pieces_are_not_collected_beyond_the_longest_message() {
    let (mut sender, mut receiver) = sides(&vectors());
    receiver.max_message = 100;
    let piece = [0; 60];
    let more = sender.seal_piece(&piece, false).unwrap();
    assert_eq!(receiver.open(&more).unwrap(), None);
    let last = sender.seal_piece(&piece, true).unwrap();
    let refused = receiver.open(&last);
    assert!(matches!(refused, Err(LinkError::TooLong { limit: 100 })));
}

#[test]
fn pieces_fit_the_frames_the_peer_takes() {
    let (mut sender, mut receiver) = sides(&vectors());
    let message = vec![7; 2000];
    let frames = seal_for(&mut sender, &message, 512);
    assert!(frames.iter().all(|frame| frame.len() <= 512));
    assert_eq!(open(&mut receiver, &frames), message);
}
