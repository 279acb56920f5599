//! Whether systemd looks after the daemon.

use std::process::Command;

use super::{Finding, Machine};

const CHECK: &str = "unit";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    if !machine.file("/run/systemd/system").is_dir() {
        return vec![Finding::ok(CHECK, "this machine has no systemd")];
    }
    vec![judge(
        state("is-enabled").as_deref(),
        state("is-active").as_deref(),
    )]
}

/// What systemd says of the user's unit, if it can be asked.
fn state(verb: &str) -> Option<String> {
    let asked = Command::new("systemctl")
        .args(["--user", verb, "deskconnd.service"])
        .output();
    let text = String::from_utf8(asked.ok()?.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn judge(enabled: Option<&str>, active: Option<&str>) -> Finding {
    let mend = "systemctl --user enable --now deskconnd";
    match (enabled, active) {
        (_, Some("failed")) => Finding::failing(
            CHECK,
            "the daemon has failed",
            "journalctl --user -u deskconnd, then systemctl --user restart deskconnd",
        ),
        (Some("enabled"), Some("active")) => {
            Finding::ok(CHECK, "the daemon starts when you log in, and runs")
        }
        (Some("enabled"), _) => {
            Finding::warning(CHECK, "the unit is enabled, but not running", mend)
        }
        (_, Some("active")) => Finding::warning(
            CHECK,
            "the daemon runs, but will not after the next login",
            mend,
        ),
        _ => Finding::warning(CHECK, "the daemon is not started by systemd", mend),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_unit_is_well_when_it_is_enabled_and_active() {
        for (enabled, active, level) in [
            (Some("enabled"), Some("active"), Level::Ok),
            (Some("disabled"), Some("active"), Level::Warning),
            (Some("enabled"), Some("inactive"), Level::Warning),
            (Some("enabled"), Some("failed"), Level::Failing),
            (None, None, Level::Warning),
        ] {
            assert_eq!(
                judge(enabled, active).level,
                level,
                "{enabled:?} {active:?}"
            );
        }
    }
}
