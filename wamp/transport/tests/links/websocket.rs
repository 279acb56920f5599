//! WebSocket, frame by frame.

use crate::harness::{assert_silent, bare, call, failure, read_call, receive, send_all, within};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, handshake::derive_accept_key, protocol::Role},
};
use wamp_proto::{Outbound, Serializer};
use wamp_transport::{
    LinkError, LinkLimits, OpenError, Opened, Subprotocol, TransportKind, websocket,
};

const JSON: Subprotocol = Subprotocol::plain(Serializer::Json);
const CBOR: Subprotocol = Subprotocol::plain(Serializer::Cbor);

/// Whether an error is the one that is meant.
type Is = fn(&LinkError) -> bool;

#[tokio::test]
async fn frames_that_break_the_rules_end_the_link() {
    let framing: Is = |e| matches!(e, LinkError::Framing { .. });
    let frame_type: Is = |e| matches!(e, LinkError::FrameType { .. });
    let too_long: Is = |e| matches!(e, LinkError::TooLong { limit: 1000 });
    let table: [(Subprotocol, &[u8], Is); 8] = [
        // Binary where the serializer is text, and the other way round.
        (JSON, &[0x82, 0x82, 0, 0, 0, 0, b'[', b']'], frame_type),
        (CBOR, &[0x81, 0x82, 0, 0, 0, 0, b'[', b']'], frame_type),
        // Not masked; reserved bits; a reserved opcode; a continuation of nothing.
        (JSON, &[0x81, 2, b'[', b']'], framing),
        (JSON, &[0xC1, 0x80, 0, 0, 0, 0], framing),
        (JSON, &[0x83, 0x80, 0, 0, 0, 0], framing),
        (JSON, &[0x80, 0x80, 0, 0, 0, 0], framing),
        // Too long: known from the header alone, with 16 and with 64 bits of length.
        (JSON, &[0x81, 0xFE, 0x03, 0xE9], too_long),
        (
            JSON,
            &[0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            too_long,
        ),
    ];
    let limits = LinkLimits {
        max_message: 1000,
        ..LinkLimits::default()
    };
    for (subprotocol, octets, expected) in table {
        let (mut near, mut link) = bare(subprotocol, TransportKind::WebSocket, limits).await;
        near.write_all(octets).await.unwrap();
        // The mask of the last two has not come and need not.
        near.write_all(&[0; 4]).await.unwrap();
        let error = failure(&mut link).await;
        assert!(expected(&error), "{octets:02x?}: {error:?}");
    }
}

#[tokio::test]
async fn fragments_are_not_collected_beyond_the_longest_message() {
    let limits = LinkLimits {
        max_message: 300,
        ..LinkLimits::default()
    };
    let (mut near, mut link) = bare(JSON, TransportKind::WebSocket, limits).await;
    for opcode in [0x01, 0x00, 0x00] {
        let header = [opcode, 0x80 | 125, 0, 0, 0, 0];
        near.write_all(&header).await.unwrap();
        near.write_all(&[b' '; 125]).await.unwrap();
    }
    let error = failure(&mut link).await;
    assert!(
        matches!(error, LinkError::TooLong { limit: 300 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_long_message_is_one_message_to_another_implementation() {
    let (near, far) = duplex(5000);
    let limits = LinkLimits::default();
    let opened = websocket::accept(far, Bytes::new(), JSON, String::new(), limits).await;
    let Opened::Plain(mut link) = opened else {
        panic!("a plain link was asked for");
    };
    let mut near = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    let ((), received) = tokio::join!(
        send_all(&mut link, [call(1, 1_000_000), call(2, 1)]),
        async { [near.next().await, near.next().await].map(|m| m.unwrap().unwrap()) }
    );
    let [long, short] = received.map(|message| message.into_text().unwrap().len());
    assert!(long > 1_000_000 && short < 100);

    // And the other way round, in fragments of its own.
    let text = format!(r#"[48,3,{{}},"a.b",["{}"]]"#, "x".repeat(200_000));
    let (sent, message) = tokio::join!(
        near.send(tungstenite::Message::Text(text.into())),
        receive(&mut link)
    );
    sent.unwrap();
    assert_eq!(read_call(&message), (3, 200_000));
}

/// A client's frame, with the length in as many octets as are asked for.
fn frame(first: u8, length_octets: usize, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let length = (payload.len() as u64).to_be_bytes();
    let mut frame = match length_octets {
        1 => vec![first, 0x80 | payload.len() as u8],
        2 => [&[first, 0x80 | 126], &length[6..]].concat(),
        _ => [&[first, 0x80 | 127], &length[..]].concat(),
    };
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(o, m)| o ^ m));
    frame
}

#[tokio::test]
async fn messages_come_in_order_however_they_are_framed_and_cut() {
    let lengths = [1, 60, 90, 400, 16_000, 16_400, 65_500, 200_000];
    let mut sent = Vec::new();
    let mut expected = Vec::new();
    for (at, &length) in (1..).zip(lengths.iter().cycle().take(40)) {
        let text = format!(r#"[48,{at},{{}},"a.b",["{}"]]"#, "ü".repeat(length / 2));
        let text = text.as_bytes();
        let (third, half) = (text.len() / 3, text.len() / 2);
        let ping = frame(0x89, 1, b"there?");
        sent.extend(match at % 5 {
            // As short as its length allows, and as long as RFC 6455 does not.
            0 if text.len() < 126 => frame(0x81, 1, text),
            0 | 1 if text.len() < 1 << 16 => frame(0x81, 2, text),
            0..2 => frame(0x81, 8, text),
            2 => [ping, frame(0x81, 8, text)].concat(),
            // In pieces that cut a letter in two, with something else between them.
            3 => [
                frame(0x01, 8, &text[..third]),
                ping,
                frame(0x00, 8, &text[third..half]),
                frame(0x80, 8, &text[half..]),
            ]
            .concat(),
            _ => [
                frame(0x8A, 1, b""),
                frame(0x01, 1, b""),
                frame(0x80, 8, text),
            ]
            .concat(),
        });
        expected.push((at, 2 * (length / 2)));
    }
    let pings = 40 / 5 * 2;
    for room in [7, 1000, 70_000, 1 << 20] {
        let (near, far) = duplex(room);
        let (limits, peer) = (LinkLimits::default(), String::new());
        let opened = websocket::accept(far, Bytes::new(), JSON, peer, limits).await;
        let Opened::Plain(mut link) = opened else {
            panic!("a plain link was asked for");
        };
        let (mut from, mut to) = tokio::io::split(near);
        let receiving = async {
            for expected in &expected {
                assert_eq!(read_call(&receive(&mut link).await), *expected, "{room}");
            }
        };
        let answers = async {
            let mut pongs = vec![0; pings * 8];
            from.read_exact(&mut pongs).await.unwrap();
            assert_eq!(pongs, b"\x8A\x06there?".repeat(pings));
        };
        let (written, (), ()) = tokio::join!(to.write_all(&sent), receiving, answers);
        written.unwrap();
        // What ends in the middle of a message is no message.
        to.write_all(&sent[..5]).await.unwrap();
        to.shutdown().await.unwrap();
        let error = failure(&mut link).await;
        assert!(matches!(error, LinkError::Cut), "{room}: {error:?}");
    }
}

#[tokio::test]
async fn what_was_read_beyond_the_upgrade_is_not_lost() {
    let (_near, far) = duplex(64);
    let goodbye = br#"[6,{},"wamp.close.normal"]"#;
    let header = [0x81, 0x80 | goodbye.len() as u8, 0, 0, 0, 0];
    let leftover = Bytes::from([&header[..], goodbye].concat());
    let limits = LinkLimits::default();
    let opened = websocket::accept(far, leftover, JSON, String::new(), limits).await;
    let Opened::Plain(mut link) = opened else {
        panic!("a plain link was asked for");
    };
    assert_eq!(receive(&mut link).await.name(), "GOODBYE");
}

/// What a client makes of a server that answers its upgrade with `status` and `headers`.
async fn upgraded(status: &str, subprotocol: Option<&str>) -> Result<Opened, OpenError> {
    let (mut near, far) = duplex(4096);
    let limits = LinkLimits::default();
    let connecting = websocket::connect(
        far,
        "study.local:5020",
        "/ws",
        &[CBOR, JSON],
        String::new(),
        limits,
    );
    let answering = async {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            near.read_buf(&mut request).await.unwrap();
        }
        let request = String::from_utf8(request).unwrap();
        assert!(request.starts_with("GET /ws HTTP/1.1\r\n"), "{request}");
        assert!(
            request.contains("\r\nHost: study.local:5020\r\n"),
            "{request}"
        );
        assert!(
            request.contains("Sec-WebSocket-Protocol: wamp.2.cbor, wamp.2.json"),
            "{request}"
        );
        let key = request.split("Sec-WebSocket-Key: ").nth(1).unwrap();
        let accept = derive_accept_key(key.lines().next().unwrap().as_bytes());
        let subprotocol = subprotocol.map_or(String::new(), |name| {
            format!("Sec-WebSocket-Protocol: {name}\r\n")
        });
        let response = format!(
            "HTTP/1.1 {status}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{subprotocol}\r\n"
        );
        near.write_all(response.as_bytes()).await.unwrap();
    };
    tokio::join!(within(connecting), answering).0
}

#[tokio::test]
async fn a_client_takes_only_an_upgrade_to_what_it_offered() {
    let ok = "101 Switching Protocols";
    let Ok(Opened::Plain(link)) = upgraded(ok, Some("wamp.2.json")).await else {
        panic!("the second offer is as good as the first");
    };
    assert_eq!(link.info().serializer, Serializer::Json);

    let error = upgraded("404 Not Found", None).await.unwrap_err();
    assert!(matches!(error, OpenError::NotUpgraded(404)), "{error:?}");
    for subprotocol in [
        None,
        Some("wamp.2.msgpack"),
        Some("deskconn.sealed.v1.json"),
    ] {
        let error = upgraded(ok, subprotocol).await.unwrap_err();
        assert!(matches!(error, OpenError::WebSocket(_)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for_longer_than_the_limit() {
    let (near, far) = duplex(4096);
    let limits = LinkLimits::default();
    let opened = websocket::connect(far, "a:1", "/", &[JSON], String::new(), limits).await;
    assert!(matches!(opened, Err(OpenError::Timeout(limit)) if limit == limits.open_timeout));
    drop(near);
}

#[tokio::test]
async fn a_peer_that_pings_and_does_not_read_costs_no_message() {
    let (mut near, mut link) = bare(JSON, TransportKind::WebSocket, LinkLimits::default()).await;
    let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[7; 125]].concat();
    for _ in 0..3000 {
        near.write_all(&ping).await.unwrap();
        assert_silent(&mut link).await;
    }
    // The answers fill the way back and the write buffer: the next message has to wait for room.
    link.start_send_unpin(Outbound::Owned(call(1, 50_000)))
        .unwrap();
    let mut near = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    let (flushed, text) = tokio::join!(within(link.flush()), async {
        let mut pongs = 0;
        loop {
            match near.next().await.unwrap().unwrap() {
                tungstenite::Message::Pong(_) => pongs += 1,
                other => {
                    assert!(pongs < 3000, "answers that find no room are left out");
                    break other.into_text().unwrap();
                }
            }
        }
    });
    flushed.unwrap();
    assert!(text.len() > 50_000 && text.ends_with(r#"x"]]"#));
}
