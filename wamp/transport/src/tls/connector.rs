//! TLS as a client speaks it.

use super::{Channel, Identity, fingerprint, handshake_error, provider, public_key};
use crate::{OpenError, io::Io};
use std::{sync::Arc, time::Duration};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore,
        SignatureScheme,
        client::{
            Resumption, WebPkiServerVerifier,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        },
        crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

/// How a client speaks TLS.
#[derive(Clone, Debug)]
pub struct TlsOptions {
    /// Whom it takes for the router.
    pub trust: Trust,
    /// The certificate it shows to a router that asks for one.
    pub identity: Option<Arc<Identity>>,
    /// Binds an authentication that can be bound to this connection, so that nobody in between can
    /// pass it on. Routers that do not know `tls-exporter`, as Crossbar.io, need it off.
    pub channel_binding: bool,
}

impl Default for TlsOptions {
    /// Trusts the authorities this computer trusts, shows no certificate, binds.
    fn default() -> Self {
        Self {
            trust: Trust::System,
            identity: None,
            channel_binding: true,
        }
    }
}

/// Whom a client takes for the router.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Whoever has a certificate for the router's name by an authority that this computer trusts.
    System,
    /// Whoever has a certificate for the router's name by one of these authorities.
    Authorities(Vec<CertificateDer<'static>>),
    /// Whoever has the key of the certificate with this SHA-256, whatever names and dates it says.
    Fingerprint([u8; 32]),
    /// Whoever has the key with this SHA-256, see [`super::public_key`], whatever else a certificate
    /// for it says.
    Key([u8; 32]),
}

/// Shakes hands with the router `host`, a name or an address, for as long as `limit`.
pub(crate) async fn connect<S: Io + 'static>(
    stream: S,
    host: &str,
    options: &TlsOptions,
    limit: Duration,
) -> Result<(TlsStream<S>, Channel), OpenError> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| OpenError::tls(CertificateError::NotValidForName.into()))?;
    OpenError::within(limit, async {
        let config = config(options).await.map_err(OpenError::tls)?;
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let stream = connecting.await.map_err(handshake_error)?;
        let mut channel = Channel::of(stream.get_ref().1).map_err(OpenError::tls)?;
        channel.binding.take_if(|_| !options.channel_binding);
        Ok((stream, channel))
    })
    .await
}

async fn config(options: &TlsOptions) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier(&options.trust).await?);
    let mut config = match options.identity.as_deref() {
        None => builder.with_no_client_auth(),
        Some(Identity { chain, key }) => {
            builder.with_client_auth_cert(chain.clone(), key.clone_key())?
        }
    };
    config.require_ems = true;
    // Nothing is kept from one connection to the next.
    config.resumption = Resumption::disabled();
    Ok(config)
}

async fn verifier(trust: &Trust) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Fingerprint(pinned) => return Ok(Pinned::new(Pin::Certificate(*pinned))),
        Trust::Key(pinned) => return Ok(Pinned::new(Pin::Key(*pinned))),
        Trust::Authorities(authorities) => {
            for authority in authorities {
                roots.add(authority.clone())?;
            }
        }
        Trust::System => {
            // Files are read. A certificate of the system's that can not be read vouches for nobody.
            let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
            let found = found.map_err(|error| rustls::Error::General(error.to_string()))?;
            roots.add_parsable_certificates(found.certs);
        }
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    Ok(verifier)
}

/// Takes one certificate only, or those for one key.
#[derive(Debug)]
struct Pinned {
    pin: Pin,
    provider: Arc<CryptoProvider>,
}

/// What is known of the router: a SHA-256.
#[derive(Debug)]
enum Pin {
    Certificate([u8; 32]),
    Key([u8; 32]),
}

impl Pinned {
    fn new(pin: Pin) -> Arc<Self> {
        let provider = provider();
        Arc::new(Self { pin, provider })
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let is_pinned = match &self.pin {
            Pin::Certificate(pinned) => fingerprint(end_entity) == *pinned,
            Pin::Key(pinned) => public_key(end_entity)? == *pinned,
        };
        if is_pinned {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
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
