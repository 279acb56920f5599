//! Whether the clock is sane: what was granted for a time ends by it.

use super::{Finding, Machine};
use crate::timestamp::utc;

const CHECK: &str = "clock";

/// 1 January 2026, before which this program was not there.
const BEFORE: u64 = 1_767_225_600;

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    let shown = utc(machine.now.saturating_mul(1000));
    if machine.now < BEFORE {
        let message = format!("the clock says {shown} UTC, which is over");
        return vec![Finding::failing(
            CHECK,
            message,
            "sudo timedatectl set-ntp true",
        )];
    }
    let has_systemd = machine.file("/run/systemd/timesync").is_dir();
    if has_systemd && !machine.file("/run/systemd/timesync/synchronized").exists() {
        let message = format!("the clock says {shown} UTC, which no time server has confirmed");
        return vec![Finding::warning(
            CHECK,
            message,
            "timedatectl timesync-status",
        )];
    }
    vec![Finding::ok(CHECK, format!("it is {shown} UTC"))]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, put, told};
    use super::*;

    #[test]
    fn a_clock_from_before_the_program_fails() {
        let root = tempfile::tempdir().expect("a directory");
        let mut machine = machine(root.path());
        assert_eq!(told(&look(&machine)), ["Ok it is 2026-11-21 15:02:11 UTC"]);
        std::fs::create_dir_all(machine.file("/run/systemd/timesync")).expect("a directory");
        assert!(told(&look(&machine))[0].starts_with("Warning"));
        put(&machine, "/run/systemd/timesync/synchronized", "");
        assert!(told(&look(&machine))[0].starts_with("Ok"));
        machine.now = 0;
        assert!(told(&look(&machine))[0].starts_with("Failing the clock says 1970"));
    }
}
