//! Batches are what was put into them, and nothing a peer sends as one does harm.

use super::*;
use proptest::prelude::*;

fn frames(serializer: Serializer, batch: &[u8]) -> Result<Vec<Bytes>, DecodeError> {
    BatchReader::new(serializer, Bytes::copy_from_slice(batch))?.collect()
}

fn batch(serializer: Serializer, frames: &[impl AsRef<[u8]>]) -> Bytes {
    let mut writer = BatchWriter::new(serializer);
    for frame in frames {
        writer.push(frame.as_ref());
    }
    writer.take().expect("frames")
}

#[test]
fn batches_are_as_the_specification_draws_them() {
    let two = ["[1]", "[22]"];
    assert_eq!(batch(Serializer::Json, &two), "[1]\x1e[22]\x1e");
    for serializer in [Serializer::MessagePack, Serializer::Cbor] {
        assert_eq!(batch(serializer, &two), "\0\0\0\x03[1]\0\0\0\x04[22]");
    }
}

#[test]
fn either_separator_ends_a_json_message_and_is_answered_with_itself() {
    assert_eq!(
        frames(Serializer::Json, b"[1]\x18[2]\x1e[3]\x18").unwrap(),
        ["[1]", "[2]", "[3]"]
    );
    let mut writer = BatchWriter::new(Serializer::Json);
    for (peers, answer) in [
        ("[1]\x18", "[]\x18"),
        ("[1]\x1e", "[]\x1e"),
        ("[1]", "[]\x1e"),
    ] {
        writer.separate_like(&BatchReader::new(Serializer::Json, peers.into()).unwrap());
        writer.push(b"[]");
        assert_eq!(writer.take().unwrap(), answer);
    }
}

#[test]
fn what_is_no_batch_is_refused_with_what_is_wrong() {
    use Serializer::{Cbor, Json, MessagePack};
    let table: [(Serializer, &[u8], &str); 8] = [
        (Json, b"", "empty"),
        (Json, b"[1]", "not ended"),
        (Json, b"[1]\x1e[2]", "not ended"),
        (MessagePack, b"", "empty"),
        (MessagePack, b"\0\0\0", "cut short"),
        (MessagePack, b"\0\0\0\x01x\0", "cut short"),
        (Cbor, b"\0\0\0\x02x", "longer"),
        (Cbor, b"\xff\xff\xff\xffx", "longer"),
    ];
    for (serializer, octets, reason) in table {
        let error = frames(serializer, octets).unwrap_err().to_string();
        assert!(error.contains(reason), "{octets:?}: {error}");
    }
}

#[test]
fn nothing_follows_an_error() {
    let mut reader =
        BatchReader::new(Serializer::Cbor, Bytes::from_static(b"\0\0\0\x09x")).unwrap();
    assert!(reader.next().unwrap().is_err());
    assert!(reader.next().is_none());
}

#[test]
fn an_empty_batch_is_not_to_be_sent() {
    assert_eq!(BatchWriter::new(Serializer::Json).take(), None);
}

#[test]
fn a_message_out_of_many_keeps_no_batch_alive() {
    let octets = batch(Serializer::Cbor, &["a", "b"]);
    let within = octets.as_ptr_range();
    for frame in BatchReader::new(Serializer::Cbor, octets.clone()).unwrap() {
        assert!(!within.contains(&frame.unwrap().as_ptr()));
    }
}

fn serializer() -> impl Strategy<Value = Serializer> {
    prop::sample::select(Serializer::ALL.to_vec())
}

proptest! {
    #[test]
    fn what_is_put_into_a_batch_comes_out_of_it(
        serializer in serializer(),
        // What JSON can be: no control characters.
        sent in prop::collection::vec("[ -~]{0,40}", 1..20),
    ) {
        let octets = batch(serializer, &sent);
        prop_assert_eq!(frames(serializer, &octets).unwrap(), sent);
    }

    #[test]
    fn a_batch_cut_anywhere_gives_its_first_messages_and_perhaps_an_error(
        serializer in serializer(),
        sent in prop::collection::vec("[ -~]{0,40}", 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let octets = batch(serializer, &sent);
        let kept = &octets[..cut.index(octets.len())];
        if let Ok(reader) = BatchReader::new(serializer, Bytes::copy_from_slice(kept)) {
            let came: Vec<_> = reader.map_while(Result::ok).collect();
            prop_assert_eq!(&came[..], &sent[..came.len()]);
        }
    }

    #[test]
    fn arbitrary_octets_give_no_more_than_was_there(
        serializer in serializer(),
        octets in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(reader) = BatchReader::new(serializer, octets.clone().into()) {
            let taken: usize = reader.map_while(Result::ok).map(|frame| frame.len() + 1).sum();
            prop_assert!(taken <= octets.len());
        }
    }
}
