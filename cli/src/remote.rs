//! `--on`: links to a daemon this computer was paired with, wherever it is now.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskconn_discovery::{Browser, Daemon, DiscoveryEvent, Options, browse};
use deskconn_protocol::identity::{DeviceId, Identity};
use futures_util::future::select_ok;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep, timeout_at};
use wamp_client::{JoinOptions, Session};
use wamp_transport::{ConnectError, Link};

use crate::address::Address;
use crate::connect::{self, is_refusal, reason};
use crate::error::{CliError, ErrorKind};
use crate::hosts::{Hosts, Known};
use crate::text::shell_word;

/// How long the stored addresses are tried alone; they nearly always are the right ones.
const HEAD_START: Duration = Duration::from_millis(500);

/// How long to listen for a daemon that is not where it was.
const LISTEN: Duration = Duration::from_secs(3);

/// What went wrong at each address.
type Failures = Vec<(Address, ConnectError)>;

/// A session with the host that `wanted` names: at the addresses that are known, then where its id is
/// announced now. Where it was found is remembered.
///
/// # Errors
///
/// With every address that was tried.
pub(crate) async fn connect(hosts: Hosts, wanted: &str) -> Result<Session, CliError> {
    let (remote, link) = Remote::reach(hosts, wanted).await?;
    Ok(Session::join(link, remote.joining()).await?)
}

/// Opens a session with `known` at one of its addresses and leaves it again.
///
/// # Errors
///
/// If that does not work.
pub(crate) async fn open(known: &Known, hosts: &Hosts) -> Result<(), CliError> {
    let remote = Remote::new(known.clone(), hosts)?;
    let (_, link) = remote.find().await?;
    let session = Session::join(link, remote.joining()).await?;
    session.leave().await;
    Ok(())
}

/// A daemon this computer was paired with.
#[derive(Debug)]
pub(crate) struct Remote {
    id: DeviceId,
    identity: Arc<Identity>,
    /// What is known of it; where it was found last comes first.
    known: Mutex<Known>,
}

impl Remote {
    fn new(known: Known, hosts: &Hosts) -> Result<Self, CliError> {
        Ok(Self {
            id: known.id,
            identity: hosts.identity()?,
            known: Mutex::new(known),
        })
    }

    /// The host that `wanted` names, and a link to it. Where it was found is remembered.
    ///
    /// # Errors
    ///
    /// As [`connect()`].
    pub(crate) async fn reach(mut hosts: Hosts, wanted: &str) -> Result<(Self, Link), CliError> {
        let mut known = hosts.find(wanted)?;
        let remote = Self::new(known.clone(), &hosts)?;
        let (address, link) = remote.find().await?;
        if known.host.remember(&address) {
            hosts.keep(known.host)?;
        }
        Ok((remote, link))
    }

    /// How this computer joins over a link to it.
    pub(crate) fn joining(&self) -> JoinOptions {
        connect::as_device(Arc::clone(&self.identity))
    }

    /// Another link to it, where it is now. For whoever keeps trying: it says what went wrong at one
    /// address only, that it was refused if it was.
    pub(crate) async fn link(&self) -> Result<Link, ConnectError> {
        let mut failures = match self.search().await {
            Ok((address, link)) => {
                self.known().host.remember(&address);
                return Ok(link);
            }
            Err(failures) => failures,
        };
        let refusal = failures.iter().position(|(_, error)| is_refusal(error));
        if failures.is_empty() {
            return Err(ConnectError::NotFound {
                host: self.known().host.name.clone(),
                source: None,
            });
        }
        Err(failures.swap_remove(refusal.unwrap_or(0)).1)
    }

    /// That it does not let this computer in any more, as `details` show.
    pub(crate) fn refused(&self, details: Vec<String>) -> CliError {
        let name = self.known().host.name.clone();
        let message = format!("{name} does not let this computer in any more");
        CliError::new(ErrorKind::Denied, message)
            .details(details)
            .hint(format!(
                "pair again: run `deskconn pair` there and `deskconn join {}` here",
                shell_word(&name, self.id.hint())
            ))
    }

    async fn find(&self) -> Result<(Address, Link), CliError> {
        let found = self.search().await;
        found.map_err(|failures| self.not_reached(&failures))
    }

    /// Tries the stored addresses, and after a moment also listens for where the daemon is now: a
    /// computer that has moved is not waited for.
    async fn search(&self) -> Result<(Address, Link), Failures> {
        let (stored, keys) = {
            let known = self.known();
            (known.host.addresses(), known.host.keys)
        };
        let open = |address| connect::sealed_link(address, keys, Arc::clone(&self.identity));
        let failures = Mutex::new(Failures::new());
        let failed = |more| locked(&failures).extend::<Failures>(more);
        let there = async { connect::first(&stored, open).await.map_err(failed) };
        let elsewhere = async {
            sleep(HEAD_START).await;
            elsewhere(&self.id, &stored, open).await.map_err(failed)
        };
        let found = select_ok([there.boxed(), elsewhere.boxed()]).await;
        match found {
            Ok((found, _)) => Ok(found),
            Err(()) => Err(std::mem::take(&mut *locked(&failures))),
        }
    }

    fn not_reached(&self, failures: &Failures) -> CliError {
        let stored = self.known().host.addresses();
        let tried = failures.iter();
        let tried = tried.map(|(address, error)| format!("{address}: {}", reason(error)));
        let mut details: Vec<String> = tried.collect();
        if failures.iter().all(|(address, _)| stored.contains(address)) {
            details.push("it is announced nowhere else on this network".to_owned());
        }
        if failures.iter().any(|(_, error)| is_refusal(error)) {
            return self.refused(details);
        }
        CliError::unreachable(format!("can not reach {}", self.known().host.name))
            .details(details)
            .hint("is it on and on this network, and does `deskconnd` run there?")
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        locked(&self.known)
    }
}

/// Nothing that runs under these locks leaves anything half changed.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tries the addresses at which the daemon `id` is announced as they are heard, but those in `stored`.
async fn elsewhere<F>(
    id: &DeviceId,
    stored: &[Address],
    open: impl Fn(Address) -> F,
) -> Result<(Address, Link), Failures>
where
    F: Future<Output = Result<Link, ConnectError>>,
{
    // Where multicast DNS can not be spoken, nothing is heard: the stored addresses are told anyway.
    let mut browser = browse(Options::default()).ok();
    let end = Instant::now() + LISTEN;
    let mut tried = stored.to_vec();
    let mut tries = FuturesUnordered::new();
    let mut failures = Failures::new();
    loop {
        tokio::select! {
            event = timeout_at(end, next(&mut browser)), if browser.is_some() => match event {
                // One announcement may come in parts, with some of the addresses each.
                Ok(Some(DiscoveryEvent::Found(daemon))) if is_of(id, &daemon) => {
                    for address in daemon.addresses.into_iter().map(Address::from) {
                        if !tried.contains(&address) {
                            tried.push(address.clone());
                            let opening = open(address.clone());
                            tries.push(async move { (address, opening.await) });
                        }
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => browser = None,
            },
            Some((address, opened)) = tries.next() => match opened {
                Ok(link) => return Ok((address, link)),
                Err(error) => failures.push((address, error)),
            },
            else => return Err(failures),
        }
    }
}

/// The next event of a search, if there is one.
async fn next(browser: &mut Option<Browser>) -> Option<DiscoveryEvent> {
    browser.as_mut()?.next().await
}

/// Whether an announcement says that it is of the daemon `id`.
fn is_of(id: &DeviceId, daemon: &Daemon) -> bool {
    let prefix = daemon.device_id_prefix.as_deref();
    prefix.is_some_and(|prefix| !prefix.is_empty() && id.as_str().starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::identity::PublicIdentity;
    use std::io;
    use wamp_transport::OpenError;

    use crate::hosts::Host;

    impl Remote {
        /// A daemon nobody has been to.
        pub(crate) fn of(name: &str, keys: PublicIdentity) -> Self {
            let id = keys.id();
            let host = Host {
                name: name.to_owned(),
                addresses: vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()],
                port: 5020,
                grants: Vec::new(),
                joined_at: 0,
                certificate: None,
                keys,
            };
            Self {
                id,
                identity: Arc::new(Identity::from_seed(&[2; 64])),
                known: Mutex::new(Known { id, host }),
            }
        }
    }

    fn remote() -> Remote {
        Remote::of("study", *Identity::from_seed(&[1; 64]).public())
    }

    fn unreachable() -> ConnectError {
        ConnectError::Unreachable {
            address: "192.0.2.1:5020".to_owned(),
            source: io::ErrorKind::ConnectionRefused.into(),
        }
    }

    fn closed() -> ConnectError {
        ConnectError::Open {
            address: "192.0.2.2:5020".to_owned(),
            source: OpenError::Link(wamp_transport::LinkError::Closed),
        }
    }

    #[test]
    fn every_address_is_told_with_what_went_wrong() {
        let elsewhere = "192.0.2.9:5020".parse().expect("an address");
        let error = remote().not_reached(&vec![(elsewhere, unreachable())]);
        assert_eq!(error.kind.exit_code(), 3);
        assert_eq!(error.message, "can not reach study");
        assert_eq!(error.details[0], "192.0.2.9:5020: connection refused");
    }

    #[test]
    fn a_link_that_is_closed_unsealed_means_that_we_are_not_known() {
        let remote = remote();
        let addresses = remote.known().host.addresses();
        let failures = vec![
            (addresses[0].clone(), unreachable()),
            (addresses[1].clone(), closed()),
        ];
        let error = remote.not_reached(&failures);
        assert_eq!(error.kind.exit_code(), 4);
        assert_eq!(error.details.len(), 3);
    }
}
