//! The daemon's doors as bare bytes, for clients that do not know how to behave.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use deskconn_tests::{DEADLINE, Daemon};
use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wamp_proto::{Serializer, decode, encode};

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

    /// A connection over the network from this address of the machine.
    pub(crate) async fn network_from(daemon: &Daemon, address: IpAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        let bound = socket.bind((address, 0).into());
        bound.expect("all of 127.0.0.0/8 is this machine");
        let stream = socket.connect(daemon.address()).await;
        Self(Box::new(stream.expect("the daemon listens")))
    }

    /// A connection over the network in TLS, by the name `localhost`, with the daemon's certificate.
    pub(crate) async fn tls(daemon: &Daemon) -> Self {
        let tls = daemon.status().tls.as_ref().expect("it speaks TLS");
        let certificate = CertificateDer::from_pem_slice(tls.certificate.as_bytes());
        let mut roots = RootCertStore::empty();
        roots.add(certificate.expect("PEM")).expect("a certificate");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(daemon.address()).await;
        let stream = stream.expect("the daemon listens");
        let name = "localhost".try_into().expect("a name");
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let stream = timeout(DEADLINE, connecting).await;
        let stream = stream.expect("the daemon answers");
        Self(Box::new(stream.expect("a certificate for localhost")))
    }

    /// A connection of the owner.
    pub(crate) async fn local(daemon: &Daemon) -> Self {
        let stream = UnixStream::connect(daemon.socket()).await;
        Self(Box::new(stream.expect("the daemon listens")))
    }

    /// A RawSocket connection over which JSON is spoken.
    pub(crate) async fn rawsocket(self) -> Self {
        self.rawsocket_in(Serializer::Json).await
    }

    /// A RawSocket connection that takes messages of at most 16 MiB.
    pub(crate) async fn rawsocket_in(mut self, serializer: Serializer) -> Self {
        let number = serializer.rawsocket_id();
        self.send(&[0x7F, 0xF0 | number, 0, 0]).await;
        let answer: [u8; 4] = self.receive().await;
        assert_eq!((answer[0], answer[1] & 0x0F), (0x7F, number));
        self
    }

    /// A RawSocket connection in a session of the owner, who has made no request yet.
    pub(crate) async fn owner(daemon: &Daemon, serializer: Serializer) -> Self {
        let mut wire = Self::local(daemon).await.rawsocket_in(serializer).await;
        let hello =
            r#"[1,"deskconn",{"roles":{"publisher":{},"subscriber":{},"caller":{},"callee":{}}}]"#;
        wire.send_frame(0, &message(hello, serializer)).await;
        let welcome = wire.receive_octets().await;
        // A list of three elements, of which the first is 2.
        let begins = [&b"[2,"[..], b"\x93\x02", b"\x83\x02"];
        assert!(begins.iter().any(|begin| welcome.starts_with(begin)));
        wire
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
        self.send(&rawsocket_frame(kind, payload)).await;
    }

    /// Receives a RawSocket frame that holds a message in JSON.
    pub(crate) async fn receive_frame(&mut self) -> String {
        String::from_utf8(self.receive_octets().await).expect("JSON")
    }

    /// Receives a RawSocket frame that holds a message.
    pub(crate) async fn receive_octets(&mut self) -> Vec<u8> {
        let [kind, length @ ..]: [u8; 4] = self.receive().await;
        assert_eq!(kind, 0);
        let length = u32::from_be_bytes([0, length[0], length[1], length[2]]);
        let mut payload = vec![0; length as usize];
        let read = timeout(DEADLINE, self.0.read_exact(&mut payload)).await;
        read.expect("the daemon answers").expect("a frame");
        payload
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

    /// Whether the daemon has closed, so far as can be told without waiting. Forgets what came.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut octets = [0; 1024];
        loop {
            match self.0.read(&mut octets).now_or_never() {
                None => return false,
                Some(Ok(1..)) => {}
                Some(Ok(0) | Err(_)) => return true,
            }
        }
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

/// A message that is given in JSON, in another serializer.
pub(crate) fn message(json: &str, serializer: Serializer) -> Vec<u8> {
    let json = Bytes::copy_from_slice(json.as_bytes());
    let message = decode(Serializer::Json, &json).expect("a message");
    let mut octets = BytesMut::new();
    encode(&message, serializer, &mut octets).expect("JSON has an equivalent everywhere");
    octets.to_vec()
}

/// A RawSocket frame of the kind `kind`, 0 being a message.
pub(crate) fn rawsocket_frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&[kind], &length[..], payload].concat()
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
