//! Certificates and keys from PEM files.

use data_encoding::BASE64;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};
use tokio_rustls::rustls::{
    self,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// The longest file read, in octets. A chain of certificates is a few thousand; a list of the
/// authorities of the whole web is less than a million.
const LONGEST_FILE: u64 = 4 << 20;

/// A certificate, with those that vouch for it, and the key it is for. The key is never shown.
pub struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// Why TLS can not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file can not be read.
    #[error("can not read {}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file holds no certificate.
    #[error("there is no certificate in {}", .path.display())]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// A file holds no private key.
    #[error("there is no private key in {}", .path.display())]
    NoKey {
        /// Which.
        path: PathBuf,
    },
    /// A private key that everybody on this machine can read.
    #[error("every user of this computer can read the key in {}", .path.display())]
    ExposedKey {
        /// Which.
        path: PathBuf,
    },
    /// The certificates or the key are of no use together.
    #[error("the certificates or the key can not be used: {0}")]
    Unusable(String),
}

impl TlsError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Read { path, source } => match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    format!("let this program's user read {}", path.display())
                }
                io::ErrorKind::InvalidData => "give a PEM file".to_owned(),
                _ => "check the path in the configuration".to_owned(),
            },
            Self::NoCertificate { .. } => {
                "give a PEM file with -----BEGIN CERTIFICATE----- in it, the router's own first"
                    .to_owned()
            }
            Self::NoKey { .. } => {
                "give a PEM file with -----BEGIN PRIVATE KEY----- in it, without a passphrase"
                    .to_owned()
            }
            Self::ExposedKey { path } => format!("chmod o-rwx {}", path.display()),
            Self::Unusable(_) => "is it the key of the first certificate in the file?".to_owned(),
        }
    }
}

impl Identity {
    /// Reads a certificate, which others that vouch for it may follow, and its key, from PEM files.
    /// Both may be in one file.
    ///
    /// # Errors
    /// If a file can not be read or lacks what it should hold, or other users can read the key.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        refuse_exposed(key)?;
        let chain = read_certificates(certificate)?;
        let key = key_of(&read(key)?, key)?;
        Ok(Self { chain, key })
    }

    /// Takes a certificate and its key from one text in PEM. `path`, where it is kept, is for the errors.
    ///
    /// # Errors
    /// If the text lacks one of them.
    pub fn parse(pem: &str, path: &Path) -> Result<Self, TlsError> {
        Ok(Self {
            chain: certificates_of(pem.as_bytes(), path)?,
            key: key_of(pem.as_bytes(), path)?,
        })
    }

    /// SHA-256 of the certificate's public key, see [`super::public_key`].
    ///
    /// # Errors
    /// If the certificate is none.
    pub fn public_key(&self) -> Result<[u8; 32], TlsError> {
        let leaf = self.chain.first().map(super::public_key);
        let key = leaf.unwrap_or(Err(rustls::CertificateError::BadEncoding.into()));
        key.map_err(|error| TlsError::Unusable(error.to_string()))
    }

    /// The DNS names and URIs the certificate is for, as [`super::PeerCertificate::names`].
    ///
    /// # Errors
    /// If the certificate is none.
    pub fn names(&self) -> Result<Vec<String>, TlsError> {
        let leaf = self.chain.first().map(super::names);
        let names = leaf.unwrap_or(Err(rustls::CertificateError::BadEncoding.into()));
        names.map_err(|error| TlsError::Unusable(error.to_string()))
    }

    /// The certificate in PEM, without those that vouch for it.
    pub fn certificate_pem(&self) -> String {
        let leaf = self.chain.first().map(|leaf| BASE64.encode(leaf));
        let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
        for line in leaf.unwrap_or_default().as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// SHA-256 of the certificate in DER.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.chain
            .first()
            .map_or([0; 32], |leaf| super::fingerprint(leaf))
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Reads all certificates of a PEM file, at least one.
///
/// # Errors
/// If the file can not be read, one of them can not, or there is none.
pub fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates_of(&read(path)?, path)
}

fn certificates_of(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::NoCertificate {
            path: path.to_owned(),
        }),
    }
}

fn key_of(pem: &[u8], path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::NoKey {
        path: path.to_owned(),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let reading = || {
        let mut octets = Vec::new();
        let mut file = fs::File::open(path)?.take(LONGEST_FILE + 1);
        if file.read_to_end(&mut octets)? as u64 > LONGEST_FILE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
        }
        Ok(octets)
    };
    reading().map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(unix)]
fn refuse_exposed(key: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::PermissionsExt;
    let path = || key.to_owned();
    let metadata = fs::metadata(key).map_err(|source| TlsError::Read {
        path: path(),
        source,
    })?;
    // A group may be meant to read it, as Debian's `ssl-cert`.
    if metadata.permissions().mode() & 0o007 != 0 {
        return Err(TlsError::ExposedKey { path: path() });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_key: &Path) -> Result<(), TlsError> {
    Ok(())
}
