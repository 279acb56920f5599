//! Whether systemd looks after the daemon: the user's or the system's, one of them and not both.

use std::process::Command;

use super::{Finding, Machine};

const CHECK: &str = "unit";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    if !machine.file("/run/systemd/system").is_dir() {
        return vec![Finding::ok(CHECK, "this machine has no systemd")];
    }
    let units = [Manager::User, Manager::System].map(|manager| (manager, manager.unit()));
    judge(&units)
}

/// Whose services a systemd looks after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    /// Those of one user, from login on.
    User,
    /// Those of the computer, from its start on.
    System,
}

/// What systemd says of a unit, where it can be asked.
#[derive(Debug, Clone, Default)]
struct Unit {
    enabled: String,
    active: String,
}

impl Manager {
    /// The daemon's unit there.
    fn unit(self) -> Unit {
        let ask = |verb| {
            let scope = match self {
                Self::User => "--user",
                Self::System => "--system",
            };
            let asked = Command::new("systemctl")
                .args([scope, verb, "deskconnd.service"])
                .output();
            let said = asked.map(|asked| asked.stdout).unwrap_or_default();
            String::from_utf8_lossy(&said).trim().to_owned()
        };
        Unit {
            enabled: ask("is-enabled"),
            active: ask("is-active"),
        }
    }

    const fn whose(self) -> &'static str {
        match self {
            Self::User => "the user's",
            Self::System => "the system's",
        }
    }

    const fn when(self) -> &'static str {
        match self {
            Self::User => "when you log in",
            Self::System => "with the computer",
        }
    }

    /// A command to it.
    fn systemctl(self, what: &str) -> String {
        match self {
            Self::User => format!("systemctl --user {what} deskconnd"),
            Self::System => format!("sudo systemctl {what} deskconnd"),
        }
    }

    fn journal(self) -> &'static str {
        match self {
            Self::User => "journalctl --user -u deskconnd",
            Self::System => "sudo journalctl -u deskconnd",
        }
    }
}

fn judge(units: &[(Manager, Unit)]) -> Vec<Finding> {
    let is_active = |unit: &Unit| unit.active == "active";
    if units.iter().all(|(_, unit)| is_active(unit)) {
        let message =
            "the user's daemon runs and the system's as well: they are two computers to others";
        return vec![Finding::warning(
            CHECK,
            message,
            Manager::User.systemctl("disable --now"),
        )];
    }
    let known = units.iter().filter(|(_, unit)| {
        unit.enabled == "enabled" || is_active(unit) || unit.active == "failed"
    });
    let mut findings: Vec<_> = known.map(|(manager, unit)| one(*manager, unit)).collect();
    if findings.is_empty() {
        let mend = Manager::User.systemctl("enable --now");
        let message = "the daemon is not started by systemd";
        findings.push(Finding::warning(CHECK, message, mend));
    }
    findings
}

/// How a unit is that systemd has to do with.
fn one(manager: Manager, unit: &Unit) -> Finding {
    let (whose, when) = (manager.whose(), manager.when());
    let mend = manager.systemctl("enable --now");
    match (&unit.enabled[..], &unit.active[..]) {
        (_, "failed") => Finding::failing(
            CHECK,
            format!("{whose} daemon has failed"),
            format!(
                "{}, then {}",
                manager.journal(),
                manager.systemctl("restart")
            ),
        ),
        ("enabled", "active") => {
            Finding::ok(CHECK, format!("{whose} daemon starts {when}, and runs"))
        }
        ("enabled", _) => Finding::warning(
            CHECK,
            format!("{whose} unit is enabled, but not running"),
            mend,
        ),
        _ => Finding::warning(
            CHECK,
            format!("{whose} daemon runs, but will not start {when}"),
            mend,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;
    use super::*;

    /// What is told where the user's and the system's unit are so.
    fn judged(user: [&str; 2], system: [&str; 2]) -> Vec<String> {
        let unit = |[enabled, active]: [&str; 2]| Unit {
            enabled: enabled.to_owned(),
            active: active.to_owned(),
        };
        let units = [(Manager::User, unit(user)), (Manager::System, unit(system))];
        told(&judge(&units))
    }

    const NONE: [&str; 2] = ["not-found", "inactive"];
    const WELL: [&str; 2] = ["enabled", "active"];

    #[test]
    fn the_users_unit_or_the_systems_has_to_be_enabled_and_active() {
        for (user, system, expected) in [
            (
                WELL,
                NONE,
                "Ok the user's daemon starts when you log in, and runs",
            ),
            (
                NONE,
                WELL,
                "Ok the system's daemon starts with the computer, and runs",
            ),
            (
                ["", ""],
                WELL,
                "Ok the system's daemon starts with the computer, and runs",
            ),
            (
                ["disabled", "active"],
                NONE,
                "Warning the user's daemon runs, but will not start when you log in",
            ),
            (
                NONE,
                ["enabled", "inactive"],
                "Warning the system's unit is enabled, but not running",
            ),
            (
                NONE,
                ["enabled", "failed"],
                "Failing the system's daemon has failed",
            ),
            (NONE, NONE, "Warning the daemon is not started by systemd"),
        ] {
            assert_eq!(judged(user, system), [expected], "{user:?} {system:?}");
        }
    }

    #[test]
    fn both_at_once_are_one_too_many() {
        let told = judged(WELL, WELL);
        assert!(
            told[0].contains("they are two computers to others"),
            "{told:?}"
        );
        let told = judged(WELL, ["enabled", "failed"]);
        assert_eq!(told.len(), 2, "{told:?}");
    }
}
