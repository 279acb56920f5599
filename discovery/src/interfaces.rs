//! Which network interfaces take part in discovery.

use std::net::IpAddr;

use mdns_sd::{IfKind, IfPredicate};

/// Name prefixes of interfaces that lead to containers, virtual machines and VPNs, not to the LAN.
///
/// A bridge of the user's own (`br0`) is often the LAN itself and stays in.
const NOT_THE_LAN: [&str; 17] = [
    "br-",
    "cali",
    "cilium",
    "cni",
    "docker",
    "flannel",
    "lxc",
    "lxdbr",
    "podman",
    "ppp",
    "tailscale",
    "tap",
    "tun",
    "veth",
    "virbr",
    "wg",
    "zt",
];

/// Where to announce or browse. The default is every interface that leads to a LAN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Interface names to use, with all their addresses. Empty: every interface that is up and whose
    /// name does not tell of containers, virtual machines or VPNs.
    pub interfaces: Vec<String>,
    /// Whether the loopback interface takes part.
    pub loopback: bool,
}

impl Options {
    /// The interface indexes Avahi is to announce on; empty when it is to choose by itself.
    pub(crate) fn indexes(&self) -> Vec<u32> {
        if self.interfaces.is_empty() {
            return Vec::new();
        }
        let mut indexes: Vec<u32> = if_addrs::get_if_addrs()
            .unwrap_or_default()
            .into_iter()
            .filter(|interface| self.interfaces.contains(&interface.name))
            .filter_map(|interface| interface.index)
            .collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }

    /// The rule for announcing: link-local addresses are left out unless the interface is named or
    /// has no others, as at a cable between two machines, since few programs can connect to one they
    /// read in a DNS record.
    pub(crate) fn to_announce(&self) -> IfKind {
        let options = self.clone();
        IfKind::Predicate(IfPredicate::new(move |interface| {
            let named = !options.interfaces.is_empty();
            options.allow(&interface.name, interface.ip())
                && (named
                    || interface.is_loopback()
                    || !is_link_local(interface.ip())
                    || has_no_others(&interface.name))
        }))
    }

    /// The rule for browsing: also link-local networks, where a cable joins two machines.
    pub(crate) fn to_browse(&self) -> IfKind {
        let options = self.clone();
        IfKind::Predicate(IfPredicate::new(move |interface| {
            options.allow(&interface.name, interface.ip())
        }))
    }

    fn allow(&self, interface: &str, address: IpAddr) -> bool {
        if address.is_loopback() {
            return self.loopback;
        }
        if self.interfaces.is_empty() {
            return !NOT_THE_LAN
                .iter()
                .any(|prefix| interface.starts_with(prefix));
        }
        self.interfaces.iter().any(|name| name == interface)
    }
}

/// Whether an interface has none but link-local addresses now.
fn has_no_others(interface: &str) -> bool {
    let own = if_addrs::get_if_addrs().unwrap_or_default();
    own.iter()
        .filter(|one| one.name == interface)
        .all(|one| is_link_local(one.ip()))
}

/// Whether `address` means something on its own link only (RFC 3927, RFC 4291 section 2.5.6).
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(options: &Options, interface: &str, address: &str) -> bool {
        options.allow(interface, address.parse().expect("an address"))
    }

    #[test]
    fn containers_virtual_machines_and_vpns_are_left_out() {
        let options = Options::default();
        for name in [
            "docker0",
            "br-1f2e3d",
            "veth12ab",
            "virbr0",
            "tun0",
            "wg0",
            "tailscale0",
        ] {
            assert!(!allowed(&options, name, "10.1.2.3"), "{name}");
        }
        for name in ["eth0", "enp3s0", "wlan0", "wlp2s0", "br0", "bond0"] {
            assert!(allowed(&options, name, "10.1.2.3"), "{name}");
        }
    }

    #[test]
    fn named_interfaces_are_the_only_ones() {
        let options = Options {
            interfaces: vec!["wg0".to_owned()],
            loopback: false,
        };
        assert!(allowed(&options, "wg0", "10.1.2.3"));
        assert!(!allowed(&options, "eth0", "10.1.2.3"));
    }

    #[test]
    fn loopback_takes_part_only_on_request() {
        let mut options = Options::default();
        assert!(!allowed(&options, "lo", "127.0.0.1"));
        assert!(!allowed(&options, "lo", "::1"));
        options.loopback = true;
        assert!(allowed(&options, "lo", "127.0.0.1"));
        assert!(allowed(&options, "lo", "::1"));
    }

    #[test]
    fn link_local_addresses_are_told_apart() {
        for address in ["169.254.7.7", "fe80::1"] {
            assert!(
                is_link_local(address.parse().expect("an address")),
                "{address}"
            );
        }
        for address in ["192.168.1.1", "fd00::1", "2001:db8::1"] {
            assert!(
                !is_link_local(address.parse().expect("an address")),
                "{address}"
            );
        }
    }
}
