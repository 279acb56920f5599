//! The HTTP before a WebSocket, which a router leaves to its web server; for tests and benchmarks.

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use wamp_transport::{Subprotocol, io::Io, negotiate};

/// Answers an HTTP upgrade as a web server does, and gives what was read beyond it.
pub(crate) async fn upgrade<S: Io>(mut stream: S) -> (S, Bytes, Subprotocol) {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        assert!(stream.read_buf(&mut read).await.unwrap() > 0);
    };
    let leftover = Bytes::from(read.split_off(end));
    let request = String::from_utf8(read).unwrap();
    let header = |name: &str| {
        let mut lines = request.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| *found == name).unwrap().1
    };
    let chosen = negotiate([header("Sec-WebSocket-Protocol")], |_| true).unwrap();
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Protocol: {chosen}\r\n\r\n",
        derive_accept_key(header("Sec-WebSocket-Key").as_bytes())
    );
    stream.write_all(response.as_bytes()).await.unwrap();
    (stream, leftover, chosen)
}
