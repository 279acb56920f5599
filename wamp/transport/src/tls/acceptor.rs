//! TLS as a router speaks it.

use super::{Channel, Identity, TlsError, handshake_error, provider};
use crate::{OpenError, io::Io};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig, pki_types::CertificateDer, server::WebPkiClientVerifier,
    },
    server::TlsStream,
};

/// Answers the TLS handshakes of clients. Its certificates can be exchanged while it is in use.
pub struct Acceptor {
    config: Mutex<Arc<ServerConfig>>,
}

impl Acceptor {
    /// For clients that trust `identity`. If there are `client_authorities`, a client may show a
    /// certificate, which one of them must vouch for; it does not have to.
    ///
    /// # Errors
    /// If the key is not the certificate's, or a certificate can not be read.
    pub fn new(
        identity: Identity,
        client_authorities: Option<Vec<CertificateDer<'static>>>,
    ) -> Result<Self, TlsError> {
        let config = config(identity, client_authorities)?;
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

fn config(
    identity: Identity,
    client_authorities: Option<Vec<CertificateDer<'static>>>,
) -> Result<ServerConfig, TlsError> {
    let unusable = |error: &dyn fmt::Display| TlsError::Unusable(error.to_string());
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    let builder = match client_authorities {
        None => builder.with_no_client_auth(),
        Some(authorities) => {
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
