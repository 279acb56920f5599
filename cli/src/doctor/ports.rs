//! Whether the daemon's port is open where it says it listens.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use super::{Finding, Machine};

const CHECK: &str = "port";

/// How long this machine may take to answer itself.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    if machine.status.is_err() {
        return Vec::new();
    }
    let doors = machine.doors();
    if doors.iter().all(|door| door.ip().is_loopback()) {
        let message = "the daemon listens for this machine alone";
        let mend = "set listen.tcp to [\"[::]:5020\"] in the configuration";
        return vec![Finding::warning(CHECK, message, mend)];
    }
    let own: Vec<(String, IpAddr)> = if_addrs::get_if_addrs()
        .into_iter()
        .flatten()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| (interface.name.clone(), interface.ip()))
        .collect();
    let places = doors.iter().flat_map(|door| reached(*door, &own));
    let mut findings: Vec<_> = places
        .map(|(name, address)| knock(&name, address))
        .collect();
    if findings.is_empty() {
        let mend = "connect this computer to a network";
        findings.push(Finding::warning(
            CHECK,
            "no network reaches this computer",
            mend,
        ));
    }
    findings
}

/// The addresses by which others reach a door, and the interfaces they are on.
fn reached(door: SocketAddr, own: &[(String, IpAddr)]) -> Vec<(String, SocketAddr)> {
    let reaches = |address: &IpAddr| match door.ip() {
        // The daemon's socket for any IPv6 address takes IPv4 too.
        IpAddr::V6(any) if any.is_unspecified() => true,
        IpAddr::V4(any) if any.is_unspecified() => address.is_ipv4(),
        one => one == *address,
    };
    let own = own.iter().filter(|(_, address)| reaches(address));
    own.map(|(name, address)| (name.clone(), SocketAddr::new(*address, door.port())))
        .collect()
}

fn knock(interface: &str, address: SocketAddr) -> Finding {
    match TcpStream::connect_timeout(&address, PATIENCE) {
        Ok(_) => Finding::ok(CHECK, format!("{address} on {interface} is open")),
        Err(error) => Finding::failing(
            CHECK,
            format!("{address} on {interface} does not answer: {error}"),
            "systemctl --user restart deskconnd",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use crate::doctor::testing::{machine, told};
    use std::net::TcpListener;
    use std::path::Path;

    #[test]
    fn a_door_is_reached_by_the_addresses_it_is_open_for() {
        let own = [("eth0", "192.0.2.7"), ("eth0", "2001:db8::7")]
            .map(|(name, ip)| (name.to_owned(), ip.parse().expect("an address")));
        for (door, count) in [
            ("[::]:5020", 2),
            ("0.0.0.0:5020", 1),
            ("192.0.2.7:5020", 1),
            ("192.0.2.8:1", 0),
        ] {
            let door = door.parse().expect("a door");
            assert_eq!(reached(door, &own).len(), count, "{door}");
        }
    }

    #[test]
    fn a_port_that_nobody_listens_on_fails() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        assert_eq!(knock("lo", address).level, Level::Ok);
        drop(listener);
        assert_eq!(knock("lo", address).level, Level::Failing);
    }

    #[test]
    fn a_daemon_on_loopback_is_for_this_machine_alone() {
        let told = told(&look(&machine(Path::new("/nonexistent"))));
        assert_eq!(told, ["Warning the daemon listens for this machine alone"]);
    }
}
