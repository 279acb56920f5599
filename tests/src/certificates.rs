//! Certificates made for one test, in files as an administrator has them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};

/// An authority whose certificates are written to a folder of the test's.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub certificate: PathBuf,
}

/// A certificate by an authority, and its key.
#[derive(Debug)]
pub struct Issued {
    /// In PEM.
    pub certificate: PathBuf,
    /// In PEM, readable by this user alone.
    pub key: PathBuf,
}

impl Authority {
    /// An authority of that name, which writes `NAME.pem` into `folder`, and everything else.
    ///
    /// # Panics
    ///
    /// When the folder can not be written to.
    pub fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = folder.join(format!("{name}.pem"));
        let own = params.self_signed(&key).expect("a certificate");
        fs::write(&certificate, own.pem()).expect("a writable folder");
        Self {
            folder: folder.to_owned(),
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// Writes `FILE.pem` and `FILE.key` for whoever has these DNS names, addresses and URIs.
    ///
    /// # Panics
    ///
    /// When one of them is none of these, or the folder can not be written to.
    pub fn issue(&self, file: &str, names: &[&str]) -> Issued {
        let (uris, names): (Vec<&str>, Vec<&str>) =
            names.iter().partition(|name| name.contains("://"));
        let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        let mut params = CertificateParams::new(names).expect("names");
        for uri in uris {
            let uri = uri.try_into().expect("a URI in ASCII");
            params.subject_alt_names.push(SanType::URI(uri));
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let issued = Issued {
            certificate: self.folder.join(format!("{file}.pem")),
            key: self.folder.join(format!("{file}.key")),
        };
        fs::write(&issued.certificate, certificate.pem()).expect("a writable folder");
        fs::write(&issued.key, key.serialize_pem()).expect("a writable folder");
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&issued.key, mode).expect("our file");
        issued
    }
}
