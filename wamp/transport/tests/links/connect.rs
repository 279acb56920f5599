//! Connecting over real sockets of this machine.

use crate::harness::{accept, call, read_call, receive, seal_keys, send_all, within};
use futures_util::StreamExt;
use std::{error::Error, path::Path};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixListener},
};
use wamp_proto::Serializer;
use wamp_transport::{
    CloseCode, ConnectError, ConnectOptions, Endpoint, Link, LinkLimits, TransportKind, connect,
};

const TRANSPORTS: [TransportKind; 2] = [TransportKind::WebSocket, TransportKind::RawSocket];

fn options(sealed: bool) -> ConnectOptions {
    ConnectOptions {
        seal: sealed.then(seal_keys),
        ..ConnectOptions::default()
    }
}

async fn tcp_listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn tcp_endpoint(transport: TransportKind, host: &str, port: u16) -> Endpoint {
    let text = match transport {
        TransportKind::WebSocket => format!("ws://{host}:{port}/ws"),
        _ => format!("tcp://{host}:{port}"),
    };
    text.parse().unwrap()
}

fn unix_endpoint(transport: TransportKind, socket: &Path) -> Endpoint {
    let scheme = match transport {
        TransportKind::WebSocket => "ws+unix",
        _ => "unix",
    };
    format!("{scheme}://{}", socket.display()).parse().unwrap()
}

/// Both ends have a word, and the router closes.
async fn converse(mut client: Link, mut router: Link, transport: TransportKind, sealed: bool) {
    for link in [&client, &router] {
        assert_eq!(link.info().transport, transport);
        assert_eq!(link.info().sealed.is_some(), sealed);
        assert_eq!(link.info().serializer, Serializer::MessagePack);
    }
    let (_, received) = tokio::join!(
        send_all(&mut client, [call(1, 1_000_000)]),
        receive(&mut router)
    );
    assert_eq!(read_call(&received), (1, 1_000_000));
    send_all(&mut router, [call(2, 10)]).await;
    assert_eq!(read_call(&receive(&mut client).await), (2, 10));
    let (closed, ()) = tokio::join!(within(router.close_with(CloseCode::Normal)), async {
        assert!(within(client.next()).await.is_none());
        within(client.close_with(CloseCode::Normal)).await.unwrap();
    });
    closed.unwrap();
}

#[tokio::test]
async fn links_open_over_tcp() {
    for transport in TRANSPORTS {
        for sealed in [false, true] {
            let (listener, port) = tcp_listener().await;
            let endpoint = tcp_endpoint(transport, "localhost", port);
            let options = options(sealed);
            let (client, router) = tokio::join!(within(connect(&endpoint, &options)), async {
                let (stream, _) = listener.accept().await.unwrap();
                accept(stream, LinkLimits::default()).await
            });
            let client = client.unwrap();
            assert_eq!(client.info().peer, endpoint.to_string());
            converse(client, router.unwrap(), transport, sealed).await;
        }
    }
}

#[tokio::test]
async fn links_open_over_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    for transport in TRANSPORTS {
        for sealed in [false, true] {
            let socket = folder.path().join(format!("{transport:?}-{sealed}"));
            let listener = UnixListener::bind(&socket).unwrap();
            let endpoint = unix_endpoint(transport, &socket);
            assert!(endpoint.is_local());
            let options = options(sealed);
            let (client, router) = tokio::join!(within(connect(&endpoint, &options)), async {
                let (stream, _) = listener.accept().await.unwrap();
                accept(stream, LinkLimits::default()).await
            });
            converse(client.unwrap(), router.unwrap(), transport, sealed).await;
        }
    }
}

#[tokio::test]
async fn a_rawsocket_client_asks_for_its_next_serializer_when_one_is_refused() {
    let (listener, port) = tcp_listener().await;
    let endpoint = tcp_endpoint(TransportKind::RawSocket, "127.0.0.1", port);
    let options = options(false);
    let (client, asked) = tokio::join!(within(connect(&endpoint, &options)), async {
        let mut asked = Vec::new();
        for answer in [0x10, 0x10, 0xF1] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut handshake = [0; 4];
            stream.read_exact(&mut handshake).await.unwrap();
            stream.write_all(&[0x7F, answer, 0, 0]).await.unwrap();
            asked.push(handshake[1]);
        }
        asked
    });
    assert_eq!(client.unwrap().info().serializer, Serializer::Json);
    assert_eq!(asked, [0xF2, 0xF3, 0xF1]);
}

/// The message, its causes and the hint, as a person reads them.
fn explained(error: &ConnectError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    format!("{text}; hint: {}", error.hint().unwrap_or("none"))
}

#[tokio::test]
async fn a_failure_names_the_address_and_what_to_do() {
    let (listener, port) = tcp_listener().await;
    drop(listener);
    let endpoint = tcp_endpoint(TransportKind::WebSocket, "127.0.0.1", port);
    let error = within(connect(&endpoint, &options(false)))
        .await
        .unwrap_err();
    let text = explained(&error);
    assert!(
        text.starts_with(&format!("127.0.0.1:{port} can not be reached: ")),
        "{text}"
    );
    assert!(text.contains("is the router running"), "{text}");

    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("none.sock");
    let endpoint = unix_endpoint(TransportKind::RawSocket, &socket);
    let error = within(connect(&endpoint, &options(false)))
        .await
        .unwrap_err();
    let text = explained(&error);
    assert!(text.contains("none.sock can not be reached"), "{text}");
    assert!(text.contains("is the router running"), "{text}");
}

#[tokio::test]
async fn a_client_that_seals_speaks_to_no_router_in_the_open() {
    // A router, or someone in between, that knows only open links.
    let (listener, port) = tcp_listener().await;
    let endpoint = tcp_endpoint(TransportKind::RawSocket, "127.0.0.1", port);
    let options = options(true);
    let (client, ()) = tokio::join!(within(connect(&endpoint, &options)), async {
        for _ in Serializer::ALL {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0; 4]).await.unwrap();
            stream.write_all(&[0x7F, 0x10, 0, 0]).await.unwrap();
        }
    });
    let text = explained(&client.unwrap_err());
    assert!(text.contains("the serializer is not supported"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answers_is_given_up() {
    let (_listener, port) = tcp_listener().await;
    let endpoint = tcp_endpoint(TransportKind::RawSocket, "127.0.0.1", port);
    let error = connect(&endpoint, &options(false)).await.unwrap_err();
    let text = explained(&error);
    assert!(text.contains("did not"), "{text}");
}
