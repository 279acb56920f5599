//! The certificate by which this computer is known over TLS: made at the first start, or the owner's own.

use crate::config;
use deskconn_protocol::api::daemon;
use deskconn_protocol::pin::Pin;
use deskconn_state::{StateDir, StateError};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use std::path::Path;
use std::sync::Arc;
use wamp_transport::tls::{Acceptor, Clients, Identity, TlsError};
use zeroize::Zeroizing;

/// The file that the daemon's own certificate and key are in.
const FILE: &str = "tls.pem";

/// What the certificate is called by.
const NAME: &str = "DeskConnD";

/// The certificate of this computer, and its key.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) identity: Identity,
    pub(crate) pin: Pin,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The one in the state directory can not be kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// The one that there is can not be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// None could be made.
    #[error("no certificate could be made")]
    Make(#[from] rcgen::Error),
}

impl CertificateError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::State(error) => error.hint(),
            Self::Tls(error) => error.hint(),
            Self::Make(_) => "turn it off, with `enabled = false` in [listen.tls]".to_owned(),
        }
    }
}

impl Certificate {
    /// As [`Certificate::load`], but none if no TLS is to be spoken.
    ///
    /// # Errors
    /// The same.
    pub(crate) fn load_if_wanted(
        config: &config::Tls,
        state: &StateDir,
        names: &[String],
    ) -> Result<Option<Self>, CertificateError> {
        let wanted = config.enabled.then(|| Self::load(config, state, names));
        wanted.transpose()
    }

    /// The certificate that `config` names, or the daemon's own in `state`, made if there is none yet.
    /// `names` are the DNS names it is to be for; one for others is made anew, for the same key.
    ///
    /// # Errors
    /// If it can not be read, made or kept. A file that can not be understood is never overwritten:
    /// clients know this computer by the key in it.
    pub(crate) fn load(
        config: &config::Tls,
        state: &StateDir,
        names: &[String],
    ) -> Result<Self, CertificateError> {
        if !config.certificate.as_os_str().is_empty() {
            return Ok(Self::of(Identity::read(&config.certificate, &config.key)?)?);
        }
        let path = state.path().join(FILE);
        let kept = match state.read(FILE)? {
            None => make(state, &path, KeyPair::generate()?, names)?,
            Some(kept) => kept,
        };
        let mut identity = Identity::parse(&kept, &path)?;
        if identity.names()? != names {
            let key = KeyPair::from_pem(&kept)?;
            identity = Identity::parse(&make(state, &path, key, names)?, &path)?;
        }
        Ok(Self::of(identity)?)
    }

    /// What answers TLS handshakes with it. Clients are asked for certificates of their own as long as
    /// `asks` says so.
    ///
    /// # Errors
    /// If its key is that of another.
    pub(crate) fn acceptor(
        self,
        asks: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Acceptor, CertificateError> {
        let clients = Clients::Any(Arc::new(asks));
        Ok(Acceptor::new(self.identity, clients)?)
    }

    /// What its owner and devices are told of it, but for where it is shown.
    pub(crate) fn describe(&self) -> daemon::Tls {
        daemon::Tls {
            pin: self.pin,
            certificate: self.identity.certificate_pem(),
            urls: Vec::new(),
        }
    }

    fn of(identity: Identity) -> Result<Self, TlsError> {
        let pin = Pin(identity.public_key()?);
        Ok(Self { identity, pin })
    }
}

/// Makes a certificate for this key and these names, and keeps both; returns what is kept. It has no end
/// (RFC 5280, section 4.1.2.5): who pins a key asks no calendar.
fn make(
    state: &StateDir,
    path: &Path,
    key: KeyPair,
    names: &[String],
) -> Result<Zeroizing<String>, CertificateError> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, NAME);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(9999, 12, 31);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?.pem();
    let key = Zeroizing::new(key.serialize_pem());
    let text = Zeroizing::new(format!("{}{certificate}", *key));
    // Before it is kept: what can not be read must not be found there.
    Identity::parse(&text, path)?;
    state.write(FILE, &text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn own() -> config::Tls {
        config::Tls {
            enabled: true,
            certificate: PathBuf::new(),
            key: PathBuf::new(),
        }
    }

    fn names(host: &str) -> Vec<String> {
        vec!["localhost".to_owned(), host.to_owned()]
    }

    #[test]
    fn a_certificate_is_made_once_and_kept() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        let load = || Certificate::load(&own(), &state, &names("study.local")).unwrap();
        let first = load();
        assert_eq!(load().describe(), first.describe());
        assert_eq!(first.identity.names().unwrap(), names("study.local"));
    }

    #[test]
    fn a_computer_that_is_called_otherwise_keeps_its_key() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        let load = |host| Certificate::load(&own(), &state, &names(host)).unwrap();
        let (first, renamed) = (load("study.local"), load("den.local"));
        assert_eq!(renamed.pin, first.pin);
        assert_ne!(renamed.describe(), first.describe());
        assert_eq!(renamed.identity.names().unwrap(), names("den.local"));
    }

    #[test]
    fn a_file_that_holds_no_certificate_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        state.write(FILE, "half a ke").unwrap();
        let error = Certificate::load(&own(), &state, &names("study.local")).unwrap_err();
        assert!(matches!(error, CertificateError::Tls(_)), "{error}");
        assert_eq!(state.read(FILE).unwrap().unwrap().as_str(), "half a ke");
    }

    #[test]
    fn the_owners_certificate_is_taken_and_none_made() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        let made = Certificate::load(&own(), &state, &names("study.local")).unwrap();
        let file = home.path().join("own.pem");
        std::fs::rename(home.path().join(FILE), &file).unwrap();
        let config = config::Tls {
            certificate: file.clone(),
            key: file,
            ..own()
        };
        let taken = Certificate::load(&config, &state, &names("other")).unwrap();
        assert_eq!(taken.pin, made.pin);
        assert_eq!(state.read(FILE).unwrap(), None);
    }
}
