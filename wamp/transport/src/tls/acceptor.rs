//! TLS as a router speaks it.

use super::{Channel, Identity, TlsError, handshake_error, provider, public_key};
use crate::{OpenError, io::Io};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
        SignatureScheme,
        client::danger::HandshakeSignatureValid,
        crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, UnixTime},
        server::{
            WebPkiClientVerifier,
            danger::{ClientCertVerified, ClientCertVerifier},
        },
    },
    server::TlsStream,
};

/// Answers the TLS handshakes of clients. Its certificates can be exchanged while it is in use.
pub struct Acceptor {
    config: Mutex<Arc<ServerConfig>>,
}

/// Which certificates a client may show. No client has to show one.
#[derive(Default)]
pub enum Clients {
    /// None is asked for.
    #[default]
    NotAsked,
    /// One that one of these authorities vouches for.
    Authorities(Vec<CertificateDer<'static>>),
    /// Any, whoever made it and whatever names and dates it says: the client proves that it has the key,
    /// and whether that means anything is for others to know, by [`super::PeerCertificate::key`]. It is
    /// asked for one as long as this says so, since browsers ask people when they are asked.
    Any(Arc<dyn Fn() -> bool + Send + Sync>),
}

impl Acceptor {
    /// For clients that trust `identity`, and may show certificates as `clients` says.
    ///
    /// # Errors
    /// If the key is not the certificate's, or a certificate can not be read.
    pub fn new(identity: Identity, clients: Clients) -> Result<Self, TlsError> {
        let config = config(identity, clients)?;
        Ok(Self {
            config: Mutex::new(Arc::new(config)),
        })
    }

    /// Takes the certificates of `other` for handshakes from now on. Open connections stay.
    pub fn replace(&self, other: Self) {
        let config = other.config.into_inner();
        *self.lock() = config.unwrap_or_else(PoisonError::into_inner);
    }

    /// Answers a client's handshake, which may take as long as `limit`.
    ///
    /// # Errors
    /// If the client and this router do not agree, its certificate is none that is trusted, it takes
    /// too long, or the stream fails.
    pub async fn accept<S: Io + 'static>(
        &self,
        stream: S,
        limit: Duration,
    ) -> Result<(TlsStream<S>, Channel), OpenError> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.lock()));
        // Boxed, because its buffers would stand in the task of every connection.
        let shaking_hands = Box::pin(async move {
            let stream = acceptor.accept(stream).await.map_err(handshake_error)?;
            let channel = Channel::of(stream.get_ref().1).map_err(OpenError::tls)?;
            Ok((stream, channel))
        });
        OpenError::within(limit, shaking_hands).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arc<ServerConfig>> {
        // The only change is one assignment.
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn config(identity: Identity, clients: Clients) -> Result<ServerConfig, TlsError> {
    let unusable = |error: &dyn fmt::Display| TlsError::Unusable(error.to_string());
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    let builder = match clients {
        Clients::NotAsked => builder.with_no_client_auth(),
        Clients::Any(asks) => builder.with_client_cert_verifier(AnyKey::new(asks)),
        Clients::Authorities(authorities) => {
            let mut roots = RootCertStore::empty();
            for authority in authorities {
                roots.add(authority).map_err(|error| unusable(&error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
                .allow_unauthenticated()
                .build()
                .map_err(|error| unusable(&error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder
        .with_single_cert(identity.chain, identity.key)
        .map_err(|error| unusable(&error))?;
    config.require_ems = true;
    // Whoever means another protocol is turned away before it can be talked into this one.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}

/// Takes every certificate whose key the client has.
struct AnyKey {
    asks: Arc<dyn Fn() -> bool + Send + Sync>,
    provider: Arc<CryptoProvider>,
}

impl AnyKey {
    fn new(asks: Arc<dyn Fn() -> bool + Send + Sync>) -> Arc<Self> {
        let provider = provider();
        Arc::new(Self { asks, provider })
    }
}

impl ClientCertVerifier for AnyKey {
    fn offer_client_auth(&self) -> bool {
        (self.asks)()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        public_key(end_entity).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

impl fmt::Debug for AnyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyKey").finish_non_exhaustive()
    }
}
