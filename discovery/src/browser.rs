//! Lists the daemons that can be heard on the local network, as they come, change and go.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use mdns_sd::{
    HostnameResolutionEvent, Receiver, ResolvedService, ScopedIp, ServiceDaemon, ServiceEvent,
};

use crate::Options;
use crate::interfaces::is_link_local;
use crate::mdns::{self, MdnsError};
use crate::record::{Txt, clean, display_name};

/// More daemons than a LAN has, and few enough that a flood of made-up ones stays small.
const MAX_DAEMONS: usize = 256;
const MAX_ADDRESSES: usize = 16;
/// The longest domain name (RFC 1035 section 2.3.4).
const MAX_DOMAIN_NAME: usize = 255;
/// How long a host is asked for the addresses it has not given, in milliseconds: three questions,
/// of which responders may leave those unanswered that come within a second (RFC 6762 section 6).
const ADDRESS_SEARCH: u64 = 5_000;

/// Somebody's announcement. All of it is hearsay until the sealed link has proved the device id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// The DNS-SD instance name, fit to print: `study-laptop 3f7k`.
    pub instance: String,
    /// The device's display name, fit to print: `study-laptop`.
    pub name: String,
    /// The start of the device id, if the announcement has one: eight characters.
    pub device_id_prefix: Option<String>,
    /// The host name its addresses came from, fit to print.
    pub host: String,
    /// Where to connect, the likeliest first; link-local IPv6 addresses carry their scope.
    pub addresses: Vec<SocketAddr>,
    /// The port in `addresses`.
    pub port: u16,
    /// Whether a pairing window is open there.
    pub pairing: bool,
    /// The protocol version it says it speaks.
    pub version: Option<u32>,
}

/// What changed on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveryEvent {
    /// A daemon that was not known, or one that is and now says something else.
    Found(Daemon),
    /// The daemon with this instance name said goodbye or has not been heard for its time to live.
    Lost(String),
}

/// A running search; ends when dropped.
pub struct Browser {
    engine: ServiceDaemon,
    events: Receiver<ServiceEvent>,
    known: HashMap<String, Known>,
    options: Options,
}

/// A daemon that was found, and the search for the rest of its addresses.
struct Known {
    daemon: Daemon,
    /// The engine searches as long as somebody holds this; what it finds comes as a change of the
    /// service.
    _search: Option<Receiver<HostnameResolutionEvent>>,
}

/// Starts looking for daemons on the interfaces of `options`.
///
/// # Errors
///
/// [`MdnsError`] when multicast DNS can not be spoken on this machine.
pub fn browse(options: Options) -> Result<Browser, MdnsError> {
    let engine = mdns::open(options.to_browse())?;
    let events = engine.browse(&mdns::service_domain())?;
    Ok(Browser {
        engine,
        events,
        known: HashMap::new(),
        options,
    })
}

impl Browser {
    /// The next change; `None` when the search has ended. Cancel safe.
    pub async fn next(&mut self) -> Option<DiscoveryEvent> {
        loop {
            let event = match self.events.recv_async().await.ok()? {
                ServiceEvent::ServiceResolved(service) => self.heard(&service),
                ServiceEvent::ServiceRemoved(_, fullname) => self
                    .known
                    .remove(&fullname)
                    .map(|known| DiscoveryEvent::Lost(known.daemon.instance)),
                ServiceEvent::SearchStopped(_) => return None,
                _ => None,
            };
            if event.is_some() {
                return event;
            }
        }
    }

    /// What `service` adds to what is known; the engine repeats itself, we do not.
    fn heard(&mut self, service: &ResolvedService) -> Option<DiscoveryEvent> {
        let daemon = read(service, self.options.loopback)?;
        if let Some(known) = self.known.get_mut(&service.fullname) {
            if known.daemon == daemon {
                return None;
            }
            known.daemon = daemon.clone();
            return Some(DiscoveryEvent::Found(daemon));
        }
        if self.known.len() == MAX_DAEMONS {
            tracing::debug!(
                "more than {MAX_DAEMONS} daemons are announced, the others are left out"
            );
            return None;
        }
        let known = Known {
            daemon: daemon.clone(),
            _search: self.search_addresses(&service.host, &daemon),
        };
        self.known.insert(service.fullname.clone(), known);
        Some(DiscoveryEvent::Found(daemon))
    }

    /// Asks `host` for its other addresses, if it gave those of one family only. Responders answer
    /// with the addresses of the family they were asked over, and not at all when they have just
    /// answered somebody else; as the engine then knows the instance, it would not ask again.
    fn search_addresses(
        &self,
        host: &str,
        daemon: &Daemon,
    ) -> Option<Receiver<HostnameResolutionEvent>> {
        let given = |v4| daemon.addresses.iter().any(|at| at.is_ipv4() == v4);
        if given(true) && given(false) {
            return None;
        }
        let search = self.engine.resolve_hostname(host, Some(ADDRESS_SEARCH));
        // What fails here leaves the daemon with the addresses it gave.
        search
            .inspect_err(|error| tracing::debug!(%error, "could not ask for more addresses"))
            .ok()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.engine.shutdown());
    }
}

/// The daemon that `service` describes; `None` when there is nowhere to connect.
fn read(service: &ResolvedService, loopback: bool) -> Option<Daemon> {
    let suffix = format!(".{}", mdns::service_domain());
    let instance = service.fullname.strip_suffix(&suffix)?;
    let txt = Txt::read(|key| service.txt_properties.get_property_val(key).flatten());
    let addresses = addresses(service, loopback);
    if addresses.is_empty() || service.port == 0 {
        return None;
    }
    Some(Daemon {
        instance: clean(instance, MAX_DOMAIN_NAME),
        name: display_name(instance, txt.id.as_deref()),
        device_id_prefix: txt.id,
        host: clean(&service.host, MAX_DOMAIN_NAME),
        addresses,
        port: service.port,
        pairing: txt.pairing,
        version: txt.version,
    })
}

/// The addresses one can connect to, each once: IPv4, then IPv6, then what works on one link only.
fn addresses(service: &ResolvedService, loopback: bool) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> = service
        .addresses
        .iter()
        .filter(|address| is_a_host(address.to_ip_addr(), loopback))
        .map(|address| with_scope(address, service.port))
        .collect();
    addresses.sort_unstable_by_key(|address| (is_link_local(address.ip()), *address));
    addresses.dedup();
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

fn is_a_host(address: IpAddr, loopback: bool) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    let nowhere = address.is_unspecified() || address.is_multicast() || broadcast;
    !nowhere && (loopback || !address.is_loopback())
}

/// A link-local IPv6 address is reached through the interface it was heard on (RFC 4007 section 6).
fn with_scope(address: &ScopedIp, port: u16) -> SocketAddr {
    match address {
        ScopedIp::V6(v6) if v6.addr().is_unicast_link_local() => {
            SocketAddrV6::new(*v6.addr(), port, 0, v6.scope_id().index).into()
        }
        _ => SocketAddr::new(address.to_ip_addr(), port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mdns_sd::ServiceInfo;

    fn service(
        instance: &str,
        addresses: &str,
        port: u16,
        txt: &[(&str, &str)],
    ) -> ResolvedService {
        ServiceInfo::new(
            &mdns::service_domain(),
            instance,
            "pc.local.",
            addresses,
            port,
            txt,
        )
        .expect("a valid service")
        .as_resolved_service()
    }

    #[test]
    fn an_announcement_is_read() {
        let txt = [("v", "1"), ("id", "3f7kabcd"), ("pm", "1"), ("later", "x")];
        let read = read(&service("pc 3f7k", "10.0.0.7,fd00::7", 5020, &txt), false);
        let expected = Daemon {
            instance: "pc 3f7k".to_owned(),
            name: "pc".to_owned(),
            device_id_prefix: Some("3f7kabcd".to_owned()),
            host: "pc.local.".to_owned(),
            addresses: vec![
                "10.0.0.7:5020".parse().expect("an address"),
                "[fd00::7]:5020".parse().expect("an address"),
            ],
            port: 5020,
            pairing: true,
            version: Some(1),
        };
        assert_eq!(read, Some(expected));
    }

    #[test]
    fn an_announcement_without_our_keys_is_still_a_place_to_knock() {
        let daemon = read(&service("foreign", "10.0.0.7", 9090, &[]), false).expect("a daemon");
        assert_eq!(
            (
                daemon.name.as_str(),
                daemon.device_id_prefix,
                daemon.version
            ),
            ("foreign", None, None)
        );
        assert!(!daemon.pairing);
    }

    #[test]
    fn an_announcement_with_nowhere_to_connect_is_left_out() {
        for addresses in [
            "0.0.0.0",
            "224.0.0.251",
            "255.255.255.255",
            "127.0.0.1",
            "::1",
            "::",
        ] {
            assert_eq!(
                read(&service("pc", addresses, 5020, &[]), false),
                None,
                "{addresses}"
            );
        }
        assert_eq!(read(&service("pc", "10.0.0.7", 0, &[]), false), None);
    }

    #[test]
    fn loopback_addresses_count_on_request() {
        assert!(read(&service("pc", "127.0.0.1", 5020, &[]), true).is_some());
    }

    #[test]
    fn a_host_with_very_many_addresses_is_cut_short() {
        let many: Vec<String> = (1..200).map(|n| format!("10.0.0.{n}")).collect();
        let daemon = read(&service("pc", &many.join(","), 5020, &[]), false).expect("a daemon");
        assert_eq!(daemon.addresses.len(), MAX_ADDRESSES);
    }

    #[test]
    fn link_local_addresses_come_last() {
        let daemon = read(
            &service("pc", "fe80::1,169.254.1.1,fd00::1,10.0.0.1", 1, &[]),
            false,
        )
        .expect("a daemon");
        let order: Vec<String> = daemon
            .addresses
            .iter()
            .map(|a| a.ip().to_string())
            .collect();
        assert_eq!(order, ["10.0.0.1", "fd00::1", "169.254.1.1", "fe80::1"]);
    }
}
