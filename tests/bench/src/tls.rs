//! TLS for the client, which believes whoever answers: it measures what TLS costs, and has nothing to hide.

use anyhow::Context;
use mio::event::Source;
use mio::{Interest, Registry, Token};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, LazyLock};
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
};

static CONFIG: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(ring::default_provider())))
        .with_no_client_auth();
    Arc::new(config)
});

/// A TLS connection over TCP.
#[derive(Debug)]
pub struct Tls<S: Read + Write>(Box<StreamOwned<ClientConnection, S>>);

impl Tls<TcpStream> {
    /// Connects over a stream that blocks. The handshake goes with what is sent first.
    ///
    /// # Errors
    /// If the provider lacks what the defaults need.
    pub fn over(stream: TcpStream) -> anyhow::Result<Self> {
        let name = ServerName::try_from("localhost").context("a name")?;
        let connection = ClientConnection::new(Arc::clone(&CONFIG), name)?;
        Ok(Self(Box::new(StreamOwned::new(connection, stream))))
    }

    /// The same, no longer blocking.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn nonblocking(self) -> io::Result<Tls<mio::net::TcpStream>> {
        let StreamOwned { conn, sock } = *self.0;
        sock.set_nodelay(true)?;
        sock.set_nonblocking(true)?;
        let sock = mio::net::TcpStream::from_std(sock);
        Ok(Tls(Box::new(StreamOwned::new(conn, sock))))
    }
}

impl<S: Read + Write> Tls<S> {
    /// Whether something is encrypted that the socket has not taken yet.
    pub fn holds_back(&self) -> bool {
        self.0.conn.wants_write()
    }
}

impl<S: Read + Write> Read for Tls<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl<S: Read + Write> Write for Tls<S> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Source for Tls<mio::net::TcpStream> {
    fn register(&mut self, to: &Registry, token: Token, for_: Interest) -> io::Result<()> {
        self.0.sock.register(to, token, for_)
    }

    fn reregister(&mut self, to: &Registry, token: Token, for_: Interest) -> io::Result<()> {
        self.0.sock.reregister(to, token, for_)
    }

    fn deregister(&mut self, from: &Registry) -> io::Result<()> {
        self.0.sock.deregister(from)
    }
}

/// Takes every certificate.
#[derive(Debug)]
struct Anybody(CryptoProvider);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
