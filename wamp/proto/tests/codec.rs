//! Frames to messages and back, over every serializer.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use wamp_proto::{
    DecodeError, EncodeError, MAX_DEPTH, Message, Payload, Serializer, Value, decode, encode,
};

/// One of each message, in every shape that differs on the wire.
const MESSAGES: &[&str] = &[
    r#"[1,"realm1",{"agent":"t/1","roles":{"caller":{"features":{"call_timeout":true}}},"authid":"joe","authmethods":["cryptosign"],"authextra":{"pubkey":"00"}}]"#,
    r#"[2,9129137332,{"roles":{"broker":{},"dealer":{}},"authid":"joe","authrole":"user"}]"#,
    r#"[3,{"message":"no"},"wamp.error.no_such_realm"]"#,
    r#"[3,{},"wamp.error.no_such_realm",["more"],{"a":1}]"#,
    r#"[4,"ticket",{}]"#,
    r#"[4,"cryptosign",{"challenge":"ab","channel_binding":null}]"#,
    r#"[5,"secret",{}]"#,
    r#"[6,{},"wamp.close.close_realm"]"#,
    r#"[8,48,713845233,{"trace":[1,2]},"com.myapp.error",["a"],{"b":null}]"#,
    r#"[16,239714735,{"acknowledge":true,"exclude_me":false,"eligible":[],"exclude_authid":["x"]},"com.myapp.topic"]"#,
    r#"[16,1,{},"com.myapp.topic",["Hello, world!"]]"#,
    r#"[17,239714735,4429313566]"#,
    r#"[32,713845233,{"match":"wildcard"},"com..topic"]"#,
    r#"[33,713845233,5512315355]"#,
    r#"[34,85346237,5512315355]"#,
    r#"[35,85346237]"#,
    r#"[35,0,{"subscription":5512315355,"reason":"wamp.error.not_authorized"}]"#,
    r#"[36,5512315355,4429313566,{"topic":"a.b","publisher":3},[],{"color":"orange"}]"#,
    r#"[48,7814135,{"timeout":100,"receive_progress":true},"com.myapp.user.new",["johnny"],{"firstname":"John"}]"#,
    r#"[49,7814135,{"mode":"killnowait"}]"#,
    r#"[50,7814135,{"progress":true},[30]]"#,
    r#"[64,25349185,{"invoke":"roundrobin","match":"prefix","disclose_caller":true},"com.myapp"]"#,
    r#"[65,25349185,2103333224]"#,
    r#"[66,788923562,2103333224]"#,
    r#"[67,788923562]"#,
    r#"[67,0,{"registration":2103333224,"reason":"x.y"}]"#,
    r#"[68,6131533,9823526,{"procedure":"a.b","caller":7,"caller_authid":"joe"},[1.5,true,null]]"#,
    r#"[69,6131533,{"mode":"kill","reason":"wamp.error.timeout"}]"#,
    r#"[70,6131533,{},["done"]]"#,
];

fn parse(frame: &str) -> Message {
    decode(Serializer::Json, &Bytes::copy_from_slice(frame.as_bytes())).expect(frame)
}

fn frame(message: &Message, serializer: Serializer) -> Bytes {
    let mut out = BytesMut::new();
    encode(message, serializer, &mut out).expect("encodes");
    out.freeze()
}

/// The same message with its payload written in `serializer`.
fn over(serializer: Serializer, message: &Message) -> Message {
    decode(serializer, &frame(message, serializer)).expect("decodes what it encoded")
}

#[test]
fn every_message_comes_back_from_every_serializer() {
    for text in MESSAGES {
        let message = parse(text);
        for serializer in Serializer::ALL {
            let there = over(serializer, &message);
            assert_eq!(there.name(), message.name());
            assert_eq!(
                over(serializer, &there),
                there,
                "{text} over {serializer:?}"
            );
            let back = over(Serializer::Json, &there);
            assert_eq!(back, message, "{text} over {serializer:?} and back");
        }
    }
}

#[test]
fn json_frames_come_out_as_they_went_in() {
    for text in MESSAGES {
        let out = frame(&parse(text), Serializer::Json);
        let (out, text): (serde_json::Value, serde_json::Value) = (
            serde_json::from_slice(&out).unwrap(),
            serde_json::from_str(text).unwrap(),
        );
        assert_eq!(out, text);
    }
}

#[test]
fn a_frame_cut_anywhere_is_refused() {
    for text in MESSAGES {
        let message = parse(text);
        for serializer in Serializer::ALL {
            let whole = frame(&message, serializer);
            for end in 0..whole.len() {
                let cut = decode(serializer, &whole.slice(..end));
                assert!(cut.is_err(), "{text} over {serializer:?} cut at {end}");
            }
            let mut longer = BytesMut::from(&whole[..]);
            longer.extend_from_slice(&[0]);
            assert!(
                decode(serializer, &longer.freeze()).is_err(),
                "{text} and one octet more"
            );
        }
    }
}

#[test]
fn empty_arguments_are_left_out() {
    for (text, args, kwargs) in [
        (r#"[48,1,{},"a.b"]"#, None, None),
        (r#"[48,1,{},"a.b",[]]"#, None, None),
        (r#"[48,1,{},"a.b",[ ],{ }]"#, None, None),
        (r#"[48,1,{},"a.b",[1],{}]"#, Some("[1]"), None),
        (
            r#"[48,1,{},"a.b",[],{"k":1}]"#,
            Some("[]"),
            Some(r#"{"k":1}"#),
        ),
        (
            r#"[48,1,{},"a.b", [1] , {"k":1} ]"#,
            Some("[1]"),
            Some(r#"{"k":1}"#),
        ),
    ] {
        let message = parse(text);
        let payload = message.payload().unwrap();
        assert_eq!(payload.args(), args.map(str::as_bytes), "{text}");
        assert_eq!(payload.kwargs(), kwargs.map(str::as_bytes), "{text}");
    }
}

#[test]
fn what_is_no_message_is_refused_with_a_reason() {
    for (text, reason) in [
        ("", "a WAMP message is a list that starts with its type"),
        ("{}", "a WAMP message is a list that starts with its type"),
        ("[]", "a WAMP message is a list that starts with its type"),
        (
            r#"["1"]"#,
            "a WAMP message is a list that starts with its type",
        ),
        ("[-1]", "a WAMP message is a list that starts with its type"),
        ("[7]", "unknown message type 7"),
        ("[48,1,{}]", "CALL has 3 elements"),
        (r#"[48,1,{},"a",[],{},1]"#, "CALL has 7 elements"),
        (r#"[65,1,2,3,4,5,6,7,8]"#, "REGISTERED has 9 elements"),
        (
            r#"[48,0,{},"a"]"#,
            "CALL.request is not an id from 1 to 2^53",
        ),
        (
            r#"[48,9007199254740993,{},"a"]"#,
            "CALL.request is not an id from 1 to 2^53",
        ),
        (
            r#"[48,99999999999999999999999,{},"a"]"#,
            "CALL.request is not an id from 1 to 2^53",
        ),
        (
            r#"[48,1.0,{},"a"]"#,
            "CALL.request is not an id from 1 to 2^53",
        ),
        (
            r#"[48,true,{},"a"]"#,
            "CALL.request is not an id from 1 to 2^53",
        ),
        (r#"[48,1,[],"a"]"#, "CALL.options is not a dictionary"),
        (r#"[48,1,null,"a"]"#, "CALL.options is not a dictionary"),
        (r#"[48,1,{},7]"#, "CALL.procedure is not a string"),
        (r#"[48,1,{},"a",{}]"#, "CALL.arguments is not a list"),
        (
            r#"[48,1,{},"a",[],[]]"#,
            "CALL.arguments_kw is not a dictionary",
        ),
        (
            r#"[65,1,2] x"#,
            "not a json value: something after the value at octet 9",
        ),
        (
            r#"[65,1,2"#,
            "not a json value: a list without end at octet 7",
        ),
        (
            r#"[65 1]"#,
            "not a json value: no comma between items at octet 4",
        ),
    ] {
        let error = decode(Serializer::Json, &Bytes::copy_from_slice(text.as_bytes())).unwrap_err();
        assert_eq!(error.to_string(), reason, "{text}");
    }
    let options = decode(
        Serializer::Json,
        &Bytes::from_static(br#"[32,1,{"match":"glob"},"a"]"#),
    );
    assert!(matches!(
        options,
        Err(DecodeError::Options {
            message: "SUBSCRIBE",
            field: "options",
            ..
        })
    ));
}

#[test]
fn nesting_is_allowed_to_the_limit_and_no_further() {
    // The message's own list and the arguments are two of the levels.
    let (fits, deeper) = (MAX_DEPTH - 2, MAX_DEPTH - 1);
    let json = |n: usize| format!("[70,1,{{}},[{}{}]]", "[".repeat(n), "]".repeat(n)).into_bytes();
    let list = |n: usize, msgpack: bool| {
        let (four, map, one, none) = if msgpack {
            (0x94, 0x80, 0x91, 0x90)
        } else {
            (0x84, 0xa0, 0x81, 0x80)
        };
        let seventy: &[u8] = if msgpack { &[70] } else { &[0x18, 70] };
        let mut frame = vec![four];
        frame.extend_from_slice(seventy);
        frame.extend_from_slice(&[1, map]);
        frame.resize(frame.len() + n, one);
        frame.push(none);
        frame
    };
    for (serializer, make) in [
        (Serializer::Json, &json as &dyn Fn(usize) -> Vec<u8>),
        (Serializer::MessagePack, &|n| list(n, true)),
        (Serializer::Cbor, &|n| list(n, false)),
    ] {
        assert!(
            decode(serializer, &make(fits).into()).is_ok(),
            "{serializer:?}"
        );
        assert!(
            decode(serializer, &make(deeper).into()).is_err(),
            "{serializer:?}"
        );
        assert!(
            decode(serializer, &make(10_000).into()).is_err(),
            "{serializer:?}"
        );
        assert!(
            decode(serializer, &make(1_000_000).into()).is_err(),
            "{serializer:?}"
        );
    }
}

#[test]
fn huge_claimed_lengths_cost_nothing() {
    let msgpack: &[&[u8]] = &[
        &[0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0x94, 70, 1, 0x80, 0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0x94, 70, 1, 0x80, 0x91, 0xc6, 0xff, 0xff, 0xff, 0xff],
        &[0x94, 70, 1, 0x80, 0x91, 0xdf, 0xff, 0xff, 0xff, 0xff],
    ];
    for frame in msgpack {
        assert!(decode(Serializer::MessagePack, &Bytes::from_static(frame)).is_err());
    }
    let cbor: &[&[u8]] = &[
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[
            0x84, 0x18, 70, 1, 0xa0, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
        &[
            0x84, 0x18, 70, 1, 0xa0, 0x81, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
        &[
            0x84, 0x18, 70, 1, 0xa0, 0x81, 0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
    ];
    for frame in cbor {
        assert!(decode(Serializer::Cbor, &Bytes::from_static(frame)).is_err());
    }
}

#[test]
fn cbor_without_lengths_and_with_tags_is_understood() {
    // [_ 70, 1, {_ }, [_ (_ "a", "b"), 1(7)]]
    let frame = &[
        0xd9, 0xd9, 0xf7, 0x9f, 0x18, 70, 1, 0xbf, 0xff, 0x9f, 0x7f, 0x61, b'a', 0x61, b'b', 0xff,
        0xff, 0xff,
    ];
    let message = decode(Serializer::Cbor, &Bytes::from_static(frame)).unwrap();
    let Message::Yield(message) = over(Serializer::Json, &message) else {
        panic!()
    };
    assert_eq!(message.payload.args(), Some(&br#"["ab"]"#[..]));
}

#[test]
fn octets_travel_through_json_as_base64() {
    let octets = Value::List(vec![Value::Bytes(vec![0x10, 0xe3, 0xff, 0x90, 0x53, 0x07])]);
    let payload = Payload::new(Serializer::MessagePack, &octets, &()).unwrap();
    for over in [Serializer::Json, Serializer::Cbor] {
        let there = payload.transcoded(over).unwrap();
        assert_eq!(there.read_args::<Value>().unwrap(), octets);
        assert_eq!(there.transcoded(Serializer::MessagePack).unwrap(), payload);
    }
    let json = payload.transcoded(Serializer::Json).unwrap();
    assert_eq!(json.args(), Some(&br#"["\u0000EOP/kFMH"]"#[..]));
}

#[test]
fn what_has_no_equivalent_is_an_error_and_writes_nothing() {
    let nan = Payload::new(Serializer::MessagePack, &[f64::NAN], &()).unwrap();
    // In JSON this is the octet 0.
    let zero = Payload::new(Serializer::MessagePack, &["\0AA=="], &()).unwrap();
    // {1: 2} and an extension, as a list's only item.
    let keys: &[u8] = &[0x94, 70, 1, 0x80, 0x91, 0x81, 1, 2];
    let extension: &[u8] = &[0x94, 70, 1, 0x80, 0x91, 0xd4, 5, 1];
    let of = |frame: &'static [u8]| {
        let message = decode(Serializer::MessagePack, &Bytes::from_static(frame)).unwrap();
        message.payload().unwrap().clone()
    };
    for payload in [nan, zero, of(keys), of(extension)] {
        let Message::Yield(mut message) = parse(r#"[70,1,{}]"#) else {
            panic!()
        };
        message.payload = payload;
        let mut out = BytesMut::from(&b"before"[..]);
        let error = encode(&message.into(), Serializer::Json, &mut out).unwrap_err();
        assert!(
            matches!(
                error,
                EncodeError::Transcode {
                    to: Serializer::Json,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(&out[..], b"before");
    }
}

#[test]
fn big_numbers_keep_their_value() {
    let text = "[70,1,{},[18446744073709551615,-9223372036854775808,9007199254740993,1e400]]";
    let message = parse(text);
    assert_eq!(frame(&message, Serializer::Json), text.as_bytes());
    let Message::Yield(mut message) = message else {
        panic!()
    };
    let args: Vec<Value> =
        serde_json::from_str("[18446744073709551615,-9223372036854775808]").unwrap();
    message.payload = Payload::new(Serializer::Json, &args, &()).unwrap();
    for serializer in [Serializer::MessagePack, Serializer::Cbor] {
        let there = over(serializer, &message.clone().into());
        assert_eq!(
            there.payload().unwrap().read_args::<Vec<Value>>().unwrap(),
            args
        );
    }
}

#[test]
fn debug_shows_no_payload() {
    let message = parse(r#"[48,1,{},"a.b",["hunter2"],{"pin":"48217305"}]"#);
    let debug = format!("{message:?}");
    assert!(
        !debug.contains("hunter2") && !debug.contains("48217305"),
        "{debug}"
    );
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (i64::MAX as u64 + 1..=u64::MAX).prop_map(Value::UInt),
        (-1e300..1e300).prop_map(Value::Float),
        // A text that starts with \0 has no form in JSON.
        "[^\0]{0,12}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::btree_map("[^\0]{0,6}", inner, 0..5).prop_map(Value::Dict),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn payloads_mean_the_same_in_every_serializer(
        list in proptest::collection::vec(value(), 1..4),
        dict in proptest::collection::btree_map("[a-z]{1,6}", value(), 1..4),
    ) {
        for from in Serializer::ALL {
            let payload = Payload::new(from, &list, &dict).unwrap();
            for to in Serializer::ALL {
                let there = payload.transcoded(to).unwrap();
                prop_assert_eq!(&there.read_args::<Vec<Value>>().unwrap(), &list);
                prop_assert_eq!(&there.read_kwargs::<wamp_proto::Dict>().unwrap(), &dict);
            }
        }
    }

    #[test]
    fn the_json_scan_agrees_with_serde_json(text in r#"[\[\]\{\}",:\\ utrfalsn0-9eE.+\-d8c]{0,24}"#) {
        // Written as the one argument of a message, so that the scan sees it as a value.
        let frame = format!(r#"[70,1,{{}},[{text}]]"#);
        let ours = decode(Serializer::Json, &Bytes::from(frame.clone()));
        // The arguments have to be one list: a comma may add further elements.
        let theirs = serde_json::from_str::<Vec<serde_json::Value>>(&frame);
        match theirs {
            Ok(elements) if elements.len() == 4 => prop_assert!(ours.is_ok(), "{}: {:?}", frame, ours),
            Ok(_) => {}
            // serde_json refuses numbers that no f64 holds; the scan lets them pass unread.
            Err(error) if error.to_string().contains("number out of range") => {}
            Err(_) => prop_assert!(ours.is_err(), "{}", frame),
        }
    }

    #[test]
    fn random_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..64)) {
        let octets = Bytes::from(octets);
        for serializer in Serializer::ALL {
            if let Ok(message) = decode(serializer, &octets) {
                prop_assert_eq!(over(serializer, &message), message);
            }
        }
    }
}
