//! The certificate that is shown over TLS, read again when its owner has renewed it.

use crate::certificate::{Certificate, CertificateError};
use crate::config;
use crate::devices::Devices;
use crate::listen::Tls;
use crate::pairing::Pairing;
use deskconn_protocol::api::daemon;
use deskconn_state::StateDir;
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// What is shown now, where it comes from, and who has to know of another.
pub(crate) struct Renewal {
    from: Source,
    devices: Arc<Devices>,
    pairing: Arc<Pairing>,
    tls: Arc<Tls>,
    told: watch::Sender<daemon::Tls>,
}

/// Where the certificate comes from.
#[derive(Debug)]
pub(crate) struct Source {
    config: config::Tls,
    state: StateDir,
    names: Vec<String>,
}

impl Source {
    /// What `config` says, and for one of the daemon's own `state` and the DNS names that it is for.
    pub(crate) fn new(config: &config::Tls, state: &StateDir, names: Vec<String>) -> Self {
        Self {
            config: config.clone(),
            state: state.clone(),
            names,
        }
    }
}

impl Renewal {
    /// Shows `certificate`, which is from there.
    ///
    /// # Errors
    /// If its key is that of another.
    pub(crate) fn new(
        certificate: Certificate,
        from: Source,
        devices: &Arc<Devices>,
        pairing: &Arc<Pairing>,
    ) -> Result<Self, CertificateError> {
        let told = watch::Sender::new(certificate.describe());
        let tls = Tls {
            acceptor: certificate.acceptor(asks(devices))?,
            plain: true,
        };
        Ok(Self {
            from,
            devices: Arc::clone(devices),
            pairing: Arc::clone(pairing),
            tls: Arc::new(tls),
            told,
        })
    }

    /// What answers TLS on the network's doors.
    pub(crate) fn tls(&self) -> Arc<Tls> {
        Arc::clone(&self.tls)
    }

    /// What the owner and devices are told of it.
    pub(crate) fn watch(&self) -> watch::Receiver<daemon::Tls> {
        self.told.subscribe()
    }

    /// Reads the certificate again and shows it from now on. Connections that are open stay, and so does
    /// the old one if there is no new one.
    ///
    /// # Errors
    /// If it can not be read or used.
    pub(crate) fn renew(&self) -> Result<(), CertificateError> {
        let Source {
            config,
            state,
            names,
        } = &self.from;
        let certificate = Certificate::load(config, state, names)?;
        let (told, pin) = (certificate.describe(), certificate.pin);
        let acceptor = certificate.acceptor(asks(&self.devices))?;
        self.tls.acceptor.replace(acceptor);
        self.told.send_replace(told);
        self.pairing.known_by(pin);
        Ok(())
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// Whether clients are asked for certificates of their own.
fn asks(devices: &Arc<Devices>) -> impl Fn() -> bool + Send + Sync + 'static + use<> {
    let devices = Arc::clone(devices);
    move || devices.have_certificates()
}
