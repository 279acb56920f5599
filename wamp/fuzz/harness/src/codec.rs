//! Frames of every serializer: what is decoded is what was sent, and survives being passed on.

use bytes::{Bytes, BytesMut};
use serde::de::IgnoredAny;
use wamp_proto::{DecodeError, Message, Payload, Serializer, Value, decode, encode, skip_value};

/// Decodes a frame of JSON.
pub fn decode_json(octets: &[u8]) {
    let decoded = take(Serializer::Json, octets);
    let theirs = serde_json::from_slice::<serde_json::Value>(octets);
    match (&decoded, &theirs) {
        // Numbers are checked when they are read, and most are only passed on.
        (Ok(_), Err(error)) => {
            let what = error.to_string();
            assert!(what.starts_with("number out of range"), "accepted: {what}");
        }
        (Ok(message), Ok(value)) => same_arguments(message, value),
        (Err(DecodeError::Malformed { what, .. }), Ok(_)) => {
            assert_eq!(*what, "too deep a nesting", "refused what is JSON");
        }
        (Err(_), _) => {}
    }
}

/// Decodes a frame of MessagePack.
pub fn decode_msgpack(octets: &[u8]) {
    if take(Serializer::MessagePack, octets).is_ok() {
        rmp_serde::from_slice::<IgnoredAny>(octets).expect("accepted what is no MessagePack");
    }
}

/// Decodes a frame of CBOR.
pub fn decode_cbor(octets: &[u8]) {
    if take(Serializer::Cbor, octets).is_ok() {
        let mut decoder = minicbor::Decoder::new(octets);
        decoder.skip().expect("accepted what is no CBOR");
        assert_eq!(decoder.position(), octets.len(), "accepted more than CBOR");
    }
}

/// Decodes a frame and, if it is a message, passes it on in every serializer.
fn take(serializer: Serializer, octets: &[u8]) -> Result<Message, DecodeError> {
    if let Ok(length) = skip_value(serializer, octets) {
        let value = octets.get(..length).expect("a value ends in its frame");
        assert_eq!(skip_value(serializer, value), Ok(length));
    }
    let message = decode(serializer, &Bytes::copy_from_slice(octets))?;
    passes_unchanged(&message, serializer);
    for to in Serializer::ALL {
        if to != serializer {
            passes_translated(&message, serializer, to);
        }
    }
    Ok(message)
}

/// To a peer of the same serializer.
fn passes_unchanged(message: &Message, serializer: Serializer) {
    let frame = written(message, serializer).expect("a frame can be written as it came");
    let again = decode(serializer, &frame).expect("what is written can be read");
    assert_eq!(values(&again), values(message));
    assert_eq!(written(&again, serializer).as_ref(), Some(&frame));
    // NaN equals nothing, not even itself.
    #[expect(clippy::eq_op, reason = "whether there is a NaN in it")]
    let comparable = message == message;
    assert!(!comparable || again == *message, "{again:?}\n{message:?}");
}

/// To a peer of another serializer, and from there back.
fn passes_translated(message: &Message, from: Serializer, to: Serializer) {
    let Some(frame) = written(message, to) else {
        return;
    };
    let there = decode(to, &frame).expect("what is translated can be read");
    same_meaning(&there, message);
    let frame = written(&there, from).expect("what came from there can go back");
    let back = decode(from, &frame).expect("what is translated back can be read");
    same_meaning(&back, message);
}

fn written(message: &Message, serializer: Serializer) -> Option<Bytes> {
    let mut out = BytesMut::from(&b"before"[..]);
    let written = encode(message, serializer, &mut out);
    let frame = out.split_off(b"before".len()).freeze();
    assert_eq!(out, b"before"[..], "what was there before is untouched");
    if written.is_err() {
        assert_eq!(frame, b""[..], "half a frame was left behind");
    }
    written.ok().map(|()| frame)
}

fn same_meaning(one: &Message, other: &Message) {
    let (there, here) = (envelope(one), envelope(other));
    assert_eq!(there, here);
    assert_eq!(values(one), values(other), "the payload of {here}");
}

/// The arguments as values, in words, since a NaN is not equal to itself.
fn values(message: &Message) -> Option<[String; 2]> {
    let payload = message.payload()?;
    let args = payload.read_args::<Value>();
    let kwargs = payload.read_kwargs::<Value>();
    // What is wrong stands at different places in different serializers.
    let in_words = |value: Result<Value, String>| match value {
        Ok(value) => format!("{value:?}"),
        Err(_) => "no value".to_owned(),
    };
    Some([in_words(args), in_words(kwargs)])
}

/// All of a message but its payload, in words.
fn envelope(message: &Message) -> String {
    let mut message = message.clone();
    match &mut message {
        Message::Abort(m) => m.payload = Payload::NONE,
        Message::Error(m) => m.payload = Payload::NONE,
        Message::Publish(m) => m.payload = Payload::NONE,
        Message::Event(m) => m.payload = Payload::NONE,
        Message::Call(m) => m.payload = Payload::NONE,
        Message::Result(m) => m.payload = Payload::NONE,
        Message::Invocation(m) => m.payload = Payload::NONE,
        Message::Yield(m) => m.payload = Payload::NONE,
        _ => {}
    }
    format!("{message:?}")
}

/// Whether the payload is what another parser finds at the end of the frame.
fn same_arguments(message: &Message, value: &serde_json::Value) {
    let elements = value.as_array().expect("a message is a list");
    assert_eq!(
        elements.first().and_then(serde_json::Value::as_u64),
        Some(message.code())
    );
    let Some(payload) = message.payload() else {
        return;
    };
    let read = |raw: &[u8]| serde_json::from_slice::<serde_json::Value>(raw).expect("JSON");
    let (args, kwargs) = (payload.args().map(read), payload.kwargs().map(read));
    let mut last = elements.iter().rev();
    if let Some(kwargs) = kwargs {
        assert_eq!(Some(&kwargs), last.next());
        assert_eq!(args.as_ref(), last.next());
    } else if let Some(args) = args {
        let given = last.find(|element| element.is_array());
        assert_eq!(Some(&args), given);
    }
}
