//! Whether the daemon's own announcement is heard, and whether Avahi lets it be made.

use std::time::Duration;

use deskconn_discovery::Daemon;
use deskconn_protocol::api::daemon::Status;

use super::{Finding, Machine};
use crate::error::CliError;
use crate::target::listen;

const CHECK: &str = "announcement";

/// How long is listened for the own announcement.
const SPAN: Duration = Duration::from_secs(3);

/// Listens to the network for the daemon's own announcement.
pub(crate) async fn look(machine: &Machine) -> Vec<Finding> {
    let mut findings = avahi(machine);
    let Ok(status) = &machine.status else {
        return findings;
    };
    findings.push(judge(status, listen(SPAN).await));
    findings
}

fn judge(status: &Status, heard: Result<Vec<Daemon>, CliError>) -> Finding {
    let heard = match heard {
        Ok(heard) => heard,
        Err(error) => {
            let mend = error.hint.unwrap_or_default();
            return Finding::warning(CHECK, error.message, mend);
        }
    };
    let is_own = |daemon: &Daemon| {
        let prefix = daemon.device_id_prefix.as_deref();
        prefix.is_some_and(|prefix| !prefix.is_empty() && status.id.as_str().starts_with(prefix))
    };
    match heard.iter().any(is_own) {
        true => Finding::ok(CHECK, "the own announcement is heard"),
        false => Finding::warning(
            CHECK,
            "the own announcement is not heard: phones will not find this computer by themselves",
            "see that discovery.announce is true and UDP port 5353 open; on a guest network devices \
             may be kept apart: then the QR code is the way",
        ),
    }
}

/// What stands in the way in Avahi's configuration.
fn avahi(machine: &Machine) -> Vec<Finding> {
    let settings = machine
        .text("/etc/avahi/avahi-daemon.conf")
        .unwrap_or_default();
    let is_set = |key: &str| {
        let mut lines = settings.lines().map(|line| line.replace(' ', ""));
        lines.any(|line| line == format!("{key}=yes"))
    };
    let hindrances = [
        ("disable-publishing", "publishes nothing"),
        (
            "disable-user-service-publishing",
            "publishes nothing for other programs",
        ),
        (
            "disallow-other-stacks",
            "keeps port 5353 to itself, so nothing can be discovered",
        ),
    ];
    let set = hindrances.into_iter().filter(|(key, _)| is_set(key));
    set.map(|(key, what)| {
        let mend = format!(
            "set {key}=no in /etc/avahi/avahi-daemon.conf; sudo systemctl restart avahi-daemon"
        );
        Finding::warning(CHECK, format!("Avahi {what}"), mend)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, put, told};
    use super::*;

    #[test]
    fn what_avahi_is_set_to_is_said() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        assert!(avahi(&machine).is_empty());
        let settings = "#disable-publishing=yes\ndisallow-other-stacks = yes\n";
        put(&machine, "/etc/avahi/avahi-daemon.conf", settings);
        let told = told(&avahi(&machine));
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("keeps port 5353 to itself"), "{told:?}");
    }

    #[test]
    fn only_the_own_announcement_counts_as_heard() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        let status = machine.status.as_ref().expect("a status");
        let announced = |prefix: Option<&str>| Daemon {
            instance: "study 3f7k".to_owned(),
            name: "study".to_owned(),
            device_id_prefix: prefix.map(str::to_owned),
            host: "study.local".to_owned(),
            addresses: Vec::new(),
            port: 5020,
            pairing: false,
            version: None,
        };
        for others in [None, Some(""), Some("7777abcd")] {
            let finding = judge(status, Ok(vec![announced(others)]));
            let told = told(&[finding]);
            let warns = told[0].starts_with("Warning the own announcement is not heard");
            assert!(warns, "{others:?}: {told:?}");
        }
        let both = vec![announced(Some("7777abcd")), announced(Some("3f7kabcd"))];
        let told = told(&[judge(status, Ok(both))]);
        assert_eq!(told, ["Ok the own announcement is heard"]);
    }

    #[test]
    fn an_announcement_that_is_not_heard_warns() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        let status = machine.status.as_ref().expect("a status");
        let finding = judge(status, Ok(Vec::new()));
        assert!(told(&[finding])[0].starts_with("Warning the own announcement is not heard"));
    }
}
