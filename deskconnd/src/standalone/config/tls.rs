//! `[listener.tls]`, and the certificates that users are known by.

use super::Mistake;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Spanned;
use wamp_transport::tls::{Acceptor, Clients, Identity, TlsError, read_certificates};

/// `[listener.tls]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::standalone) struct Tls {
    certificate: Spanned<PathBuf>,
    key: Spanned<PathBuf>,
    client_ca: Option<Spanned<PathBuf>>,
    /// Whether connections without TLS are served too.
    #[serde(default)]
    pub(in crate::standalone) plain: bool,
}

impl Tls {
    /// Reads the certificates and the key.
    ///
    /// # Errors
    /// If they can not be read, or are of no use.
    pub(in crate::standalone) fn acceptor(&self) -> Result<Acceptor, TlsError> {
        let identity = Identity::read(self.certificate.get_ref(), self.key.get_ref())?;
        let clients = match &self.client_ca {
            None => Clients::NotAsked,
            Some(path) => Clients::Authorities(read_certificates(path.get_ref())?),
        };
        Acceptor::new(identity, clients)
    }

    /// Makes the paths those of files in `folder`, and sees whether there is something to be had from
    /// them.
    pub(super) fn resolve(&mut self, folder: &Path) -> Result<(), Mistake> {
        let paths = [&mut self.certificate, &mut self.key];
        for path in paths.into_iter().chain(&mut self.client_ca) {
            *path.get_mut() = folder.join(path.get_ref());
        }
        match self.acceptor() {
            Ok(_) => Ok(()),
            Err(error) => {
                let message = format!("{}; hint: {}", with_causes(&error), error.hint());
                Err(Mistake::at(&self.certificate, message))
            }
        }
    }
}

fn with_causes(error: &TlsError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// `tls` of a user: what is in certificates of the user's.
#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table, as { fingerprints = [\"…\"] }"
)]
pub(in crate::standalone) struct Certified {
    #[serde(default)]
    pub(super) fingerprints: Vec<Spanned<Fingerprint>>,
    #[serde(default)]
    pub(super) names: Vec<Spanned<String>>,
}

impl Certified {
    /// SHA-256 of each certificate that is listed.
    pub(in crate::standalone) fn fingerprints(&self) -> Vec<[u8; 32]> {
        let all = self.fingerprints.iter();
        all.map(|fingerprint| fingerprint.get_ref().0).collect()
    }

    /// The names that are listed.
    pub(in crate::standalone) fn names(&self) -> Vec<String> {
        let all = self.names.iter();
        all.map(|name| name.get_ref().clone()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fingerprints.is_empty() && self.names.is_empty()
    }
}

/// SHA-256 of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Fingerprint([u8; 32]);

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // `openssl x509 -fingerprint` separates the octets.
        let digits = text.replace(':', "");
        let octets = HEX.decode(digits.as_bytes()).ok();
        let octets = octets.and_then(|octets| octets.try_into().ok());
        octets
            .map(Self)
            .ok_or("a fingerprint is the SHA-256 of a certificate, 64 hex digits")
    }
}
