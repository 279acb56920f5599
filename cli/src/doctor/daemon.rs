//! Whether the daemon answers, and its components with it.

use deskconn_protocol::api::daemon::ComponentState;

use super::{Finding, Machine};

const CHECK: &str = "daemon";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    let status = match &machine.status {
        Ok(status) => status,
        Err(why) => {
            let mend = "systemctl --user start deskconnd, or run `deskconnd` in a terminal";
            return vec![Finding::failing(CHECK, why, mend)];
        }
    };
    let own = env!("CARGO_PKG_VERSION");
    let mut findings = vec![if status.version == own {
        Finding::ok(CHECK, format!("answers, version {own}"))
    } else {
        let message = format!("is version {}, this program {own}", status.version);
        Finding::warning(CHECK, message, "update the older, then restart the daemon")
    }];
    for component in &status.components {
        let state = match component.state {
            ComponentState::Running | ComponentState::Idle | ComponentState::Disabled => continue,
            ComponentState::Starting => "is starting",
            ComponentState::Unavailable => "is unavailable",
            ComponentState::Failed => "has failed",
        };
        let reason = component.reason.as_deref().unwrap_or("it does not say why");
        let (reason, hint) = reason.split_once("; hint: ").unwrap_or((reason, ""));
        let message = format!("{} {state}: {reason}", component.name);
        findings.push(Finding::warning("component", message, hint));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, told};
    use super::*;
    use std::path::Path;

    #[test]
    fn a_daemon_that_does_not_answer_fails_and_an_old_one_warns() {
        let mut machine = machine(Path::new("/nonexistent"));
        assert!(told(&look(&machine))[0].starts_with("Ok answers"));
        if let Ok(status) = &mut machine.status {
            status.version = "0.0.1".to_owned();
        }
        assert!(told(&look(&machine))[0].starts_with("Warning is version 0.0.1"));
        machine.status = Err("no daemon answers".to_owned());
        assert_eq!(told(&look(&machine)), ["Failing no daemon answers"]);
    }
}
