//! Certificates made for one test, in files as an administrator has them.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};
use tempfile::TempDir;
use wamp_transport::tls::Identity;

/// An authority, and the folder that its certificates are written to.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: PathBuf,
}

/// A certificate by an authority.
pub(crate) struct Issued {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Authorities are told apart by their names.
        let name = folder.path().display().to_string();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let certificate = folder.path().join("authority.pem");
        fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        Self {
            folder,
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// For a router of that name or address.
    pub(crate) fn router(&self, name: &str) -> Issued {
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        self.issue(name, params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A further certificate for the key of `issued`, under another name.
    pub(crate) fn renewed(&self, issued: &Issued, name: &str) -> Issued {
        let key = KeyPair::from_pem(&fs::read_to_string(&issued.key).unwrap()).unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let renewed = Issued {
            certificate: self.folder.path().join(format!("{name}-renewed.pem")),
            key: issued.key.clone(),
        };
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(&renewed.certificate, certificate.pem()).unwrap();
        renewed
    }

    /// For a client, who is also a URI.
    pub(crate) fn client(&self, name: &str) -> Issued {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        let uri = format!("urn:example:{name}").try_into().unwrap();
        params.subject_alt_names.push(SanType::URI(uri));
        self.issue(
            &format!("client-{name}"),
            params,
            ExtendedKeyUsagePurpose::ClientAuth,
        )
    }

    fn issue(
        &self,
        file: &str,
        mut params: CertificateParams,
        usage: ExtendedKeyUsagePurpose,
    ) -> Issued {
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let issued = Issued {
            certificate: self.folder.path().join(format!("{file}.pem")),
            key: self.folder.path().join(format!("{file}.key")),
        };
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(&issued.certificate, certificate.pem()).unwrap();
        fs::write(&issued.key, key.serialize_pem()).unwrap();
        issued.permit(0o600);
        issued
    }
}

impl Issued {
    pub(crate) fn identity(&self) -> Identity {
        Identity::read(&self.certificate, &self.key).unwrap()
    }

    /// Sets who may read the key.
    pub(crate) fn permit(&self, mode: u32) {
        fs::set_permissions(&self.key, fs::Permissions::from_mode(mode)).unwrap();
    }
}
