//! The addresses under which other machines reach this one.

use std::net::{IpAddr, SocketAddr};

/// The addresses that lead to the listener at `listening`, the likeliest first: IPv4 before IPv6,
/// and none that only this machine can reach unless it listens on nothing else.
pub(crate) fn reachable(listening: &[SocketAddr]) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for address in listening {
        if !address.ip().is_unspecified() {
            found.push(*address);
            continue;
        }
        // Without a list of interfaces the links are fewer, and discovery still works.
        let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
        let own = interfaces.iter().map(if_addrs::Interface::ip);
        let usable = own.filter(|ip| (ip.is_ipv4() || address.is_ipv6()) && leads_here(ip));
        found.extend(usable.map(|ip| SocketAddr::new(ip, address.port())));
    }
    if found.iter().any(|address| !address.ip().is_loopback()) {
        found.retain(|address| !address.ip().is_loopback());
    }
    found.sort_by_key(|address| (address.is_ipv6(), *address));
    found.dedup();
    found
}

/// A link-local IPv6 address needs the name of an interface of the other machine, so it can not be
/// told to anyone.
fn leads_here(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_address_is_the_one_to_tell() {
        let fixed: Vec<SocketAddr> = vec!["192.0.2.7:5020".parse().unwrap()];
        assert_eq!(reachable(&fixed), fixed);
        let local: Vec<SocketAddr> = vec!["127.0.0.1:5020".parse().unwrap()];
        assert_eq!(reachable(&local), local);
        assert_eq!(reachable(&[fixed[0], local[0]]), fixed);
    }

    #[test]
    fn every_address_is_never_told_as_such() {
        for address in reachable(&["[::]:5020".parse().unwrap()]) {
            assert!(!address.ip().is_unspecified(), "{address}");
            assert_eq!(address.port(), 5020);
        }
    }
}
