//! TLS below a link, by rustls: who is at the other end, and what binds a session to the connection.
//!
//! ```text
//!  TCP ──▶ Acceptor::accept ──▶ stream, Channel ──▶ sniff ──▶ rawsocket, websocket ──▶ Opened::over_tls
//! ```
//!
//! TLS 1.2 and 1.3, with what rustls and ring offer (docs/adr/0010-transports.md). TLS 1.2 only with
//! the extended master secret (RFC 7627), without which a channel binding binds nothing.

mod acceptor;
mod connector;
mod identity;

pub use acceptor::{Acceptor, Clients};
pub(crate) use connector::connect;
pub use connector::{TlsOptions, Trust};
pub use identity::{Identity, TlsError, read_certificates};

use crate::OpenError;
use sha2::{Digest, Sha256};
use std::io;
use tokio_rustls::rustls::{
    self, ConnectionCommon, ProtocolVersion, crypto::CryptoProvider, pki_types::CertificateDer,
};
use wamp_proto::auth::ChannelBinding;

/// The name of the channel binding that TLS gives (RFC 9266). There is no `tls-unique`: TLS 1.3 does
/// not define it.
pub const BINDING: &str = "tls-exporter";

/// What is exported for a channel binding (RFC 9266, section 4).
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// What TLS found out about a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// `TLS 1.2` or `TLS 1.3`.
    pub version: &'static str,
    /// The certificate by which the other side proved who it is; a router's clients may have none.
    pub certificate: Option<PeerCertificate>,
    /// What binds an authentication to this connection, unless this side does not want that.
    pub binding: Option<ChannelBinding>,
}

/// A certificate whose key the other side proved to have, and that was checked as the configuration
/// asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// SHA-256 of the certificate in DER.
    pub fingerprint: [u8; 32],
    /// SHA-256 of its public key in DER (`SubjectPublicKeyInfo`, RFC 5280, section 4.1.2.7), which
    /// stays when a certificate is renewed for the same key.
    pub key: [u8; 32],
    /// The DNS names and URIs it is for (`subjectAltName`, RFC 5280, section 4.2.1.6), as they stand
    /// there. The common name of the subject is none of them.
    pub names: Vec<String>,
}

/// SHA-256 of a certificate in DER, as it is pinned and as users are known by.
pub fn fingerprint(certificate: &[u8]) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// SHA-256 of the public key of a certificate in DER (`SubjectPublicKeyInfo`), as it is pinned (RFC 7469,
/// section 2.4).
///
/// # Errors
/// If it is no certificate.
pub fn public_key(certificate: &CertificateDer<'_>) -> Result<[u8; 32], rustls::Error> {
    let certificate = end_entity(certificate)?;
    Ok(Sha256::digest(certificate.subject_public_key_info()).into())
}

/// The DNS names and URIs a certificate is for.
fn names(certificate: &CertificateDer<'_>) -> Result<Vec<String>, rustls::Error> {
    let certificate = end_entity(certificate)?;
    let names = certificate
        .valid_dns_names()
        .chain(certificate.valid_uri_names());
    Ok(names.map(str::to_owned).collect())
}

fn end_entity<'a>(der: &'a CertificateDer<'_>) -> Result<webpki::EndEntityCert<'a>, rustls::Error> {
    webpki::EndEntityCert::try_from(der).map_err(|_| rustls::CertificateError::BadEncoding.into())
}

impl Channel {
    /// Of a connection whose handshake is done.
    fn of<T>(connection: &ConnectionCommon<T>) -> Result<Self, rustls::Error> {
        let exported = connection.export_keying_material([0; 32], EXPORTER_LABEL, Some(&[]))?;
        let version = match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS 1.3",
        };
        let leaf = connection.peer_certificates().and_then(<[_]>::first);
        Ok(Self {
            version,
            certificate: leaf.map(PeerCertificate::of).transpose()?,
            binding: Some(ChannelBinding {
                name: BINDING,
                id: exported,
            }),
        })
    }
}

impl PeerCertificate {
    fn of(leaf: &CertificateDer<'_>) -> Result<Self, rustls::Error> {
        Ok(Self {
            fingerprint: fingerprint(leaf),
            key: public_key(leaf)?,
            names: names(leaf)?,
        })
    }
}

/// What a person can do about a handshake that failed.
pub(crate) fn hint(error: &io::Error) -> Option<&'static str> {
    use rustls::{AlertDescription as Alert, CertificateError as Certificate, Error};
    match error.get_ref()?.downcast_ref()? {
        Error::InvalidCertificate(reason) => match reason {
            Certificate::UnknownIssuer => {
                Some("give the certificate of the authority that made the router's, or pin it")
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                Some("connect by a name that is in the router's certificate")
            }
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                Some("the router's certificate is too old, or this computer's clock is wrong")
            }
            Certificate::ApplicationVerificationFailure => Some(
                "the router has another certificate than the pinned one: is it the same router?",
            ),
            _ => None,
        },
        Error::InvalidMessage(_) => Some("does the router speak TLS on this port?"),
        Error::AlertReceived(Alert::UnknownCA | Alert::CertificateRequired) => {
            Some("the router does not trust the certificate this client shows")
        }
        _ => None,
    }
}

fn provider() -> std::sync::Arc<CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::ring::default_provider())
}

/// What a failed handshake is called: the stream's failure, or what TLS objected to.
fn handshake_error(error: io::Error) -> OpenError {
    if error
        .get_ref()
        .is_some_and(|inner| inner.is::<rustls::Error>())
    {
        OpenError::Tls(error)
    } else {
        OpenError::Io(error)
    }
}
