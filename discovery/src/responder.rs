//! Announces through a responder of our own, for machines on which no Avahi runs.

use std::time::Duration;

use mdns_sd::{DaemonEvent, DnsNameChange, RRType, Receiver, ServiceDaemon, ServiceInfo};
use tokio::time::{Instant, sleep_until};

use crate::Options;
use crate::mdns::{self, DOMAIN, MdnsError};
use crate::record::Record;
use crate::supervisor::Notice;

/// RFC 6762 section 8.3 wants every announcement sent twice, at least one second apart; the engine
/// also holds back a record that it sent less than a second ago.
const REPEAT: Duration = Duration::from_millis(1200);

/// This machine's announcement, kept up by our own multicast DNS engine.
pub(crate) struct Responder {
    engine: ServiceDaemon,
    notices: Receiver<DaemonEvent>,
    record: Record,
    /// The name in use: another one than the record's when that was taken.
    instance: String,
    announced: bool,
    repeat_at: Option<Instant>,
}

impl Responder {
    /// Starts probing for the record's name and announces it when nobody objects.
    pub(crate) fn start(record: &Record, options: &Options) -> Result<Self, MdnsError> {
        let engine = mdns::open(options.to_announce())?;
        let responder = Self {
            notices: engine.monitor()?,
            engine,
            record: record.clone(),
            instance: record.instance.clone(),
            announced: false,
            repeat_at: None,
        };
        responder.register()?;
        Ok(responder)
    }

    /// What happens next; cancel safe.
    pub(crate) async fn next(&mut self) -> Notice {
        loop {
            let repeat = async {
                match self.repeat_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = self.notices.recv_async() => {
                    let Ok(event) = event else {
                        return Notice::Failed("the multicast DNS engine ended".to_owned());
                    };
                    if self.take(event) {
                        return Notice::Announced(self.instance.clone());
                    }
                }
                () = repeat => {
                    self.repeat_at = None;
                    if let Err(error) = self.register() {
                        return Notice::Failed(error.to_string());
                    }
                }
            }
        }
    }

    /// Tells the network whether a pairing window is open.
    pub(crate) fn set_pairing(&mut self, open: bool) {
        self.record.pairing = open;
        // What fails now fails again at the repetition, and is told then.
        if let Err(error) = self.register() {
            tracing::debug!(%error, "could not announce the pairing window");
        }
        self.repeat_at = Some(Instant::now() + REPEAT);
    }

    /// Says goodbye (RFC 6762 section 10.1) and ends.
    pub(crate) async fn shutdown(self) {
        mdns::close(&self.engine).await;
    }

    /// Takes in one event of the engine; true when the announcement is out or its name has changed.
    fn take(&mut self, event: DaemonEvent) -> bool {
        match event {
            DaemonEvent::Announce(..) if !self.announced => {
                self.announced = true;
                self.repeat_at = Some(Instant::now() + REPEAT);
                true
            }
            DaemonEvent::NameChange(change) => match self.renamed(&change) {
                Some(instance) => {
                    self.instance = instance;
                    self.announced
                }
                None => false,
            },
            DaemonEvent::Error(error) => {
                tracing::warn!(%error, "multicast DNS");
                false
            }
            _ => false,
        }
    }

    /// The instance name that `change` gives us, if it is about that name and not the host's.
    fn renamed(&self, change: &DnsNameChange) -> Option<String> {
        let suffix = format!(".{}", mdns::service_domain());
        let original = change.original.strip_suffix(&suffix)?;
        let ours = change.rr_type == RRType::SRV && original == self.record.instance;
        ours.then(|| change.new_name.strip_suffix(&suffix).map(str::to_owned))?
    }

    /// Hands the record to the engine, which announces it at once, or after probing the first time.
    fn register(&self) -> Result<(), MdnsError> {
        // The host name comes from the device id, not from the machine's own name: nothing else on
        // this machine can claim it, and it tells nothing the instance name does not.
        let host = format!("deskconn-{}.{DOMAIN}", self.record.id);
        let txt = self.record.txt();
        let mut service = ServiceInfo::new(
            &mdns::service_domain(),
            &self.record.instance,
            &host,
            "",
            self.record.port,
            txt.as_slice(),
        )?
        .enable_addr_auto();
        // Probing again would leave the name unanswered for a second; once it is ours, changed
        // data may be announced at once (RFC 6762 section 8.4).
        service.set_requires_probe(!self.announced);
        self.engine.register(service)?;
        Ok(())
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        // Without this the engine's thread would go on announcing.
        drop(self.engine.shutdown());
    }
}
