//! The daemon's doors as bare bytes, for clients that do not know how to behave.

use std::fmt::Write as _;

use deskconn_tests::{DEADLINE, Daemon};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// A RawSocket handshake: JSON, and messages of at most 16 MiB.
pub(crate) const RAWSOCKET_JSON: [u8; 4] = [0x7F, 0xF1, 0, 0];

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One connection.
pub(crate) struct Wire(Box<dyn Stream>);

/// The beginning of an HTTP answer.
#[derive(Debug)]
pub(crate) struct Head {
    /// The status code.
    pub(crate) status: u16,
    /// All of it.
    pub(crate) text: String,
}

impl Wire {
    /// A connection over the network.
    pub(crate) async fn network(daemon: &Daemon) -> Self {
        let stream = TcpStream::connect(daemon.address()).await;
        Self(Box::new(stream.expect("the daemon listens")))
    }

    /// A connection of the owner.
    pub(crate) async fn local(daemon: &Daemon) -> Self {
        let stream = UnixStream::connect(daemon.socket()).await;
        Self(Box::new(stream.expect("the daemon listens")))
    }

    /// A RawSocket connection over which JSON is spoken.
    pub(crate) async fn rawsocket(mut self) -> Self {
        self.send(&RAWSOCKET_JSON).await;
        let answer: [u8; 4] = self.receive().await;
        assert_eq!((answer[0], answer[1] & 0x0F), (0x7F, 1), "{answer:?}");
        self
    }

    /// A WebSocket connection with this subprotocol.
    pub(crate) async fn websocket(mut self, subprotocol: &str) -> Self {
        let protocol = format!("Sec-WebSocket-Protocol: {subprotocol}");
        let head = self.upgrade(&["Host: localhost", &protocol]).await;
        assert_eq!(head.status, 101, "{head:?}");
        self
    }

    /// Asks for a WebSocket with these headers beside those that every request for one has.
    pub(crate) async fn upgrade(&mut self, headers: &[&str]) -> Head {
        let usual = [
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ];
        self.request("GET /ws", &[&usual[..], headers].concat())
            .await
    }

    /// Sends an HTTP request and reads the head of its answer.
    pub(crate) async fn request(&mut self, what: &str, headers: &[&str]) -> Head {
        let mut request = format!("{what} HTTP/1.1\r\n");
        for header in headers {
            write!(request, "{header}\r\n").expect("a string takes everything");
        }
        request.push_str("\r\n");
        self.send(request.as_bytes()).await;
        let text = self.receive_until("\r\n\r\n").await;
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
        Head {
            status: status.expect("a status"),
            text,
        }
    }

    /// Sends bytes. That the other side does not take them is its answer, to be read.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let sent = timeout(DEADLINE, self.0.write_all(bytes)).await;
        drop(sent.expect("the daemon reads or closes"));
    }

    /// Sends no more.
    pub(crate) async fn end(&mut self) {
        drop(self.0.shutdown().await);
    }

    /// Sends a RawSocket frame of the kind `kind`, 0 being a message.
    pub(crate) async fn send_frame(&mut self, kind: u8, payload: &[u8]) {
        let [_, length @ ..] = u32::try_from(payload.len()).expect("short").to_be_bytes();
        self.send(&[&[kind], &length[..], payload].concat()).await;
    }

    /// Receives a RawSocket frame that holds a message.
    pub(crate) async fn receive_frame(&mut self) -> String {
        let [kind, length @ ..]: [u8; 4] = self.receive().await;
        assert_eq!(kind, 0);
        let length = u32::from_be_bytes([0, length[0], length[1], length[2]]);
        let mut payload = vec![0; length as usize];
        let read = timeout(DEADLINE, self.0.read_exact(&mut payload)).await;
        read.expect("the daemon answers").expect("a frame");
        String::from_utf8(payload).expect("JSON")
    }

    /// Receives so many bytes.
    pub(crate) async fn receive<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let read = timeout(DEADLINE, self.0.read_exact(&mut bytes)).await;
        read.expect("the daemon answers").expect("an answer");
        bytes
    }

    /// Receives text until these words have come.
    pub(crate) async fn receive_until(&mut self, words: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(words.as_bytes()) {
            let [octet] = self.receive().await;
            text.push(octet);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Everything that comes until the daemon closes.
    pub(crate) async fn until_closed(&mut self) -> String {
        let mut rest = Vec::new();
        let read = timeout(DEADLINE, self.0.read_to_end(&mut rest)).await;
        // A reset is a close by somebody who has not read everything.
        drop(read.expect("the daemon closes"));
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// A WebSocket frame as clients send it: masked, here with zeros.
pub(crate) fn websocket_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let length = u64::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        0..126 => frame.push(0x80 | length[7]),
        126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend(&length[6..]);
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend(length);
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
