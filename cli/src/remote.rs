//! `--on`: a session with a daemon this computer was paired with, wherever it is now.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use deskconn_discovery::{DiscoveryEvent, Options, browse};
use deskconn_protocol::identity::DeviceId;
use futures_util::FutureExt;
use futures_util::future::select_ok;
use tokio::time::{sleep, timeout};
use wamp_client::{JoinError, Session};

use crate::address::Address;
use crate::connect::{self, is_refusal, reason};
use crate::error::{CliError, ErrorKind};
use crate::hosts::{Hosts, Known};
use crate::text::shell_word;

/// How long the stored addresses are tried alone; they nearly always are the right ones.
const HEAD_START: Duration = Duration::from_millis(500);

/// How long to listen for a daemon that is not where it was.
const LISTEN: Duration = Duration::from_secs(3);

/// A session with the host that `wanted` names: at the addresses that are known, then where its id is
/// announced now. Where it was found is remembered.
///
/// # Errors
///
/// With every address that was tried.
pub(crate) async fn connect(mut hosts: Hosts, wanted: &str) -> Result<Session, CliError> {
    let mut known = hosts.find(wanted)?;
    let (address, session) = find(&known, &hosts).await?;
    if known.host.remember(&address) {
        hosts.keep(known.host)?;
    }
    Ok(session)
}

/// Opens a session with `known` at one of its addresses and leaves it again.
///
/// # Errors
///
/// If that does not work.
pub(crate) async fn open(known: &Known, hosts: &Hosts) -> Result<(), CliError> {
    let (_, session) = find(known, hosts).await?;
    session.leave().await;
    Ok(())
}

/// Tries the stored addresses, and after a moment also listens for where the daemon is now: a computer
/// that has moved is not waited for.
async fn find(known: &Known, hosts: &Hosts) -> Result<(Address, Session), CliError> {
    let identity = hosts.identity()?;
    let open = |address| connect::sealed(address, known.host.keys, Arc::clone(&identity));
    let stored = known.host.addresses();
    let failures = RefCell::new(Vec::new());
    let failed = |more| failures.borrow_mut().extend(more);
    let there = async { connect::first(&stored, open).await.map_err(failed) };
    let elsewhere = async {
        sleep(HEAD_START).await;
        let announced = announced(&known.id, &stored).await;
        connect::first(&announced, open).await.map_err(failed)
    };
    let tries = [there.boxed_local(), elsewhere.boxed_local()];
    match select_ok(tries).await {
        Ok((found, _)) => Ok(found),
        Err(()) => Err(not_reached(known, stored.len(), &failures.take())),
    }
}

/// The addresses at which the daemon `id` is announced, but those in `tried`; the first announcement
/// that fits is enough.
async fn announced(id: &DeviceId, tried: &[Address]) -> Vec<Address> {
    // Where multicast DNS can not be spoken, nothing is heard: the stored addresses are told anyway.
    let Ok(mut browser) = browse(Options::default()) else {
        return Vec::new();
    };
    let heard = timeout(LISTEN, async {
        while let Some(event) = browser.next().await {
            let DiscoveryEvent::Found(daemon) = event else {
                continue;
            };
            let prefix = daemon.device_id_prefix.as_deref();
            if prefix.is_some_and(|prefix| id.as_str().starts_with(prefix)) {
                return daemon.addresses;
            }
        }
        Vec::new()
    });
    let heard = heard.await.unwrap_or_default();
    let addresses = heard.into_iter().map(Address::from);
    addresses
        .filter(|address| !tried.contains(address))
        .collect()
}

/// `failures` are those of the `stored` addresses and of the announced ones.
fn not_reached(known: &Known, stored: usize, failures: &[(Address, JoinError)]) -> CliError {
    let name = &known.host.name;
    let tried = failures.iter();
    let tried = tried.map(|(address, error)| format!("{address}: {}", reason(error)));
    let mut details: Vec<String> = tried.collect();
    if failures.len() == stored {
        details.push("it is announced nowhere else on this network".to_owned());
    }
    if failures.iter().any(|(_, error)| is_refusal(error)) {
        let message = format!("{name} does not let this computer in any more");
        return CliError::new(ErrorKind::Denied, message)
            .details(details)
            .hint(format!(
                "pair again: run `deskconn pair` there and `deskconn join {}` here",
                shell_word(name, known.id.hint())
            ));
    }
    CliError::unreachable(format!("can not reach {name}"))
        .details(details)
        .hint("is it on and on this network, and does `deskconnd` run there?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskconn_protocol::identity::Identity;
    use std::io;
    use wamp_transport::{ConnectError, OpenError};

    use crate::hosts::Host;

    fn known() -> Known {
        let keys = *Identity::from_seed(&[1; 64]).public();
        let host = Host {
            name: "study".to_owned(),
            addresses: vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()],
            port: 5020,
            grants: Vec::new(),
            joined_at: 0,
            keys,
        };
        let id = keys.id();
        Known { id, host }
    }

    fn unreachable() -> JoinError {
        JoinError::Connect(ConnectError::Unreachable {
            address: "192.0.2.1:5020".to_owned(),
            source: io::ErrorKind::ConnectionRefused.into(),
        })
    }

    fn closed() -> JoinError {
        JoinError::Connect(ConnectError::Open {
            address: "192.0.2.2:5020".to_owned(),
            source: OpenError::Link(wamp_transport::LinkError::Closed),
        })
    }

    #[test]
    fn every_address_is_told_with_what_went_wrong() {
        let known = known();
        let addresses = known.host.addresses();
        let error = not_reached(&known, 0, &[(addresses[0].clone(), unreachable())]);
        assert_eq!(error.kind.exit_code(), 3);
        assert_eq!(error.message, "can not reach study");
        assert_eq!(error.details[0], "192.0.2.1:5020: connection refused");
    }

    #[test]
    fn a_link_that_is_closed_unsealed_means_that_we_are_not_known() {
        let known = known();
        let addresses = known.host.addresses();
        let failures = [
            (addresses[0].clone(), unreachable()),
            (addresses[1].clone(), closed()),
        ];
        let error = not_reached(&known, 2, &failures);
        assert_eq!(error.kind.exit_code(), 4);
        assert_eq!(error.details.len(), 3);
    }
}
