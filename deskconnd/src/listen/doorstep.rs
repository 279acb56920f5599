//! A desk's network door without a network, for what throws octets at it.

use super::{Names, Pages, Seal, Site, Tls, Visitors, first_octet, tls};
use crate::audit::Audit;
use crate::auth::DeskAuthority;
use crate::certificate::Certificate;
use crate::components::Insiders;
use crate::config;
use crate::daemon::StartError;
use crate::desk::Realms;
use crate::devices::Devices;
use crate::router::{Door, Router};
use deskconn_protocol::grants::Catalogue;
use deskconn_state::{StateDir, load_or_create_identity};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wamp_transport::Sniffed;
use wamp_transport::io::Io;
use wamp_transport::sealed::{Responder, prologue};

/// A desk that nobody is paired with, behind its network door.
#[derive(Debug)]
pub struct Doorstep(Arc<Site>);

impl Doorstep {
    /// The desk whose keys are in the directory `state`, made if there are none yet.
    ///
    /// # Errors
    /// If they can be neither read nor made.
    pub fn new(state: &Path) -> Result<Self, StartError> {
        let state = StateDir::open_shared(state)?;
        let identity = load_or_create_identity(&state)?;
        let names = Names::new("desk", &[]);
        let own = config::Tls {
            enabled: true,
            certificate: PathBuf::new(),
            key: PathBuf::new(),
        };
        let certificate = Certificate::load(&own, &state, &names.for_certificate())?;
        let acceptor = certificate.acceptor(|| false)?;
        let devices = Devices::open_with(state.clone(), Catalogue::default())?;
        let realms = Realms::new([1, 2]);
        let audit = Audit::new(state, false, false);
        let authority = DeskAuthority::new(
            Arc::clone(&devices),
            Arc::clone(&realms.main),
            audit,
            Insiders::new().0,
        );
        let responder = Responder::new(&identity.x25519_secret(), prologue(identity.id().as_str()));
        Ok(Self(Arc::new(Site {
            router: Router::new(authority, realms.all()),
            visitors: Visitors::Own(names),
            pages: Pages::WebRemote,
            seal: Some(Arc::new(Seal { responder, devices })),
            insiders: None,
            metrics: false,
            tls: Some(Arc::new(Tls {
                acceptor,
                plain: true,
            })),
            longpoll: None,
            cookies: None,
            message: 1 << 20,
        })))
    }

    /// Serves a connection from the network until it ends.
    ///
    /// # Errors
    /// If the stream fails, or nothing comes in time.
    pub async fn serve(&self, stream: impl Io + 'static) -> io::Result<()> {
        let door = Door::Network(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        let site = Arc::clone(&self.0);
        let arrived = match (first_octet::look(stream, &site).await?, &site.tls) {
            (Some((Sniffed::Tls, stream)), Some(tls)) => {
                tls::open(stream, tls, door, Arc::clone(&site), ()).await?
            }
            (Some((_, stream)), _) => {
                first_octet::open(stream, door, Arc::clone(&site), None, ()).await?
            }
            (None, _) => None,
        };
        if let Some(arrived) = arrived {
            site.link(arrived).await;
        }
        Ok(())
    }
}
