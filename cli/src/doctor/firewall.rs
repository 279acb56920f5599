//! Whether a firewall of this machine keeps devices out, as far as its files may be read.

use std::fs;
use std::process::Command;

use super::{Finding, Machine};

const CHECK: &str = "firewall";

/// Where the rules of nftables come from.
const FILE: &str = "/etc/nftables.conf";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    let port = machine
        .doors()
        .first()
        .map_or(5020, std::net::SocketAddr::port);
    let mut findings = Vec::new();
    let ufw = machine.text("/etc/ufw/ufw.conf").unwrap_or_default();
    if ufw.lines().any(|line| line.trim() == "ENABLED=yes") {
        findings.push(match machine.text("/etc/ufw/user.rules") {
            Some(rules) if opens(&rules, port) => {
                Finding::ok(CHECK, format!("ufw lets port {port} in"))
            }
            Some(_) => Finding::failing(
                CHECK,
                format!("ufw keeps port {port} shut"),
                format!("sudo ufw allow {port}/tcp"),
            ),
            None => Finding::warning(
                CHECK,
                "ufw is active, and only root may read its rules",
                format!("sudo ufw status; if {port} is not in it: sudo ufw allow {port}/tcp"),
            ),
        });
    }
    if machine.file("/run/firewalld").is_dir() {
        let is_open = zones(machine).iter().any(|zone| {
            zone.contains("service name=\"deskconn\"") || zone.contains(&format!("port=\"{port}\""))
        });
        findings.push(match is_open {
            true => Finding::ok(CHECK, format!("firewalld lets port {port} in")),
            false => Finding::warning(
                CHECK,
                format!("firewalld runs, and no zone of its own opens port {port}"),
                format!("sudo firewall-cmd --permanent --add-port={port}/tcp; sudo firewall-cmd --reload"),
            ),
        });
    }
    if findings.is_empty() {
        findings.extend(nftables(machine, port));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "none is known to be in the way"));
    }
    findings
}

/// What stands in the way in the kernel's rules, or in the file they come from where only root may
/// read those.
fn nftables(machine: &Machine, port: u16) -> Option<Finding> {
    let live = machine.is_own().then(ruleset).flatten();
    let (whose, rules) = match live {
        Some(rules) => ("nftables", rules),
        None => (FILE, machine.text(FILE)?),
    };
    let names_it = rules
        .split(|c: char| !c.is_ascii_digit())
        .any(|number| number == port.to_string());
    (drops(&rules) && !names_it).then(|| {
        Finding::warning(
            CHECK,
            format!("{whose} drops what it does not name, and does not name port {port}"),
            format!(
                "add `tcp dport {port} accept` to the input chain in {FILE}; sudo nft -f {FILE}"
            ),
        )
    })
}

/// The rules in the kernel, if this user may see them.
fn ruleset() -> Option<String> {
    let listed = Command::new("nft")
        .args(["list", "ruleset"])
        .output()
        .ok()?;
    let is_told = listed.status.success() && !listed.stdout.is_empty();
    is_told.then(|| String::from_utf8_lossy(&listed.stdout).into_owned())
}

/// Whether ufw's rules accept connections to the port.
fn opens(rules: &str, port: u16) -> bool {
    let (port, accepts) = (port.to_string(), ["ACCEPT", "allow"]);
    rules.lines().any(|line| {
        let names_it = line.split([' ', ',']).any(|word| word == port);
        names_it && accepts.iter().any(|word| line.contains(word))
    })
}

/// Whether the rules drop what they do not name.
fn drops(rules: &str) -> bool {
    let rules = rules
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    rules
        .into_iter()
        .any(|line| line.contains("hook input") && line.contains("policy drop"))
}

/// firewalld's zones, as far as somebody has changed them.
fn zones(machine: &Machine) -> Vec<String> {
    let zones = fs::read_dir(machine.file("/etc/firewalld/zones"));
    let zones = zones.into_iter().flatten().flatten();
    zones
        .filter_map(|zone| fs::read_to_string(zone.path()).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, put, told};
    use super::*;

    #[test]
    fn no_firewall_is_in_nobodys_way() {
        let root = tempfile::tempdir().expect("a directory");
        let told = told(&look(&machine(root.path())));
        assert_eq!(told, ["Ok none is known to be in the way"]);
    }

    #[test]
    fn ufw_is_asked_for_the_daemons_port() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        put(&machine, "/etc/ufw/ufw.conf", "ENABLED=yes\n");
        assert!(told(&look(&machine))[0].starts_with("Warning ufw is active"));
        put(
            &machine,
            "/etc/ufw/user.rules",
            "-A ufw-user-input -p tcp --dport 90 -j ACCEPT\n",
        );
        assert_eq!(told(&look(&machine)), ["Failing ufw keeps port 9 shut"]);
        put(
            &machine,
            "/etc/ufw/user.rules",
            "-A ufw-user-input -p tcp --dport 9 -j ACCEPT\n",
        );
        assert_eq!(told(&look(&machine)), ["Ok ufw lets port 9 in"]);
    }

    #[test]
    fn firewalld_and_nftables_are_looked_at() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        let nftables = "chain input {\n  type filter hook input priority 0; policy drop;\n}";
        put(&machine, "/etc/nftables.conf", nftables);
        assert!(told(&look(&machine))[0].contains("does not name port 9"));
        fs::create_dir_all(machine.file("/run/firewalld")).expect("a directory");
        assert!(told(&look(&machine))[0].contains("firewalld runs"));
        put(
            &machine,
            "/etc/firewalld/zones/public.xml",
            "<service name=\"deskconn\"/>",
        );
        assert_eq!(told(&look(&machine)), ["Ok firewalld lets port 9 in"]);
    }
}
