//! What the router counts, as a list of numbers and as the text that Prometheus reads.
//!
//! Labels are the realms' names and words of the router's own; nothing that clients name, URIs
//! included, is ever one.

use crate::router::{Router, SharedRealm, Traffic};
use deskconn_protocol::api::daemon::Metric;
use std::collections::BTreeMap;

/// Every name with its meaning, in the order they are shown.
const FAMILIES: &[(&str, &str)] = &[
    ("deskconn_connections_total", "Connections that were taken."),
    (
        "deskconn_connections_refused_total",
        "Connections closed at once.",
    ),
    (
        "deskconn_joins_refused_total",
        "Clients that did not become a session, by the error of ABORT.",
    ),
    ("deskconn_sessions", "Sessions."),
    ("deskconn_sessions_joined_total", "Sessions that joined."),
    (
        "deskconn_sessions_closed_total",
        "Sessions that ended, by the reason.",
    ),
    (
        "deskconn_registrations",
        "Procedures and patterns with callees.",
    ),
    (
        "deskconn_subscriptions",
        "Topics and patterns with subscribers.",
    ),
    ("deskconn_calls", "Calls that have not ended."),
    ("deskconn_retained_topics", "Topics with a retained event."),
    ("deskconn_stored_events", "Events in the history."),
    (
        "deskconn_history_failing",
        "1 while the lasting history is in memory only, for a mistake on the disk.",
    ),
    (
        "deskconn_history_waiting",
        "Changes of the lasting history that are not on the disk yet.",
    ),
    (
        "deskconn_history_written_total",
        "Changes of the lasting history that are on the disk.",
    ),
    ("deskconn_queued_octets", "Octets that wait for sessions."),
    (
        "deskconn_messages_received_total",
        "Messages from sessions, by their type.",
    ),
    (
        "deskconn_messages_sent_total",
        "Messages to sessions, by their type.",
    ),
    (
        "deskconn_payload_received_octets_total",
        "Octets of the payloads of messages from sessions.",
    ),
    (
        "deskconn_payload_sent_octets_total",
        "Octets of the payloads of messages to sessions.",
    ),
    (
        "deskconn_events_dropped_total",
        "Events left out because their receivers read too slowly.",
    ),
    (
        "deskconn_requests_refused_total",
        "Requests that the router answered with an error.",
    ),
];

/// All that is counted, as it is now.
pub(crate) fn gather(router: &Router) -> Vec<Metric> {
    let doors = &router.doors;
    let mut numbers = Numbers(vec![number(
        "deskconn_connections_total",
        [],
        doors.connections.total(),
    )]);
    for (reason, total) in doors.connections_refused.iter() {
        numbers.add(
            "deskconn_connections_refused_total",
            [("reason", reason)],
            total,
        );
    }
    for (error, total) in doors.joins_refused.iter() {
        numbers.add("deskconn_joins_refused_total", [("error", error)], total);
    }
    for realm in router.realms() {
        numbers.of_realm(&realm);
    }
    numbers.0
}

/// The text format of Prometheus, version 0.0.4.
pub(crate) fn text(metrics: &[Metric]) -> String {
    let mut text = String::new();
    for (name, meaning) in FAMILIES {
        let kind = if name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        let mut numbers = metrics
            .iter()
            .filter(|metric| metric.name == *name)
            .peekable();
        if numbers.peek().is_none() {
            continue;
        }
        text.push_str(&format!("# HELP {name} {meaning}\n# TYPE {name} {kind}\n"));
        for metric in numbers {
            text.push_str(&format!("{metric}\n"));
        }
    }
    text
}

/// The numbers that were gathered so far.
struct Numbers(Vec<Metric>);

impl Numbers {
    fn add<const N: usize>(&mut self, name: &str, labels: [(&str, &str); N], value: u64) {
        self.0.push(number(name, labels, value));
    }

    fn of_realm(&mut self, realm: &SharedRealm) {
        let name = realm.name().as_str();
        let of = ("realm", name);
        let counters = realm.counters();
        let (counts, refusals) = realm.with(|realm, _, _| {
            let refusals = realm
                .refusals()
                .map(|(error, total)| (error.clone(), total));
            (realm.counts(), refusals.collect::<Vec<_>>())
        });
        for (name, value) in [
            ("deskconn_sessions", counts.sessions),
            ("deskconn_registrations", counts.registrations),
            ("deskconn_subscriptions", counts.subscriptions),
            ("deskconn_calls", counts.calls),
            ("deskconn_retained_topics", counts.retained_topics),
            ("deskconn_stored_events", counts.stored_events),
            ("deskconn_queued_octets", counters.queued()),
        ] {
            self.add(name, [of], value as u64);
        }
        for (name, value) in [
            ("deskconn_sessions_joined_total", &counters.joined),
            (
                "deskconn_payload_received_octets_total",
                &counters.received.payload,
            ),
            ("deskconn_payload_sent_octets_total", &counters.sent.payload),
            ("deskconn_events_dropped_total", &counters.left_out),
        ] {
            self.add(name, [of], value.total());
        }
        for (reason, total) in counters.closed.iter() {
            self.add(
                "deskconn_sessions_closed_total",
                [of, ("reason", reason)],
                total,
            );
        }
        for (error, total) in &refusals {
            let labels = [of, ("error", error.as_str())];
            self.add("deskconn_requests_refused_total", labels, *total);
        }
        if let Some(history) = realm.recorded() {
            let failing = u64::from(history.is_failing());
            self.add("deskconn_history_failing", [of], failing);
            self.add("deskconn_history_waiting", [of], history.waiting() as u64);
            self.add("deskconn_history_written_total", [of], history.written());
        }
        self.of_traffic("deskconn_messages_received_total", of, &counters.received);
        self.of_traffic("deskconn_messages_sent_total", of, &counters.sent);
    }

    fn of_traffic(&mut self, name: &str, of: (&str, &str), traffic: &Traffic) {
        for (kind, total) in traffic.messages() {
            self.add(name, [of, ("type", kind)], total);
        }
    }
}

fn number<const N: usize>(name: &str, labels: [(&str, &str); N], value: u64) -> Metric {
    let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Metric {
        name: name.to_owned(),
        labels: BTreeMap::from(labels),
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Audit;
    use crate::auth::DeskAuthority;
    use crate::components::Insiders;
    use crate::desk::Realms;
    use crate::devices::Devices;
    use crate::{in_process, router::TOO_FAST};
    use deskconn_protocol::uris;
    use deskconn_state::StateDir;
    use std::sync::Arc;
    use tokio_util::task::TaskTracker;

    #[tokio::test]
    async fn what_happens_is_counted_and_said_as_prometheus_reads_it() {
        let home = tempfile::tempdir().unwrap();
        let devices = Devices::open(StateDir::open(home.path()).unwrap()).unwrap();
        let realms = Realms::new([1, 2]);
        let authority = DeskAuthority::new(
            devices,
            Arc::clone(&realms.main),
            Audit::off(home.path()),
            Insiders::new().0,
        );
        let router = Router::new(authority, realms.all());
        let tasks = TaskTracker::new();
        let session = in_process::join(&router, &tasks, "test").await.unwrap();
        session.call("com.example.nothing").await.unwrap_err();
        router.doors.connections_refused.count(TOO_FAST);
        let text = text(&gather(&router));
        let realm = uris::REALM;
        for line in [
            "# TYPE deskconn_sessions gauge\n",
            "# TYPE deskconn_sessions_joined_total counter\n",
            "deskconn_connections_refused_total{reason=\"too_fast\"} 1\n",
            &format!("deskconn_sessions{{realm=\"{realm}\"}} 1\n"),
            &format!("deskconn_messages_received_total{{realm=\"{realm}\",type=\"CALL\"}} 1\n"),
            &format!("deskconn_messages_sent_total{{realm=\"{realm}\",type=\"ERROR\"}} 1\n"),
            &format!(
                "deskconn_requests_refused_total{{error=\"wamp.error.no_such_procedure\",realm=\"{realm}\"}} 1\n"
            ),
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("com.example"), "{text}");
        let named = |metric: &Metric| FAMILIES.iter().any(|(name, _)| *name == metric.name);
        assert!(gather(&router).iter().all(named), "one has no meaning");
    }
}
